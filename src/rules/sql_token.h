/* SQL cut into tokens: enough to see what a query calls and names, without a database. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum sql_kind {
	SQL_END,
	SQL_WORD,   /* a name or keyword; of a quoted name what stands in the quotes */
	SQL_STRING, /* what stands in the quotes, doubled quotes as they are */
	SQL_NUMBER,
	SQL_PARAMETER, /* ":name", without the colon */
	SQL_OTHER,     /* any one other character */
};

/* Points into the text that was cut. */
struct sql_token {
	enum sql_kind kind;
	const char *at;
	size_t length;
};

/* The token at *cursor, after blanks and comments; moves the cursor behind it. */
struct sql_token sql_token_next(const char **cursor);

/* Words compare without regard to case, as in SQL. */
bool sql_token_is_word(const struct sql_token *token, const char *word);
bool sql_token_is_char(const struct sql_token *token, char c);
