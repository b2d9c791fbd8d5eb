/*
 * The built-in profiles against dumps of real kernels: TCPTUNE_KERNELS names the folder
 * that holds one folder a kernel.
 */
#include "catalog/sysctl.h"
#include "evidence/evidence.h"
#include "profile/profile.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *const no_folders[] = { NULL };

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

/* The values of a kernel right after boot, with the modules that bring keys of their own.
 */
static void load_kernel(const char *kernel, struct evidence *evidence)
{
	const struct sample sample = { .taken = 1, .uptime = 1, .page_bytes = 4096 };
	char path[4096], line[65536];

	assert_int_equal(evidence_open_memory(evidence, NULL), 0);
	assert_int_equal(evidence_begin_sample(evidence, &sample, NULL), 0);
	(void)snprintf(path, sizeof(path), "%s/%s/sysctl-net.mods",
		       getenv("TCPTUNE_KERNELS"), kernel);
	AUTO(close_file) FILE *file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		char *rest = line;
		const char *key = strsep(&rest, "\t");
		const char *mode = strsep(&rest, "\t");
		const char *value = strsep(&rest, "\n");

		assert_non_null(mode);
		if (value && value[0] != '<')
			assert_int_equal(
				evidence_add_sysctl(evidence, key, value, NULL, NULL), 0);
	}
	assert_int_equal(evidence_end_sample(evidence, NULL), 0);
}

/* Is a number of the target below the live one? */
static bool lowers(const struct comparison *row)
{
	const char *live = row->live, *target = row->target;
	char *live_end, *target_end;

	for (;;) {
		long long before = strtoll(live, &live_end, 10);
		long long after = strtoll(target, &target_end, 10);

		if (live_end == live || target_end == target)
			return false;
		if (after < before)
			return true;
		live = live_end;
		target = target_end;
	}
}

struct tally {
	size_t kernels, rows, differing;
};

static void check_row(const char *kernel, const char *profile,
		      const struct comparison *row, struct tally *tally)
{
	const struct sysctl_def *def = sysctl_find(row->wanted->key);

	tally->rows++;
	tally->differing += row->verdict == VERDICT_DIFFERS;
	assert_non_null(def);
	if (row->verdict == VERDICT_CANNOT_COMPUTE)
		fail_msg("%s on %s: %s: %s", profile, kernel, row->wanted->key,
			 row->reason);
	if (row->verdict == VERDICT_DIFFERS && def->better == BETTER_HIGHER &&
	    lowers(row))
		fail_msg("%s on %s lowers %s from %s to %s", profile, kernel,
			 row->wanted->key, row->live, row->target);
}

static void compare(const char *kernel, struct evidence *evidence, const char *name,
		    struct tally *tally)
{
	AUTO(profile_clear) struct profile profile = { 0 };
	AUTO(comparison_list_clear) struct comparison_list list = { 0 };
	struct error err = { 0 };

	if (profile_load_from(no_folders, name, &profile, &err) < 0 ||
	    profile_compare(&profile, evidence, NULL, 0, &list, &err) < 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < list.count; i++)
		check_row(kernel, name, &list.rows[i], tally);
}

static void no_profile_lowers_what_is_better_high(void **state)
{
	AUTO(close_folder) DIR *folder = opendir(getenv("TCPTUNE_KERNELS"));
	AUTO(profile_names_clear) struct profile_names names = { 0 };
	const struct dirent *entry;
	struct tally tally = { 0 };

	(void)state;
	assert_non_null(folder);
	assert_int_equal(profile_names_load_from(no_folders, &names, NULL), 0);
	assert_true(names.count >= 16);
	while ((entry = readdir(folder))) {
		struct evidence evidence;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		load_kernel(entry->d_name, &evidence);
		tally.kernels++;
		for (size_t i = 0; i < names.count; i++)
			compare(entry->d_name, &evidence, names.names[i], &tally);
		evidence_close(&evidence);
	}
	print_message("%zu profiles on %zu kernels: %zu keys, %zu would change\n",
		      names.count, tally.kernels, tally.rows, tally.differing);
	assert_true(tally.kernels >= 10 && tally.differing > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_profile_lowers_what_is_better_high),
	};

	if (!getenv("TCPTUNE_KERNELS")) {
		(void)fprintf(
			stderr,
			"TCPTUNE_KERNELS must name the folder of the unpacked dumps\n");
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
