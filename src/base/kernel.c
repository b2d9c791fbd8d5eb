#include "base/kernel.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <time.h>

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

enum { SMALL_FILE = 4096 };

/* The first line of a small file, cut to the size of the buffer; "" when unreadable. */
static void read_line(int dir, const char *path, char *ret, size_t size)
{
	AUTO(text_clear) struct text text = { 0 };

	ret[0] = '\0';
	if (dir < 0 || file_read(dir, path, SMALL_FILE, &text) < 0)
		return;
	(void)snprintf(ret, size, "%.*s", (int)strcspn(text_string(&text), "\n"),
		       text_string(&text));
}

/* The number that a small file begins with; 0 when it has none. */
static double read_seconds(int dir, const char *path)
{
	char line[64];
	double seconds;

	read_line(dir, path, line, sizeof(line));
	seconds = strtod(line, NULL);
	return isfinite(seconds) && seconds > 0 ? seconds : 0;
}

static double clock_seconds(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) < 0)
		return 0;
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

uint64_t kernel_netns_cookie(void)
{
	auto_close int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t length = sizeof(cookie);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &length) < 0)
		return 0;
	return cookie;
}

/*
 * /proc/1/ns/net is closed to most users, and inode numbers prove nothing. A key that the
 * kernel registers for the initial namespace alone (in every release from 5.10 on) does.
 */
static bool is_in_init_netns(int sys)
{
	return sys >= 0 && faccessat(sys, "net/core/netdev_max_backlog", F_OK, 0) == 0;
}

int kernel_open(struct kernel *ret, struct error *err)
{
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;
	struct utsname name;

	kernel.is_live = true;
	kernel.proc = file_open_folder(AT_FDCWD, "/proc");
	if (kernel.proc < 0)
		return error_set(err, kernel.proc, "cannot open '/proc': %s",
				 strerror(-kernel.proc));
	kernel.net = file_open_folder(kernel.proc, "thread-self/net");
	if (kernel.net < 0)
		return error_set(err, kernel.net,
				 "cannot open '/proc/thread-self/net': %s",
				 strerror(-kernel.net));
	kernel.sys = file_open_folder(kernel.proc, "sys");
	if (uname(&name) == 0) {
		(void)snprintf(kernel.release, sizeof(kernel.release), "%s",
			       name.release);
		(void)snprintf(kernel.host, sizeof(kernel.host), "%s", name.nodename);
	}
	read_line(kernel.sys, "kernel/random/boot_id", kernel.boot_id,
		  sizeof(kernel.boot_id));
	kernel.netns_cookie = kernel_netns_cookie();
	kernel.is_init_netns = is_in_init_netns(kernel.sys);
	kernel.page_bytes = sysconf(_SC_PAGESIZE);
	*ret = kernel;
	kernel = (struct kernel)KERNEL_NONE;
	return 0;
}

/* "Linux version 6.18.44 (...)": the third word of proc/version */
static void read_release(struct kernel *kernel)
{
	char line[256];
	char *word;

	read_line(kernel->sys, "kernel/osrelease", kernel->release,
		  sizeof(kernel->release));
	if (kernel->release[0])
		return;
	read_line(kernel->proc, "version", line, sizeof(line));
	word = strstr(line, "version ");
	if (word)
		(void)snprintf(kernel->release, sizeof(kernel->release), "%.*s",
			       (int)strcspn(word + 8, " "), word + 8);
}

int kernel_open_folder(const char *path, struct kernel *ret, struct error *err)
{
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;
	auto_close int root = file_open_folder(AT_FDCWD, path);

	if (root < 0)
		return error_set(err, root, "cannot open folder '%s': %s", path,
				 strerror(-root));
	kernel.proc = file_open_folder(root, "proc");
	if (kernel.proc < 0)
		return error_set(err, kernel.proc, "cannot open folder '%s/proc': %s",
				 path, strerror(-kernel.proc));
	kernel.net = file_open_folder(kernel.proc, "net");
	if (kernel.net < 0)
		return error_set(err, kernel.net, "cannot open folder '%s/proc/net': %s",
				 path, strerror(-kernel.net));
	kernel.sys = file_open_folder(kernel.proc, "sys");
	if (kernel.sys < 0)
		kernel.sys = -1;
	kernel.replay = file_open_folder(root, "netlink");
	if (kernel.replay < 0)
		kernel.replay = -1;
	read_release(&kernel);
	read_line(kernel.sys, "kernel/hostname", kernel.host, sizeof(kernel.host));
	read_line(kernel.sys, "kernel/random/boot_id", kernel.boot_id,
		  sizeof(kernel.boot_id));
	kernel.is_init_netns = is_in_init_netns(kernel.sys);
	kernel.taken = read_seconds(root, "taken");
	kernel.page_bytes = 4096;
	*ret = kernel;
	kernel = (struct kernel)KERNEL_NONE;
	return 0;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void kernel_close(struct kernel *kernel)
{
	close_one(&kernel->proc);
	close_one(&kernel->net);
	close_one(&kernel->sys);
	close_one(&kernel->replay);
}

/* Where the file of a namespace lies. */
static int netns_path(const char *spec, char *path, size_t size)
{
	int length;

	if (strncmp(spec, "pid:", 4) == 0) {
		if (spec[4] == '\0' || spec[4 + strspn(spec + 4, "0123456789")])
			return -EINVAL;
		length = snprintf(path, size, "/proc/%s/ns/net", spec + 4);
	} else if (strchr(spec, '/')) {
		length = snprintf(path, size, "%s", spec);
	} else {
		if (spec[0] == '\0' || spec[0] == '.')
			return -EINVAL;
		length = snprintf(path, size, "/run/netns/%s", spec);
	}
	return length < 0 || (size_t)length >= size ? -EINVAL : 0;
}

int kernel_enter_netns(const char *spec, struct error *err)
{
	auto_close int fd = -1;
	char path[PATH_MAX];
	int code = netns_path(spec, path, sizeof(path));

	if (code < 0)
		return error_set(
			err, code,
			"'%.64s' is no network namespace: give a name of 'ip netns', a path, or pid:N",
			spec);
	fd = open(path, O_RDONLY | FILE_OPEN_FLAGS);
	if (fd < 0) {
		code = -errno;
		return error_set(err, code, "cannot open network namespace '%.64s': %s",
				 spec, strerror(-code));
	}
	if (setns(fd, CLONE_NEWNET) < 0) {
		code = -errno;
		return error_set(
			err, code, "cannot enter network namespace '%.64s': %s", spec,
			code == -EINVAL ? "not a network namespace" : strerror(-code));
	}
	return 0;
}

double kernel_uptime_seconds(const struct kernel *kernel)
{
	return kernel->is_live ? clock_seconds(CLOCK_BOOTTIME)
			       : read_seconds(kernel->proc, "uptime");
}

double kernel_taken_seconds(const struct kernel *kernel)
{
	return kernel->taken > 0 ? kernel->taken : clock_seconds(CLOCK_REALTIME);
}
