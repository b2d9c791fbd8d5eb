/* Where profiles are: files of the admin, files of the package, built in. */
#include "base/embedded.h"
#include "base/file.h"
#include "profile/profile_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

enum {
	FILE_MOST_BYTES = 1024 * 1024,
	NAME_MOST_BYTES = 64,
	MOST_NAMES = 1024,
};

#define ENDING ".ini"

static const char *const system_folders[] = {
	"/etc/tcptune/profiles",
	"/usr/share/tcptune/profiles",
	NULL,
};

static bool is_name(const char *name, size_t length)
{
	return length > 0 && length <= NAME_MOST_BYTES && *name != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") >= length;
}

/* Read one candidate; 0 and no file when it is not there. */
static int read_file(char *path, struct text *ret_data, char **ret_file,
		     struct error *err)
{
	auto_free char *file = path;
	int code;

	if (!file)
		return error_set(err, -ENOMEM, "out of memory");
	code = file_read(AT_FDCWD, file, FILE_MOST_BYTES, ret_data);
	if (code == -ENOENT || code == -ENOTDIR)
		return 0;
	if (code < 0)
		return error_set(err, code, "cannot read '%s': %s", file,
				 strerror(-code));
	*ret_file = TAKE(file);
	return 0;
}

static char *join_path(const char *folder, const char *name)
{
	struct text path = { 0 };

	text_addf(&path, "%s/%s" ENDING, folder, name);
	if (text_check(&path) < 0)
		text_clear(&path);
	return path.data;
}

static int read_embedded(const char *name, struct text *ret_data, char **ret_file,
			 struct error *err)
{
	for (size_t i = 0; i < embedded_profile_count; i++) {
		const struct embedded_file *file = &embedded_profiles[i];
		char *path;

		if (strcmp(file->name, name) != 0)
			continue;
		path = join_path("built-in", name);
		text_reset(ret_data);
		text_add_bytes(ret_data, file->data, file->size);
		if (!path || text_check(ret_data) < 0) {
			free(path);
			return error_set(err, -ENOMEM, "out of memory");
		}
		*ret_file = path;
		return 0;
	}
	return error_set(err, -ENOENT, "there is no profile '%s'", name);
}

int profile_read(const char *const *folders, const char *name, struct text *ret_data,
		 char **ret_file, struct error *err)
{
	char *file = NULL;
	int code;

	if (strchr(name, '/')) {
		code = read_file(strdup(name), ret_data, &file, err);
		if (code == 0 && !file)
			code = error_set(err, -ENOENT, "there is no file '%s'", name);
		if (code == 0)
			*ret_file = file;
		return code;
	}
	if (!is_name(name, strlen(name)))
		return error_set(err, -EINVAL,
				 "'%.64s' is no name of a profile (a path needs a '/')",
				 name);
	for (const char *const *folder = folders ? folders : system_folders; *folder;
	     folder++) {
		code = read_file(join_path(*folder, name), ret_data, &file, err);
		if (code < 0)
			return code;
		if (file) {
			*ret_file = file;
			return 0;
		}
	}
	return read_embedded(name, ret_data, ret_file, err);
}

static int add_name(struct profile_names *names, const char *name, size_t length)
{
	char **grown = realloc(names->names, (names->count + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	names->names = grown;
	grown[names->count] = strndup(name, length);
	if (!grown[names->count])
		return -ENOMEM;
	names->count++;
	return 0;
}

static void release_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

/* A folder that is not there, or not for this user, has no profiles. */
static int add_folder(struct profile_names *names, const char *path)
{
	AUTO(release_folder) DIR *folder = opendir(path);
	const struct dirent *entry;

	while (folder && names->count < MOST_NAMES && (entry = readdir(folder))) {
		size_t length = strlen(entry->d_name);
		size_t ending = strlen(ENDING);
		int code;

		if (length <= ending ||
		    strcmp(entry->d_name + length - ending, ENDING) != 0 ||
		    !is_name(entry->d_name, length - ending))
			continue;
		code = add_name(names, entry->d_name, length - ending);
		if (code < 0)
			return code;
	}
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_names(struct profile_names *names)
{
	size_t kept = 0;

	if (names->count == 0)
		return;
	qsort(names->names, names->count, sizeof(*names->names), compare_names);
	for (size_t i = 0; i < names->count; i++) {
		if (kept > 0 && strcmp(names->names[i], names->names[kept - 1]) == 0)
			free(names->names[i]);
		else
			names->names[kept++] = names->names[i];
	}
	names->count = kept;
}

int profile_names_load_from(const char *const *folders, struct profile_names *ret,
			    struct error *err)
{
	AUTO(profile_names_clear) struct profile_names names = { 0 };
	int code = 0;

	for (const char *const *folder = folders ? folders : system_folders;
	     code == 0 && *folder; folder++)
		code = add_folder(&names, *folder);
	for (size_t i = 0; code == 0 && i < embedded_profile_count; i++)
		code = add_name(&names, embedded_profiles[i].name,
				strlen(embedded_profiles[i].name));
	if (code < 0)
		return error_set(err, code, "out of memory");
	sort_names(&names);
	*ret = names;
	names = (struct profile_names){ 0 };
	return 0;
}

int profile_names_load(struct profile_names *ret, struct error *err)
{
	return profile_names_load_from(NULL, ret, err);
}

void profile_names_clear(struct profile_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
	*names = (struct profile_names){ 0 };
}
