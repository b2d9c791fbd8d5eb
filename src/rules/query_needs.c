#include "rules/query_needs.h"

#include "rules/sql_token.h"

#include <errno.h>
#include <string.h>

enum { NAME_BYTES = 256 };

const struct hidden_read hidden_reads[] = {
	{ "ports_usable", "net.ipv4.ip_local_port_range" },
	{ "ports_usable", "net.ipv4.ip_local_reserved_ports" },
	{ "ports_reserved", "net.ipv4.ip_local_port_range" },
	{ "ports_reserved", "net.ipv4.ip_local_reserved_ports" },
	{ "port_use", "net.ipv4.ip_local_port_range" },
	{ "port_use", "net.ipv4.ip_local_reserved_ports" },
	{ "port_use", "net.ipv4.tcp_tw_reuse" },
	{ "port_use", "net.ipv4.tcp_timestamps" },
	{ "port_use", "TcpExt.TWRecycled" },
	{ "port_use", "Tcp.ActiveOpens" },
};
const size_t hidden_read_count = ARRAY_SIZE(hidden_reads);

static int want_counters(struct needs *needs, struct error *err)
{
	(void)err;
	needs->wants_all_counters = true;
	return 0;
}

/* Words that read all there is of a kind, wherever they stand in the query. */
static const struct {
	const char *word;
	int (*want)(struct needs *needs, struct error *err);
} whole_reads[] = {
	{ "sysctl", needs_add_all_sysctls },
	{ "interface_sysctl", needs_add_all_sysctls },
	{ "counter", want_counters },
	/* how well things were read says nothing unless they were read */
	{ "source", needs_add_everything },
};

/* Functions that take the name of a counter or sysctl. */
static bool is_reader(const struct sql_token *token)
{
	static const char *const names[] = { "sysctl", "counter", "change", "rate" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (sql_token_is_word(token, names[i]))
			return true;
	return false;
}

/* rest: behind the word. Does a call with a name that can be seen follow? */
static bool names_what_it_reads(const char *rest)
{
	struct sql_token open = sql_token_next(&rest);
	struct sql_token name = sql_token_next(&rest);
	struct sql_token after = sql_token_next(&rest);

	return sql_token_is_char(&open, '(') && name.kind == SQL_STRING &&
	       (sql_token_is_char(&after, ')') || sql_token_is_char(&after, ','));
}

static bool is_call(const char *rest)
{
	struct sql_token next = sql_token_next(&rest);

	return sql_token_is_char(&next, '(');
}

static int add_hidden(const struct sql_token *token, struct needs *needs,
		      struct error *err)
{
	for (size_t i = 0; i < hidden_read_count; i++) {
		int r = sql_token_is_word(token, hidden_reads[i].name)
				? needs_add(needs, hidden_reads[i].reads, err)
				: 0;

		if (r < 0)
			return r;
	}
	return 0;
}

/* A table, view, counter or sysctl by its name; any other word is none of them. */
static int add_name(const struct sql_token *token, struct needs *needs, struct error *err)
{
	char name[NAME_BYTES];
	enum need_kind kind;
	enum need_table table;

	if ((size_t)snprintf(name, sizeof(name), "%.*s", (int)token->length, token->at) >=
	    sizeof(name))
		return 0;
	if (token->kind == SQL_WORD)
		for (char *c = name; *c; c++)
			*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
	if (need_classify(name, &kind, &table) < 0)
		return 0;
	return needs_add(needs, name, err);
}

/* rest: behind the word */
static int add_word(const struct sql_token *token, const char *rest, struct needs *needs,
		    struct error *err)
{
	int r = add_hidden(token, needs, err);

	if (r < 0 || (is_reader(token) && names_what_it_reads(rest)))
		return r;
	if (is_reader(token) && is_call(rest)) {
		needs->wants_all_counters = true;
		return needs_add_all_sysctls(needs, err);
	}
	for (size_t i = 0; i < ARRAY_SIZE(whole_reads); i++)
		if (sql_token_is_word(token, whole_reads[i].word))
			return whole_reads[i].want(needs, err);
	return add_name(token, needs, err);
}

int query_needs(struct evidence *evidence, const char *sql, struct needs *needs,
		struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	const char *cursor = sql;
	struct sql_token token;
	int r = evidence_prepare(evidence, sql, &statement, err);

	while (r == 0 && (token = sql_token_next(&cursor)).kind != SQL_END) {
		if (token.kind == SQL_WORD)
			r = add_word(&token, cursor, needs, err);
		else if (token.kind == SQL_STRING)
			r = add_name(&token, needs, err);
	}
	needs_finish(needs);
	return r;
}
