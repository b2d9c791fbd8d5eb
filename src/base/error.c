#include "base/error.h"

#include <stdio.h>
#include <string.h>

int error_set(struct error *err, int code, const char *format, ...)
{
	va_list args;

	if (!err)
		return code;
	va_start(args, format);
	(void)vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return code;
}

void error_prefix(struct error *err, const char *format, ...)
{
	char context[256];
	struct error old;
	va_list args;

	if (!err || err->text[0] == '\0')
		return;
	va_start(args, format);
	(void)vsnprintf(context, sizeof(context), format, args);
	va_end(args);
	old = *err;
	/* a text that grows past the buffer loses its end, which is the least of it */
	if (snprintf(err->text, sizeof(err->text), "%s: %s", context, old.text) < 0)
		*err = old;
}
