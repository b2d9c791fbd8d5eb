#include "cli/console.h"

#include "rules/safe_text.h"

#include <errno.h>

void console_complain(const char *format, ...)
{
	AUTO(text_clear) struct text safe = { 0 };
	auto_free char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	safe_text_add(&safe, text ? text : "out of memory");
	(void)fprintf(stderr, "tcptune: %s\n", text_string(&safe));
}

static enum exit_status status_of(int code)
{
	switch (code) {
	case -EINVAL:
	case -ENOENT:
	case -ENOTDIR:
	case -EFBIG:
		return STATUS_USAGE;
	default:
		return STATUS_CANNOT;
	}
}

enum exit_status console_fail(int code, const struct error *err)
{
	console_complain("%s", err->text[0] ? err->text : strerror(-code));
	return status_of(code);
}

struct prose console_prose(void)
{
	return (struct prose){ .layout = layout_detect(STDOUT_FILENO) };
}

enum exit_status console_print(const struct text *text, enum exit_status status)
{
	if (text_check(text) < 0) {
		console_complain("out of memory");
		return STATUS_CANNOT;
	}
	if (fwrite(text_string(text), 1, text->length, stdout) != text->length ||
	    fflush(stdout) != 0) {
		console_complain("cannot write to the standard output: %s",
				 strerror(errno));
		return STATUS_CANNOT;
	}
	return status;
}
