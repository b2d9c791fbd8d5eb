#include "apply/namespace.h"

#include "base/file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/stat.h>

static int fail_home(struct error *err)
{
	int r = -errno;

	return error_set(err, r, "cannot return to the network namespace: %s",
			 strerror(-r));
}

/* Enter the namespace of a file if its cookie is the right one. Returns 1, 0 or -errno.
 */
static int try_file(int dir, const char *path, uint64_t cookie)
{
	auto_close int fd = openat(dir, path, O_RDONLY | FILE_OPEN_FLAGS);

	if (fd < 0)
		return errno == ENOENT || errno == ESRCH ? 0 : -errno;
	if (setns(fd, CLONE_NEWNET) < 0)
		return errno == EINVAL ? 0 : -errno;
	return kernel_netns_cookie() == cookie;
}

static void release_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/*
 * Try folder/NAME/suffix for each name of a folder. last: the inode that was tried last;
 * most processes are in one namespace.
 */
static int try_folder(const char *folder, bool is_proc, uint64_t cookie)
{
	AUTO(release_dir) DIR *dir = opendir(folder);
	const struct dirent *entry;
	int first_error = 0;
	ino_t last = 0;

	while (dir && (entry = readdir(dir))) {
		char path[PATH_MAX];
		struct stat about;
		int r;

		if (is_proc ? !isdigit((unsigned char)entry->d_name[0])
			    : entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s%s", entry->d_name,
			       is_proc ? "/ns/net" : "");
		if (fstatat(dirfd(dir), path, &about, 0) < 0 || about.st_ino == last)
			continue;
		last = about.st_ino;
		r = try_file(dirfd(dir), path, cookie);
		if (r > 0)
			return r;
		if (r < 0 && first_error == 0)
			first_error = r;
	}
	return first_error;
}

/* Returns 1 in the namespace, 0 somewhere else, -errno when not all could be tried. */
static int find(const struct record *record)
{
	int r = 0, other;

	if (record->netns && record->netns[0])
		r = kernel_enter_netns(record->netns, NULL);
	if (record->netns && record->netns[0] && r == 0 &&
	    kernel_netns_cookie() == record->netns_cookie)
		return 1;
	r = try_folder("/run/netns", false, record->netns_cookie);
	if (r > 0)
		return r;
	other = try_folder("/proc", true, record->netns_cookie);
	return other != 0 ? other : r;
}

/* Another namespace than this one. */
static int move(const struct record *record, struct visit *visit, struct error *err)
{
	int r;

	if (record->netns_cookie == 0)
		return error_set(err, -ENOENT,
				 "nothing tells which network namespace it was%s",
				 record_may_be_of(record, &visit->kernel)
					 ? ": --force takes this one"
					 : "");
	visit->home = open("/proc/thread-self/ns/net", O_RDONLY | FILE_OPEN_FLAGS);
	if (visit->home < 0)
		return error_set(err, -errno, "cannot open this network namespace: %s",
				 strerror(errno));
	r = find(record);
	if (r > 0) {
		kernel_close(&visit->kernel);
		return kernel_open(&visit->kernel, err);
	}
	if (setns(visit->home, CLONE_NEWNET) < 0)
		return fail_home(err);
	if (r == -EPERM || r == -EACCES)
		return error_set(err, -EPERM,
				 "its network namespace cannot be looked for: %s",
				 strerror(-r));
	return error_set(err, -ENOENT, "its network namespace is gone");
}

static void visit_clear(struct visit *visit)
{
	kernel_close(&visit->kernel);
	release_close(&visit->home);
}

int visit_begin(const struct record *record, bool force, struct visit *ret,
		struct error *err)
{
	AUTO(visit_clear) struct visit visit = VISIT_NONE;
	int r = kernel_open(&visit.kernel, err);

	/* the name counts only where there is no cookie, and then it has to be entered */
	if (r == 0 && !visit.kernel.netns_cookie && record->netns && record->netns[0]) {
		(void)snprintf(visit.kernel.netns_name, sizeof(visit.kernel.netns_name),
			       "%s", record->netns);
		visit.home = open("/proc/thread-self/ns/net", O_RDONLY | FILE_OPEN_FLAGS);
		r = kernel_enter_netns(record->netns, err);
	} else if (r == 0 && !record_is_of(record, &visit.kernel) &&
		   !(force && record_may_be_of(record, &visit.kernel))) {
		r = move(record, &visit, err);
	}
	if (r < 0 && visit.home >= 0 && setns(visit.home, CLONE_NEWNET) < 0)
		return fail_home(err);
	if (r < 0)
		return r;
	*ret = visit;
	visit = (struct visit)VISIT_NONE;
	return 0;
}

int visit_end(struct visit *visit, struct error *err)
{
	int r = 0;

	if (visit->home >= 0 && setns(visit->home, CLONE_NEWNET) < 0)
		r = fail_home(err);
	visit_clear(visit);
	*visit = (struct visit)VISIT_NONE;
	return r;
}
