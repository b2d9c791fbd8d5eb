#include "base/utf8.h"

#include <string.h>

/* The smallest character that may take this many bytes; a longer form is a disguise. */
static const uint32_t smallest[] = { 0, 1, 0x80, 0x800, 0x10000 };

/* How many bytes a character takes by its first one; 0 when none begins so. */
static size_t lead_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

size_t utf8_decode(const char *bytes, uint32_t *ret)
{
	unsigned char lead = (unsigned char)bytes[0];
	size_t length = lead_length(lead);
	uint32_t character = length == 1 ? lead : lead & (0x7fu >> length);

	for (size_t i = 1; i < length; i++) {
		unsigned char next = (unsigned char)bytes[i];

		if ((next & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (next & 0x3f);
	}
	if (length == 0 || character < smallest[length] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	if (ret)
		*ret = character;
	return length;
}

size_t utf8_columns_of(const char *text, size_t length)
{
	const char *end = text + length;
	size_t columns = 0;

	while (text < end) {
		size_t bytes = (unsigned char)*text < 0x80 ? 1 : utf8_decode(text, NULL);

		text += bytes ? bytes : 1;
		columns++;
	}
	return columns;
}

size_t utf8_columns(const char *text)
{
	return utf8_columns_of(text, strlen(text));
}
