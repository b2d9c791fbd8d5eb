#include "base/file.h"
#include "base/text.h"
#include "rules/built_in.h"
#include "rules/rule.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define TEXTS                                                                            \
	"-- subject: port {port}\n"                                                      \
	"-- says: {port} is full\n"                                                      \
	"-- advice: wait\n"
#define HEAD                                                                             \
	"-- severity: warning\n"                                                         \
	"-- remedy: program\n"                                                           \
	"-- judges: now\n"                                                               \
	"-- needs: listener\n"                                                           \
	"-- source: the kernel\n" TEXTS
#define HEAD_CHANGE                                                                      \
	"-- severity: warning\n"                                                         \
	"-- remedy: sysctl\n"                                                            \
	"-- judges: change\n"                                                            \
	"-- needs: TcpExt.ListenOverflows, net.core.somaxconn\n"                         \
	"-- source: the kernel\n" TEXTS
#define SELECT "SELECT port FROM listener_change\n"

static void check_error(const char *in, size_t length, const char *out)
{
	struct rule rule = { 0 };
	struct error err = { 0 };

	assert_int_equal(rule_parse("x", "x.sql", in, length, &rule, &err), -EINVAL);
	assert_string_equal(err.text, out);
	assert_null(rule.id);
}

static void a_whole_rule_is_read(void **state)
{
	static const char in[] = "-- severity: critical\n"
				 "-- remedy:   sysctl\n"
				 "-- judges: change\n"
				 "-- confidence: medium\n"
				 "\n"
				 "--\n"
				 "-- subject: port {port}\n"
				 "-- says: first line\n"
				 "--     and: second {{line}}\n"
				 "--\tthird line\n"
				 "-- advice: {:share:percent} of {n}\n"
				 "-- needs: listener, TcpExt.ListenOverflows\n"
				 "--     net.core.somaxconn\n"
				 "-- uses: closing_now\n"
				 "-- threshold: share = 0.9  of the queue\n"
				 "-- threshold: least = 10\n"
				 "-- set net.core.somaxconn: >= {2 * :n}\n"
				 "-- source: somewhere\n"
				 "-- of the SQL\n";
	AUTO(rule_clear) struct rule rule = { 0 };
	AUTO(text_clear) struct text text = { 0 };
	struct error err = { 0 };

	(void)state;
	text_add_bytes(&text, in, strlen(in) - strlen("-- of the SQL\n"));
	text_add(&text, "SELECT 1 AS port, 2 AS n\n-- more\nWHERE :least < :share;\n");
	assert_int_equal(rule_parse("a-rule", "/x/a-rule.sql", text_string(&text),
				    text.length, &rule, &err),
			 0);
	assert_string_equal(rule.id, "a-rule");
	assert_string_equal(rule.file, "/x/a-rule.sql");
	assert_int_equal(rule.severity, SEVERITY_CRITICAL);
	assert_int_equal(rule.remedy, REMEDY_SYSCTL);
	assert_int_equal(rule.judges, JUDGES_CHANGE);
	assert_int_equal(rule.confidence, CONFIDENCE_MEDIUM);
	assert_string_equal(rule.subject, "port {port}");
	assert_string_equal(rule.says, "first line and: second {{line}} third line");
	assert_string_equal(rule.advice, "{:share:percent} of {n}");
	assert_string_equal(rule.source, "somewhere");
	assert_int_equal(rule.need_count, 3);
	assert_string_equal(rule.needs[2], "net.core.somaxconn");
	assert_int_equal(rule.use_count, 1);
	assert_string_equal(rule.uses[0], "closing_now");
	assert_int_equal(rule.threshold_count, 2);
	assert_string_equal(rule.thresholds[0].name, "share");
	assert_true(rule.thresholds[0].value == 0.9);
	assert_string_equal(rule.thresholds[0].text, "of the queue");
	assert_string_equal(rule.thresholds[1].text, "");
	assert_int_equal(rule.set_count, 1);
	assert_string_equal(rule.sets[0].key, "net.core.somaxconn");
	assert_string_equal(rule.sets[0].value, ">= {2 * :n}");
	assert_int_equal(rule.sets[0].line, 17);
	assert_int_equal(rule.sql_line, 19);
	assert_string_equal(
		rule.sql, "SELECT 1 AS port, 2 AS n\n-- more\nWHERE :least < :share;\n");
	assert_null(rule.problem);
}

static void confidence_is_high_unless_said_otherwise(void **state)
{
	AUTO(rule_clear) struct rule rule = { 0 };
	static const char in[] = HEAD SELECT;

	(void)state;
	assert_int_equal(rule_parse("x", "x.sql", in, strlen(in), &rule, NULL), 0);
	assert_int_equal(rule.confidence, CONFIDENCE_HIGH);
}

static void a_harmless_finding_needs_no_advice(void **state)
{
	AUTO(rule_clear) struct rule rule = { 0 };
	static const char in[] =
		"-- severity: info\n-- remedy: none\n-- judges: now\n-- needs: listener\n"
		"-- source: a\n-- subject: b\n-- says: c\n" SELECT;

	(void)state;
	assert_int_equal(rule_parse("x", "x.sql", in, strlen(in), &rule, NULL), 0);
	assert_null(rule.advice);
}

static void a_broken_head_is_named_with_its_line(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "-- severity: bad\n" SELECT,
		  "x.sql:1: severity: 'bad' is not one of: critical, warning, info" },
		{ "-- severity: info\n-- remedy: pray\n" SELECT,
		  "x.sql:2: remedy: 'pray' is not one of: sysctl, program, network, none" },
		{ "-- judges: then\n" SELECT,
		  "x.sql:1: judges: 'then' is not one of: now, change" },
		{ "-- confidence: 1\n" SELECT,
		  "x.sql:1: confidence: '1' is not one of: high, medium, low" },
		{ HEAD "-- severity: info\n" SELECT,
		  "x.sql:9: 'severity' stands there twice" },
		{ HEAD "-- colour: red\n" SELECT, "x.sql:9: unknown name 'colour'" },
		{ HEAD "-- says this: red\n" SELECT,
		  "x.sql:9: unknown name 'says this'" },
		{ HEAD "-- set: 5\n" SELECT, "x.sql:9: unknown name 'set'" },
		{ HEAD "-- a comment\n" SELECT,
		  "x.sql:9: no '-- name: text', nor indented to continue the line above" },
		{ "--     text\n" HEAD SELECT,
		  "x.sql:1: it continues a line, and there is none above" },
		{ "-- says:\n" SELECT, "x.sql:1: says: there is no text" },
		{ "-- says: {port\n" SELECT,
		  "x.sql:1: says: '{' without its '}': '{port'" },
		{ "-- says: {a:colour}\n" SELECT,
		  "x.sql:1: says: '{a:colour}' is not {NAME}, {NAME:percent}, {NAME:bytes} or {NAME:seconds}" },
		{ "-- needs: ,\n" SELECT, "x.sql:1: needs: it names nothing" },
		{ "-- needs: listener, listener\n" SELECT,
		  "x.sql:1: needs: 'listener' stands there twice" },
		{ "-- needs: listener\n-- uses: listener\n" SELECT,
		  "x.sql:2: uses: 'listener' stands there twice" },
		{ "-- needs: net.core.somaxcon\n" SELECT,
		  "x.sql:1: needs: 'net.core.somaxcon' is no table, counter or sysctl that is known; the nearest is 'net.core.somaxconn'" },
		{ "-- needs: ListenOverflows\n" SELECT,
		  "x.sql:1: needs: 'ListenOverflows' is no table, counter or sysctl that is known; the nearest is 'TcpExt.ListenOverflows'" },
		{ "-- needs: qqqqqqqqqqqqqqqqqqqqqq\n" SELECT,
		  "x.sql:1: needs: 'qqqqqqqqqqqqqqqqqqqqqq' is no table, counter or sysctl that is known" },
		{ "-- threshold: 9 = 9\n" SELECT,
		  "x.sql:1: threshold: '9 = 9' is not 'NAME = NUMBER  words'" },
		{ "-- threshold: a = many  words\n" SELECT,
		  "x.sql:1: threshold: 'many' is not a number" },
		{ "-- threshold: a = 1\n-- threshold: a = 2\n" SELECT,
		  "x.sql:2: threshold: 'a' stands there twice" },
		{ "-- set net.core.somaxcon: 5\n" SELECT,
		  "x.sql:1: set: 'net.core.somaxcon' is no sysctl that is known; the nearest is 'net.core.somaxconn'" },
		{ "-- set net.core.somaxconn: {1\n" SELECT,
		  "x.sql:1: set: the braces of '{1' do not hold one expression each" },
		{ "-- set net.core.somaxconn: >= lots\n" SELECT,
		  "x.sql:1: set: '>= lots' is not a number, a name, {an expression} or 'keep', with >= or <= before a number or not" },
		{ "-- set net.core.somaxconn: {1}2\n" SELECT,
		  "x.sql:1: set: a blank is missing before '2'" },
		{ "-- set net.core.somaxconn: \n" SELECT,
		  "x.sql:1: set: there is no value" },
		{ "-- severity: info\n" SELECT, "x.sql:2: the head has no '-- remedy:'" },
		{ HEAD "-- set net.core.somaxconn: 5\n" SELECT,
		  "x.sql:9: it sets a sysctl, and its remedy is program" },
		{ "-- severity: info\n-- remedy: program\n-- judges: now\n"
		  "-- needs: listener\n-- source: a\n-- subject: b\n-- says: c\n" SELECT,
		  "x.sql:8: the head has no '-- advice:'" },
		{ "", "x.sql:1: the head has no '-- severity:'" },
		{ "-- severity: war\x01ning\n" SELECT,
		  "x.sql:1: byte 0x01 begins no printable character" },
		{ "-- says: \xff\n" SELECT,
		  "x.sql:1: byte 0xff begins no printable character" },
		{ "-- severity: warning\r\n" SELECT,
		  "x.sql:1: byte 0x0d begins no printable character" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_error(cases[i].in, strlen(cases[i].in), cases[i].out);
}

static void a_broken_query_is_named_with_its_line(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ HEAD, "x.sql:9: there is no SELECT" },
		{ HEAD "\n/* nothing */\n", "x.sql:10: there is no SELECT" },
		{ HEAD "DELETE FROM listener\n",
		  "x.sql:9: it begins with 'DELETE', not with SELECT" },
		{ HEAD SELECT "; SELECT 2", "x.sql:10: more than one statement" },
		{ HEAD SELECT "WHERE port > :least\n",
		  "x.sql:10: ':least' is no threshold of the rule" },
		{ HEAD SELECT "WHERE port > ?1\n",
		  "x.sql:10: '?': parameters are written ':name'" },
		{ HEAD "-- threshold: least = 3\n" SELECT,
		  "x.sql:10: threshold 'least' is never used" },
		{ HEAD SELECT "WHERE change('TcpExt.ListenOverflows') > 0",
		  "x.sql:10: change() in a rule that judges now: it needs '-- judges: change'" },
		{ HEAD SELECT "WHERE\nRATE ('TcpExt.ListenOverflows') > 0",
		  "x.sql:11: RATE() in a rule that judges now: it needs '-- judges: change'" },
		{ HEAD SELECT "WHERE sysctl('net.core.somaxconn') > 0",
		  "x.sql:10: it reads 'net.core.somaxconn', which is neither in needs nor in uses" },
		{ HEAD SELECT "JOIN closing_now USING (port)",
		  "x.sql:10: it reads 'closing_now', which is neither in needs nor in uses" },
		{ HEAD SELECT "WHERE ports_usable() > 0",
		  "x.sql:10: it reads 'net.ipv4.ip_local_port_range', which is neither in needs nor in uses" },
		{ HEAD_CHANGE
		  "-- set net.core.somaxconn: {counter('TcpExt.ListenDrops')}\nSELECT 1 AS port\n",
		  "x.sql:9: it reads 'TcpExt.ListenDrops', which is neither in needs nor in uses" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_error(cases[i].in, strlen(cases[i].in), cases[i].out);
}

static void what_stands_in_quotes_and_comments_is_no_sql(void **state)
{
	static const char *const cases[] = {
		HEAD "SELECT ';' AS a, 'it''s; :x ?' AS port -- ; change('x') :y\n",
		HEAD "SELECT 1 AS port /* ; SELECT 2 */ ; -- the end\n",
		HEAD "SELECT 1 AS \"a;b\", 2 AS [c;?d], 3 AS `e;f`, 1 AS port",
		HEAD "WITH w AS (SELECT 1 AS port) SELECT port FROM w",
		HEAD "SELECT 1 AS change, 1 AS port",
		HEAD_CHANGE
		"SELECT change('TcpExt.ListenOverflows') AS port, sysctl('net.core.' || 'x')",
		HEAD "SELECT 1 AS port, 'never closed",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(rule_clear) struct rule rule = { 0 };
		struct error err = { 0 };

		assert_int_equal(
			rule_parse("x", "x.sql", cases[i], strlen(cases[i]), &rule, &err),
			0);
	}
}

static void a_threshold_of_a_template_must_exist(void **state)
{
	static const char in[] =
		"-- severity: info\n-- remedy: none\n-- judges: now\n-- needs: listener\n"
		"-- source: a\n-- subject: b\n-- says: c {:share}\n" SELECT;

	(void)state;
	check_error(in, strlen(in),
		    "x.sql:7: says: '{:share}' is no threshold of the rule");
}

static void a_nul_byte_is_refused(void **state)
{
	static const char in[] = HEAD "SELECT \0 port";

	(void)state;
	check_error(in, sizeof(in) - 1, "x.sql:9: the line holds a NUL byte");
}

static void a_file_and_its_lines_have_limits(void **state)
{
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	text_add(&text, HEAD SELECT);
	for (size_t i = 0; i < 1001; i++)
		text_add_char(&text, ' ');
	check_error(text_string(&text), text.length,
		    "x.sql:10: the line is longer than 1000 bytes");
	while (text.length <= RULE_MOST_BYTES)
		text_add_char(&text, '\n');
	check_error(text_string(&text), text.length,
		    "x.sql:1: the file is larger than 64 KiB");
}

/* --- folders ---------------------------------------------------------------------- */

static const char *const file_names[] = { "zz-good.sql",    "zz-bad.sql",
					  "zz-Odd.sql",	    "zz-pipe.sql",
					  "zz-note.txt",    "zz-large.sql",
					  ".zz-hidden.sql", "new/zz-good.sql" };

static void file_path(const char *folder, const char *name, char *ret, size_t size)
{
	int length = snprintf(ret, size, "%s/%s", folder, name);

	assert_true(length > 0 && (size_t)length < size);
}

/* A folder under /tmp with a folder "new" in it, both removed at the end. */
static int make_folder(void **state)
{
	char path[128];
	char *folder = strdup("/tmp/tcptune-rules-XXXXXX");

	if (!folder || !mkdtemp(folder))
		return -1;
	file_path(folder, "new", path, sizeof(path));
	*state = folder;
	return mkdir(path, 0700);
}

static int remove_folder(void **state)
{
	auto_free char *folder = *state;
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(file_names); i++) {
		file_path(folder, file_names[i], path, sizeof(path));
		(void)unlink(path);
	}
	file_path(folder, "new", path, sizeof(path));
	return rmdir(path) < 0 || rmdir(folder) < 0 ? -1 : 0;
}

static void write_file(const char *folder, const char *name, const char *data)
{
	auto_close int fd = -1;
	char path[128];

	file_path(folder, name, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, strlen(data)), strlen(data));
}

static void load(const char *folder, const char *other, struct rule_list *ret)
{
	const char *const folders[] = { "/nowhere/at/all", folder, other, NULL };

	assert_int_equal(rules_load(folders, ret, NULL), 0);
}

static void check_problem(const struct rule_list *list, const char *id,
			  const char *folder, const char *format)
{
	const struct rule *rule = rules_find(list, id);
	const char *place = strstr(format, "FOLDER");
	AUTO(text_clear) struct text want = { 0 };

	text_add_bytes(&want, format, (size_t)(place - format));
	text_add(&want, folder);
	text_add(&want, place + strlen("FOLDER"));
	assert_non_null(rule);
	assert_string_equal(rule->problem, text_string(&want));
}

static void a_broken_file_is_a_rule_with_a_problem(void **state)
{
	static const struct {
		const char *id;
		const char *problem;
	} cases[] = {
		{ "zz-bad", "FOLDER/zz-bad.sql:9: there is no SELECT" },
		{ "zz-Odd",
		  "FOLDER/zz-Odd.sql: the name of a rule is made of a-z, 0-9 and '-'" },
		{ "zz-pipe", "cannot read 'FOLDER/zz-pipe.sql': not a regular file" },
		{ "zz-large", "cannot read 'FOLDER/zz-large.sql': larger than 64 KiB" },
	};
	const char *folder = *state;
	AUTO(rules_clear) struct rule_list list = { 0 };
	AUTO(text_clear) struct text large = { 0 };
	char pipe_path[128];

	while (large.length <= RULE_MOST_BYTES)
		text_add_char(&large, '\n');
	write_file(folder, "zz-good.sql", HEAD SELECT);
	write_file(folder, "zz-bad.sql", HEAD);
	write_file(folder, "zz-Odd.sql", HEAD SELECT);
	write_file(folder, ".zz-hidden.sql", HEAD SELECT);
	write_file(folder, "zz-note.txt", HEAD SELECT);
	write_file(folder, "zz-large.sql", text_string(&large));
	file_path(folder, "zz-pipe.sql", pipe_path, sizeof(pipe_path));
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	load(folder, NULL, &list);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_problem(&list, cases[i].id, folder, cases[i].problem);
	assert_non_null(rules_find(&list, "zz-good"));
	assert_null(rules_find(&list, "zz-good")->problem);
	assert_null(rules_find(&list, ".zz-hidden"));
	assert_null(rules_find(&list, "zz-note"));
	assert_null(rules_find(&list, "zz"));
}

static void a_later_folder_overrides_a_rule_of_the_same_name(void **state)
{
	const char *folder = *state;
	AUTO(rules_clear) struct rule_list list = { 0 };
	char later[128];

	file_path(folder, "new", later, sizeof(later));
	write_file(folder, "zz-good.sql", HEAD SELECT);
	write_file(folder, "new/zz-good.sql", HEAD "SELECT 7 AS port\n");
	load(folder, later, &list);
	assert_string_equal(rules_find(&list, "zz-good")->sql, "SELECT 7 AS port\n");
	for (size_t i = 1; i < list.count; i++)
		assert_true(strcmp(list.rules[i - 1].id, list.rules[i].id) < 0);
}

static void check_names(char *const *names, char *const *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_string_equal(names[i], wanted[i]);
}

static void check_same(const struct rule *rule, const struct rule *wanted)
{
	assert_string_equal(rule->id, wanted->id);
	assert_string_equal(rule->file, wanted->file);
	assert_int_equal(rule->severity, wanted->severity);
	assert_int_equal(rule->remedy, wanted->remedy);
	assert_int_equal(rule->judges, wanted->judges);
	assert_int_equal(rule->confidence, wanted->confidence);
	assert_string_equal(rule->subject, wanted->subject);
	assert_string_equal(rule->says, wanted->says);
	assert_string_equal(rule->advice ? rule->advice : "none",
			    wanted->advice ? wanted->advice : "none");
	assert_string_equal(rule->source, wanted->source);
	assert_string_equal(rule->sql, wanted->sql);
	assert_int_equal(rule->sql_line, wanted->sql_line);
	assert_null(rule->problem);
	assert_int_equal(rule->need_count, wanted->need_count);
	check_names(rule->needs, wanted->needs, wanted->need_count);
	assert_int_equal(rule->use_count, wanted->use_count);
	check_names(rule->uses, wanted->uses, wanted->use_count);
	assert_int_equal(rule->threshold_count, wanted->threshold_count);
	for (size_t i = 0; i < wanted->threshold_count; i++) {
		assert_string_equal(rule->thresholds[i].name, wanted->thresholds[i].name);
		assert_string_equal(rule->thresholds[i].text, wanted->thresholds[i].text);
		assert_true(rule->thresholds[i].value == wanted->thresholds[i].value);
	}
	assert_int_equal(rule->set_count, wanted->set_count);
	for (size_t i = 0; i < wanted->set_count; i++) {
		assert_string_equal(rule->sets[i].key, wanted->sets[i].key);
		assert_string_equal(rule->sets[i].value, wanted->sets[i].value);
		assert_int_equal(rule->sets[i].line, wanted->sets[i].line);
	}
}

static void a_built_in_rule_is_what_its_file_says(void **state)
{
	(void)state;
	assert_true(built_in_rule_count > 0);
	for (size_t i = 0; i < built_in_rule_count; i++) {
		const struct rule *rule = &built_in_rules[i];
		AUTO(rule_clear) struct rule wanted = { 0 };
		AUTO(text_clear) struct text data = { 0 };
		char path[512];

		(void)snprintf(path, sizeof(path), "%s/profiles/rules/%s.sql",
			       getenv("TCPTUNE_SOURCE"), rule->id);
		assert_int_equal(file_read(AT_FDCWD, path, RULE_MOST_BYTES, &data), 0);
		assert_int_equal(rule_parse(rule->id, rule->file, text_string(&data),
					    data.length, &wanted, NULL),
				 0);
		check_same(rule, &wanted);
	}
}

static void a_file_overrides_a_built_in_rule(void **state)
{
	const char *folder = *state;
	AUTO(rules_clear) struct rule_list list = { 0 };
	char name[128], path[256];

	(void)snprintf(name, sizeof(name), "%s.sql", built_in_rules[0].id);
	write_file(folder, name, HEAD SELECT);
	load(folder, NULL, &list);
	file_path(folder, name, path, sizeof(path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(list.count, built_in_rule_count);
	assert_string_equal(list.rules[0].id, built_in_rules[0].id);
	assert_string_equal(list.rules[0].sql, SELECT);
}

static void a_folder_that_is_not_there_is_no_problem(void **state)
{
	AUTO(rules_clear) struct rule_list list = { 0 };

	(void)state;
	load("/nowhere", "/etc/passwd/rules", &list);
	assert_null(rules_find(&list, "/nowhere"));
}

static void severities_are_words(void **state)
{
	enum severity severity = SEVERITY_INFO;

	(void)state;
	assert_int_equal(severity_parse("critical", &severity), 0);
	assert_int_equal(severity, SEVERITY_CRITICAL);
	assert_int_equal(severity_parse("Warning", &severity), -EINVAL);
	assert_int_equal(severity, SEVERITY_CRITICAL);
	assert_string_equal(severity_text(SEVERITY_WARNING), "warning");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_rule_is_read),
		cmocka_unit_test(confidence_is_high_unless_said_otherwise),
		cmocka_unit_test(a_harmless_finding_needs_no_advice),
		cmocka_unit_test(a_broken_head_is_named_with_its_line),
		cmocka_unit_test(a_broken_query_is_named_with_its_line),
		cmocka_unit_test(what_stands_in_quotes_and_comments_is_no_sql),
		cmocka_unit_test(a_threshold_of_a_template_must_exist),
		cmocka_unit_test(a_nul_byte_is_refused),
		cmocka_unit_test(a_file_and_its_lines_have_limits),
		cmocka_unit_test_setup_teardown(a_broken_file_is_a_rule_with_a_problem,
						make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			a_later_folder_overrides_a_rule_of_the_same_name, make_folder,
			remove_folder),
		cmocka_unit_test(a_built_in_rule_is_what_its_file_says),
		cmocka_unit_test_setup_teardown(a_file_overrides_a_built_in_rule,
						make_folder, remove_folder),
		cmocka_unit_test(a_folder_that_is_not_there_is_no_problem),
		cmocka_unit_test(severities_are_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
