/*
 * Runs tcptune many times in one process: each line of the standard input is a command
 * line, its words parted by tabs. After the output of each comes a line "\001STATUS".
 * What a process start costs would be most of 200 simulated days.
 */
#include "base/macros.h"
#include "cli/command.h"

#include <locale.h>

enum { MOST_WORDS = 64 };

int main(void)
{
	auto_free char *line = NULL;
	size_t size = 0;

	(void)setlocale(LC_CTYPE, "");
	while (getline(&line, &size, stdin) > 0) {
		char *words[MOST_WORDS + 1] = { (char[]){ "tcptune" } };
		char *word, *rest = line;
		int count = 1;

		line[strcspn(line, "\n")] = '\0';
		while (count < MOST_WORDS && (word = strsep(&rest, "\t")))
			words[count++] = word;
		printf("\n\001%d\n", (int)command_line_run(count, words));
		if (fflush(stdout) != 0)
			return 1;
	}
	return 0;
}
