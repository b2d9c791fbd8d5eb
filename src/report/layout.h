/* What a text may look like where it goes: a terminal, a file, a mail. */
#pragma once

#include <stdbool.h>

/*
 * width:      columns to wrap at
 * has_colour: escape sequences are welcome
 * has_utf8:   characters beyond ASCII are; else '?' stands for them
 */
struct layout {
	unsigned width;
	bool is_terminal;
	bool has_colour;
	bool has_utf8;
};

/*
 * The layout for a descriptor, by the terminal, the locale and the environment: NO_COLOR,
 * TERM, and COLUMNS where there is no terminal.
 */
struct layout layout_detect(int fd);
