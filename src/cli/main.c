#include "cli/command.h"

#include <locale.h>

int main(int argc, char **argv)
{
	/* characters only: numbers stay as programs read them */
	(void)setlocale(LC_CTYPE, "");
	return (int)command_line_run(argc, argv);
}
