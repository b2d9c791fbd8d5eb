#include "evidence/functions.h"

#include "base/parse.h"
#include "evidence/ports.h"

#include <errno.h>
#include <string.h>

/*
 * Run a lookup of (sample, name). The row is valid until the statement is reset, which
 * the caller does. false: no such row, or no such sample.
 */
static bool lookup(sqlite3_stmt *statement, int64_t sample, const char *name)
{
	if (sample == 0 || !name)
		return false;
	sqlite3_bind_int64(statement, 1, sample);
	sqlite3_bind_text(statement, 2, name, -1, SQLITE_TRANSIENT);
	return sqlite3_step(statement) == SQLITE_ROW;
}

const char *evidence_find_sysctl(struct evidence_context *context, const char *key)
{
	if (!lookup(context->sysctl, context->now, key))
		return NULL;
	return (const char *)sqlite3_column_text(context->sysctl, 0);
}

static void result_number_or_text(sqlite3_context *context, const char *text,
				  size_t length)
{
	char word[32];
	int64_t number;

	if (length < sizeof(word)) {
		memcpy(word, text, length);
		word[length] = '\0';
		if (parse_i64(word, &number) == 0) {
			sqlite3_result_int64(context, number);
			return;
		}
	}
	sqlite3_result_text(context, text, (int)length, SQLITE_TRANSIENT);
}

/* The Nth word of a value, from 1; NULL when there are fewer. */
static const char *find_word(const char *text, int64_t number, size_t *ret_length)
{
	while (number > 0) {
		text += strspn(text, " \t");
		*ret_length = strcspn(text, " \t");
		if (*ret_length == 0)
			return NULL;
		if (--number > 0)
			text += *ret_length;
	}
	return *ret_length ? text : NULL;
}

static void sql_sysctl(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	struct evidence_context *seen = sqlite3_user_data(context);
	const char *key = (const char *)sqlite3_value_text(arguments[0]);
	const char *text;
	size_t length = 0;

	text = evidence_find_sysctl(seen, key);
	if (text && count > 1)
		text = find_word(text, sqlite3_value_int64(arguments[1]), &length);
	else if (text)
		length = strlen(text);
	if (text)
		result_number_or_text(context, text, length);
	sqlite3_reset(seen->sysctl);
}

/* A counter of one sample; false when it is not known there. */
static bool find_counter(struct evidence_context *seen, int64_t sample, const char *name,
			 int64_t *ret)
{
	bool is_known = lookup(seen->counter, sample, name);

	if (is_known)
		*ret = sqlite3_column_int64(seen->counter, 0);
	sqlite3_reset(seen->counter);
	return is_known;
}

static void sql_counter(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	struct evidence_context *seen = sqlite3_user_data(context);
	int64_t value;

	(void)count;
	if (find_counter(seen, seen->now, (const char *)sqlite3_value_text(arguments[0]),
			 &value))
		sqlite3_result_int64(context, value);
}

/* How much a counter grew; false when that is not known or it went backwards. */
bool evidence_find_change(struct evidence_context *seen, const char *name, int64_t *ret)
{
	int64_t now, before = 0;

	if (!find_counter(seen, seen->now, name, &now))
		return false;
	if (seen->before && !find_counter(seen, seen->before, name, &before))
		return false;
	return !__builtin_sub_overflow(now, before, ret) && *ret >= 0;
}

static void sql_change(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	struct evidence_context *seen = sqlite3_user_data(context);
	int64_t change;

	(void)count;
	if (evidence_find_change(seen, (const char *)sqlite3_value_text(arguments[0]),
				 &change))
		sqlite3_result_int64(context, change);
}

static void sql_rate(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	struct evidence_context *seen = sqlite3_user_data(context);
	int64_t change;

	(void)count;
	if (seen->window_seconds > 0 &&
	    evidence_find_change(seen, (const char *)sqlite3_value_text(arguments[0]),
				 &change))
		sqlite3_result_double(context, (double)change / seen->window_seconds);
}

static void sql_window_seconds(sqlite3_context *context, int count,
			       sqlite3_value **arguments)
{
	struct evidence_context *seen = sqlite3_user_data(context);

	(void)count;
	(void)arguments;
	if (seen->window_seconds > 0)
		sqlite3_result_double(context, seen->window_seconds);
}

static void sql_page_bytes(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	struct evidence_context *seen = sqlite3_user_data(context);

	(void)count;
	(void)arguments;
	sqlite3_result_int64(context, seen->page_bytes);
}

static const struct {
	struct evidence_function shown;
	int arguments;
	void (*call)(sqlite3_context *context, int count, sqlite3_value **arguments);
} functions[] = {
	{ { "sysctl", "KEY", "its value: a number if it is one, else a text" },
	  1,
	  sql_sysctl },
	{ { "sysctl", "KEY, N", "the Nth number or word of its value, from 1" },
	  2,
	  sql_sysctl },
	{ { "counter", "NAME", "its value" }, 1, sql_counter },
	{ { "change", "NAME",
	    "how much the counter grew over the window, or since boot without one" },
	  1,
	  sql_change },
	{ { "rate", "NAME", "the change a second; NULL without a window" }, 1, sql_rate },
	{ { "window_seconds", "", "length of the window; NULL without one" },
	  0,
	  sql_window_seconds },
	{ { "ports_usable", "",
	    "local ports for outgoing connections, without the reserved ones" },
	  0,
	  ports_sql_usable },
	{ { "ports_reserved", "", "how many ports of the range are reserved" },
	  0,
	  ports_sql_reserved },
	{ { "ports_reusable", "TIME_WAIT, OLD, IS_LOOPBACK",
	    "of so many sockets in TIME_WAIT, OLD of them old enough, how many ports connect() takes again" },
	  3,
	  ports_sql_reusable },
	{ { "page_bytes", "", "size of a page of memory" }, 0, sql_page_bytes },
};

const struct evidence_function *evidence_function_at(size_t index)
{
	return index < ARRAY_SIZE(functions) ? &functions[index].shown : NULL;
}

static int prepare_lookups(struct evidence *evidence, struct error *err)
{
	struct evidence_context *context = evidence->context;
	int code = database_prepare(evidence->db,
				    "SELECT value FROM sysctl WHERE sample=?1 AND key=?2",
				    &context->sysctl, err);

	if (code < 0)
		return code;
	return database_prepare(evidence->db,
				"SELECT value FROM counter WHERE sample=?1 AND name=?2",
				&context->counter, err);
}

int evidence_add_functions(struct evidence *evidence, struct error *err)
{
	int code;

	evidence->context = calloc(1, sizeof(*evidence->context));
	if (!evidence->context)
		return error_set(err, -ENOMEM, "out of memory");
	evidence->context->window_seconds = -1;
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		int result = sqlite3_create_function_v2(
			evidence->db, functions[i].shown.name, functions[i].arguments,
			SQLITE_UTF8 | SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC,
			evidence->context, functions[i].call, NULL, NULL, NULL);

		if (result != SQLITE_OK)
			return error_set(err, database_errno(result), "%s",
					 sqlite3_errmsg(evidence->db));
	}
	code = guard_install(evidence->db, &evidence->context->guard, err);
	return code < 0 ? code : prepare_lookups(evidence, err);
}

void evidence_free_functions(struct evidence *evidence)
{
	if (!evidence->context)
		return;
	database_finalize(&evidence->context->sysctl);
	database_finalize(&evidence->context->counter);
	free(evidence->context);
	evidence->context = NULL;
}

bool evidence_sysctl(struct evidence *evidence, const char *key, char *ret, size_t size)
{
	const char *text = evidence_find_sysctl(evidence->context, key);
	bool is_known = text && (size_t)snprintf(ret, size, "%s", text) < size;

	if (!text)
		ret[0] = '\0';
	sqlite3_reset(evidence->context->sysctl);
	return is_known;
}

bool evidence_counter(struct evidence *evidence, const char *name, int64_t *ret)
{
	return find_counter(evidence->context, evidence->context->now, name, ret);
}
