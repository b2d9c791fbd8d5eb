/* What the expressions of a profile look at, found in their text. */
#include "catalog/sysctl.h"
#include "profile/profile_parts.h"

#include <ctype.h>
#include <errno.h>
#include <strings.h>

enum { WORD_BYTES = 128 };

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,	 /* of a function, table or column */
	TOKEN_STRING,	 /* 'text' */
	TOKEN_PARAMETER, /* :name */
	TOKEN_OTHER,
};

/* text: without quotes and colon; cut when it is longer than any name */
struct token {
	enum token_kind kind;
	char text[WORD_BYTES];
};

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t name_length(const char *text)
{
	size_t length = 0;

	while (is_name_char(text[length]))
		length++;
	return length;
}

static void set_token(struct token *token, enum token_kind kind, const char *start,
		      size_t length)
{
	token->kind = kind;
	(void)snprintf(token->text, sizeof(token->text), "%.*s", (int)length, start);
}

/* The next word of SQL; a doubled quote inside a string ends it here, which is no harm.
 */
static void next_token(const char **cursor, struct token *ret)
{
	const char *at = *cursor + strspn(*cursor, " \t");
	size_t length = 1;

	if (*at == '\0') {
		set_token(ret, TOKEN_END, at, 0);
		length = 0;
	} else if (*at == '\'') {
		length = strcspn(at + 1, "'");
		set_token(ret, TOKEN_STRING, at + 1, length);
		length += 1 + (at[1 + length] != '\0');
	} else if (*at == ':' && is_name_char(at[1])) {
		length = 1 + name_length(at + 1);
		set_token(ret, TOKEN_PARAMETER, at + 1, length - 1);
	} else if (isalpha((unsigned char)*at) || *at == '_') {
		length = name_length(at);
		set_token(ret, TOKEN_NAME, at, length);
	} else if (is_name_char(*at)) {
		length = name_length(at);
		set_token(ret, TOKEN_OTHER, at, length);
	} else {
		set_token(ret, TOKEN_OTHER, at, 1);
	}
	*cursor = at + length;
}

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcasecmp(word, *list) == 0)
			return true;
	return false;
}

/* Keys that a function or view reads on its own. */
static int add_hidden_keys(const char *name, struct needs *needs, struct error *err)
{
	static const char *const readers[] = { "ports_usable", "ports_reserved",
					       "port_use", NULL };
	static const char *const keys[] = {
		"net.ipv4.ip_local_port_range",
		"net.ipv4.ip_local_reserved_ports",
		"net.ipv4.tcp_tw_reuse",
		"net.ipv4.tcp_timestamps",
	};

	for (size_t i = 0; is_one_of(name, readers) && i < ARRAY_SIZE(keys); i++) {
		int code = needs_add(needs, keys[i], err);

		if (code < 0)
			return code;
	}
	return 0;
}

/* A name alone: a table, or a function that reads keys on its own. */
static int add_name(const char *name, struct needs *needs, struct error *err)
{
	enum need_table table;
	enum need_kind kind;

	if (need_classify(name, &kind, &table) == 0 && kind == NEED_TABLE) {
		int code = needs_add(needs, name, err);

		if (code < 0)
			return code;
	}
	return add_hidden_keys(name, needs, err);
}

/* Everything that one piece of SQL looks at: sysctl('...'), counter('...'), tables. */
static int add_sql(const char *sql, struct needs *needs, struct error *err)
{
	static const char *const functions[] = { "sysctl", "counter", "change", "rate",
						 NULL };
	struct token token;
	int calls = 0; /* 1 behind the name of such a function, 2 behind its '(' */

	for (next_token(&sql, &token); token.kind != TOKEN_END;
	     next_token(&sql, &token)) {
		int code = 0;

		if (token.kind == TOKEN_STRING && calls == 2)
			code = needs_add(needs, token.text, err);
		else if (token.kind == TOKEN_NAME)
			code = add_name(token.text, needs, err);
		if (code < 0)
			return code == -ENOENT ? -EINVAL : code;
		if (token.kind == TOKEN_NAME && is_one_of(token.text, functions))
			calls = 1;
		else
			calls = calls == 1 && token.text[0] == '(' ? 2 : 0;
	}
	return 0;
}

static bool has_parameter(const struct profile *profile, const char *name)
{
	for (size_t i = 0; i < profile->parameter_count; i++)
		if (strcmp(profile->parameters[i].name, name) == 0)
			return true;
	return false;
}

static int check_parameters(const struct profile *profile, const char *sql,
			    struct error *err)
{
	struct token token;

	for (next_token(&sql, &token); token.kind != TOKEN_END; next_token(&sql, &token))
		if (token.kind == TOKEN_PARAMETER && !has_parameter(profile, token.text))
			return error_set(err, -EINVAL, "':%s' is not under [parameters]",
					 token.text);
	return 0;
}

static int add_expressions(const struct wanted *wanted, struct needs *needs,
			   struct error *err)
{
	for (size_t i = 0; i < wanted->count; i++) {
		int code = 0;

		if (wanted->elements[i].is_expression)
			code = add_sql(wanted->elements[i].text, needs, err);
		if (code < 0) {
			error_prefix(err, "%s:%u: key '%s'", wanted->file, wanted->line,
				     wanted->key);
			return code;
		}
	}
	return 0;
}

int profile_add_needs(const struct profile *profile, struct needs *needs,
		      struct error *err)
{
	for (size_t i = 0; i < profile->wanted_count; i++) {
		const struct wanted *wanted = &profile->wanted[i];
		int code = needs_add(needs, wanted->key, err);

		if (code == 0)
			code = add_expressions(wanted, needs, err);
		if (code < 0)
			return code;
	}
	return 0;
}

int profile_add_recommend_needs(const struct profile *profile, struct needs *needs,
				struct error *err)
{
	int code = profile->recommend ? add_sql(profile->recommend, needs, err) : 0;

	if (code < 0)
		error_prefix(err, "%s: [recommend]", profile->file);
	return code;
}

static int check_wanted(const struct profile *profile, const struct wanted *wanted,
			struct error *err)
{
	for (size_t i = 0; i < wanted->count; i++) {
		const struct wanted_element *element = &wanted->elements[i];
		int code = element->is_expression
				   ? check_parameters(profile, element->text, err)
				   : 0;

		if (code < 0) {
			error_prefix(err, "%s:%u: key '%s'", wanted->file, wanted->line,
				     wanted->key);
			return code;
		}
	}
	return 0;
}

int profile_check_expressions(const struct profile *profile, struct error *err)
{
	AUTO(needs_clear) struct needs needs = { 0 };
	int code = profile_add_needs(profile, &needs, err);

	if (code == 0)
		code = profile_add_recommend_needs(profile, &needs, err);
	for (size_t i = 0; code == 0 && i < profile->wanted_count; i++)
		code = check_wanted(profile, &profile->wanted[i], err);
	return code;
}
