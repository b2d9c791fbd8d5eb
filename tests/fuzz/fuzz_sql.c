/* SQL from outside behind the guard: it never writes, never runs long, never crashes. */
#include "fuzz_support.h"

#include <errno.h>
#include <time.h>

enum { MOST_ROWS = 10000, MOST_SECONDS = 15 /* with sanitizers, on a busy machine */ };

static void fill(struct evidence *evidence)
{
	const struct sample sample = { .uptime = 10, .page_bytes = 4096 };

	ALWAYS(evidence_begin_sample(evidence, &sample, NULL) == 0);
	ALWAYS(evidence_add_sysctl(evidence, "net.ipv4.ip_local_port_range",
				   "32768\t60999", NULL, NULL) == 0);
	ALWAYS(evidence_add_sysctl(evidence, "net.ipv4.tcp_fastopen_key", "0-1-2-3", NULL,
				   NULL) == 0);
	ALWAYS(evidence_add_counter(evidence, "TcpExt.ListenOverflows", 22, 5, NULL) ==
	       0);
	ALWAYS(evidence_end_sample(evidence, NULL) == 0);
}

static double seconds(void)
{
	struct timespec now;

	ALWAYS(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run(struct evidence *evidence, const char *sql)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	struct error err = { 0 };
	int code = evidence_prepare(evidence, sql, &statement, &err);

	ALWAYS((code == 0) == (err.text[0] == '\0'));
	ALWAYS((code == 0) == (statement != NULL));
	for (int row = 0; code == 0 && row < MOST_ROWS; row++) {
		code = evidence_step(evidence, statement, &err);
		if (code <= 0)
			break;
		code = 0;
	}
	ALWAYS((code < 0) == (err.text[0] != '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int64_t objects;
	struct evidence *evidence = fuzz_evidence();
	auto_free char *sql = fuzz_string(data, size);
	double start;
	int64_t changes;

	if (!objects)
		objects = fuzz_number(evidence, "SELECT count(*) FROM sqlite_schema");
	fill(evidence);
	changes = sqlite3_total_changes64(evidence->db);
	start = seconds();
	run(evidence, sql);
	ALWAYS(seconds() - start < MOST_SECONDS);
	ALWAYS(sqlite3_total_changes64(evidence->db) == changes);
	ALWAYS(fuzz_number(evidence, "SELECT count(*) FROM sqlite_schema") == objects);
	ALWAYS(fuzz_number(evidence, "SELECT count(*) FROM pragma_database_list") == 1);
	ALWAYS(fuzz_number(evidence, "SELECT (SELECT count(*) FROM sysctl) = 2 AND "
				     "(SELECT count(*) FROM counter) = 1") == 1);
	ALWAYS(sqlite3_get_autocommit(evidence->db));
	return 0;
}
