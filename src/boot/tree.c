#include "boot/tree.h"

#include <errno.h>
#include <fcntl.h>

#define SYSCTL_CONF "/etc/sysctl.conf"

/*
 * The same for both loaders as Debian builds them. /lib is the same folder as /usr/lib on
 * most hosts; then all that is in it was seen before.
 */
const char *const tree_folders[] = {
	"/etc/sysctl.d",     "/run/sysctl.d", "/usr/local/lib/sysctl.d",
	"/usr/lib/sysctl.d", "/lib/sysctl.d", NULL,
};

static bool has_suffix(const char *name, const char *suffix)
{
	size_t length = strlen(name), wanted = strlen(suffix);

	return length >= wanted && strcmp(name + length - wanted, suffix) == 0;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int reserve_file(struct boot_tree *tree, struct error *err)
{
	size_t capacity = tree->capacity ? tree->capacity * 2 : 32;
	struct boot_file *files;

	if (tree->count < tree->capacity)
		return 0;
	if (tree->count >= TREE_MOST_FILES)
		return error_set(err, -EFBIG, "more than %d sysctl files",
				 (int)TREE_MOST_FILES);
	files = reallocarray(tree->files, capacity, sizeof(*files));
	if (!files)
		return error_set(err, -ENOMEM, "out of memory");
	tree->files = files;
	tree->capacity = capacity;
	return 0;
}

/* Add a file and read it. What cannot be read is not a failure of the tree. */
static int add_file(struct boot_tree *tree, const char *path, struct boot_file **ret,
		    struct error *err)
{
	int r = reserve_file(tree, err);
	struct boot_file *file;
	struct stat status;

	if (r < 0)
		return r;
	file = &tree->files[tree->count];
	*file = (struct boot_file){ .path = strdup(path), .masked_by = TREE_NO_FILE };
	if (!file->path)
		return error_set(err, -ENOMEM, "out of memory");
	file->name = last_part(file->path);
	tree->count++;
	file->problem = host_read(&tree->host, path, &file->data);
	if (host_stat(&tree->host, path, &status) == 0) {
		file->device = status.st_dev;
		file->inode = status.st_ino;
	}
	tree->bytes += file->data.length;
	if (tree->bytes > TREE_BYTES_LIMIT)
		return error_set(err, -EFBIG, "the sysctl files have more than %d MiB",
				 (int)(TREE_BYTES_LIMIT / (1024 * 1024)));
	*ret = file;
	return 0;
}

static void set_fate(struct boot_file *file, enum file_fate systemd,
		     enum file_fate procps)
{
	file->fate[LOADER_SYSTEMD] = systemd;
	file->fate[LOADER_PROCPS] = procps;
}

/* The file of that name in an earlier folder. */
static size_t find_named(const struct boot_tree *tree, size_t end, const char *name)
{
	for (size_t i = 0; i < end; i++) {
		if (tree->files[i].masked_by == TREE_NO_FILE &&
		    strcmp(tree->files[i].name, name) == 0)
			return i;
	}
	return TREE_NO_FILE;
}

static int add_named(struct boot_tree *tree, const char *folder, const char *name,
		     size_t earlier, struct error *err)
{
	auto_free char *path = NULL;
	struct boot_file *file = NULL;
	int r;

	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		path = NULL;
		return error_set(err, -ENOMEM, "out of memory");
	}
	r = add_file(tree, path, &file, err);
	if (r < 0)
		return r;
	if (!has_suffix(name, ".conf")) {
		set_fate(file, FATE_NO_CONF, FATE_NO_CONF);
		return 0;
	}
	file->masked_by = find_named(tree, earlier, name);
	if (file->masked_by != TREE_NO_FILE)
		set_fate(file, FATE_MASKED, FATE_MASKED);
	else if (name[0] == '.')
		set_fate(file, FATE_HIDDEN, FATE_READ);
	return 0;
}

static int add_folder(struct boot_tree *tree, const char *folder, struct error *err)
{
	AUTO(name_list_clear) struct name_list names = { 0 };
	size_t earlier = tree->count;
	int r = host_list(&tree->host, folder, &names);

	if (r == -ENOMEM)
		return error_set(err, r, "out of memory");
	if (r < 0)
		return 0; /* neither loader minds */
	if (names.is_cut)
		return error_set(err, -EFBIG, "'%s' has more than %d files", folder,
				 (int)FOLDER_MOST_NAMES);
	for (size_t i = 0; r == 0 && i < names.count; i++)
		r = add_named(tree, folder, names.names[i], earlier, err);
	return r;
}

/* Is it another name of a folder that was looked at? */
static bool is_known_folder(const struct boot_tree *tree, size_t index)
{
	struct stat this, other;

	if (host_stat(&tree->host, tree_folders[index], &this) < 0)
		return false;
	for (size_t i = 0; i < index; i++) {
		if (host_stat(&tree->host, tree_folders[i], &other) == 0 &&
		    this.st_dev == other.st_dev && this.st_ino == other.st_ino)
			return true;
	}
	return false;
}

/* procps reads it last, if it is a regular file or a link to one. */
static int add_sysctl_conf(struct boot_tree *tree, struct error *err)
{
	struct boot_file *file = NULL;
	struct stat status;
	int r;

	if (host_stat(&tree->host, SYSCTL_CONF, &status) < 0 || !S_ISREG(status.st_mode))
		return 0;
	r = add_file(tree, SYSCTL_CONF, &file, err);
	if (r == 0)
		set_fate(file, FATE_OUTSIDE, FATE_READ);
	return r;
}

static int compare_files(const void *a, const void *b, void *data)
{
	const struct boot_tree *tree = data;
	const struct boot_file *left = &tree->files[*(const size_t *)a];
	const struct boot_file *right = &tree->files[*(const size_t *)b];
	int order = strcmp(left->name, right->name);

	return order ? order : (left > right) - (left < right);
}

/* /etc/sysctl.conf is the last file, and stays behind the others. */
static int order_files(struct boot_tree *tree, enum loader loader, struct error *err)
{
	size_t *order = calloc(tree->count + 1, sizeof(*order));
	size_t count = 0, sorted;

	if (!order)
		return error_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < tree->count; i++) {
		if (tree->files[i].fate[loader] == FATE_READ)
			order[count++] = i;
	}
	sorted = count;
	if (count > 0 && strcmp(tree->files[order[count - 1]].path, SYSCTL_CONF) == 0)
		sorted--;
	qsort_r(order, sorted, sizeof(*order), compare_files, tree);
	tree->order[loader] = order;
	tree->order_count[loader] = count;
	return 0;
}

/*
 * A host with systemd-sysctl boots with it, also where procps is installed: its sysctl is
 * then a tool for the hand. A folder with no program at all could be of either.
 */
static void find_loaders(struct boot_tree *tree)
{
	bool has_systemd = host_has(&tree->host, "/usr/lib/systemd/systemd-sysctl") ||
			   host_has(&tree->host, "/lib/systemd/systemd-sysctl");
	bool has_procps = host_has(&tree->host, "/usr/sbin/sysctl") ||
			  host_has(&tree->host, "/sbin/sysctl");

	tree->runs[LOADER_SYSTEMD] = has_systemd || !has_procps;
	tree->runs[LOADER_PROCPS] = !has_systemd;
}

static int load_host(const char *root, struct boot_tree *tree, struct error *err)
{
	int r = host_root_open(root, &tree->host, err);

	for (size_t i = 0; r == 0 && tree_folders[i]; i++) {
		if (!is_known_folder(tree, i))
			r = add_folder(tree, tree_folders[i], err);
	}
	if (r == 0)
		r = add_sysctl_conf(tree, err);
	for (enum loader i = 0; r == 0 && i < LOADER_COUNT; i++)
		r = order_files(tree, i, err);
	if (r == 0)
		find_loaders(tree);
	return r;
}

static int finish(int r, struct boot_tree *tree, struct boot_tree *ret)
{
	if (r < 0)
		tree_clear(tree);
	else
		*ret = *tree;
	return r;
}

int tree_load_host(const char *root, struct boot_tree *ret, struct error *err)
{
	struct boot_tree tree = BOOT_TREE_NONE;

	return finish(load_host(root, &tree, err), &tree, ret);
}

static int fail_to_read(int code, const char *path, struct error *err)
{
	/* a loop of links is a bad name, and no trouble of ours */
	return error_set(err, code == -ELOOP ? -EINVAL : code, "cannot read '%s': %s",
			 path, code == -EINVAL ? "not a regular file" : strerror(-code));
}

static int add_operand_folder(struct boot_tree *tree, const char *path, size_t group,
			      struct error *err)
{
	size_t first = tree->count;
	AUTO(name_list_clear) struct name_list names = { 0 };
	int r = host_list(&tree->host, path, &names);

	if (r < 0)
		return fail_to_read(r, path, err);
	if (names.is_cut)
		return error_set(err, -EFBIG, "'%s' has more than %d files", path,
				 (int)FOLDER_MOST_NAMES);
	for (size_t i = 0; r == 0 && i < names.count; i++) {
		if (has_suffix(names.names[i], ".conf"))
			r = add_named(tree, path, names.names[i], first, err);
	}
	for (size_t i = first; i < tree->count; i++) {
		tree->files[i].group = group;
		set_fate(&tree->files[i], FATE_READ, FATE_READ);
	}
	return r;
}

static int add_operand(struct boot_tree *tree, const char *path, size_t group,
		       struct error *err)
{
	struct boot_file *file = NULL;
	struct stat status;
	int r = host_stat(&tree->host, path, &status);

	if (r < 0)
		return fail_to_read(r, path, err);
	if (S_ISDIR(status.st_mode))
		return add_operand_folder(tree, path, group, err);
	r = add_file(tree, path, &file, err);
	if (r == 0 && file->problem < 0)
		return fail_to_read(file->problem, path, err);
	if (r == 0)
		file->group = group;
	return r;
}

static int load_operands(char *const *paths, size_t count, struct boot_tree *tree,
			 struct error *err)
{
	int r = 0;

	/* relative paths are relative to where we are */
	tree->host.is_own = true;
	for (size_t i = 0; r == 0 && i < count; i++)
		r = add_operand(tree, paths[i], i, err);
	tree->runs[LOADER_SYSTEMD] = tree->runs[LOADER_PROCPS] = true;
	for (enum loader loader = 0; r == 0 && loader < LOADER_COUNT; loader++) {
		tree->order[loader] = calloc(tree->count + 1, sizeof(size_t));
		if (!tree->order[loader])
			return error_set(err, -ENOMEM, "out of memory");
		tree->order_count[loader] = tree->count;
		for (size_t i = 0; i < tree->count; i++)
			tree->order[loader][i] = i;
	}
	return r;
}

int tree_load_operands(char *const *paths, size_t count, struct boot_tree *ret,
		       struct error *err)
{
	struct boot_tree tree = BOOT_TREE_NONE;

	return finish(load_operands(paths, count, &tree, err), &tree, ret);
}

void tree_clear(struct boot_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		free(tree->files[i].path);
		text_clear(&tree->files[i].data);
	}
	free(tree->files);
	for (enum loader i = 0; i < LOADER_COUNT; i++)
		free(tree->order[i]);
	host_root_close(&tree->host);
	*tree = (struct boot_tree)BOOT_TREE_NONE;
}

bool tree_is_read(const struct boot_tree *tree, const struct boot_file *file)
{
	for (enum loader i = 0; i < LOADER_COUNT; i++) {
		if (tree->runs[i] && file->fate[i] == FATE_READ)
			return true;
	}
	return false;
}

/* Names that are meant not to be read. */
bool tree_is_put_aside(const struct boot_file *file)
{
	static const char *const suffixes[] = { "~",	     ".bak",	   ".old",
						".orig",     ".dpkg-dist", ".dpkg-old",
						".dpkg-new", ".rpmnew",	   ".rpmsave",
						".disabled", ".off",	   ".example",
						".md",	     ".swp" };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		if (has_suffix(file->name, suffixes[i]))
			return true;
	}
	return strncmp(file->name, "README", 6) == 0;
}

bool tree_is_read_elsewhere(const struct boot_tree *tree, const struct boot_file *file)
{
	for (size_t i = 0; i < tree->count; i++) {
		if (&tree->files[i] != file && tree->files[i].inode == file->inode &&
		    tree->files[i].device == file->device && file->inode &&
		    tree_is_read(tree, &tree->files[i]))
			return true;
	}
	return false;
}

enum loader tree_main_loader(const struct boot_tree *tree)
{
	return tree->runs[LOADER_SYSTEMD] ? LOADER_SYSTEMD : LOADER_PROCPS;
}
