#include "base/text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void an_empty_text_is_an_empty_string(void **state)
{
	struct text text = { 0 };

	(void)state;
	assert_string_equal(text_string(&text), "");
	assert_int_equal(text_check(&text), 0);
	text_reset(&text);
	text_clear(&text);
	assert_string_equal(text_string(&text), "");
}

static void what_is_added_stands_at_the_end(void **state)
{
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	text_add(&text, "one");
	text_add_char(&text, ' ');
	text_addf(&text, "%s=%d", "two", 2);
	text_add_bytes(&text, "three", 2);
	text_add(&text, "");
	text_add_bytes(&text, NULL, 0);
	assert_int_equal(text_check(&text), 0);
	assert_string_equal(text_string(&text), "one two=2th");
	assert_int_equal(text.length, 11);
}

static void a_text_holds_every_byte(void **state)
{
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	text_add_bytes(&text, "a\0b", 3);
	text_add_char(&text, '\0');
	assert_int_equal(text.length, 4);
	assert_memory_equal(text.data, "a\0b\0", 5);
}

static void a_text_grows_and_always_ends_with_a_nul(void **state)
{
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		text_add_char(&text, (char)('a' + i % 26));
		assert_int_equal(text.data[text.length], '\0');
		assert_true(text.capacity > text.length);
	}
	assert_int_equal(text.length, 10000);
	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(text.data[i], (char)('a' + i % 26));
}

static void one_large_addition_fits_as_many_small_ones_do(void **state)
{
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	text_addf(&text, "%100000d", 7);
	assert_int_equal(text_check(&text), 0);
	assert_int_equal(text.length, 100000);
	assert_int_equal(text.data[99999], '7');
}

static void room_is_made_behind_the_length(void **state)
{
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	text_add(&text, "abc");
	assert_int_equal(text_reserve(&text, 5000), true);
	assert_true(text.capacity >= 3 + 5000 + 1);
	assert_string_equal(text_string(&text), "abc");
}

static void lost_memory_is_remembered_until_the_end(void **state)
{
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	text_add(&text, "kept");
	text.has_failed = true; /* as if realloc() had failed */
	text_add(&text, " lost");
	text_add_char(&text, '!');
	text_addf(&text, "%d", 1);
	assert_int_equal(text_reserve(&text, 1), false);
	assert_int_equal(text_check(&text), -ENOMEM);
	assert_string_equal(text_string(&text), "kept");
}

static void a_reset_text_begins_anew_in_the_same_memory(void **state)
{
	AUTO(text_clear) struct text text = { 0 };
	const char *memory;

	(void)state;
	text_add(&text, "old and long");
	memory = text.data;
	text.has_failed = true;
	text_reset(&text);
	assert_int_equal(text_check(&text), 0);
	assert_string_equal(text_string(&text), "");
	text_add(&text, "new");
	assert_string_equal(text_string(&text), "new");
	assert_ptr_equal(text.data, memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_text_is_an_empty_string),
		cmocka_unit_test(what_is_added_stands_at_the_end),
		cmocka_unit_test(a_text_holds_every_byte),
		cmocka_unit_test(a_text_grows_and_always_ends_with_a_nul),
		cmocka_unit_test(one_large_addition_fits_as_many_small_ones_do),
		cmocka_unit_test(room_is_made_behind_the_length),
		cmocka_unit_test(lost_memory_is_remembered_until_the_end),
		cmocka_unit_test(a_reset_text_begins_anew_in_the_same_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
