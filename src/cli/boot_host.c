#include "cli/boot_host.h"

#include <errno.h>
#include <fcntl.h>

/* The first line of a small file of the host; "" when it has none. */
static void read_line(const struct host_root *host, const char *path, char *ret,
		      size_t size)
{
	AUTO(text_clear) struct text text = { 0 };

	ret[0] = '\0';
	if (host_read(host, path, &text) == 0)
		(void)snprintf(ret, size, "%.*s", (int)strcspn(text_string(&text), "\n"),
			       text_string(&text));
}

/* Where a host has modules for one kernel only, that is the one that it boots. */
static void guess_release(const struct host_root *host, char *ret, size_t size)
{
	AUTO(name_list_clear) struct name_list names = { 0 };

	if (host_list(host, "/lib/modules", &names) == 0 && names.count == 1)
		(void)snprintf(ret, size, "%s", names.names[0]);
}

static int load(const char *root, bool (*need_modules)(const struct boot_tree *tree),
		struct boot_subject *subject, struct error *err)
{
	int r = tree_load_host(root, &subject->tree, err);

	if (r < 0)
		return r;
	subject->is_live = !root;
	subject->sys =
		host_open(&subject->tree.host, "/proc/sys", O_RDONLY | O_DIRECTORY);
	if (subject->sys < 0)
		subject->sys = -1;
	read_line(&subject->tree.host, "/proc/sys/kernel/osrelease", subject->release,
		  sizeof(subject->release));
	if (!subject->release[0])
		guess_release(&subject->tree.host, subject->release,
			      sizeof(subject->release));
	if (need_modules(&subject->tree))
		r = modules_load(&subject->tree.host, subject->release,
				 &subject->modules);
	if (r == 0)
		r = owners_load(&subject->tree.host, &subject->owners);
	return r < 0 ? error_set(err, r, "out of memory") : 0;
}

static bool always(const struct boot_tree *tree)
{
	(void)tree;
	return true;
}

int boot_subject_load(const char *root, struct boot_subject *ret, struct error *err)
{
	return boot_subject_load_for(root, always, ret, err);
}

int boot_subject_load_for(const char *root,
			  bool (*need_modules)(const struct boot_tree *tree),
			  struct boot_subject *ret, struct error *err)
{
	AUTO(boot_subject_clear) struct boot_subject subject = BOOT_SUBJECT_NONE;
	int r = load(root, need_modules, &subject, err);

	if (r < 0)
		return r;
	*ret = subject;
	subject = (struct boot_subject)BOOT_SUBJECT_NONE;
	return 0;
}

void boot_subject_clear(struct boot_subject *subject)
{
	owners_clear(&subject->owners);
	modules_clear(&subject->modules);
	tree_clear(&subject->tree);
	release_close(&subject->sys);
	*subject = (struct boot_subject)BOOT_SUBJECT_NONE;
}

struct boot_host boot_subject_host(const struct boot_subject *subject)
{
	struct boot_host host = {
		.tree = &subject->tree,
		.modules = &subject->modules,
		.owners = &subject->owners,
		.sys = subject->sys,
		.is_live = subject->is_live,
	};

	if (release_parse(subject->release, &host.release) < 0)
		host.release = 0;
	return host;
}
