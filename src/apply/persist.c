#include "apply/persist.h"

#include "apply/signals.h"
#include "base/file.h"
#include "base/file_write.h"

#include <errno.h>
#include <fcntl.h>

enum { FILE_LIMIT = 16 * 1024 * 1024 };

/* Our files. The name sorts behind those of vendors, before what an administrator calls
 * 99-something. */
static const struct {
	const char *folder, *name, *path;
	int (*build)(const struct record_list *list, struct text *ret);
} files[PERSIST_FILE_COUNT] = {
	{ "/etc/sysctl.d", "98-tcptune.conf", PERSIST_SYSCTL_PATH, persist_add_sysctls },
	{ "/etc/modules-load.d", "tcptune.conf", PERSIST_MODULES_PATH,
	  persist_add_modules },
};

/*
 * One file under way. folder: -1 where there is none. live: what it holds; NULL: nothing.
 * known: of the journal; known.next is what it shall hold
 */
struct target {
	size_t index;
	int folder;
	char *live;
	struct journal_file known;
};

static void target_clear(struct target *target)
{
	release_close(&target->folder);
	free(target->live);
	journal_file_clear(&target->known);
	*target = (struct target){ .folder = -1 };
}

static void targets_clear(struct target (*targets)[PERSIST_FILE_COUNT])
{
	for (size_t i = 0; i < PERSIST_FILE_COUNT; i++)
		target_clear(&(*targets)[i]);
}

#define TARGETS_NONE                                                                     \
	{                                                                                \
		{ .index = 0, .folder = -1 },                                            \
		{                                                                        \
			.index = 1, .folder = -1                                         \
		}                                                                        \
	}

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* --- looking ---------------------------------------------------------------------- */

static int fail(struct error *err, int code, const char *what,
		const struct target *target)
{
	return error_set(err, code, "cannot %s '%s': %s", what,
			 files[target->index].path, strerror(-code));
}

static int read_live(struct target *target, struct error *err)
{
	AUTO(text_clear) struct text text = { 0 };
	const char *folder = files[target->index].folder;
	int r;

	target->folder = open(folder, O_RDONLY | O_DIRECTORY | FILE_OPEN_FLAGS);
	if (target->folder < 0 && errno == ENOENT)
		return 0;
	if (target->folder < 0)
		return fail(err, -errno, "look for", target);
	r = file_read(target->folder, files[target->index].name, FILE_LIMIT, &text);
	if (r == -ENOENT)
		return 0;
	if (r == 0 && strlen(text_string(&text)) != text.length)
		r = -EINVAL; /* with a NUL it is none of ours */
	if (r < 0)
		return fail(err, r == -EINVAL ? -ESTALE : r, "read", target);
	target->live = strdup(text_string(&text));
	return target->live ? 0 : error_set(err, -ENOMEM, "out of memory");
}

static int load(struct journal *journal, struct target *target, struct error *err)
{
	int r = journal_load_file(journal, files[target->index].path, &target->known,
				  err);

	return r < 0 ? r : read_live(target, err);
}

static int load_all(struct journal *journal,
		    struct target (*targets)[PERSIST_FILE_COUNT], struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < PERSIST_FILE_COUNT; i++)
		r = load(journal, &(*targets)[i], err);
	return r;
}

static enum persist_state state_of(const struct target *target)
{
	if (target->known.is_writing)
		return PERSIST_CUT_OFF;
	if (is_same(target->live, target->known.data))
		return target->live ? PERSIST_RIGHT : PERSIST_NONE;
	return target->live ? PERSIST_EDITED : PERSIST_REMOVED;
}

/* Only what we wrote is ours to change. With `next` it may also be right already. */
static int check(const struct target *target, bool has_next, struct error *err)
{
	const char *path = files[target->index].path;

	if (has_next && is_same(target->live, target->known.next))
		return 0;
	switch (state_of(target)) {
	case PERSIST_EDITED:
		return error_set(err, -ESTALE,
				 target->known.data
					 ? "'%s' was changed by someone else: it stays"
					 : "'%s' is not of this tcptune: it stays",
				 path);
	case PERSIST_REMOVED:
		return error_set(err, -ESTALE, "'%s' was removed by someone else", path);
	case PERSIST_CUT_OFF:
		return error_set(err, -ESTALE,
				 "the writing of '%s' was cut off and cannot be completed",
				 path);
	case PERSIST_NONE:
	case PERSIST_RIGHT:
	case PERSIST_UNKNOWN:
		break;
	}
	return 0;
}

int persist_probe(struct journal *journal, struct error *err)
{
	AUTO(targets_clear) struct target targets[PERSIST_FILE_COUNT] = TARGETS_NONE;
	int r = load_all(journal, &targets, err);

	for (size_t i = 0; r == 0 && i < PERSIST_FILE_COUNT; i++) {
		r = check(&targets[i], false, err);
		if (r == 0 && i == 0 && targets[i].folder < 0)
			r = fail(err, -ENOENT, "make", &targets[i]);
		else if (r == 0 && i == 0 &&
			 faccessat(targets[i].folder, ".", W_OK, AT_EACCESS) < 0)
			r = fail(err, -errno, "write", &targets[i]);
	}
	return r;
}

int persist_look(struct journal *journal, struct persist_file *ret, struct error *err)
{
	for (size_t i = 0; i < PERSIST_FILE_COUNT; i++) {
		AUTO(target_clear) struct target target = { .index = i, .folder = -1 };
		int r = journal_load_file(journal, files[i].path, &target.known, err);

		if (r < 0)
			return r;
		ret[i].path = files[i].path;
		ret[i].state = read_live(&target, NULL) < 0 ? PERSIST_UNKNOWN
							    : state_of(&target);
	}
	return 0;
}

const char *persist_state_text(enum persist_state state)
{
	static const char *const texts[] = {
		[PERSIST_NONE] = "none",
		[PERSIST_RIGHT] = "as written",
		[PERSIST_EDITED] = "edited",
		[PERSIST_REMOVED] = "removed",
		[PERSIST_CUT_OFF] = "cut off",
		[PERSIST_UNKNOWN] = "cannot be read",
	};

	_Static_assert(ARRAY_SIZE(texts) == PERSIST_UNKNOWN + 1, "a text for each state");
	return texts[state];
}

/* --- writing ---------------------------------------------------------------------- */

/* Bring a file to some bytes, NULL is none. */
static int put(struct target *target, const char *data)
{
	const char *name = files[target->index].name;
	int r;

	if (target->folder < 0)
		return data ? -ENOENT : 0;
	if (is_same(target->live, data))
		return file_remove_leftover(target->folder, name);
	r = data ? file_replace(target->folder, name, data, strlen(data), 0644)
		 : file_remove(target->folder, name);
	return r;
}

/* As they were, after one of them failed; without memory or the journal. */
static bool put_back(struct target (*targets)[PERSIST_FILE_COUNT], size_t count)
{
	bool is_back = true;

	for (size_t i = 0; i < count; i++) {
		struct target *target = &(*targets)[i];
		const char *name = files[target->index].name;

		if (target->folder < 0 || is_same(target->live, target->known.next))
			continue;
		is_back &= (target->live ? file_replace(target->folder, name,
							target->live,
							strlen(target->live), 0644)
					 : file_remove(target->folder, name)) == 0;
	}
	return is_back;
}

static int put_files(struct target (*targets)[PERSIST_FILE_COUNT], struct error *err)
{
	for (size_t i = 0; i < PERSIST_FILE_COUNT; i++) {
		struct target *target = &(*targets)[i];
		int r = put(target, target->known.next);

		if (r == 0)
			continue;
		r = fail(err, r, target->known.next ? "write" : "remove", target);
		if (!put_back(targets, i + 1))
			error_prefix(
				err,
				"what was written before it cannot be put back either");
		return r;
	}
	return 0;
}

/* One step of the journal: the record and both files. */
static int put_journal(struct journal *journal, const struct record *record,
		       struct target (*targets)[PERSIST_FILE_COUNT], struct error *err)
{
	int r = journal_begin(journal, err);

	if (r == 0 && record)
		r = journal_put_state(journal, record, err);
	for (size_t i = 0; r == 0 && i < PERSIST_FILE_COUNT; i++)
		r = journal_put_file(journal, files[i].path, &(*targets)[i].known, err);
	if (r == 0)
		r = journal_commit(journal, err);
	journal_abandon(journal);
	return r;
}

/* The writing is over: the file holds what was to come, or what was. */
static void end_writing(struct target (*targets)[PERSIST_FILE_COUNT], bool is_done)
{
	for (size_t i = 0; i < PERSIST_FILE_COUNT; i++) {
		struct journal_file *known = &(*targets)[i].known;

		if (is_done) {
			free(known->data);
			known->data = known->next;
		} else {
			free(known->next);
		}
		known->next = NULL;
		known->is_writing = false;
	}
}

static int build_next(const struct record_list *list,
		      struct target (*targets)[PERSIST_FILE_COUNT], struct error *err)
{
	for (size_t i = 0; i < PERSIST_FILE_COUNT; i++) {
		AUTO(text_clear) struct text text = { 0 };
		struct target *target = &(*targets)[i];

		if (files[i].build(list, &text) < 0 ||
		    record_set_text(&target->known.next,
				    text.length ? text_string(&text) : NULL) < 0)
			return error_set(err, -ENOMEM, "out of memory");
	}
	return 0;
}

/* From here on the journal knows what is there, even where that is someone else's. */
static int begin_writing(struct target (*targets)[PERSIST_FILE_COUNT], bool force,
			 struct error *err)
{
	for (size_t i = 0; i < PERSIST_FILE_COUNT; i++) {
		struct target *target = &(*targets)[i];
		int r = force ? 0 : check(target, true, err);

		if (r < 0)
			return r;
		if (record_set_text(&target->known.data, target->live) < 0)
			return error_set(err, -ENOMEM, "out of memory");
		target->known.is_writing = true;
	}
	return 0;
}

/* was_persistent: what the record is again when it fails */
static int write_files(struct journal *journal, struct record *record,
		       bool was_persistent, struct target (*targets)[PERSIST_FILE_COUNT],
		       struct error *err)
{
	int r = put_journal(journal, record, targets, err);

	if (r < 0)
		return r;
	r = put_files(targets, err);
	end_writing(targets, r == 0);
	if (r < 0)
		record->is_persistent = was_persistent;
	if (put_journal(journal, record, targets, r < 0 ? NULL : err) == 0)
		return r;
	error_prefix(err, r < 0 ? "the journal cannot be written either"
				: "the files are written, only the journal cannot be");
	return r < 0 ? r : -EINPROGRESS;
}

static int write_undisturbed(struct journal *journal, struct record *record,
			     bool was_persistent,
			     struct target (*targets)[PERSIST_FILE_COUNT],
			     struct error *err)
{
	sigset_t before;
	int r = signals_hold(&before, err), back;

	if (r < 0)
		return r;
	r = write_files(journal, record, was_persistent, targets, err);
	back = signals_release(&before, r < 0 ? NULL : err);
	return r < 0 ? r : back;
}

int persist_set(struct journal *journal, const struct record_list *list,
		struct record *record, bool is_persistent, bool force, struct error *err)
{
	AUTO(targets_clear) struct target targets[PERSIST_FILE_COUNT] = TARGETS_NONE;
	bool before = record->is_persistent;
	int r = load_all(journal, &targets, err);

	record->is_persistent = is_persistent;
	if (r == 0)
		r = build_next(list, &targets, err);
	if (r == 0)
		r = begin_writing(&targets, force, err);
	if (r == 0)
		r = write_undisturbed(journal, record, before, &targets, err);
	if (r < 0 && r != -EINPROGRESS)
		record->is_persistent = before;
	return r;
}

/* --- after a cut ------------------------------------------------------------------ */

/* What is neither the one nor the other is someone else's, and is told as edited. */
static int complete(struct target *target, struct error *err)
{
	const struct journal_file *known = &target->known;
	int r = 0;

	if (target->folder >= 0)
		r = file_remove_leftover(target->folder, files[target->index].name);
	if (r == 0 && is_same(target->live, known->data))
		r = put(target, known->next);
	return r < 0 ? fail(err, r, "complete", target) : 0;
}

int persist_settle(struct journal *journal, struct error *err)
{
	AUTO(targets_clear) struct target targets[PERSIST_FILE_COUNT] = TARGETS_NONE;
	bool was_cut_off = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < PERSIST_FILE_COUNT; i++) {
		r = journal_load_file(journal, files[i].path, &targets[i].known, err);
		was_cut_off |= targets[i].known.is_writing;
	}
	if (r < 0 || !was_cut_off)
		return r;
	for (size_t i = 0; r == 0 && i < PERSIST_FILE_COUNT; i++) {
		r = read_live(&targets[i], err);
		if (r == 0)
			r = complete(&targets[i], err);
	}
	if (r < 0)
		return r;
	end_writing(&targets, true);
	return put_journal(journal, NULL, &targets, err);
}
