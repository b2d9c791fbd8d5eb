/* Folders of dumps; the running kernel is for the tests of live/. */
#include "../fuzz/folder.h"
#include "base/kernel.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

static int make(void **state)
{
	static struct folder folder;

	folder_make(&folder);
	folder_make_way(&folder, "proc/net/");
	*state = &folder;
	return 0;
}

static int unmake(void **state)
{
	folder_remove(*state);
	return 0;
}

static void a_folder_with_the_least_is_a_kernel_of_which_little_is_known(void **state)
{
	const struct folder *folder = *state;
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;

	assert_int_equal(kernel_open_folder(folder->path, &kernel, NULL), 0);
	assert_true(kernel.proc >= 0);
	assert_true(kernel.net >= 0);
	assert_int_equal(kernel.sys, -1);
	assert_int_equal(kernel.replay, -1);
	assert_int_equal(kernel.is_live, false);
	assert_int_equal(kernel.is_init_netns, false);
	assert_string_equal(kernel.release, "");
	assert_string_equal(kernel.boot_id, "");
	assert_string_equal(kernel.netns_name, "");
	assert_true(kernel.netns_cookie == 0);
	assert_true(kernel.page_bytes > 0);
	assert_true(kernel_uptime_seconds(&kernel) == 0);
}

static void a_folder_with_everything_tells_what_it_was(void **state)
{
	const struct folder *folder = *state;
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;

	folder_put_text(folder, "proc/sys/kernel/osrelease", "6.18.44-amd64\n");
	folder_put_text(folder, "proc/sys/kernel/random/boot_id",
			"0d2c1f6e-7f0b-4f61-93e9-0c5d6f5d3b11\n");
	folder_put_text(folder, "proc/sys/net/core/netdev_max_backlog", "1000\n");
	folder_put_text(folder, "proc/uptime", "4178.05 8000.00\n");
	folder_put_text(folder, "netlink/tcp4.nl", "");
	assert_int_equal(kernel_open_folder(folder->path, &kernel, NULL), 0);
	assert_true(kernel.sys >= 0);
	assert_true(kernel.replay >= 0);
	assert_int_equal(kernel.is_init_netns, true);
	assert_string_equal(kernel.release, "6.18.44-amd64");
	assert_string_equal(kernel.boot_id, "0d2c1f6e-7f0b-4f61-93e9-0c5d6f5d3b11");
	assert_true(kernel_uptime_seconds(&kernel) == 4178.05);
}

static void the_release_is_found_in_either_place(void **state)
{
	static const struct {
		const char *osrelease, *version;
		const char *out;
	} cases[] = {
		{ "6.1.0", "Linux version 6.2.0 (x@y)", "6.1.0" },
		{ NULL, "Linux version 6.2.0-1 (x@y) #1\n", "6.2.0-1" },
		{ "", "Linux version 6.2.0\n", "6.2.0" },
		{ "6.1.0\nmore\n", NULL, "6.1.0" },
		{ NULL, "Linux version ", "" },
		{ NULL, "nothing of the kind\n", "" },
		{ NULL, "\nLinux version 6.2.0\n", "" },
		/* 65 bytes are cut to what fits */
		{ "01234567890123456789012345678901234567890123456789012345678901234",
		  NULL,
		  "0123456789012345678901234567890123456789012345678901234567890123" },
	};
	const struct folder *folder = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;

		folder_drop(folder, "proc/sys/kernel/osrelease");
		folder_drop(folder, "proc/version");
		if (cases[i].osrelease)
			folder_put_text(folder, "proc/sys/kernel/osrelease",
					cases[i].osrelease);
		if (cases[i].version)
			folder_put_text(folder, "proc/version", cases[i].version);
		assert_int_equal(kernel_open_folder(folder->path, &kernel, NULL), 0);
		assert_string_equal(kernel.release, cases[i].out);
	}
}

static void an_uptime_that_is_no_number_is_not_known(void **state)
{
	static const char *const cases[] = { "", "\n", "soon\n" };
	const struct folder *folder = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;

		folder_put_text(folder, "proc/uptime", cases[i]);
		assert_int_equal(kernel_open_folder(folder->path, &kernel, NULL), 0);
		assert_true(kernel_uptime_seconds(&kernel) == 0);
	}
}

static void an_uptime_is_finite_and_not_negative(void **state)
{
	static const char *const cases[] = { "inf\n", "nan\n", "-5\n", "1e999\n" };
	const struct folder *folder = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;

		folder_put_text(folder, "proc/uptime", cases[i]);
		assert_int_equal(kernel_open_folder(folder->path, &kernel, NULL), 0);
		assert_true(kernel_uptime_seconds(&kernel) == 0);
	}
}

static void what_is_no_folder_of_dumps_is_refused_by_name(void **state)
{
	static const struct {
		const char *below;
		int rc;
	} cases[] = {
		{ "nothing", -ENOENT },
		{ "proc", -ENOENT }, /* no proc in it */
		{ "half", -ENOENT }, /* proc, but no proc/net */
		{ "file", -ENOTDIR },
	};
	const struct folder *folder = *state;

	folder_put_text(folder, "half/proc/version", "x");
	folder_put_text(folder, "file", "x");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kernel kernel = KERNEL_NONE;
		struct error err = { 0 };
		char path[128];

		(void)snprintf(path, sizeof(path), "%s/%s", folder->path, cases[i].below);
		assert_int_equal(kernel_open_folder(path, &kernel, &err), cases[i].rc);
		assert_non_null(strstr(err.text, path));
		assert_int_equal(kernel.proc, -1);
	}
}

static void a_closed_kernel_can_be_closed_again(void **state)
{
	const struct folder *folder = *state;
	struct kernel kernel = KERNEL_NONE;

	kernel_close(&kernel);
	assert_int_equal(kernel_open_folder(folder->path, &kernel, NULL), 0);
	kernel_close(&kernel);
	assert_int_equal(kernel.proc, -1);
	assert_int_equal(kernel.net, -1);
	kernel_close(&kernel);
}

/* Dumps come from other people; root may look at them. */
static void a_folder_of_dumps_does_not_lead_out_of_itself(void **state)
{
	const struct folder *folder = *state;
	AUTO(folder_remove) struct folder outside = { 0 };
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;
	char path[128];

	folder_make(&outside);
	folder_put_text(&outside, "shadow", "root:secret\n");
	(void)snprintf(path, sizeof(path), "%s/shadow", outside.path);
	folder_make_way(folder, "proc/sys/kernel/");
	assert_int_equal(symlinkat(path, folder->fd, "proc/sys/kernel/osrelease"), 0);
	assert_int_equal(kernel_open_folder(folder->path, &kernel, NULL), 0);
	assert_string_equal(kernel.release, "");
}

static void a_pipe_among_dumps_does_not_block(void **state)
{
	const struct folder *folder = *state;
	int status = 0;
	pid_t child;

	assert_int_equal(mkfifoat(folder->fd, "proc/version", 0600), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct kernel kernel = KERNEL_NONE;

		alarm(2);
		_exit(kernel_open_folder(folder->path, &kernel, NULL) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WIFSIGNALED(status) ? WTERMSIG(status) : 0, 0);
}

static void a_namespace_is_a_name_or_a_path_or_a_process(void **state)
{
	static const struct {
		const char *in;
		int rc;
	} cases[] = {
		{ "", -EINVAL },
		{ ".", -EINVAL },
		{ "..", -EINVAL },
		{ ".hidden", -EINVAL },
		{ "pid:", -EINVAL },
		{ "pid:x", -EINVAL },
		{ "pid:-1", -EINVAL },
		{ "pid:1x", -EINVAL },
		{ "pid:1/../2", -EINVAL },
		{ "pid: 1", -EINVAL },
		{ "no-such-namespace-here", -ENOENT },
		{ "/nothing/here", -ENOENT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char quoted[64];
		struct error err = { 0 };

		assert_int_equal(kernel_enter_netns(cases[i].in, &err), cases[i].rc);
		(void)snprintf(quoted, sizeof(quoted), "'%s'", cases[i].in);
		assert_non_null(strstr(err.text, quoted));
	}
}

static void a_name_too_long_for_a_path_is_no_namespace(void **state)
{
	char name[5000];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(kernel_enter_netns(name, NULL), -EINVAL);
	name[0] = '/';
	assert_int_equal(kernel_enter_netns(name, NULL), -EINVAL);
}

static void a_file_that_is_no_namespace_is_refused_in_words(void **state)
{
	const struct folder *folder = *state;
	struct error err = { 0 };
	char path[128];
	int code;

	folder_put_text(folder, "file", "x");
	(void)snprintf(path, sizeof(path), "%s/file", folder->path);
	code = kernel_enter_netns(path, &err);
	assert_int_equal(code, -EINVAL);
	assert_non_null(strstr(err.text, path));
	assert_non_null(strstr(err.text, "not a network namespace"));
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FOLDER(a_folder_with_the_least_is_a_kernel_of_which_little_is_known),
		WITH_FOLDER(a_folder_with_everything_tells_what_it_was),
		WITH_FOLDER(the_release_is_found_in_either_place),
		WITH_FOLDER(an_uptime_that_is_no_number_is_not_known),
		WITH_FOLDER(an_uptime_is_finite_and_not_negative),
		WITH_FOLDER(what_is_no_folder_of_dumps_is_refused_by_name),
		WITH_FOLDER(a_closed_kernel_can_be_closed_again),
		WITH_FOLDER(a_folder_of_dumps_does_not_lead_out_of_itself),
		WITH_FOLDER(a_pipe_among_dumps_does_not_block),
		cmocka_unit_test(a_namespace_is_a_name_or_a_path_or_a_process),
		cmocka_unit_test(a_name_too_long_for_a_path_is_no_namespace),
		WITH_FOLDER(a_file_that_is_no_namespace_is_refused_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
