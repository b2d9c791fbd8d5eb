#include "boot/setting.h"

#include <errno.h>

/* One build under way. */
struct build {
	const struct boot_host *host;
	const struct boot_outcome *outcome;
	struct boot_settings settings;
	struct name_table unread; /* paths that only files set which are not read */
};

const char *setting_state_text(enum setting_state state)
{
	static const char *const texts[] = {
		[SETTING_SET] = "set",
		[SETTING_UNKNOWN] = "unknown",
		[SETTING_LATE] = "late",
		[SETTING_NOT_READ] = "not-read",
	};

	_Static_assert(ARRAY_SIZE(texts) == SETTING_NOT_READ + 1, "a text for each");
	return texts[state];
}

static const char *owner_of(const struct build *build, const char *path)
{
	for (size_t i = 0; build->host->owners && i < build->host->owners->count; i++) {
		const struct boot_owner *owner = &build->host->owners->owners[i];

		if (owner->order == OWNER_AFTER && strcmp(owner->path, path) == 0)
			return owner->owner;
	}
	return NULL;
}

static int copy(const char *text, char **ret)
{
	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? -ENOMEM : 0;
}

/* Fills in an own copy of key, value and live. */
static int add_setting(struct build *build, const struct boot_setting *setting,
		       const char *key, const char *value, const char *live)
{
	struct boot_settings *list = &build->settings;
	struct boot_setting *added;

	if ((list->count & (list->count - 1)) == 0) {
		size_t capacity = list->count ? list->count * 2 : 1;
		struct boot_setting *grown =
			reallocarray(list->settings, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		list->settings = grown;
	}
	added = &list->settings[list->count++];
	*added = *setting;
	added->key = added->value = added->live = NULL;
	if (copy(key, &added->key) < 0 || copy(value, &added->value) < 0)
		return -ENOMEM;
	return copy(live, &added->live);
}

static enum setting_state state_of(const struct boot_value *value)
{
	if (value->is_late)
		return SETTING_LATE;
	return value->is_unknown ? SETTING_UNKNOWN : SETTING_SET;
}

static int add_outcome(struct build *build, const struct boot_key *key)
{
	enum loader loader = tree_main_loader(build->host->tree);
	const struct boot_value *value = &key->values[loader];
	const struct boot_claim *claim;
	struct boot_setting setting;

	if (!value->is_set)
		return 0;
	claim = &build->outcome->simulations[loader].claims[value->claim];
	setting = (struct boot_setting){
		.state = state_of(value),
		.file = build->host->tree->files[claim->file].path,
		.line = claim->line,
		.reason = value->reason,
		.module = value->is_late ? key->def->module : NULL,
		.owner = owner_of(build, key->path),
	};
	return add_setting(build, &setting, key->key, value->value, key->live);
}

/* --- files that are not read ----------------------------------------------------------
 */

static const char *why_not_read(const struct boot_tree *tree,
				const struct boot_file *file)
{
	switch (file->fate[tree_main_loader(tree)]) {
	case FATE_READ:
	case FATE_MASKED: /* who gives a file the name of another wants that */
		return NULL;
	case FATE_NO_CONF:
		return "its name does not end in .conf";
	case FATE_HIDDEN:
		return "its name begins with a dot";
	case FATE_OUTSIDE:
		return "systemd-sysctl reads only folders named sysctl.d";
	}
	return NULL;
}

static bool is_set_elsewhere(const struct build *build, const char *path)
{
	enum loader loader = tree_main_loader(build->host->tree);

	for (size_t i = 0; i < build->outcome->key_count; i++) {
		if (strcmp(build->outcome->keys[i].path, path) == 0)
			return build->outcome->keys[i].values[loader].is_set;
	}
	return false;
}

static int add_unread_line(struct build *build, const struct boot_file *file,
			   const struct statement *statement, const char *reason)
{
	char path[KEY_PATH_SIZE], resolved[KEY_PATH_SIZE], key[KEY_PATH_SIZE];
	size_t before = build->unread.count;
	int64_t number;

	if (statement_path(LOADER_PROCPS, statement->key, path, sizeof(path)) < 0 ||
	    key_path_resolve(path, resolved, sizeof(resolved)) < 0 ||
	    key_path_is_pattern(resolved) || is_set_elsewhere(build, resolved))
		return 0;
	number = name_table_add(&build->unread, resolved);
	if (number < 0)
		return (int)number;
	if (build->unread.count == before)
		return 0;
	key_path_dotted(resolved, key, sizeof(key));
	return add_setting(build,
			   &(struct boot_setting){ .state = SETTING_NOT_READ,
						   .file = file->path,
						   .line = statement->line,
						   .reason = reason },
			   key, NULL, NULL);
}

static int add_unread_file(struct build *build, const struct boot_file *file)
{
	const struct boot_tree *tree = build->host->tree;
	const char *reason = why_not_read(tree, file);
	const char *data = text_string(&file->data);
	struct statement_reader reader = { .loader = LOADER_PROCPS,
					   .at = data,
					   .end = data + file->data.length };
	struct statement statement;
	int r = 0;

	if (!reason || tree_is_put_aside(file) || tree_is_read_elsewhere(tree, file))
		return 0;
	while (r == 0 && statement_next(&reader, &statement)) {
		if (statement.kind == STATEMENT_ASSIGNMENT)
			r = add_unread_line(build, file, &statement, reason);
	}
	return r;
}

static int add_all(struct build *build)
{
	const struct boot_tree *tree = build->host->tree;
	int r = 0;

	for (size_t i = 0; r == 0 && i < build->outcome->key_count; i++)
		r = add_outcome(build, &build->outcome->keys[i]);
	for (size_t i = 0; r == 0 && i < tree->count; i++)
		r = add_unread_file(build, &tree->files[i]);
	return r;
}

int settings_build(const struct boot_host *host, struct boot_settings *ret,
		   struct error *err)
{
	AUTO(outcome_clear) struct boot_outcome outcome = { 0 };
	struct build build = { .host = host, .outcome = &outcome };
	int r = outcome_build(host, NULL, 0, &outcome, err);

	if (r < 0)
		return r;
	r = add_all(&build);
	name_table_clear(&build.unread);
	if (r < 0) {
		settings_clear(&build.settings);
		return error_set(err, r, "cannot tell what boot will set: %s",
				 strerror(-r));
	}
	*ret = build.settings;
	return 0;
}

void settings_clear(struct boot_settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		free(settings->settings[i].key);
		free(settings->settings[i].value);
		free(settings->settings[i].live);
	}
	free(settings->settings);
	*settings = (struct boot_settings){ 0 };
}

/* --- modules --------------------------------------------------------------------------
 */

/* Patterns may be of any key. */
static bool may_need_module(const struct statement *statement)
{
	char path[KEY_PATH_SIZE], resolved[KEY_PATH_SIZE];
	const struct sysctl_def *def;

	if (statement->kind == STATEMENT_BROKEN ||
	    statement_path(LOADER_SYSTEMD, statement->key, path, sizeof(path)) < 0 ||
	    key_path_resolve(path, resolved, sizeof(resolved)) < 0)
		return false;
	def = key_path_find(resolved);
	return key_path_is_pattern(resolved) || (def && def->module) ||
	       strcmp(resolved, "net/ipv4/tcp_congestion_control") == 0;
}

bool settings_need_modules(const struct boot_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		const char *data = text_string(&tree->files[i].data);
		struct statement_reader reader = { .loader = LOADER_SYSTEMD,
						   .at = data,
						   .end = data +
							  tree->files[i].data.length };
		struct statement statement;

		while (statement_next(&reader, &statement)) {
			if (may_need_module(&statement))
				return true;
		}
	}
	return false;
}
