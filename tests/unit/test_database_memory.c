#include "base/database.h"
#include "base/database_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include <cmocka.h>

enum { BLOCKS = 200, ROUNDS = 20000 };

/* A block that a test holds, filled with one byte. */
struct held {
	unsigned char *block;
	int bytes;
	unsigned char fill;
};

static bool is_whole(const struct held *held)
{
	for (int i = 0; i < held->bytes; i++)
		if (held->block[i] != held->fill)
			return false;
	return true;
}

static void hold(struct held *held, int bytes, unsigned char fill)
{
	held->block = sqlite3_realloc(held->block, bytes);
	assert_non_null(held->block);
	assert_int_equal((uintptr_t)held->block % 8, 0);
	assert_true(sqlite3_msize(held->block) >= (sqlite3_uint64)bytes);
	held->bytes = bytes;
	held->fill = fill;
	memset(held->block, fill, (size_t)bytes);
}

static int install(void **state)
{
	sqlite3 *db;

	(void)state;
	if (database_open_memory(&db, NULL) < 0)
		return -1;
	database_close(&db);
	return 0;
}

static void blocks_of_all_sizes_keep_what_they_hold(void **state)
{
	struct held held[BLOCKS] = { 0 };
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct held *one = &held[(random >> 8) % BLOCKS];

		random = random * 1664525 + 1013904223;
		assert_true(is_whole(one));
		if (random % 3 == 0) {
			sqlite3_free(one->block);
			*one = (struct held){ 0 };
		} else {
			hold(one, 1 + (int)(random >> 4) % (random % 5 ? 300 : 5000),
			     (unsigned char)round);
		}
	}
	for (int i = 0; i < BLOCKS; i++) {
		assert_true(is_whole(&held[i]));
		sqlite3_free(held[i].block);
	}
}

static void a_block_that_grows_keeps_its_beginning(void **state)
{
	char *block = sqlite3_malloc(3);

	(void)state;
	memcpy(block, "ab", 3);
	for (int bytes = 4; bytes < 100 * 1000; bytes *= 2) {
		block = sqlite3_realloc(block, bytes);
		assert_non_null(block);
		assert_string_equal(block, "ab");
	}
	sqlite3_free(block);
}

static void what_goes_beyond_the_limit_fails_and_later_there_is_room_again(void **state)
{
	void *first, *second;

	(void)state;
	database_memory_limit(1024 * 1024);
	first = sqlite3_malloc(800 * 1024);
	assert_non_null(first);
	assert_null(sqlite3_malloc(800 * 1024));
	sqlite3_free(first);
	second = sqlite3_malloc(800 * 1024);
	assert_non_null(second);
	sqlite3_free(second);
	database_memory_limit(256 * 1024 * 1024);
}

static void installing_it_again_changes_nothing(void **state)
{
	char *block = sqlite3_malloc(10);

	(void)state;
	database_memory_install();
	sqlite3_free(block);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_all_sizes_keep_what_they_hold),
		cmocka_unit_test(a_block_that_grows_keeps_its_beginning),
		cmocka_unit_test(
			what_goes_beyond_the_limit_fails_and_later_there_is_room_again),
		cmocka_unit_test(installing_it_again_changes_nothing),
	};

	return cmocka_run_group_tests(tests, install, NULL);
}
