#include "boot/owner.h"

#include "boot/key_path.h"
#include "boot/statement.h"

#include <errno.h>

/* Profiles of TuneD include others; no one nests them as deep. */
enum { DEEPEST_INCLUDE = 8, LONGEST_PROFILE = 100 };

#define BLANKS " \t\r\n"

static int add_owner(struct boot_owners *owners, const struct boot_owner *owner)
{
	struct boot_owner *grown;
	struct boot_owner *copy;

	if (owners->count == OWNERS_MOST)
		return 0;
	grown = reallocarray(owners->owners, owners->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	owners->owners = grown;
	copy = &grown[owners->count++];
	*copy = *owner;
	copy->path = strdup(owner->path);
	copy->file = strdup(owner->file);
	copy->value = owner->value ? strdup(owner->value) : NULL;
	return copy->path && copy->file && (copy->value || !owner->value) ? 0 : -ENOMEM;
}

static int add_line(struct boot_owners *owners, struct boot_owner owner, struct slice key,
		    struct slice value)
{
	char raw[KEY_PATH_SIZE], path[KEY_PATH_SIZE];
	auto_free char *text = strndup(value.at, value.length);

	if (!text)
		return -ENOMEM;
	if (statement_path(LOADER_PROCPS, key, raw, sizeof(raw)) < 0 ||
	    key_path_resolve(raw, path, sizeof(path)) < 0)
		return 0;
	owner.path = path;
	owner.value = strpbrk(text, "$>") ? NULL : text;
	return add_owner(owners, &owner);
}

/* --- files of NAME=VALUE ---------------------------------------------------------------
 */

static bool next_line(struct slice *text, struct slice *ret)
{
	if (text->length == 0)
		return false;
	ret->at = text->at;
	ret->length = slice_find(*text, '\n');
	text->at += ret->length + (ret->length < text->length);
	text->length -= ret->length + (ret->length < text->length);
	return true;
}

/* NAME=VALUE or NAME = VALUE; false for what is neither. */
static bool split(struct slice line, struct slice *name, struct slice *value)
{
	size_t equals;

	line = slice_strip(line, BLANKS);
	equals = slice_find(line, '=');
	if (line.length == 0 || line.at[0] == '#' || line.at[0] == ';' ||
	    equals == line.length)
		return false;
	*name = slice_strip((struct slice){ line.at, equals }, BLANKS);
	*value = slice_strip(
		(struct slice){ line.at + equals + 1, line.length - equals - 1 }, BLANKS);
	return true;
}

/* The last value of a name in a small file, without quotes; false when it has none. */
static bool read_setting(const struct host_root *host, const char *path, const char *name,
			 char *ret, size_t size)
{
	AUTO(text_clear) struct text data = { 0 };
	struct slice text, line, found, value;
	bool has_it = false;

	if (host_read(host, path, &data) < 0)
		return false;
	text = (struct slice){ text_string(&data), data.length };
	while (next_line(&text, &line)) {
		if (!split(line, &found, &value) || !slice_is(found, name))
			continue;
		value = slice_strip(value, "\"'");
		has_it = value.length < size;
		if (has_it)
			(void)snprintf(ret, size, "%.*s", (int)value.length, value.at);
	}
	return has_it;
}

/* --- ufw -------------------------------------------------------------------------------
 */

/* A file of sysctls of some other program, in the form that sysctl.conf(5) has. */
static int load_file(const struct host_root *host, const char *owner, const char *path,
		     struct boot_owners *owners)
{
	AUTO(text_clear) struct text data = { 0 };
	struct statement_reader reader = { .loader = LOADER_PROCPS };
	struct statement statement;
	int r = host_read(host, path, &data);

	if (r < 0)
		return r;
	reader.at = text_string(&data);
	reader.end = reader.at + data.length;
	while (r == 0 && statement_next(&reader, &statement)) {
		if (statement.kind == STATEMENT_ASSIGNMENT)
			r = add_line(owners,
				     (struct boot_owner){ .owner = owner,
							  .file = (char *)path,
							  .line = statement.line },
				     statement.key, statement.value);
	}
	return r;
}

static int load_ufw(const struct host_root *host, struct boot_owners *owners)
{
	char enabled[16] = "", path[256] = "/etc/ufw/sysctl.conf";
	int r;

	if (!read_setting(host, "/etc/ufw/ufw.conf", "ENABLED", enabled,
			  sizeof(enabled)) ||
	    strcasecmp(enabled, "yes") != 0)
		return 0;
	(void)read_setting(host, "/etc/default/ufw", "IPT_SYSCTL", path, sizeof(path));
	r = path[0] == '/' ? load_file(host, "ufw", path, owners) : 0;
	return r == -ENOMEM ? r : 0;
}

/* --- the kernel and systemd ------------------------------------------------------------
 */

/* "sysctl.net.ipv4.tcp_sack=0", since Linux 5.8: written before the first program runs.
 */
static int load_command_line(const struct host_root *host, struct boot_owners *owners)
{
	static const char prefix[] = "sysctl.";
	size_t length = sizeof(prefix) - 1;
	AUTO(text_clear) struct text data = { 0 };
	int r = host_read(host, "/proc/cmdline", &data);
	const char *at = text_string(&data);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	while (r == 0 && *(at += strspn(at, BLANKS))) {
		struct slice word = { at, strcspn(at, BLANKS) };
		size_t equals = slice_find(word, '=');

		at += word.length;
		if (strncmp(word.at, prefix, length) != 0 || equals == word.length)
			continue;
		r = add_line(
			owners,
			(struct boot_owner){ .owner = "kernel command line",
					     .file = (char *)"/proc/cmdline",
					     .line = 1,
					     .order = OWNER_BEFORE },
			(struct slice){ word.at + length, equals - length },
			(struct slice){ word.at + equals + 1, word.length - equals - 1 });
	}
	return r;
}

/*
 * systemd-sysctl reads its credential sysctl.extra behind all files (since 252). Its unit
 * asks for it by name: what the machine was given comes before what the host stores.
 */
static int load_credential(const struct host_root *host, struct boot_owners *owners)
{
	static const char *const folders[] = {
		"/run/credentials/@system", "/etc/credstore",	  "/run/credstore",
		"/usr/local/lib/credstore", "/usr/lib/credstore",
	};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		char path[64];
		int r;

		(void)snprintf(path, sizeof(path), "%s/sysctl.extra", folders[i]);
		r = load_file(host, "systemd credential", path, owners);
		if (r >= 0 || r == -ENOMEM)
			return r;
	}
	return 0;
}

/* --- TuneD -----------------------------------------------------------------------------
 */

struct tuned {
	const struct host_root *host;
	struct boot_owners *owners;
	enum owner_order order;
	unsigned depth;
};

static int load_profile(struct tuned *tuned, struct slice name);

/* Names with blanks or commas between. */
static int load_profiles(struct tuned *tuned, struct slice names)
{
	int r = 0;

	while (r == 0 && names.length > 0) {
		struct slice name = { names.at, 0 };

		while (name.length < names.length &&
		       !strchr(BLANKS ",", name.at[name.length]))
			name.length++;
		r = load_profile(tuned, name);
		names.at += name.length + (name.length < names.length);
		names.length -= name.length + (name.length < names.length);
	}
	return r;
}

/* In TuneD a comment may stand behind a value. */
static struct slice without_comment(struct slice value)
{
	for (size_t i = 1; i < value.length; i++) {
		if (value.at[i] == '#' && strchr(BLANKS, value.at[i - 1]))
			value.length = i;
	}
	return slice_strip(slice_strip(value, BLANKS), "\"'");
}

static int read_profile(struct tuned *tuned, const char *path, const struct text *data)
{
	struct slice text = { text_string(data), data->length };
	struct slice line, name, value, section = { "", 0 };
	unsigned number = 0;
	int r = 0;

	while (r == 0 && next_line(&text, &line)) {
		number++;
		line = slice_strip(line, BLANKS);
		if (line.length > 1 && line.at[0] == '[') {
			section =
				(struct slice){ line.at + 1, slice_find(line, ']') - 1 };
			continue;
		}
		if (!split(line, &name, &value))
			continue;
		value = without_comment(value);
		if (slice_is(section, "main") && slice_is(name, "include"))
			r = load_profiles(tuned, value);
		else if (slice_is(section, "sysctl") &&
			 slice_find(name, '.') < name.length)
			r = add_line(tuned->owners,
				     (struct boot_owner){ .owner = "tuned",
							  .file = (char *)path,
							  .line = number,
							  .order = tuned->order },
				     name, value);
	}
	return r;
}

static int load_profile(struct tuned *tuned, struct slice name)
{
	static const char *const folders[] = { "/etc/tuned/profiles", "/etc/tuned",
					       "/usr/lib/tuned/profiles",
					       "/usr/lib/tuned" };
	int r = -ENOENT;

	if (name.length == 0 || name.length > LONGEST_PROFILE || name.at[0] == '.' ||
	    slice_find(name, '/') < name.length || tuned->depth == DEEPEST_INCLUDE)
		return 0;
	tuned->depth++;
	for (size_t i = 0; r != 0 && r != -ENOMEM && i < ARRAY_SIZE(folders); i++) {
		AUTO(text_clear) struct text data = { 0 };
		char path[256];

		(void)snprintf(path, sizeof(path), "%s/%.*s/tuned.conf", folders[i],
			       (int)name.length, name.at);
		r = host_read(tuned->host, path, &data);
		if (r == 0)
			r = read_profile(tuned, path, &data);
	}
	tuned->depth--;
	return r == -ENOMEM ? r : 0;
}

static int load_tuned(const struct host_root *host, struct boot_owners *owners)
{
	AUTO(text_clear) struct text active = { 0 };
	struct tuned tuned = { .host = host, .owners = owners };
	char reapply[16] = "1";
	int r = host_read(host, "/etc/tuned/active_profile", &active);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	(void)read_setting(host, "/etc/tuned/tuned-main.conf", "reapply_sysctl", reapply,
			   sizeof(reapply));
	if (strcmp(reapply, "0") != 0 && strcasecmp(reapply, "false") != 0)
		tuned.order = OWNER_REAPPLIED;
	return load_profiles(&tuned,
			     (struct slice){ text_string(&active), active.length });
}

int owners_load(const struct host_root *host, struct boot_owners *ret)
{
	AUTO(owners_clear) struct boot_owners owners = { 0 };
	int r = load_command_line(host, &owners);

	if (r == 0)
		r = load_credential(host, &owners);
	if (r == 0)
		r = load_ufw(host, &owners);
	if (r == 0)
		r = load_tuned(host, &owners);
	if (r < 0)
		return r;
	*ret = owners;
	owners = (struct boot_owners){ 0 };
	return 0;
}

void owners_clear(struct boot_owners *owners)
{
	for (size_t i = 0; i < owners->count; i++) {
		free(owners->owners[i].path);
		free(owners->owners[i].value);
		free(owners->owners[i].file);
	}
	free(owners->owners);
	*owners = (struct boot_owners){ 0 };
}
