/* What the tables of the catalog must be, and the compiler cannot check. */
#include "catalog/counter.h"
#include "catalog/sysctl.h"
#include "catalog/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Say which entry is wrong; the test goes on to the next and fails at its end. */
static void complain(size_t *faults, const struct sysctl_def *def, const char *fault)
{
	print_error("%s %s\n", def->name, fault);
	(*faults)++;
}

static bool is_empty(const struct release_span *span)
{
	return span->before == 0 && span->after == 0;
}

static void the_catalog_has_every_key_of_the_facts(void **state)
{
	(void)state;
	assert_int_equal(sysctl_count(), 525);
	assert_true(counter_table_count >= 235);
}

static void each_family_is_sorted(void **state)
{
	static const struct {
		const struct sysctl_def *defs;
		const size_t *count;
	} families[] = {
		{ sysctl_core, &sysctl_core_count },
		{ sysctl_tcp, &sysctl_tcp_count },
		{ sysctl_device, &sysctl_device_count },
		{ sysctl_ipv4, &sysctl_ipv4_count },
		{ sysctl_ipv6, &sysctl_ipv6_count },
		{ sysctl_netfilter, &sysctl_netfilter_count },
		{ sysctl_other, &sysctl_other_count },
		{ sysctl_removed, &sysctl_removed_count },
	};
	size_t total = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		total += *families[i].count;
		for (size_t j = 1; j < *families[i].count; j++)
			assert_true(strcmp(families[i].defs[j - 1].name,
					   families[i].defs[j].name) < 0);
	}
	assert_int_equal(total, sysctl_count());
}

static void no_key_is_in_two_families(void **state)
{
	(void)state;
	for (size_t i = 0; i < sysctl_count(); i++) {
		for (size_t j = i + 1; j < sysctl_count(); j++)
			assert_string_not_equal(sysctl_at(i)->name, sysctl_at(j)->name);
	}
}

static void every_name_is_a_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < sysctl_count(); i++) {
		const char *name = sysctl_at(i)->name;
		char path[256];

		assert_int_equal(sysctl_path(name, path, sizeof(path)), 0);
		assert_null(strchr(name, '/'));
		assert_true(strncmp(name, "net.", 4) == 0 ||
			    strncmp(name, "fs.", 3) == 0);
	}
}

static void every_live_key_says_what_it_is(void **state)
{
	size_t faults = 0;

	(void)state;
	for (size_t i = 0; i < sysctl_count(); i++) {
		const struct sysctl_def *def = sysctl_at(i);

		if (def->kind != KIND_LIVE)
			continue;
		if (def->type == VALUE_UNKNOWN)
			complain(&faults, def, "has no type");
		if (def->arity == 0 || def->arity > VALUE_MOST_NUMBERS)
			complain(&faults, def, "has no arity that a value can have");
		if (def->scope == SCOPE_UNKNOWN)
			complain(&faults, def, "has no scope");
		if (def->is_read_only && def->is_write_only)
			complain(&faults, def, "can be neither read nor written");
		if (!is_empty(&def->removed))
			complain(&faults, def, "is live and removed");
	}
	assert_int_equal(faults, 0);
}

static void every_key_has_a_summary_and_a_source(void **state)
{
	size_t faults = 0;

	(void)state;
	for (size_t i = 0; i < sysctl_count(); i++) {
		const struct sysctl_def *def = sysctl_at(i);

		if (!def->summary)
			complain(&faults, def, "has no summary");
		else if (def->summary[strlen(def->summary) - 1] != '.')
			complain(&faults, def, "has a summary that is no sentence");
		if (!def->source || def->source[0] == '\0')
			complain(&faults, def, "has no source");
	}
	assert_int_equal(faults, 0);
}

static void an_interface_key_has_the_scope_of_an_interface(void **state)
{
	size_t faults = 0;

	(void)state;
	for (size_t i = 0; i < sysctl_count(); i++) {
		const struct sysctl_def *def = sysctl_at(i);

		if (def->scope == SCOPE_NETNS_INTERFACE && !strchr(def->name, '*'))
			complain(&faults, def, "is for interfaces but names none");
	}
	assert_int_equal(faults, 0);
}

static void what_is_sane_is_accepted(void **state)
{
	size_t faults = 0;

	(void)state;
	for (size_t i = 0; i < sysctl_count(); i++) {
		const struct sysctl_def *def = sysctl_at(i);

		if (def->accepted.is_known &&
		    def->accepted.lowest > def->accepted.highest)
			complain(&faults, def, "accepts nothing");
		if (def->sane.is_known && def->sane.lowest > def->sane.highest)
			complain(&faults, def, "has no sane value");
		if (!def->sane.is_known || !def->accepted.is_known)
			continue;
		if (def->sane.lowest < def->accepted.lowest ||
		    def->sane.highest > def->accepted.highest)
			complain(&faults, def, "has sane values that the kernel refuses");
	}
	assert_int_equal(faults, 0);
}

/* A default that is given as numbers, not in words. */
static bool has_initial_numbers(const struct sysctl_def *def)
{
	return def->initial && def->initial[0] != '\0' &&
	       def->initial[strspn(def->initial, "-0123456789 \t")] == '\0';
}

static bool is_in_range(const struct value_range *range, const struct value *value)
{
	for (size_t i = 0; range->is_known && i < value->count; i++) {
		double number = value_number_double(value->numbers[i]);

		if (number < range->lowest || number > range->highest)
			return false;
	}
	return true;
}

static void a_default_in_numbers_is_a_value_of_its_key(void **state)
{
	size_t faults = 0, checked = 0;

	(void)state;
	for (size_t i = 0; i < sysctl_count(); i++) {
		const struct sysctl_def *def = sysctl_at(i);
		struct value value;

		if (!has_initial_numbers(def))
			continue;
		checked++;
		if (value_parse(def, def->initial, &value, NULL) < 0)
			complain(&faults, def, "has a default of another type");
		else if (!is_in_range(&def->accepted, &value))
			complain(&faults, def, "has a default that the kernel refuses");
		else if (!is_in_range(&def->sane, &value))
			complain(&faults, def, "has a default that is not sane");
	}
	assert_int_equal(faults, 0);
	assert_true(checked > 300);
}

static void what_is_no_live_key_says_what_to_do_instead(void **state)
{
	size_t faults = 0;

	(void)state;
	for (size_t i = 0; i < sysctl_count(); i++) {
		const struct sysctl_def *def = sysctl_at(i);

		if (def->kind == KIND_LIVE ? def->instead != NULL : def->instead == NULL)
			complain(&faults, def, "is live, or says nothing instead");
	}
	assert_int_equal(faults, 0);
}

static void a_removed_key_says_when(void **state)
{
	size_t faults = 0;

	(void)state;
	for (size_t i = 0; i < sysctl_count(); i++) {
		const struct sysctl_def *def = sysctl_at(i);

		if (def->kind == KIND_REMOVED && is_empty(&def->removed))
			complain(&faults, def, "was removed at no known time");
		if (def->removed.after && def->removed.before >= def->removed.after)
			complain(&faults, def,
				 "was removed in an interval that ends first");
		if (def->since.after && def->since.before >= def->since.after)
			complain(&faults, def, "appeared in an interval that ends first");
	}
	assert_int_equal(faults, 0);
}

static void tcp_tw_recycle_went_away_in_4_12(void **state)
{
	const struct sysctl_def *def = sysctl_find("net.ipv4.tcp_tw_recycle");
	char text[48];

	(void)state;
	assert_non_null(def);
	assert_int_equal(def->kind, KIND_REMOVED);
	release_span_text(&def->removed, text, sizeof(text));
	assert_string_equal(text, "4.12");
	assert_int_equal(release_compare(&def->removed, KERNEL(4, 11)), RELEASE_BEFORE);
	assert_int_equal(release_compare(&def->removed, KERNEL(4, 12)), RELEASE_AFTER);
}

static void the_secrets_are_these_four(void **state)
{
	static const char *const secrets[] = {
		"net.core.netdev_rss_key",
		"net.ipv4.fib_multipath_hash_seed",
		"net.ipv4.tcp_fastopen_key",
		"net.ipv6.conf.*.stable_secret",
	};
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
		assert_true(sysctl_find(secrets[i])->is_secret);
	for (size_t i = 0; i < sysctl_count(); i++)
		count += sysctl_at(i)->is_secret;
	assert_int_equal(count, ARRAY_SIZE(secrets));
}

static void every_coupled_key_is_in_the_catalog(void **state)
{
	size_t faults = 0;

	(void)state;
	for (size_t i = 0; i < sysctl_count(); i++) {
		const struct sysctl_def *def = sysctl_at(i);
		const char *at = def->coupled;

		while (at && *at) {
			size_t length = strcspn(at, " ");
			char key[128];

			assert_true(length > 0 && length < sizeof(key));
			memcpy(key, at, length);
			key[length] = '\0';
			if (!sysctl_find(key) || strcmp(key, def->name) == 0)
				complain(&faults, def, key);
			at += length + (at[length] == ' ');
		}
	}
	assert_int_equal(faults, 0);
}

static void an_enumeration_names_its_numbers(void **state)
{
	size_t faults = 0;

	(void)state;
	for (size_t i = 0; i < sysctl_count(); i++) {
		const struct sysctl_def *def = sysctl_at(i);

		if (def->kind != KIND_LIVE || def->type != VALUE_ENUM)
			continue;
		if (!def->meanings || !strchr(def->meanings, '='))
			complain(&faults, def, "is an enumeration without meanings");
	}
	assert_int_equal(faults, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_catalog_has_every_key_of_the_facts),
		cmocka_unit_test(each_family_is_sorted),
		cmocka_unit_test(no_key_is_in_two_families),
		cmocka_unit_test(every_name_is_a_key),
		cmocka_unit_test(every_live_key_says_what_it_is),
		cmocka_unit_test(every_key_has_a_summary_and_a_source),
		cmocka_unit_test(an_interface_key_has_the_scope_of_an_interface),
		cmocka_unit_test(what_is_sane_is_accepted),
		cmocka_unit_test(a_default_in_numbers_is_a_value_of_its_key),
		cmocka_unit_test(what_is_no_live_key_says_what_to_do_instead),
		cmocka_unit_test(a_removed_key_says_when),
		cmocka_unit_test(tcp_tw_recycle_went_away_in_4_12),
		cmocka_unit_test(the_secrets_are_these_four),
		cmocka_unit_test(every_coupled_key_is_in_the_catalog),
		cmocka_unit_test(an_enumeration_names_its_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
