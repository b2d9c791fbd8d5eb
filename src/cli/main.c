#include "cli/command.h"

#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

/*
 * What is opened later must not become the standard output, or the lock of the journal be
 * what a message is written to. In the place of one that is closed comes one that fails.
 */
static bool hold_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int flags = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", flags) != fd)
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	if (!hold_standard_files())
		return STATUS_CANNOT;
	/* characters only: numbers stay as programs read them */
	(void)setlocale(LC_CTYPE, "");
	return (int)command_line_run(argc, argv);
}
