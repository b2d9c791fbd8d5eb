/* Sysctl files: as each loader reads them, and lint over them. */
#include "fuzz_support.h"

#include "boot/kernel_value.h"
#include "boot/key_path.h"
#include "boot/lint.h"
#include "boot/simulation.h"

/* Keys and values lie within the bytes, lines count up, and no statement is endless. */
static void check_statements(enum loader loader, const char *data, size_t size)
{
	struct statement_reader reader = { .loader = loader,
					   .at = data,
					   .end = data + size };
	struct statement statement;
	unsigned last = 0;

	while (statement_next(&reader, &statement)) {
		char path[KEY_PATH_SIZE], resolved[KEY_PATH_SIZE], again[KEY_PATH_SIZE];

		ALWAYS(statement.line >= last);
		last = statement.line;
		ALWAYS(statement.key.at >= data &&
		       statement.key.at + statement.key.length <= data + size);
		if (statement.kind == STATEMENT_ASSIGNMENT)
			ALWAYS(statement.value.at + statement.value.length <=
			       data + size);
		ALWAYS(!memchr(statement.key.at, '\n', statement.key.length));
		if (statement_path(loader, statement.key, path, sizeof(path)) < 0 ||
		    key_path_resolve(path, resolved, sizeof(resolved)) < 0)
			continue;
		ALWAYS(resolved[0] != '/' && !strstr(resolved, "//"));
		ALWAYS(key_path_resolve(resolved, again, sizeof(again)) == 0);
		ALWAYS(strcmp(again, resolved) == 0);
	}
	ALWAYS(reader.cut_line || reader.at == reader.end);
}

/* What the kernel holds is in one form: written again, it is the same. */
static void check_value(const char *data, size_t size)
{
	static const char *const keys[] = { "net.ipv4.tcp_rmem", "net.ipv4.tcp_sack",
					    "net.ipv4.ip_local_reserved_ports",
					    "net.ipv4.tcp_congestion_control" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		AUTO(text_clear) struct text first = { 0 };
		AUTO(text_clear) struct text second = { 0 };
		const struct sysctl_def *def = sysctl_find(keys[i]);
		const char *reason;

		if (kernel_value_write(def, KERNEL(6, 18), (struct slice){ data, size },
				       NULL, &first, &reason) != KERNEL_TAKES)
			continue;
		ALWAYS(kernel_value_write(
			       def, KERNEL(6, 18),
			       (struct slice){ text_string(&first), first.length }, NULL,
			       &second, &reason) == KERNEL_TAKES);
		ALWAYS(strcmp(text_string(&first), text_string(&second)) == 0);
	}
}

static void check_lint(const struct boot_tree *tree)
{
	const struct lint_subject subject = {
		.tree = tree, .sys = -1, .release = KERNEL(6, 18), .release_text = "6.18"
	};
	AUTO(lint_result_clear) struct lint_result result = { 0 };

	ALWAYS(lint_run(&subject, &result, NULL) == 0);
	for (size_t i = 0; i < result.count; i++) {
		const struct lint_message *message = &result.messages[i];

		ALWAYS(message->text && message->text[0] && message->line > 0);
		ALWAYS(message->column > 0 && message->end_column >= message->column);
		ALWAYS(message->severity <= LINT_ERROR && message->id < LINT_ID_COUNT);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *path = NULL;
	AUTO(tree_clear) struct boot_tree tree = BOOT_TREE_NONE;

	for (enum loader i = 0; i < LOADER_COUNT; i++)
		check_statements(i, (const char *)data, size);
	check_value((const char *)data, size);
	fuzz_put("proc/lint.conf", data, size);
	ALWAYS(asprintf(&path, "%s/proc/lint.conf", fuzz_folder()) > 0);
	ALWAYS(tree_load_operands(&path, 1, &tree, NULL) == 0);
	check_lint(&tree);
	for (enum loader i = 0; i < LOADER_COUNT; i++) {
		AUTO(simulation_clear) struct simulation simulation = { 0 };

		ALWAYS(simulation_run(&tree, i, -1, &simulation, NULL) == 0);
		for (size_t k = 0; k < simulation.write_count; k++)
			ALWAYS(simulation.writes[k].claim < simulation.claim_count);
	}
	return 0;
}
