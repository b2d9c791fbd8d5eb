/*
 * Run a fuzz target over every file of a folder, without a fuzzer: an ordinary test.
 *
 *     replay_X [FOLDER]      FUZZ_NAME is X, FUZZ_CORPUS the folder that holds all
 */
#include "base/file.h"
#include "fuzz_support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <time.h>

enum { FILE_LIMIT = 16 * 1024 * 1024 };

static double seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/*
 * One file. Its bytes are copied to memory of just that size, so that a read behind the
 * end is seen.
 */
static int replay(int folder, const char *name)
{
	AUTO(text_clear) struct text data = { 0 };
	auto_free uint8_t *bytes = NULL;
	double start;
	int code = file_read(folder, name, FILE_LIMIT, &data);

	if (code < 0) {
		(void)printf("# cannot read '%s': %s\n", name, strerror(-code));
		return code;
	}
	bytes = malloc(data.length ? data.length : 1);
	if (!bytes)
		return -ENOMEM;
	if (data.length)
		memcpy(bytes, data.data, data.length);
	(void)fprintf(stderr, "# %s\n", name); /* the last one is the one that crashed */
	start = seconds();
	(void)LLVMFuzzerTestOneInput(bytes, data.length);
	if (seconds() - start > 1)
		(void)printf("# '%s' took %.1f s\n", name, seconds() - start);
	return 0;
}

static int replay_all(int folder, DIR *listing, size_t *ret_count)
{
	struct dirent *entry;
	int failed = 0;

	*ret_count = 0;
	while ((entry = readdir(listing))) {
		int code;

		if (entry->d_name[0] == '.')
			continue;
		code = replay(folder, entry->d_name);
		if (code < 0)
			failed = code;
		(*ret_count)++;
	}
	return failed;
}

int main(int argc, char **argv)
{
	auto_close int folder = -1;
	const char *path = argc > 1 ? argv[1] : FUZZ_CORPUS "/" FUZZ_NAME;
	DIR *listing;
	size_t count;
	int code;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)printf("1..1\n");
	folder = file_open_folder(AT_FDCWD, path);
	listing = folder < 0 ? NULL : opendir(path);
	if (!listing) {
		(void)printf("not ok 1 - cannot open '%s'\n", path);
		return EXIT_FAILURE;
	}
	code = replay_all(folder, listing, &count);
	closedir(listing);
	(void)printf("%s 1 - replayed %zu inputs of %s\n",
		     code < 0 || count == 0 ? "not ok" : "ok", count, FUZZ_NAME);
	return code < 0 || count == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
