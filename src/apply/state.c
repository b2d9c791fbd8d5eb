#include "apply/state.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { LOCK_TEXT_BYTES = 256 };

static int fail(struct error *err, int code, const char *what, const char *path)
{
	return error_set(err, code, "cannot %s state folder '%s': %s", what, path,
			 strerror(-code));
}

/* Make a folder and sync the one above, so that its name survives a power cut. */
static int make_folder(const char *path, struct error *err)
{
	char above[PATH_MAX];
	const char *slash = strrchr(path, '/');
	auto_close int folder = -1;
	int length = snprintf(above, sizeof(above), "%.*s/",
			      slash ? (int)(slash - path) : 1, slash ? path : ".");

	if (length < 0 || (size_t)length >= sizeof(above))
		return fail(err, -ENAMETOOLONG, "make", path);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return fail(err, -errno, "make", path);
	folder = open(above, O_RDONLY | O_DIRECTORY | FILE_OPEN_FLAGS);
	if (folder < 0 || fsync(folder) < 0)
		return fail(err, -errno, "sync", path);
	return 0;
}

static int check_folder(int folder, const char *path, struct error *err)
{
	struct stat about;

	if (fstat(folder, &about) < 0)
		return fail(err, -errno, "look at", path);
	if (about.st_uid != geteuid())
		return error_set(err, -EACCES,
				 "state folder '%s' belongs to another user", path);
	if (about.st_mode & 077)
		return error_set(
			err, -EPERM,
			"state folder '%s' is open to others (mode %04o): chmod 700 it",
			path, about.st_mode & 07777U);
	return 0;
}

int state_open(const char *path, bool creates, struct state *ret, struct error *err)
{
	AUTO(state_close) struct state state = STATE_NONE;
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | FILE_OPEN_FLAGS;
	int r;

	state.folder = open(path, flags);
	if (state.folder < 0 && errno == ENOENT && creates) {
		r = make_folder(path, err);
		if (r < 0)
			return r;
		state.folder = open(path, flags);
	}
	if (state.folder < 0)
		return fail(err, -errno, "open", path);
	r = check_folder(state.folder, path, err);
	if (r < 0)
		return r;
	state.path = realpath(path, NULL);
	if (!state.path)
		return fail(err, -errno, "find", path);
	*ret = state;
	state = (struct state)STATE_NONE;
	return 0;
}

void state_close(struct state *state)
{
	free(state->path);
	release_close(&state->lock);
	release_close(&state->folder);
	*state = (struct state)STATE_NONE;
}

static void read_holder(int lock, char *ret)
{
	ssize_t got = pread(lock, ret, LOCK_TEXT_BYTES - 1, 0);

	ret[got > 0 ? got : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

/* For people, and not written on a full disk: the lock itself is what counts. */
static void write_holder(int lock, const char *command)
{
	char text[LOCK_TEXT_BYTES];
	int length =
		snprintf(text, sizeof(text), "process %d (%.200s)\n", getpid(), command);

	if (ftruncate(lock, 0) == 0)
		(void)!pwrite(lock, text, (size_t)length, 0);
}

/* On a read-only disk the lock still locks, for a change that is overdue to be put back. */
static int open_lock(const struct state *state, bool *ret_is_read_only)
{
	int flags = O_NOFOLLOW | FILE_OPEN_FLAGS;
	int lock = openat(state->folder, "lock", O_RDWR | O_CREAT | flags, 0600);

	*ret_is_read_only = lock < 0 && errno == EROFS;
	if (*ret_is_read_only)
		lock = openat(state->folder, "lock", O_RDONLY | flags);
	return lock < 0 ? -errno : lock;
}

int state_lock(struct state *state, const char *command, struct error *err)
{
	bool is_read_only;
	auto_close int lock = open_lock(state, &is_read_only);
	char holder[LOCK_TEXT_BYTES] = "";
	int r;

	if (lock < 0)
		return error_set(err, lock, "cannot open '%s/lock': %s", state->path,
				 strerror(-lock));
	if (flock(lock, LOCK_EX | LOCK_NB) < 0) {
		r = errno == EWOULDBLOCK ? -EBUSY : -errno;
		if (!is_read_only)
			read_holder(lock, holder);
		return error_set(err, r, "state folder '%s' is in use%s%s: %s",
				 state->path, holder[0] ? " by " : "", holder,
				 r == -EBUSY ? "try again when it is done"
					     : strerror(-r));
	}
	if (!is_read_only)
		write_holder(lock, command);
	state->lock = TAKE_FD(lock);
	return 0;
}
