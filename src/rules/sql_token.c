#include "rules/sql_token.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

static const char *skip_comment(const char *at)
{
	const char *end;

	if (at[1] == '-')
		return at + strcspn(at, "\n");
	end = strstr(at + 2, "*/");
	return end ? end + 2 : at + strlen(at);
}

static const char *skip_blanks(const char *at)
{
	for (;;) {
		if (isspace((unsigned char)*at))
			at++;
		else if (strncmp(at, "--", 2) == 0 || strncmp(at, "/*", 2) == 0)
			at = skip_comment(at);
		else
			return at;
	}
}

static size_t name_length(const char *at)
{
	size_t length = 0;

	while (is_name_char(at[length]))
		length++;
	return length;
}

/* "1e5" and "0x1f" hold letters, "1.5" a dot */
static size_t number_length(const char *at)
{
	size_t length = 0;

	while (is_name_char(at[length]) || at[length] == '.')
		length++;
	return length;
}

/* at: behind the opening quote. Without a closing one, the rest of the text. */
static size_t quoted_length(const char *at, char quote)
{
	size_t length = 0;

	while (at[length]) {
		if (at[length] != quote) {
			length++;
			continue;
		}
		if (at[length + 1] != quote)
			return length;
		length += 2;
	}
	return length;
}

static struct sql_token quoted_token(const char **cursor, enum sql_kind kind, char quote)
{
	const char *at = *cursor + 1;
	size_t length = quoted_length(at, quote);

	*cursor = at + length + (at[length] == quote);
	return (struct sql_token){ kind, at, length };
}

static struct sql_token plain_token(const char **cursor, enum sql_kind kind, size_t skip,
				    size_t length)
{
	const char *at = *cursor + skip;

	*cursor = at + length;
	return (struct sql_token){ kind, at, length };
}

struct sql_token sql_token_next(const char **cursor)
{
	const char *at = *cursor = skip_blanks(*cursor);

	if (*at == '\0')
		return (struct sql_token){ SQL_END, at, 0 };
	if (*at == '\'')
		return quoted_token(cursor, SQL_STRING, '\'');
	if (*at == '"' || *at == '`')
		return quoted_token(cursor, SQL_WORD, *at);
	if (*at == '[')
		return quoted_token(cursor, SQL_WORD, ']');
	if (isdigit((unsigned char)*at))
		return plain_token(cursor, SQL_NUMBER, 0, number_length(at));
	if (is_name_char(*at))
		return plain_token(cursor, SQL_WORD, 0, name_length(at));
	if (*at == ':' && is_name_char(at[1]))
		return plain_token(cursor, SQL_PARAMETER, 1, name_length(at + 1));
	return plain_token(cursor, SQL_OTHER, 0, 1);
}

bool sql_token_is_word(const struct sql_token *token, const char *word)
{
	return token->kind == SQL_WORD && token->length == strlen(word) &&
	       strncasecmp(token->at, word, token->length) == 0;
}

bool sql_token_is_char(const struct sql_token *token, char c)
{
	return token->kind == SQL_OTHER && *token->at == c;
}
