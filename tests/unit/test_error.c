#include "base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_failure_has_a_code_for_the_program_and_a_text_for_the_person(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(error_set(&err, -EINVAL, "'%s' is no number: %d", "x", 7),
			 -EINVAL);
	assert_string_equal(err.text, "'x' is no number: 7");
}

static void a_later_text_takes_the_place_of_the_first(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(error_set(&err, -EINVAL, "a long first text"), -EINVAL);
	assert_int_equal(error_set(&err, -EPERM, "second"), -EPERM);
	assert_string_equal(err.text, "second");
}

static void a_caller_who_wants_no_text_gets_the_code(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, -ENOENT, "%s", "nobody reads this"), -ENOENT);
	error_prefix(NULL, "%s", "nor this");
}

static void a_text_that_does_not_fit_is_cut(void **state)
{
	struct error err = { 0 };
	char large[2 * sizeof(err.text)];

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	assert_int_equal(error_set(&err, -EINVAL, "%s", large), -EINVAL);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_memory_equal(err.text, large, sizeof(err.text) - 1);
}

static void context_is_put_before_the_text_on_the_way_up(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(error_set(&err, -EINVAL, "no value"), -EINVAL);
	error_prefix(&err, "key '%s'", "net.core.somaxconn");
	error_prefix(&err, "profile '%s'", "web");
	assert_string_equal(err.text,
			    "profile 'web': key 'net.core.somaxconn': no value");
}

static void context_of_nothing_is_nothing(void **state)
{
	struct error err = { 0 };

	(void)state;
	error_prefix(&err, "profile '%s'", "web");
	assert_string_equal(err.text, "");
}

static void a_text_that_context_pushes_out_loses_its_end(void **state)
{
	struct error err = { 0 };
	char large[sizeof(err.text)];

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	assert_int_equal(error_set(&err, -EINVAL, "%s", large), -EINVAL);
	error_prefix(&err, "%s", "here");
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_memory_equal(err.text, "here: xxxx", 10);
	/* and context that is too large by itself does not push the text out */
	assert_int_equal(error_set(&err, -EINVAL, "the reason"), -EINVAL);
	error_prefix(&err, "%s", large);
	assert_non_null(strstr(err.text, ": the reason"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_failure_has_a_code_for_the_program_and_a_text_for_the_person),
		cmocka_unit_test(a_later_text_takes_the_place_of_the_first),
		cmocka_unit_test(a_caller_who_wants_no_text_gets_the_code),
		cmocka_unit_test(a_text_that_does_not_fit_is_cut),
		cmocka_unit_test(context_is_put_before_the_text_on_the_way_up),
		cmocka_unit_test(context_of_nothing_is_nothing),
		cmocka_unit_test(a_text_that_context_pushes_out_loses_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
