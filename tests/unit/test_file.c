#include "../fuzz/folder.h"
#include "base/file.h"
#include "base/file_write.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static void a_file_is_read_whole(void **state)
{
	const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 100000 };
	AUTO(folder_remove) struct folder folder = { 0 };
	AUTO(text_clear) struct text text = { 0 };
	auto_free char *bytes = malloc(100000);

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < 100000; i++)
		bytes[i] = (char)(i % 251); /* NUL among them */
	folder_make(&folder);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		folder_put(&folder, "some/file", bytes, sizes[i]);
		assert_int_equal(file_read(folder.fd, "some/file", 100000, &text), 0);
		assert_int_equal(text.length, sizes[i]);
		assert_memory_equal(text.data, bytes, sizes[i]);
		assert_int_equal(text.data[text.length], '\0');
	}
}

static void a_file_takes_the_place_of_what_the_text_held(void **state)
{
	AUTO(folder_remove) struct folder folder = { 0 };
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	folder_make(&folder);
	folder_put_text(&folder, "file", "new");
	text_add(&text, "old and longer");
	assert_int_equal(file_read(folder.fd, "file", 100, &text), 0);
	assert_string_equal(text_string(&text), "new");
}

static void a_file_larger_than_the_limit_is_refused(void **state)
{
	static const struct {
		size_t limit;
		int rc;
		const char *out;
	} cases[] = {
		{ 6, 0, "123456" },
		{ 5, -EFBIG, "" },
		{ 0, -EFBIG, "" },
	};
	AUTO(folder_remove) struct folder folder = { 0 };
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	folder_make(&folder);
	folder_put_text(&folder, "file", "123456");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(file_read(folder.fd, "file", cases[i].limit, &text),
				 cases[i].rc);
		assert_string_equal(text_string(&text), cases[i].out);
	}
}

static void what_cannot_be_read_leaves_an_empty_text(void **state)
{
	static const struct {
		const char *in;
		int rc;
	} cases[] = {
		{ "nothing", -ENOENT },
		{ "file/below", -ENOTDIR },
		{ "folder", -EISDIR },
	};
	AUTO(folder_remove) struct folder folder = { 0 };
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	folder_make(&folder);
	folder_put_text(&folder, "file", "1");
	folder_put_text(&folder, "folder/file", "1");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		text_add(&text, "old");
		assert_int_equal(file_read(folder.fd, cases[i].in, 100, &text),
				 cases[i].rc);
		assert_string_equal(text_string(&text), "");
		assert_int_equal(text.length, 0);
	}
}

static void a_folder_that_is_not_there_has_no_files(void **state)
{
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	assert_int_equal(file_read(-1, "file", 100, &text), -ENOENT);
	assert_int_equal(file_open_folder(-1, "folder"), -ENOENT);
	assert_int_equal(file_open(-1, "file", O_RDONLY), -ENOENT);
}

static void a_path_does_not_lead_out_of_its_folder(void **state)
{
	static const char *const paths[] = { "outer", "folder/outer", "loop",
					     "../outer/file", "folder/../../outer/file" };
	AUTO(folder_remove) struct folder outer = { 0 }, folder = { 0 };
	AUTO(text_clear) struct text text = { 0 };
	char path[128];

	(void)state;
	folder_make(&outer);
	folder_make(&folder);
	folder_put_text(&outer, "file", "secret");
	folder_put_text(&folder, "folder/file", "1");
	(void)snprintf(path, sizeof(path), "%s/file", outer.path);
	assert_int_equal(symlinkat(path, folder.fd, "outer"), 0);
	assert_int_equal(symlinkat(path, folder.fd, "folder/outer"), 0);
	assert_int_equal(symlinkat("loop", folder.fd, "loop"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		assert_true(file_read(folder.fd, paths[i], 100, &text) < 0);
		assert_string_equal(text_string(&text), "");
	}
	/* a path of a person may lead anywhere */
	assert_int_equal(file_read(AT_FDCWD, path, 100, &text), 0);
	assert_string_equal(text_string(&text), "secret");
}

static void a_pipe_does_not_block(void **state)
{
	AUTO(folder_remove) struct folder folder = { 0 };
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	folder_make(&folder);
	assert_int_equal(mkfifoat(folder.fd, "pipe", 0600), 0);
	alarm(5);
	(void)!file_read(folder.fd, "pipe", 100, &text);
	alarm(0);
	assert_string_equal(text_string(&text), "");
}

static void a_folder_is_opened_to_work_below_it(void **state)
{
	AUTO(folder_remove) struct folder folder = { 0 };
	AUTO(text_clear) struct text text = { 0 };
	auto_close int fd = -1;

	(void)state;
	folder_make(&folder);
	folder_put_text(&folder, "a/b/file", "found");
	fd = file_open_folder(folder.fd, "a/b");
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(file_read(fd, "file", 100, &text), 0);
	assert_string_equal(text_string(&text), "found");
}

static void what_is_no_folder_is_not_opened_as_one(void **state)
{
	AUTO(folder_remove) struct folder folder = { 0 };

	(void)state;
	folder_make(&folder);
	folder_put_text(&folder, "file", "1");
	assert_int_equal(file_open_folder(folder.fd, "file"), -ENOTDIR);
	assert_int_equal(file_open_folder(folder.fd, "nothing"), -ENOENT);
	assert_int_equal(file_open_folder(folder.fd, ""), -ENOENT);
}

static void a_file_is_replaced_whole_or_not_at_all(void **state)
{
	AUTO(folder_remove) struct folder folder = { 0 };
	AUTO(text_clear) struct text text = { 0 };
	struct stat about;

	(void)state;
	folder_make(&folder);
	folder_put_text(&folder, "file", "old and longer");
	assert_int_equal(file_replace(folder.fd, "file", "new", 3, 0644), 0);
	assert_int_equal(file_read(folder.fd, "file", 100, &text), 0);
	assert_string_equal(text_string(&text), "new");
	assert_int_equal(fstatat(folder.fd, "file", &about, 0), 0);
	assert_int_equal(about.st_mode & 07777, 0644);
	/* a folder of that name stays, and nothing else is left behind */
	folder_put_text(&folder, "taken/below", "1");
	assert_int_equal(file_replace(folder.fd, "taken", "new", 3, 0644), -EISDIR);
	assert_int_equal(file_replace(folder.fd, "a/b", "new", 3, 0644), -ENAMETOOLONG);
	assert_int_equal(unlinkat(folder.fd, "taken/below", 0), 0);
	assert_int_equal(unlinkat(folder.fd, "taken", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(folder.fd, "file", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_whole),
		cmocka_unit_test(a_file_is_replaced_whole_or_not_at_all),
		cmocka_unit_test(a_file_takes_the_place_of_what_the_text_held),
		cmocka_unit_test(a_file_larger_than_the_limit_is_refused),
		cmocka_unit_test(what_cannot_be_read_leaves_an_empty_text),
		cmocka_unit_test(a_folder_that_is_not_there_has_no_files),
		cmocka_unit_test(a_path_does_not_lead_out_of_its_folder),
		cmocka_unit_test(a_pipe_does_not_block),
		cmocka_unit_test(a_folder_is_opened_to_work_below_it),
		cmocka_unit_test(what_is_no_folder_is_not_opened_as_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
