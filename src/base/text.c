#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool text_reserve(struct text *text, size_t more)
{
	size_t capacity = text->capacity ? text->capacity : 128;
	char *data;

	if (text->has_failed)
		return false;
	if (text->length + more + 1 <= text->capacity)
		return true;
	while (capacity < text->length + more + 1)
		capacity *= 2;
	data = realloc(text->data, capacity);
	if (!data) {
		text->has_failed = true;
		return false;
	}
	text->data = data;
	text->capacity = capacity;
	return true;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
	if (!text_reserve(text, length))
		return;
	if (length)
		memcpy(text->data + text->length, bytes, length);
	text->length += length;
	text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_add_char(struct text *text, char c)
{
	text_add_bytes(text, &c, 1);
}

void text_addf(struct text *text, const char *format, ...)
{
	size_t room = text->capacity - text->length;
	va_list args;
	int length;

	/* most often there is room, and one pass is all */
	va_start(args, format);
	length = vsnprintf(text->data ? text->data + text->length : NULL, room, format,
			   args);
	va_end(args);
	if (length < 0 || text->has_failed ||
	    ((size_t)length >= room && !text_reserve(text, (size_t)length))) {
		text->has_failed = true;
		if (text->data)
			text->data[text->length] = '\0';
		return;
	}
	if ((size_t)length >= room) {
		va_start(args, format);
		(void)vsnprintf(text->data + text->length, (size_t)length + 1, format,
				args);
		va_end(args);
	}
	text->length += (size_t)length;
}

int text_check(const struct text *text)
{
	return text->has_failed ? -ENOMEM : 0;
}

const char *text_string(const struct text *text)
{
	return text->data ? text->data : "";
}

void text_reset(struct text *text)
{
	text->length = 0;
	text->has_failed = false;
	if (text->data)
		text->data[0] = '\0';
}

void text_clear(struct text *text)
{
	free(text->data);
	*text = (struct text){ 0 };
}
