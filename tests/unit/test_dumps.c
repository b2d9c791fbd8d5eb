/*
 * The catalog against dumps of real kernels: TCPTUNE_KERNELS names the folder that
 * tests/fixtures/kernels.tar.xz unpacks to, with one folder for each kernel.
 */
#include "catalog/counter.h"
#include "catalog/sysctl.h"
#include "catalog/value.h"

#include <dirent.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { KERNEL_COUNT = 15 };

/* Keys of these kernels that the facts do not have. */
static const char *const keys_without_facts[] = {
	"net.ipv4.ip_local_port_step_width",
	"net.ipv6.icmp.errors_extension_mask",
	"net.mptcp.add_addr_v6_port_drop_ts",
	"net.netfilter.nf_log.*",
};

/* One line of a dump of /proc/sys/net. */
struct setting {
	const char *kernel;
	uint32_t release;
	bool is_child; /* read in a fresh child namespace */
	const char *key;
	const char *mode;
	const char *value; /* NULL when the kernel refused to show it */
	const struct sysctl_def *def;
};

struct tally {
	size_t seen;
	size_t known;
	size_t faults;
	bool has_matched[ARRAY_SIZE(keys_without_facts)];
};

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static FILE *open_dump(const char *kernel, const char *name)
{
	char path[4096];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", getenv("TCPTUNE_KERNELS"), kernel,
		       name);
	file = fopen(path, "re");
	if (!file)
		fail_msg("cannot read '%s'", path);
	return file;
}

/* Cut off and return the part before a separator; *rest is NULL after the last. */
static char *cut(char **rest, const char *separators)
{
	char *part = strsep(rest, separators);

	assert_non_null(part);
	return part;
}

static void visit_lines(struct setting *setting, FILE *file, struct tally *tally,
			void (*visit)(const struct setting *, struct tally *))
{
	auto_free char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, file) > 0) {
		char *rest = line;

		setting->key = cut(&rest, "\t");
		setting->mode = cut(&rest, "\t");
		setting->value = cut(&rest, "\n");
		if (strncmp(setting->value, "<errno", strlen("<errno")) == 0)
			setting->value = NULL;
		setting->def = sysctl_find(setting->key);
		tally->seen++;
		tally->known += setting->def != NULL;
		visit(setting, tally);
	}
}

static void visit_kernel(const char *kernel, struct tally *tally,
			 void (*visit)(const struct setting *, struct tally *))
{
	static const struct {
		const char *name;
		bool is_child;
	} files[] = {
		{ "sysctl-net.base", false },
		{ "sysctl-net.mods", false },
		{ "sysctl-net.netns.base", true },
		{ "sysctl-net.netns.mods", true },
	};
	struct setting setting = { .kernel = kernel };

	assert_int_equal(release_parse(kernel, &setting.release), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		AUTO(close_file) FILE *file = open_dump(kernel, files[i].name);

		setting.is_child = files[i].is_child;
		visit_lines(&setting, file, tally, visit);
	}
}

static void visit_settings(char *const *kernels, struct tally *tally,
			   void (*visit)(const struct setting *, struct tally *))
{
	for (; *kernels; kernels++)
		visit_kernel(*kernels, tally, visit);
}

static void complain(const struct setting *setting, struct tally *tally,
		     const char *fault)
{
	print_error("%s: %s = %s %s\n", setting->kernel, setting->key,
		    setting->value ? setting->value : "(not shown)", fault);
	tally->faults++;
}

static void all_kernels_are_there(void **state)
{
	char **kernels = *state;
	size_t count = 0;

	while (kernels[count])
		count++;
	assert_int_equal(count, KERNEL_COUNT);
}

static void check_is_known(const struct setting *setting, struct tally *tally)
{
	if (setting->def)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(keys_without_facts); i++) {
		if (fnmatch(keys_without_facts[i], setting->key, 0) == 0) {
			tally->has_matched[i] = true;
			return;
		}
	}
	complain(setting, tally, "is not in the catalog");
}

static void every_key_is_in_the_catalog_or_on_the_list(void **state)
{
	struct tally tally = { 0 };

	visit_settings(*state, &tally, check_is_known);
	print_message("%zu keys of %d kernels, %zu of them in the catalog\n", tally.seen,
		      KERNEL_COUNT, tally.known);
	assert_int_equal(tally.faults, 0);
	assert_true(tally.known > tally.seen * 8 / 10);
	for (size_t i = 0; i < ARRAY_SIZE(keys_without_facts); i++) {
		if (!tally.has_matched[i])
			fail_msg("'%s' is on the list for nothing",
				 keys_without_facts[i]);
	}
}

static void check_type(const struct setting *setting, struct tally *tally)
{
	struct error err = { 0 };
	struct value value;

	if (!setting->value ||
	    value_parse(setting->def, setting->value, &value, &err) == 0)
		return;
	complain(setting, tally, err.text);
}

static void every_value_is_of_the_type_of_its_key(void **state)
{
	struct tally tally = { 0 };

	visit_settings(*state, &tally, check_type);
	assert_int_equal(tally.faults, 0);
}

static void check_range(const struct setting *setting, struct tally *tally)
{
	const struct value_range *range;
	struct value value;

	if (!setting->def || !setting->value)
		return;
	range = &setting->def->accepted;
	if (!range->is_known ||
	    value_parse(setting->def, setting->value, &value, NULL) < 0)
		return;
	for (size_t i = 0; i < value.count; i++) {
		double number = value_number_double(value.numbers[i]);

		if (number < range->lowest || number > range->highest)
			complain(setting, tally, "is outside of what the kernel accepts");
	}
}

static void every_value_is_one_that_the_kernel_accepts(void **state)
{
	struct tally tally = { 0 };

	visit_settings(*state, &tally, check_range);
	assert_int_equal(tally.faults, 0);
}

static void check_mode(const struct setting *setting, struct tally *tally)
{
	bool is_readable = strchr("4567", setting->mode[1]) != NULL;
	bool is_writable = strchr("2367", setting->mode[1]) != NULL;

	if (!setting->def)
		return;
	if (setting->def->is_write_only == is_readable)
		complain(setting, tally, "is readable or not, unlike the catalog");
	/* a child namespace sees many values of the machine that it may not write */
	if (!setting->is_child && setting->def->is_read_only == is_writable)
		complain(setting, tally, "is writable or not, unlike the catalog");
}

static void keys_are_readable_and_writable_as_the_catalog_says(void **state)
{
	struct tally tally = { 0 };

	visit_settings(*state, &tally, check_mode);
	assert_int_equal(tally.faults, 0);
}

static void check_scope(const struct setting *setting, struct tally *tally)
{
	if (setting->is_child && setting->def && setting->def->scope == SCOPE_INIT_ONLY)
		complain(setting, tally, "is in a child namespace, unlike the catalog");
}

static void keys_of_the_initial_namespace_are_in_no_other(void **state)
{
	struct tally tally = { 0 };

	visit_settings(*state, &tally, check_scope);
	assert_int_equal(tally.faults, 0);
}

/* A stable series took the key over from a later mainline release. */
static bool is_carried_over(const struct setting *setting)
{
	return setting->release == KERNEL(5, 10) &&
	       strcmp(setting->def->name, "net.ipv6.conf.*.accept_ra_min_lft") == 0;
}

static void check_history(const struct setting *setting, struct tally *tally)
{
	const struct sysctl_def *def = setting->def;

	if (!def)
		return;
	if (def->kind == KIND_VENDOR || def->kind == KIND_MISSPELLED)
		complain(setting, tally, "is in a mainline kernel, unlike the catalog");
	if (release_compare(&def->since, setting->release) == RELEASE_BEFORE &&
	    !is_carried_over(setting))
		complain(setting, tally, "is there before it appeared");
	if (release_compare(&def->removed, setting->release) == RELEASE_AFTER)
		complain(setting, tally, "is there after it was removed");
}

static void no_key_is_there_before_it_appeared_or_after_it_went(void **state)
{
	struct tally tally = { 0 };

	visit_settings(*state, &tally, check_history);
	assert_int_equal(tally.faults, 0);
}

/* Names of counters, or of keys, on one kernel. */
struct names {
	char names[2048][64];
	size_t count;
};

static void PRINTF(2, 3) add_name(struct names *names, const char *format, ...)
{
	va_list args;
	int length;

	assert_true(names->count < ARRAY_SIZE(names->names));
	va_start(args, format);
	length = vsnprintf(names->names[names->count], sizeof(names->names[0]), format,
			   args);
	va_end(args);
	assert_true(length > 0 && (size_t)length < sizeof(names->names[0]));
	names->count++;
}

static bool has_name(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->names[i], name) == 0)
			return true;
	}
	return false;
}

static void read_keys(const char *kernel, const char *name, struct names *ret)
{
	AUTO(close_file) FILE *file = open_dump(kernel, name);
	auto_free char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, file) > 0) {
		char *rest = line;

		add_name(ret, "%s", cut(&rest, "\t"));
	}
}

/* Older kernels show fewer keys to a child than the catalog, which knows the newer, says.
 */
static void keys_of_a_namespace_are_in_a_fresh_one_too(void **state)
{
	size_t faults = 0;

	for (char **kernels = *state; *kernels; kernels++) {
		struct names keys = { .count = 0 }, child = { .count = 0 };
		uint32_t release;

		assert_int_equal(release_parse(*kernels, &release), 0);
		if (release < KERNEL(6, 18))
			continue;
		read_keys(*kernels, "sysctl-net.mods", &keys);
		read_keys(*kernels, "sysctl-net.netns.mods", &child);
		for (size_t i = 0; i < keys.count; i++) {
			const struct sysctl_def *def = sysctl_find(keys.names[i]);

			if (!def || has_name(&child, keys.names[i]) ||
			    (def->scope != SCOPE_NETNS && def->scope != SCOPE_GLOBAL))
				continue;
			print_error("%s: %s is not in a child namespace\n", *kernels,
				    keys.names[i]);
			faults++;
		}
	}
	assert_int_equal(faults, 0);
}

/* "TcpExt: name name ..." and below it the same with numbers. */
static void read_paired_lines(const char *kernel, const char *name, struct names *ret)
{
	AUTO(close_file) FILE *file = open_dump(kernel, name);
	auto_free char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, file) > 0) {
		char *rest = line;
		char *group = cut(&rest, ":");

		while (rest) {
			char *word = cut(&rest, " \n");

			if (word[0] != '\0')
				add_name(ret, "%s.%s", group, word);
		}
		assert_true(getline(&line, &size, file) > 0);
	}
}

/* "Ip6InReceives    0" */
static void read_snmp6(const char *kernel, struct names *ret)
{
	AUTO(close_file) FILE *file = open_dump(kernel, "proc-net/snmp6");
	auto_free char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, file) > 0) {
		char *rest = line;

		add_name(ret, "snmp6.%s", cut(&rest, " \t"));
	}
}

/* "TCP: inuse 0 orphan 0" */
static void read_sockstat(const char *kernel, const char *file_name, struct names *ret)
{
	char path[64];
	auto_free char *line = NULL;
	size_t size = 0;

	(void)snprintf(path, sizeof(path), "proc-net/%s", file_name);
	AUTO(close_file) FILE *file = open_dump(kernel, path);
	while (getline(&line, &size, file) > 0) {
		char *rest = line;
		char *group = cut(&rest, ":");

		rest++;
		while (rest) {
			add_name(ret, "%s.%s.%s", file_name, group, cut(&rest, " "));
			(void)cut(&rest, " \n");
			if (rest && rest[0] == '\0')
				break;
		}
	}
}

static void read_counters(const char *kernel, struct names *ret)
{
	read_paired_lines(kernel, "proc-net/netstat", ret);
	read_paired_lines(kernel, "proc-net/snmp", ret);
	read_snmp6(kernel, ret);
	read_sockstat(kernel, "sockstat", ret);
	read_sockstat(kernel, "sockstat6", ret);
}

static void every_kernel_has_counters_that_the_catalog_knows(void **state)
{
	for (char **kernels = *state; *kernels; kernels++) {
		struct names counters = { .count = 0 };
		size_t known = 0;

		read_counters(*kernels, &counters);
		for (size_t i = 0; i < counters.count; i++)
			known += counter_find(counters.names[i]) != NULL;
		print_message("%s: %zu counters, %zu known, %zu kept without facts\n",
			      *kernels, counters.count, known, counters.count - known);
		assert_true(known > 150);
	}
}

static void well_known_counters_are_on_every_kernel(void **state)
{
	static const char *const names[] = {
		"Tcp.ActiveOpens",
		"Tcp.CurrEstab",
		"Tcp.OutRsts",
		"Tcp.RetransSegs",
		"TcpExt.ListenDrops",
		"TcpExt.ListenOverflows",
		"TcpExt.SyncookiesSent",
		"TcpExt.TCPAbortOnMemory",
		"TcpExt.TCPBacklogDrop",
		"TcpExt.TCPMemoryPressures",
		"TcpExt.TCPOrigDataSent",
		"TcpExt.TCPReqQFullDoCookies",
		"TcpExt.TCPSynRetrans",
		"TcpExt.TCPTimeWaitOverflow",
		"Udp.RcvbufErrors",
		"IpExt.InOctets",
		"snmp6.Udp6RcvbufErrors",
		"sockstat.TCP.inuse",
		"sockstat.TCP.mem",
		"sockstat.TCP.orphan",
		"sockstat.TCP.tw",
		"sockstat.sockets.used",
		"sockstat6.TCP6.inuse",
	};

	for (char **kernels = *state; *kernels; kernels++) {
		struct names counters = { .count = 0 };

		read_counters(*kernels, &counters);
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			assert_non_null(counter_find(names[i]));
			if (!has_name(&counters, names[i]))
				fail_msg("%s lacks %s", *kernels, names[i]);
		}
	}
}

/* Not built into every kernel, or known to come and go. */
static bool is_optional(const char *name)
{
	return strncmp(name, "MPTcpExt.", strlen("MPTcpExt.")) == 0;
}

static bool is_in_these_files(const char *file)
{
	static const char *const files[] = { "/proc/net/netstat", "/proc/net/snmp",
					     "/proc/net/snmp6", "/proc/net/sockstat",
					     "/proc/net/sockstat6" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (strcmp(files[i], file) == 0)
			return true;
	}
	return false;
}

static void counters_appear_in_the_release_that_the_catalog_says(void **state)
{
	size_t faults = 0;

	for (char **kernels = *state; *kernels; kernels++) {
		struct names counters = { .count = 0 };
		uint32_t release;

		read_counters(*kernels, &counters);
		assert_int_equal(release_parse(*kernels, &release), 0);
		for (size_t i = 0; i < counter_table_count; i++) {
			const struct counter_def *def = &counter_table[i];
			enum release_answer answer =
				release_compare(&def->since, release);
			bool has_it = has_name(&counters, def->name);

			if (!is_in_these_files(def->file) || answer == RELEASE_UNKNOWN ||
			    (!has_it && is_optional(def->name)))
				continue;
			if (has_it == (answer == RELEASE_AFTER))
				continue;
			print_error("%s %s %s, unlike the catalog\n", *kernels,
				    has_it ? "has" : "lacks", def->name);
			faults++;
		}
	}
	assert_int_equal(faults, 0);
}

static int is_folder_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int list_kernels(void **state)
{
	static char *kernels[KERNEL_COUNT + 2];
	const char *folder = getenv("TCPTUNE_KERNELS");
	struct dirent **entries = NULL;
	int count;

	if (!folder) {
		print_error(
			"TCPTUNE_KERNELS must name the folder of the unpacked dumps\n");
		return -1;
	}
	count = scandir(folder, &entries, is_folder_name, compare_names);
	if (count < 0) {
		print_error("cannot list '%s'\n", folder);
		return -1;
	}
	for (int i = 0; i < count; i++) {
		if (i <= KERNEL_COUNT)
			kernels[i] = strdup(entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	*state = kernels;
	return 0;
}

static int forget_kernels(void **state)
{
	for (char **kernels = *state; kernels && *kernels; kernels++)
		free(*kernels);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_kernels_are_there),
		cmocka_unit_test(every_key_is_in_the_catalog_or_on_the_list),
		cmocka_unit_test(every_value_is_of_the_type_of_its_key),
		cmocka_unit_test(every_value_is_one_that_the_kernel_accepts),
		cmocka_unit_test(keys_are_readable_and_writable_as_the_catalog_says),
		cmocka_unit_test(keys_of_the_initial_namespace_are_in_no_other),
		cmocka_unit_test(keys_of_a_namespace_are_in_a_fresh_one_too),
		cmocka_unit_test(no_key_is_there_before_it_appeared_or_after_it_went),
		cmocka_unit_test(every_kernel_has_counters_that_the_catalog_knows),
		cmocka_unit_test(well_known_counters_are_on_every_kernel),
		cmocka_unit_test(counters_appear_in_the_release_that_the_catalog_says),
	};

	return cmocka_run_group_tests(tests, list_kernels, forget_kernels);
}
