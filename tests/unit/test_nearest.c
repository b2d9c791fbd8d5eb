#include "base/nearest.h"

#include "base/macros.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void slips_are_counted(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} cases[] = {
		{ "audit", "audit", 0 },
		{ "audit", "AUDIT", 0 },
		{ "aduit", "audit", 1 },
		{ "audi", "audit", 1 },
		{ "auditt", "audit", 1 },
		{ "audot", "audit", 1 },
		{ "", "ab", 2 },
		{ "ab", "", 2 },
		{ "", "", 0 },
		{ "kitten", "sitting", 3 },
		{ "abc", "xyz", 3 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(nearest_distance(cases[i].a, cases[i].b, 5),
				 cases[i].distance);
}

static void far_words_are_just_too_far(void **state)
{
	char endless[1024];

	(void)state;
	memset(endless, 'a', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	assert_int_equal(nearest_distance("audit", "explain", 2), 3);
	assert_int_equal(nearest_distance(endless, endless, 2), 3);
	assert_int_equal(nearest_distance(endless, "a", 2), 3);
}

static const char *find(const char *word)
{
	struct nearest nearest = { .word = word };

	nearest_offer(&nearest, "interval");
	nearest_offer(&nearest, "netns");
	nearest_offer(&nearest, "all");
	return nearest.name;
}

static void the_nearest_name_is_found(void **state)
{
	(void)state;
	assert_string_equal(find("intervall"), "interval");
	assert_string_equal(find("Netn"), "netns");
	assert_string_equal(find("al"), "all");
}

static void a_short_word_is_not_mistaken_for_another(void **state)
{
	(void)state;
	assert_null(find("root"));
	assert_null(find("xyz"));
	assert_null(find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slips_are_counted),
		cmocka_unit_test(far_words_are_just_too_far),
		cmocka_unit_test(the_nearest_name_is_found),
		cmocka_unit_test(a_short_word_is_not_mistaken_for_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
