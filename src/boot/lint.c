#include "boot/lint_parts.h"

#include <errno.h>

static void state_clear(struct lint_state *state)
{
	free(state->lines);
	free(state->waivers);
	free(state->last);
	name_table_clear(&state->paths);
}

/* Link each line of a group with the one before it for the same path. */
static int link_lines(struct lint_state *state, size_t first)
{
	size_t *last = reallocarray(state->last, state->paths.count + 1, sizeof(*last));

	if (!last)
		return -ENOMEM;
	state->last = last;
	state->last_count = state->paths.count;
	for (size_t i = 0; i < state->last_count; i++)
		last[i] = LINT_NO_LINE;
	for (size_t i = first; i < state->line_count; i++) {
		state->lines[i].before = last[state->lines[i].path];
		last[state->lines[i].path] = i;
	}
	return 0;
}

static int finish_group(struct lint_state *state, size_t first)
{
	int r = link_lines(state, first);

	if (r == 0)
		lint_check_group(state, first);
	return r;
}

/* Is it the file of an earlier number, by another name? */
static bool is_repeated(const struct boot_tree *tree, const size_t *order, size_t index)
{
	const struct boot_file *file = &tree->files[order[index]];

	for (size_t i = 0; i < index; i++) {
		const struct boot_file *other = &tree->files[order[i]];

		if (file->inode && file->inode == other->inode &&
		    file->device == other->device)
			return true;
	}
	return false;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t length = strlen(name), wanted = strlen(suffix);

	return length >= wanted && strcmp(name + length - wanted, suffix) == 0;
}

static bool sets_anything(const struct boot_file *file)
{
	const char *data = text_string(&file->data);
	struct statement_reader reader = { .loader = LOADER_PROCPS,
					   .at = data,
					   .end = data + file->data.length };
	struct statement statement;

	while (statement_next(&reader, &statement)) {
		if (statement.kind == STATEMENT_ASSIGNMENT)
			return true;
	}
	return false;
}

/* A README beside the files, by a pattern of the shell: prose, which no loader reads. */
static bool is_prose(const struct boot_file *file)
{
	return tree_is_put_aside(file) && !sets_anything(file);
}

/* Files that are read together, one after the other. */
static int lint_group(struct lint_state *state, const size_t *order, size_t count,
		      size_t *ret_taken)
{
	const struct boot_tree *tree = state->subject->tree;
	size_t first = state->line_count, group = tree->files[order[0]].group;
	int r = 0;
	size_t i;

	for (i = 0; r == 0 && i < count && tree->files[order[i]].group == group; i++) {
		if (state->subject->is_host ? is_repeated(tree, order, i)
					    : is_prose(&tree->files[order[i]]))
			continue;
		r = lint_read_file(state, order[i]);
	}
	*ret_taken = i;
	return r < 0 ? r : finish_group(state, first);
}

static void say_not_read(struct lint_state *state, size_t index, const char *advice,
			 const char *why, const char *which)
{
	const char *data = text_string(&state->subject->tree->files[index].data);
	struct lint_line line = { .file = index,
				  .line = 1,
				  .bytes = { data, strcspn(data, "\r\n") } };

	lint_say(state, &line, line.bytes, LINT_NOT_READ, LINT_WARNING, advice,
		 "at boot nothing reads this file: %s%s", why, which);
}

/* Is the key set by a line that is read? Those lines are part of the state by now. */
static bool is_set(const struct lint_state *state, struct slice key)
{
	char path[KEY_PATH_SIZE], resolved[KEY_PATH_SIZE];
	int64_t number;

	if (statement_path(LOADER_SYSTEMD, key, path, sizeof(path)) < 0 ||
	    key_path_resolve(path, resolved, sizeof(resolved)) < 0)
		return true;
	number = name_table_find(&state->paths, resolved);
	return number != NAME_NONE && (size_t)number < state->last_count &&
	       state->last[number] != LINT_NO_LINE;
}

/*
 * A file that takes the name of another one replaces it, which is what names are for. It
 * is a slip where a key is lost that way; an empty file and /dev/null are no slips.
 */
static bool loses_key(const struct lint_state *state, size_t index)
{
	const struct boot_file *file = &state->subject->tree->files[index];
	const char *data = text_string(&file->data);
	struct statement_reader reader = { .loader = LOADER_SYSTEMD,
					   .at = data,
					   .end = data + file->data.length };
	struct statement statement;

	if (!sets_anything(&state->subject->tree->files[file->masked_by]))
		return false;
	while (statement_next(&reader, &statement)) {
		if (statement.kind == STATEMENT_ASSIGNMENT &&
		    !is_set(state, statement.key))
			return true;
	}
	return false;
}

/* The file that a file of the host would be, read or not, by either loader. */
static void check_read(struct lint_state *state, size_t index)
{
	const struct boot_tree *tree = state->subject->tree;
	const struct boot_file *file = &tree->files[index];

	if (tree_is_read(tree, file) || !sets_anything(file) || tree_is_put_aside(file))
		return;
	switch (file->fate[tree_main_loader(tree)]) {
	case FATE_READ:
		return;
	case FATE_MASKED:
		if (!loses_key(state, index))
			return;
		say_not_read(state, index, "give it another name, if both are wanted",
			     "its name is taken by ", tree->files[file->masked_by].path);
		return;
	case FATE_NO_CONF:
		say_not_read(state, index, "rename it to end in .conf",
			     "its name does not end in .conf", "");
		return;
	case FATE_HIDDEN:
		say_not_read(state, index, "rename it to begin without a dot",
			     "systemd-sysctl passes over names that begin with a dot",
			     "");
		return;
	case FATE_OUTSIDE:
		say_not_read(
			state, index,
			"move it to /etc/sysctl.d, or link /etc/sysctl.d/99-sysctl.conf to it",
			"systemd-sysctl, which this host runs, reads only sysctl.d folders",
			"");
		return;
	}
}

/* Files outside the order are looked at each for itself. */
static int lint_unread(struct lint_state *state)
{
	const struct boot_tree *tree = state->subject->tree;
	enum loader loader = tree_main_loader(tree);
	int r = 0;

	for (size_t i = 0; r == 0 && i < tree->count; i++) {
		const struct boot_file *file = &tree->files[i];

		if (file->fate[loader] == FATE_READ || tree_is_read_elsewhere(tree, file))
			continue;
		check_read(state, i);
	}
	return r;
}

/* A file that was named: what its own path says of it, on any host. */
static void check_operand(struct lint_state *state, size_t index)
{
	const struct boot_file *file = &state->subject->tree->files[index];
	size_t folder = (size_t)(file->name - file->path);
	static const char wanted[] = "sysctl.d/";
	size_t length = sizeof(wanted) - 1;

	if (folder < length ||
	    strncmp(file->path + folder - length, wanted, length) != 0 ||
	    has_suffix(file->name, ".conf") || tree_is_put_aside(file) ||
	    !sets_anything(file))
		return;
	say_not_read(state, index, "rename it to end in .conf",
		     "its name does not end in .conf", "");
}

static int lint_all(struct lint_state *state)
{
	const struct boot_tree *tree = state->subject->tree;
	enum loader loader = tree_main_loader(tree);
	const size_t *order = tree->order[loader];
	size_t count = tree->order_count[loader];
	int r = 0;

	for (size_t i = 0; r == 0 && i < count;) {
		size_t taken = 0;

		r = lint_group(state, order + i, count - i, &taken);
		i += taken;
	}
	if (r == 0 && state->subject->is_host)
		return lint_unread(state);
	for (size_t i = 0; r == 0 && i < tree->count; i++)
		check_operand(state, i);
	return r;
}

static int compare_messages(const void *a, const void *b)
{
	const struct lint_message *left = a, *right = b;

	if (left->file != right->file)
		return left->file < right->file ? -1 : 1;
	if (left->line != right->line)
		return left->line < right->line ? -1 : 1;
	if (left->column != right->column)
		return left->column < right->column ? -1 : 1;
	return (int)left->id - (int)right->id;
}

int lint_run(const struct lint_subject *subject, struct lint_result *ret,
	     struct error *err)
{
	AUTO(lint_result_clear) struct lint_result result = { 0 };
	AUTO(state_clear)
	struct lint_state state = { .subject = subject, .result = &result };
	int r = lint_all(&state);

	if (r == 0)
		r = lint_apply_waivers(&state);
	if (r == 0 && state.has_failed)
		r = -ENOMEM;
	if (r < 0)
		return error_set(err, r, "cannot look at the files: %s", strerror(-r));
	if (result.count > 0)
		qsort(result.messages, result.count, sizeof(*result.messages),
		      compare_messages);
	*ret = result;
	result = (struct lint_result){ 0 };
	return 0;
}
