/* Wanted values: how they are written, and what a key can take. */
#include "profile/wanted.h"

#include "catalog/sysctl.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_value_is_a_row_of_elements(void **state)
{
	static const struct {
		const char *in;
		const char *out;
		size_t count;
		bool is_guard;
	} cases[] = {
		{ "16384", "16384", 1, false },
		{ "  16384\t", "16384", 1, false },
		{ ">= 16384", ">= 16384", 1, false },
		{ ">=16384", ">= 16384", 1, false },
		{ "<= 5", "<= 5", 1, false },
		{ "10240 65535", "10240 65535", 2, false },
		{ "10240\t65535", "10240 65535", 2, false },
		{ "keep keep >= {2 * :bdp}", "keep keep >= {2 * :bdp}", 3, false },
		{ ">= 4096 131072 6291456", ">= 4096 131072 6291456", 3, false },
		{ "guard 1", "1", 1, true },
		{ "guard >= 1", ">= 1", 1, true },
		{ "exactly 512", "512", 1, false },
		{ "bbr", "bbr", 1, false },
		{ "reno cubic bbr", "reno cubic bbr", 3, false },
		{ "{ a + b }", "{a + b}", 1, false },
		{ "8080,9000-9010", "8080,9000-9010", 1, false },
		{ "-1", "-1", 1, false },
		{ "keep", "keep", 1, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(wanted_clear) struct wanted wanted = { 0 };
		AUTO(text_clear) struct text text = { 0 };

		assert_int_equal(wanted_parse(cases[i].in, &wanted, NULL), 0);
		assert_int_equal(wanted.count, cases[i].count);
		assert_int_equal(wanted.is_guard, cases[i].is_guard);
		wanted_add_text(&wanted, NULL, &text);
		assert_string_equal(text_string(&text), cases[i].out);
	}
}

static void an_operator_belongs_to_the_next_element_only(void **state)
{
	AUTO(wanted_clear) struct wanted wanted = { 0 };

	(void)state;
	assert_int_equal(wanted_parse(">= 4096 131072 <= {:most}", &wanted, NULL), 0);
	assert_int_equal(wanted.count, 3);
	assert_int_equal(wanted.elements[0].op, WANTED_AT_LEAST);
	assert_int_equal(wanted.elements[1].op, WANTED_EQUAL);
	assert_int_equal(wanted.elements[2].op, WANTED_AT_MOST);
	assert_string_equal(wanted.elements[2].text, ":most");
	assert_true(wanted.elements[2].is_expression);
	assert_false(wanted.elements[0].is_expression);
}

static void what_is_no_value_is_refused(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "", "no value" },
		{ " ", "no value" },
		{ "guard", "no value" },
		{ ">=", "no value after '>='" },
		{ "1 <=", "no value after '<='" },
		{ "exactly", "no value after 'exactly'" },
		{ "> 5", "'> ' is no operator: '>=' and '<=' are" },
		{ "=> 5", "'=>' is no operator: '>=' and '<=' are" },
		{ "= 5", "'= ' is no operator: '>=' and '<=' are" },
		{ "!= 5", "'!=' is no operator: '>=' and '<=' are" },
		{ "{1", "'{' without '}'" },
		{ "{ }", "'{}' is empty" },
		{ "{1}2", "no blank after '}'" },
		{ "1 2 3 4 5 6 7 8 9", "more than 8 values" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(wanted_clear) struct wanted wanted = { 0 };
		struct error err = { 0 };

		assert_int_equal(wanted_parse(cases[i].in, &wanted, &err), -EINVAL);
		assert_string_equal(err.text, cases[i].out);
		assert_int_equal(wanted.count, 0);
	}
}

static int check(const char *key, const char *value, struct error *err)
{
	AUTO(wanted_clear) struct wanted wanted = { 0 };
	const struct sysctl_def *def = sysctl_find(key);

	assert_non_null(def);
	assert_int_equal(wanted_parse(value, &wanted, err), 0);
	return wanted_check(def, &wanted, err);
}

static void a_key_takes_what_fits_it(void **state)
{
	static const struct {
		const char *key;
		const char *value;
	} cases[] = {
		{ "net.core.somaxconn", ">= 16384" },
		{ "net.core.somaxconn", "guard 4096" },
		{ "net.core.somaxconn", "exactly 512" },
		{ "net.core.somaxconn", ">= {:backlog}" },
		{ "net.core.somaxconn", "<= 65535" },
		{ "net.core.somaxconn", "keep" },
		{ "net.ipv4.tcp_rmem", "keep keep >= 6291456" },
		{ "net.ipv4.tcp_rmem", "keep" },
		{ "net.ipv4.ip_local_port_range", "10240 65535" },
		{ "net.ipv4.ip_local_port_range", "<= 10240 >= 65535" },
		{ "net.ipv4.tcp_syncookies", ">= 1" },
		{ "net.ipv4.tcp_congestion_control", "bbr" },
		{ "net.ipv4.tcp_congestion_control", "{iif(1, 'bbr', 'cubic')}" },
		{ "net.ipv4.tcp_allowed_congestion_control", "reno cubic" },
		{ "net.ipv4.ip_local_reserved_ports", "8080,9000-9010" },
		{ "net.ipv4.conf.eth0.rp_filter", "2" },
		{ "net.ipv4.tcp_fin_timeout", "0x1e" },
		{ "net.ipv4.tcp_fin_timeout", "exactly -5" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = { 0 };
		int code = check(cases[i].key, cases[i].value, &err);

		assert_string_equal(err.text, "");
		assert_int_equal(code, 0);
	}
}

static void what_does_not_fit_a_key_is_refused(void **state)
{
	static const struct {
		const char *key;
		const char *value;
		const char *out;
	} cases[] = {
		{ "net.core.somaxconn", "many", "'many' is no number" },
		{ "net.core.somaxconn", "-1", "'-1' is negative" },
		{ "net.core.somaxconn", "1 2", "2 values; the key takes 1" },
		{ "net.core.somaxconn", ">= 2147483648",
		  "the kernel accepts 0 to 2147483647, not 2147483648" },
		{ "net.core.somaxconn", "guard 4k", "'4k' is no number" },
		{ "net.ipv4.tcp_fin_timeout", "-5",
		  "-5 makes no sense, 1 to 3600 does (or write 'exactly -5')" },
		{ "net.ipv4.tcp_rmem", "4096 131072", "2 values; the key takes 3" },
		{ "net.ipv4.tcp_rmem", "keep keep", "2 values; the key takes 3" },
		{ "net.ipv4.tcp_congestion_control", ">= bbr",
		  "'word' has no order, so that '>=' means nothing" },
		{ "net.ipv4.tcp_congestion_control", "bbr cubic",
		  "2 values; the key takes 1" },
		{ "net.ipv4.ip_local_reserved_ports", "<= 5",
		  "'list of numbers' has no order, so that '<=' means nothing" },
		{ "net.ipv4.ip_local_reserved_ports", "http",
		  "'http' is no list of numbers and ranges" },
		{ "net.ipv4.tcp_allowed_congestion_control", "keep reno",
		  "'keep' stands for a number of a row of numbers" },
		{ "net.ipv4.tcp_fastopen_key", "1-2-3-4", "secret: " },
		{ "net.ipv4.tcp_available_congestion_control", "bbr", "read-only: " },
		{ "net.ipv4.route.flush", "1", "a command: " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = { 0 };

		assert_int_equal(check(cases[i].key, cases[i].value, &err), -EINVAL);
		err.text[strlen(cases[i].out)] = '\0';
		assert_string_equal(err.text, cases[i].out);
	}
}

static void where_higher_is_better_a_plain_number_is_refused(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(check("net.core.somaxconn", "1024", &err), -EINVAL);
	assert_string_equal(
		err.text,
		"higher is better here: write '>= 1024', or 'exactly 1024' to lower it too");
	assert_int_equal(check("net.core.somaxconn", "{:x}", &err), -EINVAL);
	assert_int_equal(check("net.ipv4.tcp_rmem", "4096 >= 131072 >= 6291456", &err),
			 -EINVAL);
	assert_int_equal(
		check("net.ipv4.tcp_rmem", "exactly 4096 >= 131072 >= 6291456", NULL), 0);
}

static void computed_texts_take_the_place_of_expressions(void **state)
{
	AUTO(wanted_clear) struct wanted wanted = { 0 };
	AUTO(text_clear) struct text text = { 0 };
	char number[] = "33554432";
	char *const computed[WANTED_MOST_ELEMENTS] = { NULL, NULL, number };

	(void)state;
	assert_int_equal(wanted_parse("keep >= {:a} >= {:b}", &wanted, NULL), 0);
	wanted_add_text(&wanted, computed, &text);
	assert_string_equal(text_string(&text), "keep >= {:a} >= 33554432");
}

static void only_keep_is_a_release(void **state)
{
	AUTO(wanted_clear) struct wanted keep = { 0 };
	AUTO(wanted_clear) struct wanted mixed = { 0 };

	(void)state;
	assert_int_equal(wanted_parse("keep keep keep", &keep, NULL), 0);
	assert_int_equal(wanted_parse("keep keep 1", &mixed, NULL), 0);
	assert_true(wanted_is_release(&keep));
	assert_false(wanted_is_release(&mixed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_a_row_of_elements),
		cmocka_unit_test(an_operator_belongs_to_the_next_element_only),
		cmocka_unit_test(what_is_no_value_is_refused),
		cmocka_unit_test(a_key_takes_what_fits_it),
		cmocka_unit_test(what_does_not_fit_a_key_is_refused),
		cmocka_unit_test(where_higher_is_better_a_plain_number_is_refused),
		cmocka_unit_test(computed_texts_take_the_place_of_expressions),
		cmocka_unit_test(only_keep_is_a_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
