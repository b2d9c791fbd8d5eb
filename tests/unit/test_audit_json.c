#include "report/audit_report.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "audit_world.h"

static void add_json(struct audit_world *world, struct json *json)
{
	assert_int_equal(audit_add_json(&world->report, json, NULL), 0);
	assert_int_equal(text_check(&json->text), 0);
}

static void assert_has(const struct json *json, const char *part)
{
	if (!strstr(text_string(&json->text), part))
		fail_msg("'%s' is not in:\n%s", part, text_string(&json->text));
}

static void an_audit_without_findings_has_every_member(void **state)
{
	AUTO(json_clear) struct json json = { 0 };
	AUTO(world_close) struct audit_world world;

	(void)state;
	world_open(&world, 1);
	add_json(&world, &json);
	assert_string_equal(text_string(&json.text),
			    "{\n"
			    "  \"schema_version\": 2,\n"
			    "  \"tcptune\": \"" TCPTUNE_VERSION "\",\n"
			    "  \"kernel\": {\n"
			    "    \"host\": null,\n"
			    "    \"release\": \"6.18.44\",\n"
			    "    \"boot_id\": null,\n"
			    "    \"netns\": null,\n"
			    "    \"netns_cookie\": \"18446744073709551615\",\n"
			    "    \"is_init_netns\": true\n"
			    "  },\n"
			    "  \"evidence_file\": null,\n"
			    "  \"taken\": \"2025-11-25T10:21:40Z\",\n"
			    "  \"window\": {\n"
			    "    \"seconds\": null,\n"
			    "    \"kind\": \"since-boot\"\n"
			    "  },\n"
			    "  \"findings\": [],\n"
			    "  \"profile\": [],\n"
			    "  \"proposals\": [],\n"
			    "  \"sources\": [\n"
			    "    {\n"
			    "      \"name\": \"tcp\",\n"
			    "      \"state\": \"ok\",\n"
			    "      \"reason\": null\n"
			    "    },\n"
			    "    {\n"
			    "      \"name\": \"snmp6\",\n"
			    "      \"state\": \"absent\",\n"
			    "      \"reason\": \"'snmp6' does not exist here\"\n"
			    "    }\n"
			    "  ],\n"
			    "  \"cannot_tell\": [],\n"
			    "  \"broken_rules\": [\n"
			    "    {\n"
			    "      \"id\": \"bad\",\n"
			    "      \"reason\": \"bad.sql:3: no\"\n"
			    "    }\n"
			    "  ]\n"
			    "}\n");
}

static void evidence_keeps_its_types(void **state)
{
	AUTO(json_clear) struct json json = { 0 };
	AUTO(world_close) struct audit_world world;
	struct finding *finding;

	(void)state;
	world_open(&world, 2);
	finding = world_find(&world, 0, "x", "y");
	finding->facts = world.facts;
	finding->fact_count = 2;
	finding->sets = world.sets;
	finding->set_count = 1;
	finding->waived_by = borrow("known");
	add_json(&world, &json);
	assert_has(&json,
		   "\"evidence\": {\n        \"port\": 80,\n        \"program\": null\n");
	assert_has(&json,
		   "\"key\": \"net.core.somaxconn\",\n          \"value\": \">= 8192\"");
	assert_has(&json, "\"seconds\": 2,\n        \"kind\": \"interval\"");
	assert_has(&json, "\"advice\": null");
	assert_has(&json, "\"waived\": \"known\"");
	assert_has(&json, "\"consequence_of\": null");
}

static void a_rule_on_levels_looks_at_one_moment(void **state)
{
	AUTO(json_clear) struct json json = { 0 };
	AUTO(world_close) struct audit_world world;

	(void)state;
	world_open(&world, 2);
	(void)world_find(&world, 1, "x", "y");
	add_json(&world, &json);
	assert_has(&json, "\"seconds\": null,\n        \"kind\": \"now\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_audit_without_findings_has_every_member),
		cmocka_unit_test(evidence_keeps_its_types),
		cmocka_unit_test(a_rule_on_levels_looks_at_one_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
