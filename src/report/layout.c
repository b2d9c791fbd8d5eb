#include "report/layout.h"

#include "base/parse.h"

#include <langinfo.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Lines beyond the widest are hard to read, below the narrowest nothing fits. */
enum { NARROWEST = 40, WIDEST = 100, USUAL_WIDTH = 80 };

static unsigned clamp_width(uint64_t width)
{
	if (width < NARROWEST)
		return NARROWEST;
	return width > WIDEST ? WIDEST : (unsigned)width;
}

static unsigned find_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t width;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return clamp_width(size.ws_col);
	if (columns && parse_u64(columns, &width) == 0)
		return clamp_width(width);
	return USUAL_WIDTH;
}

static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return !(no_color && no_color[0]) && term && strcmp(term, "dumb") != 0;
}

struct layout layout_detect(int fd)
{
	bool is_terminal = isatty(fd);

	return (struct layout){
		.width = find_width(fd),
		.is_terminal = is_terminal,
		.has_colour = is_terminal && wants_colour(),
		.has_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
	};
}
