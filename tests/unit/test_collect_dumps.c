/*
 * Sources on the files of real kernels: TCPTUNE_KERNELS names the folder that
 * tests/fixtures/kernels.tar.xz unpacks to. What the files hold is counted here once
 * more, by other means.
 */
#include "collect/collect.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { KERNEL_COUNT = 15 };

/* One kernel: its files as they are, and what the sources made of them. */
struct dump {
	char path[4096];
	struct evidence evidence;
};

static void dump_clear(struct dump *dump)
{
	evidence_close(&dump->evidence);
}

static void collect_from(struct dump *dump)
{
	static const char *const names[] = { "softnet",
					     "softnet.processed",
					     "softnet.backlog_len",
					     "softnet.input_qlen",
					     "link",
					     "protocols.TCP.memory",
					     "protocols.TCP.pressure" };
	AUTO(needs_clear) struct needs needs = { 0 };
	struct kernel kernel = KERNEL_NONE;
	struct error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(needs_add(&needs, names[i], NULL), 0);
	needs_finish(&needs);
	kernel.net = open(dump->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	kernel.page_bytes = 4096;
	assert_true(kernel.net >= 0);
	assert_int_equal(evidence_open_memory(&dump->evidence, &err), 0);
	if (collect_sample(&kernel, &needs, &dump->evidence, &err) < 0)
		fail_msg("%s", err.text);
	close(kernel.net);
}

static int64_t number(struct dump *dump, const char *sql)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;

	assert_int_equal(database_prepare(dump->evidence.db, sql, &statement, NULL), 0);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	return sqlite3_column_type(statement, 0) == SQLITE_NULL
		       ? -1
		       : sqlite3_column_int64(statement, 0);
}

static FILE *open_file(const struct dump *dump, const char *name)
{
	char path[4400];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", dump->path, name);
	file = fopen(path, "re");
	assert_non_null(file);
	return file;
}

/* Run a check on each kernel; there are 15. */
static void for_each_kernel(void (*check)(struct dump *dump))
{
	const char *folder = getenv("TCPTUNE_KERNELS");
	DIR *listing = folder ? opendir(folder) : NULL;
	struct dirent *entry;
	int count = 0;

	assert_non_null(listing);
	while ((entry = readdir(listing))) {
		AUTO(dump_clear) struct dump dump = { 0 };

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(dump.path, sizeof(dump.path), "%s/%s/proc-net", folder,
			       entry->d_name);
		collect_from(&dump);
		check(&dump);
		count++;
	}
	closedir(listing);
	assert_int_equal(count, KERNEL_COUNT);
}

static void check_softnet(struct dump *dump)
{
	FILE *file = open_file(dump, "softnet_stat");
	unsigned processed, columns = 0;
	char line[512];
	int64_t sum = 0, lines = 0;

	for (; fgets(line, sizeof(line), file); lines++) {
		assert_int_equal(sscanf(line, "%x", &processed), 1);
		sum += processed;
		columns = (unsigned)(strlen(line) / strlen("00000000 "));
	}
	(void)fclose(file);
	assert_true(lines > 0);
	assert_true(columns == 13 || columns == 15);
	assert_int_equal(number(dump, "SELECT count(*) FROM softnet"), lines);
	assert_int_equal(number(dump, "SELECT counter('softnet.processed')"), sum);
	assert_true(number(dump, "SELECT counter('softnet.backlog_len')") >= 0);
	assert_int_equal(number(dump, "SELECT counter('softnet.input_qlen') IS NOT NULL"),
			 columns == 15);
	assert_int_equal(number(dump, "SELECT count(*) FROM source WHERE name = "
				      "'softnet_stat' AND state = 'ok'"),
			 1);
}

static void softnet_has_a_row_for_each_cpu(void **state)
{
	(void)state;
	for_each_kernel(check_softnet);
}

static void check_dev(struct dump *dump)
{
	FILE *file = open_file(dump, "dev");
	long long bytes, packets, sum = 0;
	int64_t lines = 0;
	char line[512];

	while (fgets(line, sizeof(line), file)) {
		const char *colon = strchr(line, ':');

		if (!colon)
			continue;
		assert_int_equal(sscanf(colon + 1, "%lld %lld", &bytes, &packets), 2);
		sum += bytes + packets;
		lines++;
	}
	(void)fclose(file);
	assert_true(lines > 0);
	assert_int_equal(number(dump, "SELECT count(*) FROM link"), lines);
	assert_int_equal(number(dump, "SELECT sum(rx_bytes + rx_packets) FROM link"),
			 sum);
	assert_int_equal(number(dump, "SELECT count(*) FROM link WHERE name = 'lo'"), 1);
}

static void interfaces_are_those_of_the_file(void **state)
{
	(void)state;
	for_each_kernel(check_dev);
}

static void check_protocols(struct dump *dump)
{
	FILE *file = open_file(dump, "protocols");
	long long memory = -1;
	char line[512], pressure[8] = "";

	while (fgets(line, sizeof(line), file))
		(void)sscanf(line, "TCP %*d %*d %lld %7s", &memory, pressure);
	(void)fclose(file);
	assert_true(memory >= 0);
	assert_string_equal(pressure, "no");
	assert_int_equal(number(dump, "SELECT counter('protocols.TCP.memory')"), memory);
	assert_int_equal(number(dump, "SELECT counter('protocols.TCP.pressure')"), 0);
}

static void memory_is_that_of_tcp(void **state)
{
	(void)state;
	for_each_kernel(check_protocols);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(softnet_has_a_row_for_each_cpu),
		cmocka_unit_test(interfaces_are_those_of_the_file),
		cmocka_unit_test(memory_is_that_of_tcp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
