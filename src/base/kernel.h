/*
 * The door to one kernel and one network namespace of it: descriptors of /proc, what is
 * known of it, and where its netlink answers come from. A folder of dumps is a kernel
 * too.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * proc:      /proc, or "proc" of a folder of dumps
 * net:       /proc/thread-self/net of the namespace, or proc/net of the folder
 * sys:       /proc/sys, or proc/sys of the folder; -1 when the folder has none
 * replay:    folder with tcp4.nl and tcp6.nl, recorded inet_diag answers; -1 on a live
 *            kernel and where none were recorded
 * is_live:   false for a folder
 * release:   "6.18.44"; "" when a folder does not tell
 * host:      its name; "" when a folder does not tell
 * boot_id:   of this boot; "" when not known
 * netns_cookie: the namespace's cookie (SO_NETNS_COOKIE, Linux 5.14); 0 = not known
 * netns_name:   as the user named it: "web", "/run/x", "pid:17"; "" for our own
 * is_init_netns: this is the initial namespace of the machine: keys that exist
 *             only there exist
 * taken:      when a folder was dumped, seconds since 1970; 0 when it does not tell
 */
struct kernel {
	int proc;
	int net;
	int sys;
	int replay;
	bool is_live;
	bool is_init_netns;
	char release[65];
	char host[65];
	char boot_id[40];
	char netns_name[128];
	uint64_t netns_cookie;
	int64_t page_bytes;
	double taken;
};

#define KERNEL_NONE                                                                      \
	{                                                                                \
		.proc = -1, .net = -1, .sys = -1, .replay = -1                           \
	}

/*
 * The running kernel, in the namespace that this thread is in.
 *
 * Fails:  -errno when /proc is not there
 */
MUST_CHECK int kernel_open(struct kernel *ret, struct error *err);

/*
 * A folder of dumps: FOLDER/proc/net/..., FOLDER/proc/sys/..., FOLDER/proc/uptime,
 * FOLDER/taken, FOLDER/netlink/tcp4.nl and tcp6.nl. All but proc are optional.
 */
MUST_CHECK int kernel_open_folder(const char *path, struct kernel *ret,
				  struct error *err);

void kernel_close(struct kernel *kernel);

/*
 * Move this thread into a network namespace; call it before kernel_open().
 *
 * spec:   a name of `ip netns`, a path (with a slash), or "pid:N"
 * Fails:  -EINVAL bad spec, -ENOENT no such namespace, -EPERM
 */
MUST_CHECK int kernel_enter_netns(const char *spec, struct error *err);

/* The cookie of the namespace that this thread is in; 0 = not known (before Linux 5.14). */
uint64_t kernel_netns_cookie(void);

/*
 * Seconds since 1970: the clock's, or for a folder what its file "taken" says, if it has
 * one.
 */
double kernel_taken_seconds(const struct kernel *kernel);

/*
 * Seconds since boot, sleep included, as a live kernel counts them now or as the folder's
 * proc/uptime said. 0 when a folder does not tell.
 */
double kernel_uptime_seconds(const struct kernel *kernel);
