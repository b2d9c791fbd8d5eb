/*
 * Part of the build: parse rule files and write them as C, the table of rules/built_in.h.
 *
 *     embed_rules OUTPUT FILE.sql...    files in order of name
 *
 * A broken rule ends the build with file, line and reason.
 */
#include "base/file.h"
#include "rules/condition.h"
#include "rules/rule.h"

#include <errno.h>
#include <fcntl.h>

#define ENDING ".sql"

static void write_string(FILE *out, const char *string)
{
	if (!string) {
		(void)fputs("NULL", out);
		return;
	}
	(void)fputs("(char *)\"", out);
	for (const char *c = string; *c; c++) {
		if (*c == '\n')
			(void)fputs("\\n\"\n\t\t\"", out);
		else if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\' || *c == '?')
			(void)fprintf(out, "\\%03o", (unsigned char)*c);
		else
			(void)fputc(*c, out);
	}
	(void)fputc('"', out);
}

static void write_text(FILE *out, const char *member, const char *string)
{
	(void)fprintf(out, "\t.%s = ", member);
	write_string(out, string);
	(void)fputs(",\n", out);
}

/* Arrays of no entries stay NULL. */
static void write_names(FILE *out, const char *member, const char *count_member,
			char *const *names, size_t count)
{
	if (count == 0)
		return;
	(void)fprintf(out, "\t.%s = %zu,\n\t.%s = (char *[]){\n", count_member, count,
		      member);
	for (size_t i = 0; i < count; i++) {
		(void)fputs("\t\t", out);
		write_string(out, names[i]);
		(void)fputs(",\n", out);
	}
	(void)fputs("\t},\n", out);
}

static void write_thresholds(FILE *out, const struct rule *rule)
{
	if (rule->threshold_count == 0)
		return;
	(void)fprintf(out,
		      "\t.threshold_count = %zu,\n"
		      "\t.thresholds = (struct rule_threshold[]){\n",
		      rule->threshold_count);
	for (size_t i = 0; i < rule->threshold_count; i++) {
		const struct rule_threshold *threshold = &rule->thresholds[i];

		(void)fputs("\t\t{ ", out);
		write_string(out, threshold->name);
		(void)fprintf(out, ", %.17g, ", threshold->value);
		write_string(out, threshold->text);
		(void)fputs(" },\n", out);
	}
	(void)fputs("\t},\n", out);
}

static void write_sets(FILE *out, const struct rule *rule)
{
	if (rule->set_count == 0)
		return;
	(void)fprintf(out, "\t.set_count = %zu,\n\t.sets = (struct rule_set[]){\n",
		      rule->set_count);
	for (size_t i = 0; i < rule->set_count; i++) {
		(void)fputs("\t\t{ ", out);
		write_string(out, rule->sets[i].key);
		(void)fputs(", ", out);
		write_string(out, rule->sets[i].value);
		(void)fprintf(out, ", %u },\n", rule->sets[i].line);
	}
	(void)fputs("\t},\n", out);
}

static void write_causes(FILE *out, const struct rule *rule)
{
	if (rule->cause_count == 0)
		return;
	(void)fprintf(out, "\t.cause_count = %zu,\n\t.causes = (struct rule_cause[]){\n",
		      rule->cause_count);
	for (size_t i = 0; i < rule->cause_count; i++) {
		(void)fputs("\t\t{ ", out);
		write_string(out, rule->causes[i].id);
		(void)fputs(", ", out);
		write_string(out, rule->causes[i].column);
		(void)fputs(" },\n", out);
	}
	(void)fputs("\t},\n", out);
}

static void write_conditions(FILE *out, const struct rule *rule)
{
	struct found_condition found[CONDITION_MOST];
	size_t count = conditions_find(rule, found);

	if (count == 0)
		return;
	(void)fprintf(out,
		      "\t.condition_count = %zu,\n"
		      "\t.conditions = (const struct rule_condition[]){\n",
		      count);
	for (size_t i = 0; i < count; i++) {
		const struct rule_condition *condition = &found[i].condition;

		(void)fprintf(out, "\t\t{ %d, %d, %d, %.17g, ", (int)condition->reader,
			      (int)condition->test, condition->threshold,
			      condition->number);
		write_string(out, condition->name);
		(void)fputs(" },\n", out);
	}
	(void)fputs("\t},\n", out);
}

static void write_rule(FILE *out, const struct rule *rule)
{
	(void)fputs("{\n\t.is_built_in = true,\n", out);
	write_text(out, "id", rule->id);
	write_text(out, "file", rule->file);
	(void)fprintf(out,
		      "\t.severity = %d,\n\t.remedy = %d,\n"
		      "\t.judges = %d,\n\t.confidence = %d,\n",
		      (int)rule->severity, (int)rule->remedy, (int)rule->judges,
		      (int)rule->confidence);
	write_text(out, "subject", rule->subject);
	write_text(out, "says", rule->says);
	write_text(out, "advice", rule->advice);
	write_text(out, "source", rule->source);
	write_names(out, "needs", "need_count", rule->needs, rule->need_count);
	write_names(out, "uses", "use_count", rule->uses, rule->use_count);
	write_thresholds(out, rule);
	write_sets(out, rule);
	write_causes(out, rule);
	write_conditions(out, rule);
	write_text(out, "sql", rule->sql);
	(void)fprintf(out, "\t.sql_line = %u,\n},\n", rule->sql_line);
}

/* "folder/accept-queue.sql" -> "accept-queue" */
static int read_id(const char *path, char *ret, size_t size)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t length = strlen(name);

	if (length <= strlen(ENDING) || length >= size ||
	    strcmp(name + length - strlen(ENDING), ENDING) != 0)
		return -EINVAL;
	length -= strlen(ENDING);
	memcpy(ret, name, length);
	ret[length] = '\0';
	return 0;
}

/* file: as messages of the finished program name it */
static int write_file(FILE *out, const char *path, const char *id, struct error *err)
{
	AUTO(text_clear) struct text data = { 0 };
	AUTO(rule_clear) struct rule rule = { 0 };
	char file[256];
	int r = file_read(AT_FDCWD, path, RULE_MOST_BYTES, &data);

	if (r < 0)
		return error_set(err, r, "%s: %s", path, strerror(-r));
	(void)snprintf(file, sizeof(file), "built-in/%s" ENDING, id);
	r = rule_parse(id, file, text_string(&data), data.length, &rule, err);
	if (r == 0)
		write_rule(out, &rule);
	return r;
}

static int write_rules(FILE *out, char *const *paths, int count, struct error *err)
{
	char id[128], before[128] = "";

	(void)fputs("#include \"rules/built_in.h\"\n"
		    "#include \"rules/condition.h\"\n\n"
		    "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
		    "const struct rule built_in_rules[] = {\n",
		    out);
	for (int i = 0; i < count; i++) {
		int r = read_id(paths[i], id, sizeof(id));

		if (r < 0 || strcmp(id, before) <= 0)
			return error_set(err, -EINVAL,
					 "'%s' is no rule file, or not in order of name",
					 paths[i]);
		r = write_file(out, paths[i], id, err);
		if (r < 0)
			return r;
		(void)snprintf(before, sizeof(before), "%s", id);
	}
	(void)fprintf(out, "};\nconst size_t built_in_rule_count = %d;\n", count);
	return 0;
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	FILE *out = argc > 1 ? fopen(argv[1], "w") : NULL;
	int r;

	if (!out)
		return 1;
	r = write_rules(out, argv + 2, argc - 2, &err);
	if (r < 0)
		(void)fprintf(stderr, "%s\n", err.text);
	if (fclose(out) != 0 || r < 0) {
		(void)unlink(argv[1]);
		return 1;
	}
	return 0;
}
