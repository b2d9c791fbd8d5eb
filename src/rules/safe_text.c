#include "rules/safe_text.h"

#include <stdint.h>

/* The smallest character that may take this many bytes; a longer form is a disguise. */
static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };

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

/* The character at bytes and its length; 0 bytes when there is none. */
static size_t decode(const char *bytes, uint32_t *ret)
{
	unsigned char lead = (unsigned char)bytes[0];
	size_t length = lead_length(lead);
	uint32_t character;

	if (length <= 1) {
		*ret = lead;
		return length;
	}
	character = lead & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		unsigned char next = (unsigned char)bytes[i];

		if ((next & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (next & 0x3f);
	}
	if (character < smallest[length] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret = character;
	return length;
}

static bool is_control(uint32_t character)
{
	if (character < 0x20 || (character >= 0x7f && character <= 0x9f))
		return true;
	/* marks, overrides and isolates of direction; separators of lines */
	return (character >= 0x200e && character <= 0x200f) ||
	       (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069) || character == 0x061c;
}

size_t safe_text_length(const char *string)
{
	uint32_t character = 0;
	size_t length = decode(string, &character);

	return is_control(character) ? 0 : length;
}

/* How many bytes from here on need no look: nearly all text is ASCII. */
static size_t plain_length(const char *string)
{
	size_t length = 0;

	while (string[length] >= ' ' && string[length] <= '~')
		length++;
	return length;
}

void safe_text_add(struct text *text, const char *string)
{
	for (;;) {
		size_t length = plain_length(string);
		uint32_t character = 0;

		text_add_bytes(text, string, length);
		string += length;
		if (*string == '\0')
			return;
		length = decode(string, &character);

		if (length == 0 || is_control(character))
			text_add_char(text, '?');
		else
			text_add_bytes(text, string, length);
		string += length ? length : 1;
	}
}
