#include "catalog/counter.h"
#include "collect/source.h"
#include "evidence/evidence.h"
#include "rules/finding.h"
#include "rules/need_check.h"
#include "rules/rule_check.h"
#include "rules/waiver.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEAD(severity, judges, needs)                                                    \
	"-- severity: " severity "\n"                                                    \
	"-- remedy: program\n"                                                           \
	"-- judges: " judges "\n"                                                        \
	"-- needs: " needs "\n"                                                          \
	"-- source: the kernel\n"
#define TEXTS                                                                            \
	"-- subject: port {port}\n"                                                      \
	"-- says: {program} lost {n}\n"                                                  \
	"-- advice: accept\n"

/* --- what every test begins with -------------------------------------------------- */

static void begin(struct evidence *evidence, double uptime, const char *release)
{
	const struct sample sample = {
		.taken = 1000 + uptime,
		.uptime = uptime,
		.boot_id = "boot",
		.release = release,
		.page_bytes = 4096,
	};

	assert_int_equal(evidence_begin_sample(evidence, &sample, NULL), 0);
}

static void add_listener(struct evidence *evidence, unsigned port, const char *program)
{
	const struct listener_row row = {
		.cookie = port,
		.family = 4,
		.address = "0.0.0.0",
		.port = port,
		.queue_limit = 128,
		.program = program,
	};

	assert_int_equal(evidence_add_listener(evidence, &row, NULL), 0);
}

static void add_closing(struct evidence *evidence)
{
	const struct closing_row row = { .state = "CLOSE_WAIT",
					 .timer = "none",
					 .sockets = 1 };

	assert_int_equal(evidence_add_closing(evidence, &row, NULL), 0);
}

static void add_counter(struct evidence *evidence, const char *name, int64_t value)
{
	assert_int_equal(evidence_add_counter(evidence, name, strlen(name), value, NULL),
			 0);
}

static void add_source(struct evidence *evidence, const char *name,
		       enum source_state state, const char *reason)
{
	assert_int_equal(evidence_add_source(evidence, name, state, reason, NULL), 0);
}

/* Two listeners, some counters and sysctls, one sample. */
static void fill(struct evidence *evidence)
{
	assert_int_equal(evidence_open_memory(evidence, NULL), 0);
	begin(evidence, 100, "6.1.0");
	add_source(evidence, "tcp", SOURCE_OK, NULL);
	add_listener(evidence, 80, "nginx");
	add_listener(evidence, 443, "a\033[31mb");
	add_listener(evidence, 8080, NULL);
	add_counter(evidence, "TcpExt.ListenOverflows", 7);
	assert_int_equal(
		evidence_add_sysctl(evidence, "net.core.somaxconn", "4096", NULL, NULL),
		0);
	assert_int_equal(evidence_add_sysctl(evidence, "net.ipv4.tcp_syncookies", NULL,
					     "permission denied", NULL),
			 0);
	assert_int_equal(evidence_end_sample(evidence, NULL), 0);
}

static void parse(const char *id, const char *text, struct rule *ret)
{
	struct error err = { 0 };
	int r = rule_parse(id, id, text, strlen(text), ret, &err);

	if (r < 0)
		fail_msg("%s", err.text);
}

static void run_one(struct rule *rule, struct evidence *evidence, struct verdict *ret)
{
	const struct rule_list list = { rule, 1 };

	assert_int_equal(rules_run(&list, evidence, NULL, 0, NULL, ret, NULL), 0);
}

static void check_unknown(const char *text, const char *reason)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };

	fill(&evidence);
	parse("a-rule", text, &rule);
	run_one(&rule, &evidence, &verdict);
	assert_int_equal(verdict.finding_count, 0);
	assert_int_equal(verdict.unknown_count, 1);
	assert_string_equal(verdict.unknowns[0].reason, reason);
	assert_ptr_equal(verdict.unknowns[0].rule, &rule);
}

/* --- findings --------------------------------------------------------------------- */

static void a_row_becomes_a_finding_in_words(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };
	const struct finding *finding;

	(void)state;
	fill(&evidence);
	parse("a-rule",
	      HEAD("warning", "now", "listener") TEXTS
	      "SELECT port, program, 2.5 AS n FROM listener_change WHERE port < 8080 "
	      "ORDER BY port DESC",
	      &rule);
	run_one(&rule, &evidence, &verdict);
	assert_int_equal(verdict.unknown_count, 0);
	assert_int_equal(verdict.finding_count, 2);
	finding = &verdict.findings[1];
	assert_ptr_equal(finding->rule, &rule);
	assert_int_equal(finding->severity, SEVERITY_WARNING);
	assert_int_equal(finding->confidence, CONFIDENCE_HIGH);
	assert_false(finding->is_history);
	assert_string_equal(finding->subject, "port 80");
	assert_string_equal(finding->says, "nginx lost 2.5");
	assert_string_equal(finding->advice, "accept");
	assert_null(finding->waived_by);
	assert_int_equal(finding->fact_count, 3);
	assert_string_equal(finding->facts[0].name, "port");
	assert_string_equal(finding->facts[0].value, "80");
	assert_true(finding->facts[0].is_number);
	assert_false(finding->facts[1].is_number);
	assert_string_equal(finding->facts[2].value, "2.5");
}

static void a_hostile_program_name_is_defused(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };

	(void)state;
	fill(&evidence);
	parse("a-rule",
	      HEAD("warning", "now", "listener") TEXTS
	      "SELECT port, program, 1 AS n FROM listener_change WHERE port = 443",
	      &rule);
	run_one(&rule, &evidence, &verdict);
	assert_string_equal(verdict.findings[0].says, "a?[31mb lost 1");
	assert_string_equal(verdict.findings[0].facts[1].value, "a?[31mb");
}

static void what_is_not_known_is_said_and_is_no_number(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };

	(void)state;
	fill(&evidence);
	parse("a-rule",
	      HEAD("warning", "now", "listener") TEXTS
	      "SELECT port, program, pid AS n FROM listener_change WHERE port = 8080",
	      &rule);
	run_one(&rule, &evidence, &verdict);
	assert_string_equal(verdict.findings[0].says, "an unknown program lost unknown");
	assert_null(verdict.findings[0].facts[2].value);
	assert_false(verdict.findings[0].facts[2].is_number);
}

static void findings_are_sorted_by_weight_then_rule_then_subject(void **state)
{
	static const struct {
		const char *id, *subject;
	} want[] = {
		{ "c", "port 443" }, { "c", "port 80" },  { "a", "port 443" },
		{ "a", "port 80" },  { "b", "port 443" }, { "b", "port 80" },
		{ "d", "port 443" }, { "d", "port 80" },
	};
	static const char query[] =
		"SELECT port, program, 1 AS n FROM listener_change WHERE port <> 8080";
	static const char *const heads[] = {
		HEAD("warning", "now", "listener") TEXTS,
		HEAD("warning", "now", "listener") TEXTS,
		HEAD("critical", "now", "listener") TEXTS,
		HEAD("info", "now", "listener") TEXTS,
	};
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };
	struct rule rules[4] = { 0 };
	const struct rule_list list = { rules, 4 };

	(void)state;
	fill(&evidence);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const char id[] = { (char)('a' + i), '\0' };
		AUTO(text_clear) struct text text = { 0 };

		text_add(&text, heads[i]);
		text_add(&text, query);
		parse(id, text_string(&text), &rules[i]);
	}
	assert_int_equal(rules_run(&list, &evidence, NULL, 0, NULL, &verdict, NULL), 0);
	assert_int_equal(verdict.finding_count, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		assert_string_equal(verdict.findings[i].rule->id, want[i].id);
		assert_string_equal(verdict.findings[i].subject, want[i].subject);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		rule_clear(&rules[i]);
}

static void too_many_rows_are_counted(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };

	(void)state;
	fill(&evidence);
	parse("a-rule",
	      HEAD("warning", "now", "listener") TEXTS
	      "WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many "
	      "LIMIT 250) SELECT n, n AS port, 'x' AS program FROM many",
	      &rule);
	run_one(&rule, &evidence, &verdict);
	assert_int_equal(verdict.finding_count, RULE_MOST_FINDINGS);
	assert_int_equal(verdict.unknown_count, 1);
	assert_string_equal(verdict.unknowns[0].reason,
			    "found 250 rows; the first 100 are shown");
}

/* --- windows ---------------------------------------------------------------------- */

static const char overflow_rule[] = HEAD(
	"critical", "change",
	"TcpExt.ListenOverflows") "-- subject: host\n-- says: {grown}\n-- advice: x\n"
				  "SELECT change('TcpExt.ListenOverflows') AS grown "
				  "WHERE change('TcpExt.ListenOverflows') > 0";

static void without_a_window_a_change_is_history(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };

	(void)state;
	fill(&evidence);
	parse("a-rule", overflow_rule, &rule);
	run_one(&rule, &evidence, &verdict);
	assert_int_equal(verdict.finding_count, 1);
	assert_int_equal(verdict.findings[0].severity, SEVERITY_INFO);
	assert_true(verdict.findings[0].is_history);
	assert_string_equal(verdict.findings[0].says, "7");
}

static void a_row_that_rests_on_a_level_is_no_history(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };

	(void)state;
	fill(&evidence);
	parse("a-rule",
	      HEAD("critical", "change", "TcpExt.ListenOverflows") TEXTS
	      "SELECT column1 AS port, 'x' AS program, column2 AS is_now, "
	      "change('TcpExt.ListenOverflows') AS n FROM (VALUES (1, 1), (2, 0), (3, NULL))",
	      &rule);
	run_one(&rule, &evidence, &verdict);
	assert_int_equal(verdict.finding_count, 3);
	assert_false(verdict.findings[0].is_history);
	assert_string_equal(verdict.findings[0].subject, "port 1");
	assert_int_equal(verdict.findings[0].severity, SEVERITY_CRITICAL);
	assert_true(verdict.findings[1].is_history);
	assert_true(verdict.findings[2].is_history);
}

static void a_row_may_say_that_it_cannot_tell(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };

	(void)state;
	fill(&evidence);
	parse("a-rule",
	      HEAD("warning", "now", "listener") TEXTS
	      "SELECT port, program, 1 AS n, iif(port = 443, 'of ' || program, NULL) "
	      "AS cannot_tell FROM listener_change",
	      &rule);
	run_one(&rule, &evidence, &verdict);
	assert_int_equal(verdict.finding_count, 2);
	assert_int_equal(verdict.unknown_count, 1);
	assert_string_equal(verdict.unknowns[0].reason, "of a?[31mb");
}

static void with_a_window_a_change_is_judged(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };

	(void)state;
	fill(&evidence);
	begin(&evidence, 110, "6.1.0");
	add_counter(&evidence, "TcpExt.ListenOverflows", 12);
	assert_int_equal(evidence_end_sample(&evidence, NULL), 0);
	parse("a-rule", overflow_rule, &rule);
	run_one(&rule, &evidence, &verdict);
	assert_int_equal(verdict.finding_count, 1);
	assert_int_equal(verdict.findings[0].severity, SEVERITY_CRITICAL);
	assert_false(verdict.findings[0].is_history);
	assert_string_equal(verdict.findings[0].says, "5");
}

/* --- cannot tell ------------------------------------------------------------------ */

static void a_rule_that_lacks_something_says_what(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ HEAD("warning", "now", "TcpExt.TCPTimeWaitOverflow") TEXTS
		  "SELECT 1 AS port, 2 AS program, 3 AS n",
		  "needs TcpExt.TCPTimeWaitOverflow, which this kernel (6.1.0) does not have" },
		{ HEAD("warning", "now", "net.ipv4.tcp_syncookies") TEXTS
		  "SELECT 1 AS port, 2 AS program, 3 AS n",
		  "needs net.ipv4.tcp_syncookies, which is not known here: permission denied" },
		{ HEAD("warning", "now", "net.core.somaxconn, net.ipv4.tcp_rmem") TEXTS
		  "SELECT 1 AS port, 2 AS program, 3 AS n",
		  "needs net.ipv4.tcp_rmem, which was not collected" },
		{ HEAD("warning", "now", "listener") TEXTS
		  "SELECT 1 AS port, 2 AS program",
		  "a-rule: says: names column 'n', which the SELECT does not return" },
		{ HEAD("warning", "now", "listener") TEXTS
		  "SELECT 1 AS port,\n2 AS program, gone AS n",
		  "a-rule:10: no such column: gone" },
		{ HEAD("warning", "now", "listener") TEXTS
		  "SELECT 1 AS port, 2 AS port, 2 AS program, 3 AS n",
		  "a-rule:9: two columns are named 'port'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_unknown(cases[i].in, cases[i].out);
}

/* A sample in which the source of the sockets went so. NULL: there is no such source. */
static void check_source(const char *name, const enum source_state *source,
			 const char *needs, const char *reason,
			 enum confidence confidence)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };
	AUTO(text_clear) struct text text = { 0 };

	assert_int_equal(evidence_open_memory(&evidence, NULL), 0);
	begin(&evidence, 100, NULL);
	if (source)
		add_source(&evidence, name, *source, "a\nreason");
	add_closing(&evidence);
	assert_int_equal(evidence_end_sample(&evidence, NULL), 0);
	text_addf(&text,
		  "-- severity: info\n-- remedy: none\n-- judges: now\n-- needs: %s\n"
		  "-- source: x\n-- subject: x\n-- says: x\nSELECT 1 AS x",
		  needs);
	parse("a-rule", text_string(&text), &rule);
	run_one(&rule, &evidence, &verdict);
	if (reason) {
		assert_int_equal(verdict.finding_count, 0);
		assert_int_equal(verdict.unknown_count, 1);
		assert_string_equal(verdict.unknowns[0].reason, reason);
	} else {
		assert_int_equal(verdict.finding_count, 1);
		assert_int_equal(verdict.unknown_count, 0);
		assert_int_equal(verdict.findings[0].confidence, confidence);
	}
}

static void sockets_are_judged_as_well_as_they_were_read(void **state)
{
	static const enum source_state ok = SOURCE_OK, partial = SOURCE_PARTIAL,
				       unreadable = SOURCE_UNREADABLE,
				       absent = SOURCE_ABSENT;
	static const struct {
		const enum source_state *source;
		const char *reason;
		enum confidence confidence;
	} cases[] = {
		{ &ok, NULL, CONFIDENCE_HIGH },
		{ &partial, NULL, CONFIDENCE_MEDIUM },
		{ &unreadable, "needs closing_now, which is not known here: a?reason",
		  0 },
		{ &absent, "needs closing_now, which is not known here: a?reason", 0 },
		{ NULL, "needs closing_now, which was not collected", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_source("tcp", cases[i].source, "closing_now", cases[i].reason,
			     cases[i].confidence);
}

/* Run a rule that always has a row, over two samples. */
static size_t count_findings(const char *judges, const char *needs, int64_t before,
			     int64_t now)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };
	AUTO(text_clear) struct text text = { 0 };

	assert_int_equal(evidence_open_memory(&evidence, NULL), 0);
	begin(&evidence, 100, NULL);
	add_counter(&evidence, "TcpExt.ListenDrops", before);
	assert_int_equal(evidence_end_sample(&evidence, NULL), 0);
	begin(&evidence, 102, NULL);
	add_source(&evidence, "tcp", SOURCE_OK, NULL);
	add_counter(&evidence, "TcpExt.ListenDrops", now);
	add_counter(&evidence, "Tcp.CurrEstab", 5);
	add_listener(&evidence, 80, NULL);
	assert_int_equal(evidence_end_sample(&evidence, NULL), 0);
	text_addf(&text,
		  "-- severity: info\n-- remedy: none\n-- judges: %s\n-- needs: %s\n"
		  "-- source: x\n-- subject: x\n-- says: x\nSELECT 1 AS x",
		  judges, needs);
	parse("a-rule", text_string(&text), &rule);
	run_one(&rule, &evidence, &verdict);
	assert_int_equal(verdict.unknown_count, 0);
	return verdict.finding_count;
}

static void what_did_not_move_and_tables_without_rows_are_not_asked(void **state)
{
	static const struct {
		const char *judges, *needs;
		int64_t before, now;
		size_t out;
	} cases[] = {
		{ "change", "TcpExt.ListenDrops", 5, 5, 0 },
		{ "change", "TcpExt.ListenDrops", 5, 6, 1 },
		/* backwards: nobody knows what moved */
		{ "change", "TcpExt.ListenDrops", 5, 4, 1 },
		/* a level need not move */
		{ "change", "Tcp.CurrEstab", 5, 5, 1 },
		{ "now", "TcpExt.ListenDrops", 5, 5, 1 },
		{ "now", "listener", 5, 5, 1 },
		{ "now", "destination", 5, 5, 0 },
		{ "now", "destination, listener", 5, 5, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (count_findings(cases[i].judges, cases[i].needs, cases[i].before,
				   cases[i].now) != cases[i].out)
			fail_msg("case %zu", i);
}

static void a_table_that_is_empty_now_is_asked_for_what_it_had_before(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };

	(void)state;
	assert_int_equal(evidence_open_memory(&evidence, NULL), 0);
	for (double uptime = 100; uptime < 102; uptime++) {
		begin(&evidence, uptime, "6.1.0");
		add_source(&evidence, "tcp", SOURCE_OK, NULL);
		if (uptime == 100)
			add_closing(&evidence);
		assert_int_equal(evidence_end_sample(&evidence, NULL), 0);
	}
	parse("a-rule",
	      HEAD("warning", "now", "closing_before") TEXTS
	      "SELECT 80 AS port, 'x' AS program, sockets AS n FROM closing_before;",
	      &rule);
	run_one(&rule, &evidence, &verdict);
	assert_int_equal(verdict.finding_count, 1);
}

static void a_kernel_is_blamed_only_when_its_file_was_read(void **state)
{
	static const enum source_state ok = SOURCE_OK, unreadable = SOURCE_UNREADABLE;
	static const struct {
		const enum source_state *source;
		const char *reason;
	} cases[] = {
		{ NULL, "needs TcpExt.ListenDrops, which this kernel does not have" },
		{ &ok, "needs TcpExt.ListenDrops, which this kernel does not have" },
		{ &unreadable,
		  "needs TcpExt.ListenDrops, which is not known here: a?reason" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_source("netstat", cases[i].source, "TcpExt.ListenDrops",
			     cases[i].reason, CONFIDENCE_HIGH);
}

static void what_is_missing_does_not_hide_what_is_there(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	struct rule rules[2] = { 0 };
	const struct rule_list list = { rules, ARRAY_SIZE(rules) };
	AUTO(verdict_clear) struct verdict verdict = { 0 };

	(void)state;
	fill(&evidence);
	parse("first",
	      HEAD("warning", "now", "nf_conntrack.count") TEXTS
	      "SELECT 1 AS port, 2 AS program, 3 AS n",
	      &rules[0]);
	parse("second",
	      HEAD("warning", "now", "listener") TEXTS
	      "SELECT 1 AS port, 2 AS program, 3 AS n",
	      &rules[1]);
	assert_int_equal(rules_run(&list, &evidence, NULL, 0, NULL, &verdict, NULL), 0);
	assert_int_equal(verdict.unknown_count, 1);
	assert_ptr_equal(verdict.unknowns[0].rule, &rules[0]);
	assert_int_equal(verdict.finding_count, 1);
	assert_ptr_equal(verdict.findings[0].rule, &rules[1]);
	rule_clear(&rules[0]);
	rule_clear(&rules[1]);
}

static void every_counter_is_read_by_a_source(void **state)
{
	static const struct source *const sources[] = {
		&source_snmp,	   &source_netstat,	 &source_snmp6,
		&source_sockstat,  &source_sockstat6,	 &source_protocols,
		&source_arp_cache, &source_ndisc_cache,	 &source_softnet_stat,
		&source_file_nr,   &source_nf_conntrack,
	};

	(void)state;
	for (size_t i = 0; i < counter_table_count; i++) {
		const char *name = counter_table[i].name;
		bool is_read = false;

		for (size_t k = 0; k < ARRAY_SIZE(sources); k++)
			is_read = is_read || strcmp(need_counter_source(name),
						    sources[k]->name) == 0;
		if (!is_read)
			fail_msg("%s: no source '%s'", name, need_counter_source(name));
	}
}

static void a_broken_rule_is_named_and_the_others_run(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };
	struct rule rules[2] = { { .id = (char[]){ "broken" },
				   .problem = (char[]){ "x.sql:1: it is broken" } } };
	const struct rule_list list = { rules, 2 };

	(void)state;
	fill(&evidence);
	parse("whole", overflow_rule, &rules[1]);
	assert_int_equal(rules_run(&list, &evidence, NULL, 0, NULL, &verdict, NULL), 0);
	assert_int_equal(verdict.finding_count, 1);
	assert_int_equal(verdict.unknown_count, 1);
	assert_string_equal(verdict.unknowns[0].reason, "x.sql:1: it is broken");
	rule_clear(&rules[1]);
}

static void a_query_without_end_is_stopped(void **state)
{
	check_unknown(HEAD("warning", "now", "listener") TEXTS
		      "WITH RECURSIVE endless(n) AS (SELECT 1 UNION ALL SELECT n + 1 "
		      "FROM endless) SELECT n, n AS port, 'x' AS program FROM endless "
		      "WHERE n < 0",
		      "stopped: it takes too many steps or too long");
	(void)state;
}

static void a_query_cannot_write(void **state)
{
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };

	(void)state;
	fill(&evidence);
	parse("a-rule",
	      HEAD("warning", "now", "listener") TEXTS
	      "WITH w AS (SELECT 1) DELETE FROM listener",
	      &rule);
	run_one(&rule, &evidence, &verdict);
	assert_int_equal(verdict.unknown_count, 1);
	assert_non_null(strstr(verdict.unknowns[0].reason, "not allowed here"));
}

/* --- thresholds, sets, waivers ---------------------------------------------------- */

static const char threshold_rule[] = HEAD(
	"warning", "now",
	"listener") "-- subject: port {port}\n-- says: above {:least}\n-- advice: x\n"
		    "-- threshold: least = 100\n"
		    "SELECT port FROM listener_change WHERE port > :least";

static void a_profile_overrides_a_threshold(void **state)
{
	static const struct {
		struct threshold_override in;
		size_t findings;
		const char *says;
	} cases[] = {
		{ { "a-rule", "least", 500 }, 1, "above 500" },
		{ { "other", "least", 500 }, 2, "above 100" },
	};
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	const struct rule_list list = { &rule, 1 };

	(void)state;
	fill(&evidence);
	parse("a-rule", threshold_rule, &rule);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(verdict_clear) struct verdict verdict = { 0 };

		assert_int_equal(rules_run(&list, &evidence, &cases[i].in, 1, NULL,
					   &verdict, NULL),
				 0);
		assert_int_equal(verdict.finding_count, cases[i].findings);
		assert_string_equal(verdict.findings[0].says, cases[i].says);
	}
}

static void a_threshold_that_is_not_there_is_named(void **state)
{
	static const struct threshold_override override = { "a-rule", "most", 1 };
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };
	const struct rule_list list = { &rule, 1 };

	(void)state;
	fill(&evidence);
	parse("a-rule", threshold_rule, &rule);
	assert_int_equal(rules_run(&list, &evidence, &override, 1, NULL, &verdict, NULL),
			 0);
	assert_string_equal(
		verdict.unknowns[0].reason,
		"the profile sets threshold 'most', which the rule does not have");
}

static void a_set_is_computed_from_the_row(void **state)
{
	static const struct {
		const char *in;
		const char *out;
		const char *reason;
	} cases[] = {
		{ ">= 8192", ">= 8192", NULL },
		{ "keep keep >= {2 * :n}", "keep keep >= 6", NULL },
		{ "{:n} {:least}", "3 100", NULL },
		{ "{:n / 2.0}", "2", NULL },
		{ ">= {2 * sysctl('net.core.somaxconn')}", ">= 8192", NULL },
		{ "{'cubic'}", "cubic", NULL },
		{ "{1e17}", "100000000000000000", NULL },
		{ "{NULL}", NULL,
		  "port 1: cannot compute 'net.core.somaxconn': {NULL} has no value here" },
		{ "{1e30}", NULL,
		  "port 1: cannot compute 'net.core.somaxconn': {1e30} has no value here" },
		{ "{'a' || char(10) || 'b'}", NULL,
		  "port 1: cannot compute 'net.core.somaxconn': {'a' || char(10) || 'b'} has no value here" },
		{ "{:what}", NULL,
		  "port 1: cannot compute 'net.core.somaxconn': ':what' is neither a column nor a threshold" },
		{ "{1) + (}", NULL,
		  "port 1: cannot compute 'net.core.somaxconn': near \")\": syntax error" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(evidence_close) struct evidence evidence = { 0 };
		AUTO(rule_clear) struct rule rule = { 0 };
		AUTO(verdict_clear) struct verdict verdict = { 0 };
		AUTO(text_clear) struct text text = { 0 };

		fill(&evidence);
		text_addf(&text,
			  "-- severity: info\n-- remedy: sysctl\n-- judges: now\n"
			  "-- needs: net.core.somaxconn\n-- source: x\n"
			  "-- subject: port {port}\n-- says: {:least}\n-- advice: x\n"
			  "-- threshold: least = 100\n"
			  "-- set net.core.somaxconn: %s\n"
			  "SELECT 1 AS port, 3 AS n",
			  cases[i].in);
		parse("a-rule", text_string(&text), &rule);
		run_one(&rule, &evidence, &verdict);
		assert_int_equal(verdict.finding_count, 1);
		assert_int_equal(verdict.findings[0].set_count, cases[i].out != NULL);
		assert_int_equal(verdict.unknown_count, cases[i].out == NULL);
		if (!cases[i].out) {
			assert_string_equal(verdict.unknowns[0].reason, cases[i].reason);
			continue;
		}
		assert_string_equal(verdict.findings[0].sets[0].key,
				    "net.core.somaxconn");
		assert_string_equal(verdict.findings[0].sets[0].value, cases[i].out);
	}
}

static void a_check_sees_a_bad_set_before_anything_is_found(void **state)
{
	static const char in[] =
		"-- severity: info\n-- remedy: sysctl\n-- judges: now\n"
		"-- needs: net.core.somaxconn\n-- source: x\n-- subject: x\n-- says: x\n"
		"-- advice: x\n-- set net.core.somaxconn: {:what}\nSELECT 1 AS x WHERE 0";
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	struct error err = { 0 };

	(void)state;
	fill(&evidence);
	parse("a-rule", in, &rule);
	assert_int_equal(rule_check(&rule, &evidence, &err), -EINVAL);
	assert_string_equal(
		err.text,
		"a-rule:9: set net.core.somaxconn: ':what' is neither a column nor a threshold");
}

static void a_waived_finding_carries_the_reason(void **state)
{
	static const char ini[] =
		"[known]\nrule = a-rule\nsubject = port 4*\nreason = ticket 4711\n";
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(verdict_clear) struct verdict verdict = { 0 };
	AUTO(waivers_clear) struct waiver_list waivers = { 0 };
	const struct rule_list list = { &rule, 1 };

	(void)state;
	fill(&evidence);
	parse("a-rule", threshold_rule, &rule);
	assert_int_equal(waivers_parse("w", ini, strlen(ini), 0, &waivers, NULL), 0);
	assert_int_equal(rules_run(&list, &evidence, NULL, 0, &waivers, &verdict, NULL),
			 0);
	assert_int_equal(verdict.finding_count, 2);
	assert_string_equal(verdict.findings[0].subject, "port 443");
	assert_string_equal(verdict.findings[0].waived_by, "ticket 4711");
	assert_null(verdict.findings[1].waived_by);
}

static void needs_uses_and_sets_are_asked_for(void **state)
{
	static const char in[] =
		"-- severity: info\n-- remedy: sysctl\n-- judges: now\n"
		"-- needs: listener_change, TcpExt.ListenDrops\n-- source: x\n"
		"-- uses: net.ipv4.tcp_rmem\n-- subject: x\n-- says: x\n-- advice: x\n"
		"-- set net.core.somaxconn: 5\nSELECT 1";
	struct rule rules[2] = { { .id = (char[]){ "broken" },
				   .problem = (char[]){ "x" } } };
	const struct rule_list list = { rules, 2 };
	AUTO(needs_clear) struct needs needs = { 0 };

	(void)state;
	parse("a-rule", in, &rules[1]);
	assert_int_equal(rules_add_needs(&list, &needs, NULL), 0);
	needs_finish(&needs);
	assert_true(needs.tables[TABLE_LISTENER]);
	assert_false(needs.tables[TABLE_CLOSING]);
	assert_true(needs_has_counter(&needs, "TcpExt.ListenDrops", 18));
	assert_true(needs_has_sysctl(&needs, "net.ipv4.tcp_rmem"));
	assert_true(needs_has_sysctl(&needs, "net.core.somaxconn"));
	assert_int_equal(needs.sysctl_count, 2);
	rule_clear(&rules[1]);
}

static void every_built_in_rule_is_whole(void **state)
{
	static const char *const no_folders[] = { NULL };
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(rules_clear) struct rule_list list = { 0 };

	(void)state;
	fill(&evidence);
	assert_int_equal(rules_load(no_folders, &list, NULL), 0);
	for (size_t i = 0; i < list.count; i++) {
		struct error err = { 0 };

		if (rule_check(&list.rules[i], &evidence, &err) < 0)
			fail_msg("%s", err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_becomes_a_finding_in_words),
		cmocka_unit_test(a_hostile_program_name_is_defused),
		cmocka_unit_test(what_is_not_known_is_said_and_is_no_number),
		cmocka_unit_test(findings_are_sorted_by_weight_then_rule_then_subject),
		cmocka_unit_test(too_many_rows_are_counted),
		cmocka_unit_test(without_a_window_a_change_is_history),
		cmocka_unit_test(a_row_that_rests_on_a_level_is_no_history),
		cmocka_unit_test(a_row_may_say_that_it_cannot_tell),
		cmocka_unit_test(with_a_window_a_change_is_judged),
		cmocka_unit_test(a_rule_that_lacks_something_says_what),
		cmocka_unit_test(sockets_are_judged_as_well_as_they_were_read),
		cmocka_unit_test(what_did_not_move_and_tables_without_rows_are_not_asked),
		cmocka_unit_test(
			a_table_that_is_empty_now_is_asked_for_what_it_had_before),
		cmocka_unit_test(a_kernel_is_blamed_only_when_its_file_was_read),
		cmocka_unit_test(what_is_missing_does_not_hide_what_is_there),
		cmocka_unit_test(every_counter_is_read_by_a_source),
		cmocka_unit_test(a_broken_rule_is_named_and_the_others_run),
		cmocka_unit_test(a_query_without_end_is_stopped),
		cmocka_unit_test(a_query_cannot_write),
		cmocka_unit_test(a_profile_overrides_a_threshold),
		cmocka_unit_test(a_threshold_that_is_not_there_is_named),
		cmocka_unit_test(a_set_is_computed_from_the_row),
		cmocka_unit_test(a_check_sees_a_bad_set_before_anything_is_found),
		cmocka_unit_test(a_waived_finding_carries_the_reason),
		cmocka_unit_test(needs_uses_and_sets_are_asked_for),
		cmocka_unit_test(every_built_in_rule_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
