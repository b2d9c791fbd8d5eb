/* Control groups: the search by inode, and what of a path is a service. */
#include "collect/cgroups.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void services_are_parts_of_paths(void **state)
{
	static const struct {
		const char *path, *service;
	} cases[] = {
		{ "/system.slice/nginx.service", "nginx.service" },
		{ "/system.slice/system-getty.slice/getty@tty1.service",
		  "getty@tty1.service" },
		{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.service",
		  "app-x.service" },
		{ "/user.slice/user-1000.slice/session-3.scope", "session-3.scope" },
		{ "/system.slice/docker-" ID ".scope", "docker-" ID ".scope" },
		{ "/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID ".scope",
		  "cri-containerd-" ID ".scope" },
		{ "/docker/" ID, ID },
		{ "/kubepods/burstable/pod12/" ID, ID },
		{ "/lxc.payload.web/init.scope", "init.scope" },
		{ "/lxc.payload.web/inner", "lxc.payload.web" },
		{ "/system.slice/nginx.service/workers", "nginx.service" },
		{ "/", "" },
		{ "", "" },
		{ "/user.slice", "" },
		{ "/.service", "" },
		{ "//a//b.scope//", "b.scope" },
		{ "/docker/0123", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char service[CGROUPS_SERVICE_BYTES];

		cgroup_service(cases[i].path, service, sizeof(service));
		assert_string_equal(service, cases[i].service);
	}
}

static void a_service_that_does_not_fit_is_none(void **state)
{
	char service[8];

	(void)state;
	cgroup_service("/a.scope", service, sizeof(service));
	assert_string_equal(service, "a.scope");
	cgroup_service("/ab.scope", service, sizeof(service));
	assert_string_equal(service, "");
}

/* --- a tree ------------------------------------------------------------------------ */

struct tree {
	char path[64];
	int root;
};

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static int make_tree(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	if (!tree)
		return -1;
	(void)snprintf(tree->path, sizeof(tree->path), "/tmp/tcptune-unit-XXXXXX");
	if (!mkdtemp(tree->path))
		return -1;
	tree->root = open(tree->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = tree;
	return tree->root < 0 ? -1 : 0;
}

static int remove_tree(void **state)
{
	struct tree *tree = *state;

	close(tree->root);
	(void)nftw(tree->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(tree);
	return 0;
}

/* Make a folder; its inode. */
static uint64_t add_folder(const struct tree *tree, const char *path)
{
	struct stat status;

	assert_int_equal(mkdirat(tree->root, path, 0700), 0);
	assert_int_equal(fstatat(tree->root, path, &status, 0), 0);
	return status.st_ino;
}

static void groups_are_found_by_their_number(void **state)
{
	AUTO(cgroups_clear) struct cgroups cgroups = { 0 };
	const struct tree *tree = *state;
	struct stat status;
	uint64_t slice = add_folder(tree, "system.slice");
	uint64_t nginx = add_folder(tree, "system.slice/nginx.service");
	uint64_t other = add_folder(tree, "user.slice");

	assert_int_equal(fstat(tree->root, &status), 0);
	cgroups_want(&cgroups, nginx);
	cgroups_want(&cgroups, nginx);
	cgroups_want(&cgroups, slice);
	cgroups_want(&cgroups, status.st_ino);
	cgroups_want(&cgroups, 0);
	cgroups_want(&cgroups, UINT64_MAX);
	assert_int_equal(cgroups.count, 4);
	cgroups_search(&cgroups, tree->root);
	assert_string_equal(cgroups_get(&cgroups, nginx)->path,
			    "/system.slice/nginx.service");
	assert_string_equal(cgroups_get(&cgroups, nginx)->service, "nginx.service");
	assert_string_equal(cgroups_get(&cgroups, slice)->path, "/system.slice");
	assert_string_equal(cgroups_get(&cgroups, slice)->service, "");
	assert_string_equal(cgroups_get(&cgroups, status.st_ino)->path, "/");
	assert_null(cgroups_get(&cgroups, other));
	assert_null(cgroups_get(&cgroups, UINT64_MAX));
	assert_null(cgroups_get(&cgroups, 0));
}

/* A link out of the tree, or to its own parent, is no folder. */
static void links_are_not_followed(void **state)
{
	AUTO(cgroups_clear) struct cgroups cgroups = { 0 };
	const struct tree *tree = *state;
	struct stat status;

	assert_int_equal(symlinkat("/proc", tree->root, "outside"), 0);
	assert_int_equal(symlinkat(".", tree->root, "loop"), 0);
	assert_int_equal(stat("/proc/sys", &status), 0);
	cgroups_want(&cgroups, status.st_ino);
	cgroups_search(&cgroups, tree->root);
	assert_null(cgroups_get(&cgroups, status.st_ino));
}

static void a_search_does_not_go_too_deep(void **state)
{
	AUTO(cgroups_clear) struct cgroups cgroups = { 0 };
	const struct tree *tree = *state;
	uint64_t inodes[CGROUPS_MOST_DEPTH + 4];
	char path[256] = "a";

	for (size_t i = 0; i < ARRAY_SIZE(inodes); i++) {
		inodes[i] = add_folder(tree, path);
		(void)snprintf(path + strlen(path), sizeof(path) - strlen(path), "/a");
		cgroups_want(&cgroups, inodes[i]);
	}
	cgroups_search(&cgroups, tree->root);
	assert_non_null(cgroups_get(&cgroups, inodes[CGROUPS_MOST_DEPTH - 1]));
	assert_null(cgroups_get(&cgroups, inodes[CGROUPS_MOST_DEPTH]));
}

static void more_than_fit_are_not_looked_for(void **state)
{
	AUTO(cgroups_clear) struct cgroups cgroups = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= 2 * CGROUPS_MOST; i++)
		cgroups_want(&cgroups, i);
	assert_int_equal(cgroups.count, CGROUPS_MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_are_parts_of_paths),
		cmocka_unit_test(a_service_that_does_not_fit_is_none),
		cmocka_unit_test_setup_teardown(groups_are_found_by_their_number,
						make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(links_are_not_followed, make_tree,
						remove_tree),
		cmocka_unit_test_setup_teardown(a_search_does_not_go_too_deep, make_tree,
						remove_tree),
		cmocka_unit_test(more_than_fit_are_not_looked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
