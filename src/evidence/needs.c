#include "evidence/needs.h"

#include "catalog/counter.h"
#include "catalog/sysctl.h"

#include <errno.h>
#include <string.h>

/* Tables and the views over them, with the table that a source must fill for each. */
static const struct {
	const char *name;
	enum need_table table;
} relations[] = {
	{ "tcp_state", TABLE_TCP_STATE },
	{ "tcp_state_now", TABLE_TCP_STATE },
	{ "listener", TABLE_LISTENER },
	{ "listener_change", TABLE_LISTENER },
	{ "destination", TABLE_DESTINATION },
	{ "destination_now", TABLE_DESTINATION },
	{ "port_use", TABLE_DESTINATION },
	{ "source_address", TABLE_SOURCE_ADDRESS },
	{ "source_address_now", TABLE_SOURCE_ADDRESS },
	{ "closing", TABLE_CLOSING },
	{ "closing_now", TABLE_CLOSING },
	{ "closing_before", TABLE_CLOSING },
	{ "socket", TABLE_SOCKET },
	{ "socket_change", TABLE_SOCKET },
	{ "socket_count", TABLE_SOCKET_COUNT },
	{ "socket_count_now", TABLE_SOCKET_COUNT },
	{ "socket_coverage", TABLE_SOCKET_COUNT },
	{ "udp_socket", TABLE_UDP_SOCKET },
	{ "udp_socket_change", TABLE_UDP_SOCKET },
	{ "capture", TABLE_CAPTURE },
	{ "capture_change", TABLE_CAPTURE },
	{ "link", TABLE_LINK },
	{ "link_change", TABLE_LINK },
	{ "offload", TABLE_OFFLOAD },
	{ "offload_now", TABLE_OFFLOAD },
	{ "softnet", TABLE_SOFTNET },
	{ "softnet_change", TABLE_SOFTNET },
	{ "process", TABLE_PROCESS },
	{ "process_now", TABLE_PROCESS },
	{ "log_line", TABLE_LOG_LINE },
	{ "log_line_change", TABLE_LOG_LINE },
	{ "boot_setting", TABLE_BOOT_SETTING },
	{ "boot_setting_now", TABLE_BOOT_SETTING },
};

static const char *const table_names[] = {
	[TABLE_TCP_STATE] = "tcp_state",       [TABLE_LISTENER] = "listener",
	[TABLE_DESTINATION] = "destination",   [TABLE_SOURCE_ADDRESS] = "source_address",
	[TABLE_CLOSING] = "closing",	       [TABLE_SOCKET] = "socket",
	[TABLE_SOCKET_COUNT] = "socket_count", [TABLE_UDP_SOCKET] = "udp_socket",
	[TABLE_CAPTURE] = "capture",	       [TABLE_LINK] = "link",
	[TABLE_OFFLOAD] = "offload",	       [TABLE_SOFTNET] = "softnet",
	[TABLE_PROCESS] = "process",	       [TABLE_LOG_LINE] = "log_line",
	[TABLE_BOOT_SETTING] = "boot_setting",
};
_Static_assert(ARRAY_SIZE(table_names) == TABLE_COUNT_, "one name a table");

const char *need_table_text(enum need_table table)
{
	return table_names[table];
}

bool need_is_pattern(const char *name)
{
	const struct sysctl_def *def = strstr(name, ".*.") ? sysctl_find(name) : NULL;

	return def && strcmp(def->name, name) == 0;
}

int need_classify(const char *name, enum need_kind *ret, enum need_table *ret_table)
{
	/* counters and sysctls have a dot, and nothing else has one */
	bool is_dotted = strchr(name, '.') != NULL;

	for (size_t i = 0; !is_dotted && i < ARRAY_SIZE(relations); i++) {
		if (strcmp(name, relations[i].name) != 0)
			continue;
		*ret = NEED_TABLE;
		*ret_table = relations[i].table;
		return 0;
	}
	if (!is_dotted)
		return -ENOENT;
	if (counter_find(name)) {
		*ret = NEED_COUNTER;
		return 0;
	}
	if (strchr(name, '*') ? need_is_pattern(name) : sysctl_find(name) != NULL) {
		*ret = NEED_SYSCTL;
		return 0;
	}
	return -ENOENT;
}

static int list_add(char ***list, size_t *count, const char *name)
{
	char **grown = realloc(*list, (*count + 1) * sizeof(**list));

	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[*count] = strdup(name);
	if (!grown[*count])
		return -ENOMEM;
	(*count)++;
	return 0;
}

int needs_add(struct needs *needs, const char *name, struct error *err)
{
	enum need_kind kind;
	enum need_table table = TABLE_COUNT_;
	int code = need_classify(name, &kind, &table);

	if (code < 0)
		return error_set(err, code,
				 "'%s' is no table, counter or sysctl that is known",
				 name);
	switch (kind) {
	case NEED_TABLE:
		needs->tables[table] = true;
		return 0;
	case NEED_COUNTER:
		code = list_add(&needs->counters, &needs->counter_count, name);
		break;
	case NEED_SYSCTL:
		code = list_add(&needs->sysctls, &needs->sysctl_count, name);
		break;
	}
	return code < 0 ? error_set(err, code, "out of memory") : 0;
}

int needs_be_quick(struct needs *needs, struct error *err)
{
	int r = needs_add(needs, "Tcp.CurrEstab", err);

	if (r == 0)
		r = needs_add(needs, "sockstat.TCP.tw", err);
	needs->is_quick = r == 0;
	return r;
}

int needs_add_all_sysctls(struct needs *needs, struct error *err)
{
	for (size_t i = 0; i < sysctl_count(); i++) {
		int code = needs_add(needs, sysctl_at(i)->name, err);

		if (code < 0)
			return code;
	}
	return 0;
}

int needs_add_everything(struct needs *needs, struct error *err)
{
	needs->wants_everything = true;
	for (size_t i = 0; i < TABLE_COUNT_; i++)
		needs->tables[i] = true;
	return needs_add_all_sysctls(needs, err);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_finish(char **list, size_t *count)
{
	size_t kept = 0;

	if (*count == 0)
		return;
	qsort(list, *count, sizeof(*list), compare_names);
	for (size_t i = 0; i < *count; i++) {
		if (kept > 0 && strcmp(list[i], list[kept - 1]) == 0)
			free(list[i]);
		else
			list[kept++] = list[i];
	}
	*count = kept;
}

void needs_finish(struct needs *needs)
{
	list_finish(needs->sysctls, &needs->sysctl_count);
	list_finish(needs->counters, &needs->counter_count);
}

/* Where name would stand in a sorted list: the first entry that is not before it. */
static size_t list_position(char *const *list, size_t count, const char *name,
			    size_t length)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strncmp(list[middle], name, length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool list_has(char *const *list, size_t count, const char *name, size_t length)
{
	size_t at = list_position(list, count, name, length);

	return at < count && strncmp(list[at], name, length) == 0 &&
	       list[at][length] == '\0';
}

bool needs_has_counter(const struct needs *needs, const char *name, size_t length)
{
	return needs->wants_everything || needs->wants_all_counters ||
	       list_has(needs->counters, needs->counter_count, name, length);
}

bool needs_has_sysctl(const struct needs *needs, const char *key)
{
	return list_has(needs->sysctls, needs->sysctl_count, key, strlen(key));
}

bool needs_has_counters_of(const struct needs *needs, const char *prefix)
{
	size_t length = strlen(prefix);
	size_t at = list_position(needs->counters, needs->counter_count, prefix, length);

	return needs->wants_everything || needs->wants_all_counters ||
	       (at < needs->counter_count &&
		strncmp(needs->counters[at], prefix, length) == 0);
}

static void list_clear(char **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i]);
	free(list);
}

void needs_clear(struct needs *needs)
{
	list_clear(needs->sysctls, needs->sysctl_count);
	list_clear(needs->counters, needs->counter_count);
	*needs = (struct needs){ 0 };
}
