/* Records of /dev/kmsg, to which programs may write, too; a NUL ends each. */
#include "fuzz_support.h"

#include "collect/kmsg_line.h"

#include <stdlib.h>
#include <string.h>

static void check_line(const struct kmsg_line *line)
{
	ALWAYS(line->what && line->what[0]);
	ALWAYS(memchr(line->subject, '\0', sizeof(line->subject)));
	ALWAYS(line->count >= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *record = fuzz_string(data, size);
	struct kmsg_line line;
	double seconds = -1;

	if (kmsg_record_read(record, &line, &seconds)) {
		check_line(&line);
		ALWAYS(seconds >= 0);
	}
	if (kmsg_line_read(record, &line))
		check_line(&line);
	free(record);
	return 0;
}
