#include "cli/places.h"

#include "base/file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Of each place some files of /proc stay open, too. */
enum { FILES_A_PLACE = 8 };

static void release_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static bool has_place(const struct place_list *list, const struct stat *about)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->places[i].device == about->st_dev &&
		    list->places[i].inode == about->st_ino)
			return true;
	return false;
}

static int add_place(struct place_list *list, int fd, const struct stat *about,
		     const char *name, const char *program, struct error *err)
{
	struct place *grown;

	if (list->count == PLACES_MOST) {
		close(fd);
		return error_set(
			err, -E2BIG,
			"there are more than %d network namespaces: name one with --netns",
			PLACES_MOST);
	}
	grown = realloc(list->places, (list->count + 1) * sizeof(*grown));
	if (!grown) {
		close(fd);
		return error_set(err, -ENOMEM, "out of memory");
	}
	list->places = grown;
	grown += list->count++;
	*grown = (struct place){
		.fd = fd,
		.device = about->st_dev,
		.inode = about->st_ino,
	};
	(void)snprintf(grown->name, sizeof(grown->name), "%s", name);
	(void)snprintf(grown->about, sizeof(grown->about),
		       program[0] ? "%s (%s)" : "%s%s", name, program);
	return 0;
}

/* What may not be seen is counted; what is gone, or is no namespace, is nothing. */
static int try_file(struct place_list *list, int dir, const char *path, const char *name,
		    const char *program, struct error *err)
{
	struct stat about;
	int fd;

	/* most processes are in a namespace that is known */
	if (fstatat(dir, path, &about, 0) == 0 && has_place(list, &about))
		return 0;
	fd = openat(dir, path, O_RDONLY | FILE_OPEN_FLAGS);
	if (fd < 0) {
		list->hidden += errno == EACCES || errno == EPERM;
		return 0;
	}
	if (fstat(fd, &about) < 0 || has_place(list, &about) || !S_ISREG(about.st_mode)) {
		close(fd);
		return 0;
	}
	return add_place(list, fd, &about, name, program, err);
}

static int add_own(struct place_list *list, struct error *err)
{
	int r = try_file(list, AT_FDCWD, "/proc/thread-self/ns/net", "", "", err);

	if (r == 0 && list->count == 0)
		return error_set(err, -ENOENT, "cannot open this network namespace");
	return r;
}

static int add_named(struct place_list *list, struct error *err)
{
	AUTO(release_dir) DIR *dir = opendir("/run/netns");
	const struct dirent *entry;
	int r = 0;

	while (r == 0 && dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			r = try_file(list, dirfd(dir), entry->d_name, entry->d_name, "",
				     err);
	return r;
}

static void read_program(int proc, const char *pid, char *ret, size_t size)
{
	AUTO(text_clear) struct text text = { 0 };
	char path[64];

	ret[0] = '\0';
	(void)snprintf(path, sizeof(path), "%.20s/comm", pid);
	if (file_read(proc, path, 64, &text) == 0)
		(void)snprintf(ret, size, "%.*s", (int)strcspn(text_string(&text), "\n"),
			       text_string(&text));
}

static int add_of_processes(struct place_list *list, struct error *err)
{
	AUTO(release_dir) DIR *dir = opendir("/proc");
	const struct dirent *entry;
	int r = 0;

	while (r == 0 && dir && (entry = readdir(dir))) {
		char path[64], name[32], program[20];

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		(void)snprintf(path, sizeof(path), "%.20s/ns/net", entry->d_name);
		(void)snprintf(name, sizeof(name), "pid:%.20s", entry->d_name);
		read_program(dirfd(dir), entry->d_name, program, sizeof(program));
		r = try_file(list, dirfd(dir), path, name, program, err);
	}
	return r;
}

/* Room for the descriptors, as far as the hard limit goes. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur >= PLACES_MOST * FILES_A_PLACE)
		return;
	limit.rlim_cur = limit.rlim_max < PLACES_MOST * FILES_A_PLACE
				 ? limit.rlim_max
				 : PLACES_MOST * FILES_A_PLACE;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

int places_find(struct place_list *ret, struct error *err)
{
	AUTO(places_clear) struct place_list list = { 0 };
	int r;

	raise_file_limit();
	r = add_own(&list, err);
	if (r == 0)
		r = add_named(&list, err);
	if (r == 0)
		r = add_of_processes(&list, err);
	if (r < 0)
		return r;
	*ret = list;
	list = (struct place_list){ 0 };
	return 0;
}

void places_clear(struct place_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		close(list->places[i].fd);
	free(list->places);
	*list = (struct place_list){ 0 };
}
