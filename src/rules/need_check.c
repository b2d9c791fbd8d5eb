#include "rules/need_check.h"

#include "catalog/counter.h"
#include "evidence/functions.h"
#include "evidence/needs.h"

#include <errno.h>
#include <string.h>

/* The source that fills each table; a name of src/collect. */
static const char *const table_sources[] = {
	[TABLE_TCP_STATE] = "tcp",
	[TABLE_LISTENER] = "tcp",
	[TABLE_DESTINATION] = "tcp",
	[TABLE_SOURCE_ADDRESS] = "tcp",
	[TABLE_CLOSING] = "tcp",
	[TABLE_SOCKET] = "tcp",
	[TABLE_SOCKET_COUNT] = "tcp",
	[TABLE_UDP_SOCKET] = "udp",
	[TABLE_CAPTURE] = "packet",
	[TABLE_LINK] = "link",
	[TABLE_OFFLOAD] = "ethtool",
	[TABLE_SOFTNET] = "softnet_stat",
	[TABLE_PROCESS] = "process",
	[TABLE_LOG_LINE] = "kmsg",
	[TABLE_BOOT_SETTING] = "boot_setting", /* of src/cli */
};
_Static_assert(ARRAY_SIZE(table_sources) == TABLE_COUNT_, "one source a table");

/* The answers of a look for one thing that is needed. */
enum { LACKS, HAS, HAS_PART, NOT_COLLECTED };

/*
 * is_total: a counter that only grows. may_have_moved: or it is not known whether. reason:
 * when answer is LACKS.
 */
struct need_answer {
	const char *name;
	struct need_answer *next;
	struct text reason;
	int answer;
	enum need_kind kind;
	enum need_table table;
	bool is_total, may_have_moved;
};

static int read_release(struct evidence *evidence, struct need_check *check,
			struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	const unsigned char *release;
	int r = database_prepare(evidence->db, "SELECT release FROM sample WHERE id = ?",
				 &statement, err);

	if (r < 0)
		return r;
	sqlite3_bind_int64(statement, 1, evidence->now);
	if (sqlite3_step(statement) != SQLITE_ROW)
		return 0;
	release = sqlite3_column_text(statement, 0);
	(void)snprintf(check->release, sizeof(check->release), "%s",
		       release ? (const char *)release : "");
	return 0;
}

static int prepare(struct evidence *evidence, const char *sql, sqlite3_stmt **ret,
		   struct error *err)
{
	int r = database_prepare(evidence->db, sql, ret, err);

	if (r == 0)
		sqlite3_bind_int64(*ret, 1, evidence->now);
	return r;
}

int need_check_open(struct evidence *evidence, struct need_check *ret, struct error *err)
{
	AUTO(need_check_clear) struct need_check check = { 0 };
	int r = prepare(evidence,
			"SELECT reason, state FROM source WHERE sample = ? AND name = ?",
			&check.source, err);

	if (r == 0)
		r = prepare(evidence,
			    "SELECT 1 FROM counter WHERE sample = ? AND name = ?",
			    &check.counter, err);
	if (r == 0)
		r = prepare(
			evidence,
			"SELECT reason, value IS NOT NULL FROM sysctl WHERE sample = ? AND key = ?",
			&check.sysctl, err);
	if (r == 0)
		r = prepare(
			evidence,
			"SELECT reason, value IS NOT NULL FROM sysctl WHERE sample = ? AND key GLOB ? ORDER BY value IS NULL LIMIT 1",
			&check.pattern, err);
	if (r == 0)
		r = read_release(evidence, &check, err);
	if (r < 0)
		return r;
	check.evidence = evidence;
	check.lacks_table = evidence->lacks_table;
	*ret = check;
	check = (struct need_check){ 0 };
	return 0;
}

static void answers_free(struct need_answer *answer)
{
	while (answer) {
		struct need_answer *next = answer->next;

		text_clear(&answer->reason);
		free(answer);
		answer = next;
	}
}

void need_check_clear(struct need_check *check)
{
	for (size_t i = 0; i < NEED_BUCKETS; i++)
		answers_free(check->answers[i]);
	database_finalize(&check->source);
	database_finalize(&check->counter);
	database_finalize(&check->sysctl);
	database_finalize(&check->pattern);
}

/*
 * Look a name up. The row is valid until the statement is reset, which the caller does.
 *
 * Returns: 1 there is a row, 0 there is none
 */
static int lookup(sqlite3_stmt *statement, const char *name, struct error *err)
{
	int result;

	/* one that found no row before takes no new name until it is reset */
	sqlite3_reset(statement);
	sqlite3_bind_text(statement, 2, name, -1, SQLITE_TRANSIENT);
	result = sqlite3_step(statement);
	if (result == SQLITE_ROW || result == SQLITE_DONE)
		return result == SQLITE_ROW;
	return error_set(err, database_errno(result), "%s",
			 sqlite3_errmsg(sqlite3_db_handle(statement)));
}

/* ": permission denied" out of column 0, where there is a text */
static void add_reason(sqlite3_stmt *statement, struct text *reason)
{
	const unsigned char *text = sqlite3_column_text(statement, 0);

	if (text && *text)
		text_addf(reason, ": %s", (const char *)text);
}

/* How a source was read; in reason what follows "needs X, which", unless that is HAS. */
static int find_source(struct need_check *check, const char *name, struct text *reason,
		       struct error *err)
{
	const char *state;
	int answer = LACKS;
	int r = lookup(check->source, name, err);

	if (r == 0) {
		sqlite3_reset(check->source);
		text_add(reason, "was not collected");
		answer = NOT_COLLECTED;
	}
	if (r <= 0)
		return r < 0 ? r : answer;
	state = (const char *)sqlite3_column_text(check->source, 1);
	if (state && strcmp(state, source_state_text(SOURCE_OK)) == 0)
		answer = HAS;
	else if (state && strcmp(state, source_state_text(SOURCE_PARTIAL)) == 0)
		answer = HAS_PART;
	if (answer != HAS) {
		text_add(reason, "is not known here");
		add_reason(check->source, reason);
	}
	sqlite3_reset(check->source);
	return answer;
}

static int find_table(struct need_check *check, enum need_table table,
		      struct text *reason, struct error *err)
{
	int answer;

	if (check->lacks_table[table]) {
		text_add(reason, "was not collected");
		return LACKS;
	}
	answer = find_source(check, need_table_text(table), reason, err);
	if (answer != NOT_COLLECTED)
		return answer;
	text_reset(reason);
	answer = find_source(check, table_sources[table], reason, err);
	return answer == NOT_COLLECTED ? LACKS : answer;
}

/* The file's name is the source's: "netstat" of "/proc/net/netstat". */
const char *need_counter_source(const char *name)
{
	const struct counter_def *def = counter_find(name);
	const char *slash = def && def->file ? strrchr(def->file, '/') : NULL;

	/* connection tracking is one source with two files */
	if (strncmp(name, "nf_conntrack.", strlen("nf_conntrack.")) == 0)
		return "nf_conntrack";
	return slash ? slash + 1 : "";
}

/*
 * A file that was read whole and does not have the counter speaks for the kernel; one
 * that could not be read says nothing about it.
 */
static int find_counter(struct need_check *check, const char *name, struct text *reason,
			struct error *err)
{
	int r = lookup(check->counter, name, err);

	sqlite3_reset(check->counter);
	if (r != 0)
		return r < 0 ? r : HAS;
	r = find_source(check, need_counter_source(name), reason, err);
	if (r != HAS && r != NOT_COLLECTED)
		return r < 0 ? r : LACKS;
	text_reset(reason);
	if (check->release[0])
		text_addf(reason, "this kernel (%s) does not have", check->release);
	else
		text_add(reason, "this kernel does not have");
	return LACKS;
}

static int find_sysctl(struct need_check *check, const char *key, struct text *reason,
		       struct error *err)
{
	bool is_pattern = need_is_pattern(key);
	sqlite3_stmt *statement = is_pattern ? check->pattern : check->sysctl;
	int answer = LACKS;
	int r = lookup(statement, key, err);

	if (r < 0)
		return r;
	if (r == 0) {
		sqlite3_reset(statement);
		r = find_source(check, "sysctl", reason, err);
		if (r == HAS || r == HAS_PART) {
			text_reset(reason);
			text_add(reason, is_pattern ? "no interface here has"
						    : "was not collected");
		}
		return r < 0 ? r : LACKS;
	}
	if (sqlite3_column_int(statement, 1)) {
		answer = HAS;
	} else {
		text_add(reason, "is not known here");
		add_reason(statement, reason);
	}
	sqlite3_reset(statement);
	return answer;
}

static int look_up(struct need_check *check, struct need_answer *ret, struct error *err)
{
	const struct counter_def *def;
	int64_t change = 0;
	bool is_known;
	int r = need_classify(ret->name, &ret->kind, &ret->table);

	if (r < 0)
		return error_set(err, r, "'%s' is no table, counter or sysctl",
				 ret->name);
	switch (ret->kind) {
	case NEED_TABLE:
		return find_table(check, ret->table, &ret->reason, err);
	case NEED_COUNTER:
		def = counter_find(ret->name);
		ret->is_total = def && def->kind == COUNTER_TOTAL;
		is_known = evidence_find_change(check->evidence->context, ret->name,
						&change);
		ret->may_have_moved = !is_known || change != 0;
		if (is_known)
			return HAS;
		return find_counter(check, ret->name, &ret->reason, err);
	case NEED_SYSCTL:
		return find_sysctl(check, ret->name, &ret->reason, err);
	}
	return -EINVAL;
}

static size_t bucket_of(const char *name)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return hash % NEED_BUCKETS;
}

/* The answer for a name, which this looks up the first time. The check keeps it. */
static int find_need(struct need_check *check, const char *name, struct need_answer **ret,
		     struct error *err)
{
	struct need_answer **list = &check->answers[bucket_of(name)];
	struct need_answer *answer = *list;

	while (answer && strcmp(answer->name, name) != 0)
		answer = answer->next;
	if (!answer) {
		answer = calloc(1, sizeof(*answer));
		if (!answer)
			return error_set(err, -ENOMEM, "out of memory");
		*answer = (struct need_answer){ .name = name, .table = TABLE_COUNT_ };
		answer->answer = look_up(check, answer, err);
		if (answer->answer < 0 || text_check(&answer->reason) < 0) {
			int r = answer->answer < 0 ? answer->answer : -ENOMEM;

			answers_free(answer);
			return r;
		}
		answer->next = *list;
		*list = answer;
	}
	*ret = answer;
	return 0;
}

int need_check_rule(struct need_check *check, const struct rule *rule,
		    bool *ret_is_partial, struct text *ret_reason, struct error *err)
{
	bool is_partial = false;

	for (size_t i = 0; i < rule->need_count; i++) {
		struct need_answer *need;
		int r = find_need(check, rule->needs[i], &need, err);

		if (r < 0)
			return r;
		if (need->answer == LACKS) {
			text_addf(ret_reason, "needs %s, which %s", rule->needs[i],
				  text_string(&need->reason));
			return text_check(ret_reason) < 0 ? -ENOMEM : 0;
		}
		is_partial = is_partial || need->answer == HAS_PART;
	}
	*ret_is_partial = is_partial;
	return 1;
}

/* --- is there anything to judge --------------------------------------------------- */

static int look_at_table(struct need_check *check, enum need_table table,
			 struct error *err)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	char sql[128];
	int r;

	if (check->is_looked_at[table])
		return 0;
	(void)snprintf(sql, sizeof(sql),
		       "SELECT 1 FROM %s WHERE sample IN (?1, ?2) LIMIT 1",
		       need_table_text(table));
	r = prepare(check->evidence, sql, &statement, err);
	if (r < 0)
		return r;
	/* rules may read the sample before, too */
	sqlite3_bind_int64(statement, 2, check->evidence->before);
	check->is_empty[table] = sqlite3_step(statement) == SQLITE_DONE;
	check->is_looked_at[table] = true;
	return 0;
}

/* What of a rule's needs could have something in it. */
struct stir {
	size_t totals, moved;
	size_t tables, filled;
};

static int count_stir(struct need_check *check, const char *name, struct stir *stir,
		      struct error *err)
{
	struct need_answer *need;
	int r = find_need(check, name, &need, err);

	if (r == 0 && need->kind == NEED_TABLE) {
		r = look_at_table(check, need->table, err);
		stir->tables++;
		stir->filled += r == 0 && !check->is_empty[need->table];
	} else if (r == 0 && need->is_total) {
		stir->totals++;
		stir->moved += need->may_have_moved;
	}
	return r;
}

int need_check_is_quiet(struct need_check *check, const struct rule *rule,
			struct error *err)
{
	struct stir stir = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < rule->need_count; i++)
		r = count_stir(check, rule->needs[i], &stir, err);
	if (r < 0)
		return r;
	if (stir.tables > 0 && stir.filled == 0)
		return 1;
	return rule->judges == JUDGES_CHANGE && stir.totals > 0 && stir.moved == 0;
}
