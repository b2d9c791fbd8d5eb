/*
 * What the sources see, for tests: collect everything, or what is named, and answer SQL
 * with JSON, one line a statement.
 *
 *     evidence_query [-r FOLDER] [-n NETNS] [-w] [-s NEED]... SQL...
 *
 * -s: collect this only; may be repeated. -w: two samples; the second is taken when a
 * line comes on standard input, after "ready" was written.
 */
#include "collect/collect.h"

#include <unistd.h>

struct request {
	const char *folder, *netns;
	bool has_window;
	struct needs needs;
};

static int fail(const struct error *err)
{
	(void)fprintf(stderr, "evidence_query: %s\n", err->text);
	return 2;
}

static void print_value(struct evidence *evidence, sqlite3_value *value)
{
	AUTO(database_finalize) sqlite3_stmt *quote = NULL;
	struct error err = { 0 };

	if (database_prepare(evidence->db, "SELECT json_quote(?)", &quote, &err) < 0)
		exit(fail(&err));
	sqlite3_bind_value(quote, 1, value);
	if (sqlite3_step(quote) == SQLITE_ROW)
		(void)fputs((const char *)sqlite3_column_text(quote, 0), stdout);
}

static int answer(struct evidence *evidence, const char *sql)
{
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	struct error err = { 0 };
	const char *separator = "";

	if (database_prepare(evidence->db, sql, &statement, &err) < 0)
		return fail(&err);
	(void)putchar('[');
	for (; sqlite3_step(statement) == SQLITE_ROW; separator = ", ") {
		(void)printf("%s{", separator);
		for (int i = 0; i < sqlite3_column_count(statement); i++) {
			(void)printf("%s\"%s\": ", i ? ", " : "",
				     sqlite3_column_name(statement, i));
			print_value(evidence, sqlite3_column_value(statement, i));
		}
		(void)putchar('}');
	}
	(void)puts("]");
	return 0;
}

static int take_samples(const struct request *request, const struct kernel *kernel,
			struct evidence *evidence, struct error *err)
{
	char line[16];
	int code = collect_sample(kernel, &request->needs, evidence, err);

	if (code < 0 || !request->has_window)
		return code;
	(void)puts("ready");
	(void)fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return error_set(err, -1, "nothing on standard input");
	return collect_sample(kernel, &request->needs, evidence, err);
}

static int read_options(int count, char **words, struct request *request,
			struct error *err)
{
	bool is_named = false;
	int option;

	while ((option = getopt(count, words, "r:n:ws:")) != -1) {
		if (option == 'r')
			request->folder = optarg;
		else if (option == 'n')
			request->netns = optarg;
		else if (option == 'w')
			request->has_window = true;
		else if (option != 's')
			return error_set(err, -1, "bad option");
		else if (needs_add(&request->needs, optarg, err) < 0)
			return -1;
		is_named = is_named || option == 's';
	}
	request->needs.wants_everything = !is_named;
	needs_finish(&request->needs);
	return 0;
}

static int open_kernel(const struct request *request, struct kernel *kernel,
		       struct error *err)
{
	if (request->folder)
		return kernel_open_folder(request->folder, kernel, err);
	if (request->netns && kernel_enter_netns(request->netns, err) < 0)
		return -1;
	return kernel_open(kernel, err);
}

int main(int count, char **words)
{
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;
	AUTO(evidence_close) struct evidence evidence = { 0 };
	AUTO(needs_clear) struct needs needs = { 0 };
	struct request request = { .needs = needs };
	struct error err = { 0 };
	int status = 0;

	if (read_options(count, words, &request, &err) < 0)
		return fail(&err);
	needs = request.needs;
	if (open_kernel(&request, &kernel, &err) < 0 ||
	    evidence_open_memory(&evidence, &err) < 0 ||
	    take_samples(&request, &kernel, &evidence, &err) < 0)
		return fail(&err);
	for (int i = optind; i < count && status == 0; i++)
		status = answer(&evidence, words[i]);
	return status;
}
