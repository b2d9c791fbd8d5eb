/*
 * Who owns a socket. Unlike other unit tests this one opens the real /proc: the owner
 * that it looks for is the test itself.
 */
#include "../fuzz/folder.h"
#include "collect/owners.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

enum { MANY = 150 }; /* more descriptors than are looked at first */

/* The inode of a new socket. */
static uint64_t open_socket(int *ret_fd)
{
	struct stat status;

	*ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(*ret_fd >= 0);
	assert_int_equal(fstat(*ret_fd, &status), 0);
	return status.st_ino;
}

static void find(struct owners *owners)
{
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;

	assert_int_equal(kernel_open(&kernel, NULL), 0);
	owners_find(owners, &kernel);
}

/* This program, as the kernel names it. */
static void assert_is_me(const struct owner *owner)
{
	char name[OWNERS_NAME_BYTES] = "";
	auto_close int fd = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);

	assert_true(read(fd, name, sizeof(name) - 1) > 0);
	name[strcspn(name, "\n")] = '\0';
	assert_non_null(owner);
	assert_true(owner->pid == getpid());
	assert_string_equal(owner->program, name);
}

static void the_owner_of_my_socket_is_me(void **state)
{
	struct owners owners = { 0 };
	auto_close int first = -1, second = -1;
	uint64_t inode = open_socket(&first), other = open_socket(&second);

	(void)state;
	owners_want(&owners, inode);
	owners_want(&owners, other);
	assert_null(owners_get(&owners, inode)); /* not looked for yet */
	find(&owners);
	assert_is_me(owners_get(&owners, inode));
	assert_is_me(owners_get(&owners, other));
}

static void a_socket_behind_many_others_is_found_too(void **state)
{
	struct owners owners = { 0 };
	int fds[MANY];
	uint64_t inode = 0;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		inode = open_socket(&fds[i]);
	owners_want(&owners, inode);
	find(&owners);
	for (size_t i = 0; i < MANY; i++)
		close(fds[i]);
	assert_is_me(owners_get(&owners, inode));
}

static void what_nobody_owns_is_not_found(void **state)
{
	struct owners owners = { 0 };
	auto_close int fd = -1;
	uint64_t inode = open_socket(&fd);

	(void)state;
	owners_want(&owners, UINT64_MAX); /* no inode is as high */
	owners_want(&owners, inode);
	find(&owners);
	assert_null(owners_get(&owners, UINT64_MAX));
	assert_is_me(owners_get(&owners, inode)); /* but the other is */
	assert_null(owners_get(&owners, inode + 1));
}

static void nothing_wanted_is_nothing_done(void **state)
{
	struct owners owners = { 0 };

	(void)state;
	owners_want(&owners, 0); /* orphans have no inode */
	assert_int_equal(owners.count, 0);
	find(&owners);
	assert_null(owners_get(&owners, 0));
}

static void a_socket_is_wanted_once(void **state)
{
	struct owners owners = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++)
		owners_want(&owners, 4711);
	assert_int_equal(owners.count, 1);
	assert_int_equal(owners.is_cut, false);
}

static void more_than_fit_are_said_to_be_cut(void **state)
{
	struct owners owners = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= OWNERS_MOST; i++)
		owners_want(&owners, i);
	assert_int_equal(owners.is_cut, false);
	owners_want(&owners, 1);
	assert_int_equal(owners.is_cut, false);
	owners_want(&owners, OWNERS_MOST + 1);
	assert_int_equal(owners.is_cut, true);
	assert_int_equal(owners.count, OWNERS_MOST);
}

/* A folder of dumps with something that looks like processes has none. */
static void a_folder_of_dumps_has_no_owners(void **state)
{
	AUTO(folder_remove) struct folder folder = { 0 };
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;
	struct owners owners = { 0 };

	(void)state;
	folder_make(&folder);
	folder_make_way(&folder, "proc/net/");
	folder_make_way(&folder, "proc/17/fd/");
	folder_put_text(&folder, "proc/17/comm", "nginx\n");
	assert_int_equal(symlinkat("socket:[4711]", folder.fd, "proc/17/fd/3"), 0);
	assert_int_equal(kernel_open_folder(folder.path, &kernel, NULL), 0);
	owners_want(&owners, 4711);
	owners_find(&owners, &kernel);
	assert_null(owners_get(&owners, 4711));
	/* the same, taken for a live kernel: that it was looked at would be seen */
	kernel.is_live = true;
	owners_find(&owners, &kernel);
	assert_non_null(owners_get(&owners, 4711));
	assert_true(owners_get(&owners, 4711)->pid == 17);
	assert_string_equal(owners_get(&owners, 4711)->program, "nginx");
}

static void links_that_only_look_like_sockets_are_no_sockets(void **state)
{
	static const char *const links[] = { "socket:[4711",   "socket:[]",
					     "socket:[4711]x", "pipe:[4711]",
					     "socket:[4711x]", "/socket:[4711]",
					     "socket:[-4711]", "" };
	AUTO(folder_remove) struct folder folder = { 0 };
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;
	struct owners owners = { 0 };

	(void)state;
	folder_make(&folder);
	folder_make_way(&folder, "proc/net/");
	folder_make_way(&folder, "proc/17/fd/");
	folder_put_text(&folder, "proc/17/fd/50", "a file");
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "proc/17/fd/%zu", i);
		if (links[i][0])
			assert_int_equal(symlinkat(links[i], folder.fd, path), 0);
	}
	assert_int_equal(kernel_open_folder(folder.path, &kernel, NULL), 0);
	kernel.is_live = true;
	owners_want(&owners, 4711);
	owners_find(&owners, &kernel);
	assert_null(owners_get(&owners, 4711));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_owner_of_my_socket_is_me),
		cmocka_unit_test(a_socket_behind_many_others_is_found_too),
		cmocka_unit_test(what_nobody_owns_is_not_found),
		cmocka_unit_test(nothing_wanted_is_nothing_done),
		cmocka_unit_test(a_socket_is_wanted_once),
		cmocka_unit_test(more_than_fit_are_said_to_be_cut),
		cmocka_unit_test(a_folder_of_dumps_has_no_owners),
		cmocka_unit_test(links_that_only_look_like_sockets_are_no_sockets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
