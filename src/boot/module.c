#include "boot/module.h"

#include "boot/slice.h"

#include <errno.h>

enum { LONGEST_NAME = 64 };

static const char *const folders[] = {
	"/etc/modules-load.d",	   "/run/modules-load.d", "/usr/local/lib/modules-load.d",
	"/usr/lib/modules-load.d", "/lib/modules-load.d",
};

/* Add a name with '_' for '-'; what is too long is no module. */
static int add_module(struct name_table *table, struct slice name)
{
	char buffer[LONGEST_NAME];
	int64_t number;

	if (name.length == 0 || name.length >= sizeof(buffer))
		return 0;
	for (size_t i = 0; i < name.length; i++)
		buffer[i] = name.at[i] == '-' ? '_' : name.at[i];
	buffer[name.length] = '\0';
	number = name_table_add(table, buffer);
	return number < 0 ? (int)number : 0;
}

/* The next line of a text; false at the end. */
static bool next_line(struct slice *text, struct slice *ret)
{
	if (text->length == 0)
		return false;
	ret->at = text->at;
	ret->length = slice_find(*text, '\n');
	text->at += ret->length;
	text->length -= ret->length;
	if (text->length > 0) {
		text->at++;
		text->length--;
	}
	return true;
}

/* A list of names, one a line; /etc/modules may have parameters behind them. */
static int add_names(const struct text *data, struct name_table *table)
{
	struct slice text = { text_string(data), data->length }, line;
	int r = 0;

	while (r == 0 && next_line(&text, &line)) {
		line = slice_strip(line, " \t\r");
		if (line.length == 0 || line.at[0] == '#' || line.at[0] == ';')
			continue;
		line.length = slice_find(line, ' ');
		r = add_module(table, line);
	}
	return r;
}

/* Lines that begin with a path: "kernel/net/ipv4/tcp_bbr.ko.xz:" */
static int add_paths(const struct text *data, struct name_table *table)
{
	struct slice text = { text_string(data), data->length }, line;
	int r = 0;

	while (r == 0 && next_line(&text, &line)) {
		size_t begin;

		line.length = slice_find(line, ':');
		for (begin = line.length; begin > 0 && line.at[begin - 1] != '/'; begin--)
			;
		line.at += begin;
		line.length -= begin;
		line.length = slice_find(line, '.');
		r = add_module(table, line);
	}
	return r;
}

static int read_list(const struct host_root *host, const char *path,
		     int (*add)(const struct text *data, struct name_table *table),
		     struct name_table *table, bool *ret_is_there)
{
	AUTO(text_clear) struct text data = { 0 };
	int r = host_read(host, path, &data);

	if (r == -ENOMEM)
		return r;
	*ret_is_there = r == 0;
	return r < 0 ? 0 : add(&data, table);
}

static int read_early_folder(const struct host_root *host, const char *folder,
			     struct name_table *seen, struct name_table *early)
{
	AUTO(name_list_clear) struct name_list names = { 0 };
	int r = host_list(host, folder, &names);
	bool is_there;

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; r == 0 && i < names.count; i++) {
		const char *name = names.names[i];
		size_t length = strlen(name), before = seen->count;
		auto_free char *path = NULL;
		int64_t number;

		if (name[0] == '.' || length < 5 ||
		    strcmp(name + length - 5, ".conf") != 0)
			continue;
		number = name_table_add(seen, name);
		if (number < 0)
			return (int)number;
		if (seen->count == before)
			continue; /* masked by an earlier folder */
		if (asprintf(&path, "%s/%s", folder, name) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = read_list(host, path, add_names, early, &is_there);
	}
	return r;
}

static int read_early(const struct host_root *host, struct name_table *early)
{
	AUTO(name_table_clear) struct name_table seen = { 0 };
	bool is_there;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(folders); i++)
		r = read_early_folder(host, folders[i], &seen, early);
	return r < 0 ? r : read_list(host, "/etc/modules", add_names, early, &is_there);
}

static int read_kernel(const struct host_root *host, const char *release,
		       struct boot_modules *modules)
{
	char path[256];
	bool has_built_in = false, has_loadable = false;
	int r;

	if (!release[0] || strchr(release, '/'))
		return 0;
	(void)snprintf(path, sizeof(path), "/lib/modules/%.100s/modules.builtin",
		       release);
	r = read_list(host, path, add_paths, &modules->built_in, &has_built_in);
	(void)snprintf(path, sizeof(path), "/lib/modules/%.100s/modules.dep", release);
	if (r == 0)
		r = read_list(host, path, add_paths, &modules->loadable, &has_loadable);
	modules->has_kernel = has_built_in && has_loadable;
	return r;
}

int modules_load(const struct host_root *host, const char *release,
		 struct boot_modules *ret)
{
	AUTO(modules_clear) struct boot_modules modules = { 0 };
	int r = read_early(host, &modules.early);

	if (r == 0)
		r = read_kernel(host, release, &modules);
	if (r < 0)
		return r;
	*ret = modules;
	modules = (struct boot_modules){ 0 };
	return 0;
}

void modules_clear(struct boot_modules *modules)
{
	name_table_clear(&modules->early);
	name_table_clear(&modules->built_in);
	name_table_clear(&modules->loadable);
	modules->has_kernel = false;
}

static bool has(const struct name_table *table, const char *name)
{
	return name_table_find(table, name) != NAME_NONE;
}

bool modules_is_early(const struct boot_modules *modules, const char *module)
{
	return has(&modules->early, module) || has(&modules->built_in, module);
}

bool modules_may_have(const struct boot_modules *modules, const char *module)
{
	return !modules->has_kernel || has(&modules->loadable, module) ||
	       has(&modules->built_in, module);
}
