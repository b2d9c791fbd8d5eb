/*
 * Collect all there is to collect in the network namespace that this process is in, or
 * from folders of dumps, and print the rows of a SELECT as tab-separated values. The live
 * tests compare them with what ss, nstat and sysctl say.
 *
 *   evidence_dump [--quick yes] [--root FOLDER]... [--key KEY]... SELECT
 *   evidence_dump --keys                                    keys and families of the
 * catalog
 */
#include "catalog/sysctl.h"
#include "collect/collect.h"

#include <stdio.h>
#include <string.h>

static int add_needs(struct needs *needs, char **keys, size_t key_count,
		     struct error *err)
{
	int r = 0;

	needs->wants_everything = true;
	for (int table = 0; table < TABLE_COUNT_; table++)
		needs->tables[table] = true;
	for (size_t i = 0; r == 0 && i < sysctl_count(); i++)
		if (!strchr(sysctl_at(i)->name, '*'))
			r = needs_add(needs, sysctl_at(i)->name, err);
	for (size_t i = 0; r == 0 && i < key_count; i++)
		r = needs_add(needs, keys[i], err);
	needs_finish(needs);
	return r;
}

static int collect_one(const char *folder, const struct needs *needs,
		       struct evidence *evidence, struct error *err)
{
	struct kernel kernel = KERNEL_NONE;
	int r = folder ? kernel_open_folder(folder, &kernel, err)
		       : kernel_open(&kernel, err);

	if (r == 0)
		r = collect_sample(&kernel, needs, evidence, err);
	kernel_close(&kernel);
	return r;
}

static int print_rows(struct evidence *evidence, const char *sql, struct error *err)
{
	sqlite3_stmt *statement = NULL;
	int r = evidence_prepare(evidence, sql, &statement, err);

	if (r < 0)
		return r;
	while ((r = evidence_step(evidence, statement, err)) == 1) {
		for (int column = 0; column < sqlite3_column_count(statement); column++) {
			const char *text =
				(const char *)sqlite3_column_text(statement, column);

			printf("%s", column ? "\t" : "");
			for (; text && *text; text++)
				putchar(*text == '\t' || *text == '\n' ? ' ' : *text);
			if (!text)
				printf("NULL");
		}
		putchar('\n');
	}
	sqlite3_finalize(statement);
	return r;
}

static int print_keys(void)
{
	for (size_t i = 0; i < sysctl_count(); i++)
		printf("%s\t%d\t%d\n", sysctl_at(i)->name, sysctl_at(i)->is_secret,
		       sysctl_at(i)->is_write_only);
	return 0;
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	struct needs needs = { 0 };
	struct evidence evidence = { 0 };
	char **roots = calloc((size_t)argc, sizeof(*roots));
	char **keys = calloc((size_t)argc, sizeof(*keys));
	size_t root_count = 0, key_count = 0;
	int r = 0, i = 1;

	if (argc == 2 && strcmp(argv[1], "--keys") == 0)
		return print_keys();
	for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		if (strcmp(argv[i], "--root") == 0)
			roots[root_count++] = argv[i + 1];
		else if (strcmp(argv[i], "--key") == 0)
			keys[key_count++] = argv[i + 1];
		else if (strcmp(argv[i], "--quick") == 0)
			needs.is_quick = true; /* the gauges are collected anyway */
		else
			break;
	}
	if (i + 1 != argc) {
		fprintf(stderr,
			"usage: %s [--quick yes] [--root FOLDER]... [--key KEY]... SELECT\n",
			argv[0]);
		return 2;
	}
	r = add_needs(&needs, keys, key_count, &err);
	if (r == 0)
		r = evidence_open_memory(&evidence, &err);
	if (r == 0 && root_count == 0)
		r = collect_one(NULL, &needs, &evidence, &err);
	for (size_t root = 0; r == 0 && root < root_count; root++)
		r = collect_one(roots[root], &needs, &evidence, &err);
	if (r == 0)
		r = print_rows(&evidence, argv[i], &err);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[0], err.text);
	evidence_close(&evidence);
	needs_clear(&needs);
	free(keys);
	free(roots);
	return r < 0;
}
