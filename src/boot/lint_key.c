/* Is there such a key on this kernel, and does it do anything? */
#include "boot/lint_parts.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>

/* The folders of /proc/sys that kernels have; keys below them are theirs, known or not.
 */
static const char *const roots[] = {
	"abi",	"crypto", "debug",  "dev",  "fs", "fscache", "kernel",
	"lnet", "net",	  "sunrpc", "user", "vm", "xen",
};

/* Where the catalog has all keys of all kernels, but for those below: beginnings. */
static const char *const complete[] = {
	"net.core.",	   "net.ipv4.tcp_",
	"net.ipv4.udp_",   "net.ipv4.ip_",
	"net.ipv4.icmp_",  "net.ipv4.conf.",
	"net.ipv6.conf.",  "net.ipv4.neigh.",
	"net.ipv4.route.", "net.netfilter.nf_conntrack_",
};

/* Beginnings of real keys that the catalog leaves out. */
static const char *const uncatalogued[] = {
	"net.netfilter.nf_log",
	"net.ipv6.icmp.",
	"net.mptcp.",
	"net.ipv4.vs.",
	"net.ipv4.ip_local_port_step_width",
};

/* Since when keys do nothing; those that the catalog knows to do nothing, no row: from
 * the first kernel on that was looked at. */
static const struct {
	const char *name;
	struct release_span since;
} idle[] = {
	{ "net.core.warnings", NOT_AFTER(3, 2) },
	{ "net.ipv4.ipfrag_low_thresh", EXACTLY(4, 17) },
	{ "net.ipv4.route.*", EXACTLY(3, 6) },
	{ "net.ipv4.tcp_adv_win_scale", EXACTLY(6, 6) },
	{ "net.ipv4.tcp_fack", BETWEEN(4, 14, 4, 19) },
	{ "net.ipv4.tcp_low_latency", EXACTLY(4, 14) },
	{ "net.ipv6.route.max_size", EXACTLY(6, 3) },
	{ "net.ipv?.xfrm?_gc_thresh", EXACTLY(4, 14) },
	{ "*", NOT_AFTER(5, 10) },
};

static bool begins_with_any(const char *const *beginnings, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	}
	return false;
}

static bool is_root(const char *path)
{
	size_t length = strcspn(path, "/");

	for (size_t i = 0; path[length] && i < ARRAY_SIZE(roots); i++) {
		if (strlen(roots[i]) == length && strncmp(roots[i], path, length) == 0)
			return true;
	}
	return false;
}

static bool is_there(const struct lint_state *state, const struct lint_line *line)
{
	struct stat status;

	return state->subject->sys >= 0 &&
	       fstatat(state->subject->sys, state->paths.names[line->path], &status, 0) ==
		       0 &&
	       S_ISREG(status.st_mode);
}

/* "tcp_syncookies" and "sys.net.ipv4.tcp_syncookies" end as a key of the catalog does. */
static const struct sysctl_def *find_ending(const char *key)
{
	const char *leaf = strrchr(key, '.') ? strrchr(key, '.') + 1 : key;

	for (size_t i = 0; i < sysctl_count(); i++) {
		const char *name = sysctl_at(i)->name, *dot = strrchr(name, '.');

		if (dot && strcmp(dot + 1, leaf) == 0 && sysctl_at(i)->kind == KIND_LIVE)
			return sysctl_at(i);
	}
	return NULL;
}

static void say_unknown(struct lint_state *state, struct lint_line *line, const char *key,
			const struct sysctl_def *near)
{
	AUTO(text_clear) struct text advice = { 0 };

	if (near)
		text_addf(&advice, "the nearest key is '%s'", near->name);
	line->is_void = true;
	lint_say(state, line, line->key, LINT_UNKNOWN_KEY, LINT_ERROR,
		 near ? text_string(&advice)
		      : "drop the line, or look the key up below /proc/sys",
		 "no known kernel has a key '%s': the line sets nothing", key);
}

/* net.ipv4.conf.eth0.5.rp_filter: the dots of the interface are separators to loaders. */
static bool check_interface_dots(struct lint_state *state, struct lint_line *line)
{
	auto_free char *written = strndup(line->key.at, line->key.length);
	AUTO(text_clear) struct text advice = { 0 };
	char path[KEY_PATH_SIZE], dotted[KEY_PATH_SIZE];

	if (!written || !sysctl_find(written) ||
	    sysctl_path(written, path, sizeof(path)) < 0)
		return false;
	key_path_dotted(path, dotted, sizeof(dotted));
	text_addf(&advice, "write %s, or %s", dotted, path);
	line->is_void = true;
	lint_say(
		state, line, line->key, LINT_UNKNOWN_KEY, LINT_ERROR,
		text_string(&advice),
		"the dots of the interface are taken for separators: both loaders look for '/proc/sys/%s', which is not there",
		state->paths.names[line->path]);
	return true;
}

static const struct sysctl_def *find_nearest(struct lint_state *state, const char *key)
{
	if (state->nearest_searches++ >= LINT_NEAREST_MOST)
		return NULL;
	return sysctl_nearest(key);
}

/* Do both names stand in the same folder? */
static bool is_beside(const char *key, const struct sysctl_def *def)
{
	size_t length = (size_t)(strrchr(def->name, '.') - def->name);

	return !strchr(def->name, '*') && strncmp(key, def->name, length) == 0 &&
	       key[length] == '.' && !strchr(key + length + 1, '.');
}

static void check_uncatalogued(struct lint_state *state, struct lint_line *line,
			       const char *key)
{
	const struct sysctl_def *near;

	if (line->is_pattern || is_there(state, line) ||
	    check_interface_dots(state, line))
		return;
	if (!is_root(state->paths.names[line->path])) {
		say_unknown(state, line, key, find_ending(key));
		return;
	}
	if (begins_with_any(uncatalogued, ARRAY_SIZE(uncatalogued), key) ||
	    strncmp(key, "net.", 4) != 0)
		return;
	near = find_nearest(state, key);
	if (begins_with_any(complete, ARRAY_SIZE(complete), key) ||
	    (near && is_beside(key, near)))
		say_unknown(state, line, key, near);
}

static bool is_empty_span(const struct release_span *span)
{
	return span->before == 0 && span->after == 0;
}

/* "in Linux 4.12", "between Linux 3.14 and 4.14", "in Linux 3.2 or earlier" */
static void when_text(const struct release_span *change, char *ret, size_t size)
{
	char when[48];

	release_span_text(change, when, sizeof(when));
	if (change->is_exact || !change->before)
		(void)snprintf(ret, size, "in Linux %s", when);
	else if (change->after)
		(void)snprintf(ret, size, "between Linux%s", when + strlen("between"));
	else
		(void)snprintf(ret, size, "after Linux%s", when + strlen("after"));
}

static void check_removed(struct lint_state *state, struct lint_line *line,
			  const char *key)
{
	const struct sysctl_def *def = line->def;
	enum release_answer answer =
		release_compare(&def->removed, state->subject->release);
	char when[64];

	when_text(&def->removed, when, sizeof(when));
	if (answer == RELEASE_BEFORE)
		return;
	line->is_void = true;
	if (answer == RELEASE_UNKNOWN) {
		lint_say(state, line, line->key, LINT_REMOVED_KEY, LINT_NOTE,
			 def->instead, "unknown for this kernel: '%s' was removed %s",
			 key, when);
		return;
	}
	lint_say(
		state, line, line->key, LINT_REMOVED_KEY, LINT_ERROR, def->instead,
		"'%s' was removed %s: at boot systemd-sysctl %s, and 'sysctl --system' skips it in silence; 'sysctl -p' complains and exits with an error",
		key, when,
		line->ignores_failure ? "skips the line in silence"
				      : "logs a warning and goes on");
}

static void say_absent(struct lint_state *state, const struct lint_line *line,
		       const char *advice, const char *format, ...) PRINTF(4, 5);
static void say_absent(struct lint_state *state, const struct lint_line *line,
		       const char *advice, const char *format, ...)
{
	auto_free char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (text)
		lint_say(state, line, line->key, LINT_ABSENT_HERE, LINT_NOTE, advice,
			 "%s", text);
	else
		state->has_failed = true;
}

/* The key comes with a module that nothing loads before the loaders run. */
static bool check_module(struct lint_state *state, const struct lint_line *line,
			 const char *key)
{
	const struct boot_modules *modules = state->subject->modules;
	const char *module = line->def->module;
	AUTO(text_clear) struct text advice = { 0 };

	if (!module || (modules && modules_is_early(modules, module)))
		return false;
	/* it is there, and no module can have brought it */
	if (is_there(state, line) && modules && !modules->has_kernel)
		return false;
	text_addf(&advice, "name %s in a file of /etc/modules-load.d", module);
	say_absent(
		state, line, text_string(&advice),
		"'%s' is there only once the module %s is loaded; if that happens after the sysctl files are read, the line is lost",
		key, module);
	return true;
}

static void check_live(struct lint_state *state, struct lint_line *line, const char *key)
{
	const struct lint_subject *subject = state->subject;
	const struct sysctl_def *def = line->def;
	char when[64];

	if (check_module(state, line, key) || is_there(state, line) || line->is_pattern)
		return;
	switch (is_empty_span(&def->since)
			? RELEASE_AFTER
			: release_compare(&def->since, subject->release)) {
	case RELEASE_BEFORE:
		when_text(&def->since, when, sizeof(when));
		say_absent(
			state, line, "drop the line, or leave it for newer kernels",
			"'%s' came %s: Linux %s does not have it, unless its vendor added it",
			key, when, subject->release_text);
		return;
	case RELEASE_UNKNOWN:
		when_text(&def->since, when, sizeof(when));
		if (subject->sys < 0)
			say_absent(state, line, NULL,
				   "unknown for this kernel: '%s' came %s", key, when);
		return;
	case RELEASE_AFTER:
		break;
	}
	/* an interface may be plugged in later */
	if (subject->sys < 0 || strchr(def->name, '*'))
		return;
	if (def->scope == SCOPE_INIT_ONLY && !subject->is_init_netns)
		say_absent(state, line, "set it on the host",
			   "'%s' is not seen in this network namespace", key);
	else
		say_absent(state, line, "drop the line, or boot a kernel that has it",
			   "this kernel is built without '%s'", key);
}

static void check_effect(struct lint_state *state, struct lint_line *line,
			 const char *key)
{
	const struct sysctl_def *def = line->def;
	size_t i = 0;

	if (def->effect != EFFECT_NEVER || def->is_read_only || def->kind != KIND_LIVE)
		return;
	while (fnmatch(idle[i].name, def->name, 0) != 0)
		i++;
	switch (release_compare(&idle[i].since, state->subject->release)) {
	case RELEASE_BEFORE:
		return;
	case RELEASE_UNKNOWN:
		lint_say(state, line, line->key, LINT_NO_EFFECT_KEY, LINT_NOTE,
			 "drop the line",
			 "unknown for this kernel: '%s' has no effect on newer ones",
			 key);
		return;
	case RELEASE_AFTER:
		lint_say(state, line, line->key, LINT_NO_EFFECT_KEY, LINT_NOTE,
			 "drop the line", "'%s' does nothing on Linux %s: %s", key,
			 state->subject->release_text,
			 def->summary ? def->summary : "it is kept for old scripts only");
		line->is_void = true;
	}
}

void lint_check_key(struct lint_state *state, struct lint_line *line)
{
	char key[KEY_PATH_SIZE];

	(void)lint_key(state, line, key, sizeof(key));
	if (!line->def) {
		check_uncatalogued(state, line, key);
		return;
	}
	switch (line->def->kind) {
	case KIND_MISSPELLED:
		line->is_void = true;
		lint_say(state, line, line->key, LINT_UNKNOWN_KEY, LINT_ERROR,
			 line->def->instead,
			 "no known kernel has a key '%s': the line sets nothing", key);
		return;
	case KIND_VENDOR:
		line->is_void = true;
		if (!is_there(state, line))
			lint_say(state, line, line->key, LINT_VENDOR_KEY, LINT_NOTE,
				 line->def->instead,
				 "'%s' exists only in some vendor's kernels: %s", key,
				 line->def->summary ? line->def->summary
						    : "mainline has none");
		return;
	case KIND_REMOVED:
		if (!is_there(state, line))
			check_removed(state, line, key);
		return;
	case KIND_LIVE:
		check_live(state, line, key);
		check_effect(state, line, key);
		return;
	}
}
