/* Profiles out of files: what is loaded, inherited and refused. */
#include "base/embedded.h"
#include "catalog/sysctl.h"
#include "profile/profile.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define HEAD "[profile]\nsummary = s\n"

/* A folder of profiles under /tmp, in place of those of the system. */
struct fixture {
	char folder[64];
	const char *folders[2];
};

static void path_of(const struct fixture *fixture, const char *name, char *ret,
		    size_t size)
{
	(void)snprintf(ret, size, "%s/%s.ini", fixture->folder, name);
}

static void write_profile(const struct fixture *fixture, const char *name,
			  const char *text)
{
	char path[128];
	FILE *file;

	path_of(fixture, name, path, sizeof(path));
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	(void)snprintf(fixture->folder, sizeof(fixture->folder),
		       "/tmp/test_profile.XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	fixture->folders[0] = fixture->folder;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	AUTO(profile_names_clear) struct profile_names names = { 0 };
	char path[128];

	assert_int_equal(profile_names_load_from(fixture->folders, &names, NULL), 0);
	for (size_t i = 0; i < names.count; i++) {
		path_of(fixture, names.names[i], path, sizeof(path));
		(void)unlink(path);
	}
	assert_int_equal(rmdir(fixture->folder), 0);
	free(fixture);
	return 0;
}

static int load(const struct fixture *fixture, const char *name, struct profile *ret,
		struct error *err)
{
	return profile_load_from(fixture->folders, name, ret, err);
}

static const struct wanted *find(const struct profile *profile, const char *key)
{
	for (size_t i = 0; i < profile->wanted_count; i++)
		if (strcmp(profile->wanted[i].key, key) == 0)
			return &profile->wanted[i];
	return NULL;
}

static void a_profile_has_what_its_file_says(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(profile_clear) struct profile profile = { 0 };
	const struct wanted *wanted;

	write_profile(fixture, "full",
		      HEAD "[recommend]\nwhen = SELECT 1\n"
			   "[parameters]\nrtt_ms = 40\n"
			   "[reason]\nnet.core.somaxconn = because\n"
			   "[sysctl]\nnet/core/somaxconn = guard >= 4096\n"
			   "[removed]\nnet.ipv4.tcp_tw_recycle = gone\n"
			   "[program]\nnginx = 'listen 80 backlog=4096;'\n"
			   "[thresholds]\nports-pressure.share = 0.5\n");
	assert_int_equal(load(fixture, "full", &profile, NULL), 0);
	assert_string_equal(profile.name, "full");
	assert_string_equal(profile.summary, "s");
	assert_string_equal(profile.recommend, "SELECT 1");
	assert_int_equal(profile.parameter_count, 1);
	assert_string_equal(profile.parameters[0].value, "40");
	assert_int_equal(profile.removed_count, 1);
	assert_string_equal(profile.removed[0].text, "gone");
	assert_int_equal(profile.program_count, 1);
	assert_string_equal(profile.programs[0].advice, "listen 80 backlog=4096;");
	assert_int_equal(profile.threshold_count, 1);
	assert_string_equal(profile.thresholds[0].rule, "ports-pressure");
	assert_string_equal(profile.thresholds[0].name, "share");
	assert_true(profile.thresholds[0].value == 0.5);
	wanted = find(&profile, "net.core.somaxconn");
	assert_non_null(wanted);
	assert_true(wanted->is_guard);
	assert_string_equal(wanted->reason, "because");
	assert_string_equal(wanted->file, profile.file);
	assert_int_equal(wanted->line, 10);
}

static void a_bad_line_is_named_with_its_reason(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "[sysctl]\nnet.core.somaxcon = >= 1\n",
		  "4: unknown sysctl 'net.core.somaxcon'; did you mean 'net.core.somaxconn'?" },
		{ "[sysctl]\nxyz = 1\n", "4: unknown sysctl 'xyz'" },
		{ "[sysctl]\nnet.ipv4.tcp_tw_recycle = 1\n",
		  "4: 'net.ipv4.tcp_tw_recycle' is no more (removed: 4.12)" },
		{ "[sysctl]\nnet.ipv4.conf.*.rp_filter = 1\n",
		  "4: 'net.ipv4.conf.*.rp_filter': name an interface, or 'all'" },
		{ "[sysctl]\nnet.core.somaxconn = 1024\n",
		  "4: key 'net.core.somaxconn': higher is better here" },
		{ "[sysctl]\nnet.core.somaxconn =\n",
		  "4: key 'net.core.somaxconn': no value" },
		{ "[sysctl]\nnet.ipv4.tcp_fastopen_key = 1-2-3-4\n",
		  "4: key 'net.ipv4.tcp_fastopen_key': secret" },
		{ "[sysctl]\nnet.core.somaxconn = >= 1\nnet/core/somaxconn = >= 2\n",
		  "5: 'net/core/somaxconn' is the same key as in line 4" },
		{ "[sysctl]\nnet..core = 1\n", "4: 'net..core' is no sysctl key" },
		{ "[sysctl]\nnet.core.somaxconn = >= 1\n",
		  "4: 'net.core.somaxconn' has no line in [reason]" },
		{ "[reason]\nnet.core.somaxconn = why\n",
		  "4: 'net.core.somaxconn' has a reason but no line in [sysctl]" },
		{ "[sysctl]\nnet.core.somaxconn = >= 1\n[reason]\nnet.core.somaxconn =\n",
		  "6: no text" },
		{ "[sysctl]\nnet.core.somaxconn = >= 1\n[reason]\nnet.core.somaxconn = a\n"
		  "net/core/somaxconn = b\n",
		  "7: 'net.core.somaxconn' has two reasons" },
		{ "[sysctl]\nnet.core.somaxconn = keep\n[reason]\nnet.core.somaxconn = a\n",
		  "4: 'net.core.somaxconn' is to be kept, but no parent sets it" },
		{ "[sysctl]\nnet.core.somaxconn = >= {:x}\n[reason]\nnet.core.somaxconn = a\n",
		  "4: key 'net.core.somaxconn': ':x' is not under [parameters]" },
		{ "[sysctl]\nnet.core.somaxconn = >= {sysctl('net.core.x')}\n"
		  "[reason]\nnet.core.somaxconn = a\n",
		  "4: key 'net.core.somaxconn': 'net.core.x' is no table" },
		{ "[removed]\nnet.core.somaxconn = why\n",
		  "4: 'net.core.somaxconn' was not removed" },
		{ "[removed]\nnet.ipv4.tcp_tw_recycle =\n", "4: no text" },
		{ "[parameters]\n2x = 1\n", "4: '2x': a parameter is letters" },
		{ "[parameters]\nx =\n", "4: no text" },
		{ "[thresholds]\nports-pressure = 1\n",
		  "4: 'ports-pressure' is not RULE.NAME" },
		{ "[thresholds]\na.b = many\n", "4: 'many' is no number" },
		{ "[recommend]\nif = 1\n", "4: [recommend] has no 'if'; it has: when" },
		{ "[sysctls]\na = 1\n", "4: a profile has no section [sysctls]" },
		{ "broken\n", "3: 'broken' is neither [section] nor key = value" },
		{ "inherits = /tmp/x\n", "3: inherits takes names, not paths" },
		{ "inherit = x\n",
		  "3: [profile] has no 'inherit'; it has: summary, inherits" },
	};
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(profile_clear) struct profile profile = { 0 };
		struct error err = { 0 };
		char text[512], wanted[256], path[128];

		(void)snprintf(text, sizeof(text), "%s%s", HEAD, cases[i].in);
		write_profile(fixture, "bad", text);
		path_of(fixture, "bad", path, sizeof(path));
		(void)snprintf(wanted, sizeof(wanted), "%s:%s", path, cases[i].out);
		assert_int_equal(load(fixture, "bad", &profile, &err), -EINVAL);
		err.text[strlen(wanted)] = '\0';
		assert_string_equal(err.text, wanted);
		assert_null(profile.name);
	}
}

static void a_profile_needs_a_summary(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(profile_clear) struct profile profile = { 0 };
	struct error err = { 0 };

	write_profile(fixture, "mute", "[sysctl]\n");
	assert_int_equal(load(fixture, "mute", &profile, &err), -EINVAL);
	assert_non_null(strstr(err.text, "mute.ini: no summary in [profile]"));
}

static void the_child_wins_key_by_key(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(profile_clear) struct profile profile = { 0 };

	write_profile(fixture, "grandparent",
		      HEAD "[parameters]\nx = 1\ny = 1\n"
			   "[sysctl]\nnet.core.somaxconn = >= 1\nnet.ipv4.tcp_sack = 1\n"
			   "[reason]\nnet.core.somaxconn = old\nnet.ipv4.tcp_sack = old\n"
			   "[thresholds]\na.b = 1\na.c = 1\n");
	write_profile(fixture, "parent",
		      HEAD "inherits = grandparent\n[sysctl]\nnet.core.somaxconn = >= 2\n"
			   "[reason]\nnet.core.somaxconn = middle\n");
	write_profile(fixture, "child",
		      "[profile]\nsummary = c\ninherits = parent\n[parameters]\nx = 3\n"
		      "[sysctl]\nnet/core/somaxconn = >= 3\n"
		      "[reason]\nnet.core.somaxconn = new\n[thresholds]\na.b = 3\n");
	assert_int_equal(load(fixture, "child", &profile, NULL), 0);
	assert_string_equal(profile.summary, "c");
	assert_int_equal(profile.parent_count, 1);
	assert_string_equal(profile.parents[0], "parent");
	assert_int_equal(profile.wanted_count, 2);
	assert_string_equal(find(&profile, "net.core.somaxconn")->elements[0].text, "3");
	assert_string_equal(find(&profile, "net.core.somaxconn")->reason, "new");
	assert_string_equal(find(&profile, "net.ipv4.tcp_sack")->reason, "old");
	assert_int_equal(profile.parameter_count, 2);
	assert_string_equal(profile.parameters[0].value, "3");
	assert_string_equal(profile.parameters[1].value, "1");
	assert_int_equal(profile.threshold_count, 2);
	assert_true(profile.thresholds[0].value == 3);
}

static void of_two_parents_the_last_named_wins(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(profile_clear) struct profile profile = { 0 };

	write_profile(
		fixture, "one",
		HEAD
		"[sysctl]\nnet.ipv4.tcp_sack = 0\n[reason]\nnet.ipv4.tcp_sack = a\n");
	write_profile(
		fixture, "two",
		HEAD
		"[sysctl]\nnet.ipv4.tcp_sack = 1\n[reason]\nnet.ipv4.tcp_sack = b\n");
	write_profile(fixture, "child", HEAD "inherits = one, two\n");
	assert_int_equal(load(fixture, "child", &profile, NULL), 0);
	assert_int_equal(profile.parent_count, 2);
	assert_int_equal(profile.wanted_count, 1);
	assert_string_equal(profile.wanted[0].reason, "b");
}

static void keep_takes_back_what_a_parent_sets(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(profile_clear) struct profile profile = { 0 };

	write_profile(fixture, "parent",
		      HEAD "[sysctl]\nnet.ipv4.tcp_sack = 1\nnet.core.somaxconn = >= 2\n"
			   "[reason]\nnet.ipv4.tcp_sack = a\nnet.core.somaxconn = b\n");
	write_profile(fixture, "child",
		      HEAD "inherits = parent\n[sysctl]\nnet.ipv4.tcp_sack = keep\n"
			   "[reason]\nnet.ipv4.tcp_sack = measured here\n");
	assert_int_equal(load(fixture, "child", &profile, NULL), 0);
	assert_int_equal(profile.wanted_count, 1);
	assert_string_equal(profile.wanted[0].key, "net.core.somaxconn");
}

static void a_cycle_of_inheritance_is_an_error(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(profile_clear) struct profile profile = { 0 };
	struct error err = { 0 };

	write_profile(fixture, "self", HEAD "inherits = self\n");
	write_profile(fixture, "a", HEAD "inherits = b\n");
	write_profile(fixture, "b", HEAD "inherits = a\n");
	assert_int_equal(load(fixture, "self", &profile, &err), -EINVAL);
	assert_non_null(strstr(err.text, "self.ini: inherits itself, through"));
	assert_int_equal(load(fixture, "a", &profile, &err), -EINVAL);
	assert_non_null(strstr(err.text, "a.ini: inherits itself, through"));
}

static void inheritance_has_limits(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(profile_clear) struct profile profile = { 0 };
	struct error err = { 0 };

	for (int i = 0; i < 9; i++) {
		char name[8], text[128];

		(void)snprintf(name, sizeof(name), "g%d", i);
		(void)snprintf(text, sizeof(text), HEAD "inherits = g%d g%d g%d\n", i + 1,
			       i + 1, i + 1);
		write_profile(fixture, name, i == 8 ? HEAD : text);
	}
	assert_int_equal(load(fixture, "g0", &profile, &err), -EINVAL);
	assert_non_null(strstr(err.text, "more than 8 generations"));
	assert_int_equal(load(fixture, "g4", &profile, &err), -EINVAL);
	assert_non_null(strstr(err.text, "inherits more than 64 files"));
	assert_int_equal(load(fixture, "g6", &profile, &err), 0);
}

static void a_missing_parent_is_named_with_its_child(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(profile_clear) struct profile profile = { 0 };
	struct error err = { 0 };

	write_profile(fixture, "orphan", HEAD "inherits = nobody\n");
	assert_int_equal(load(fixture, "orphan", &profile, &err), -ENOENT);
	assert_non_null(
		strstr(err.text, "orphan.ini: inherits 'nobody': there is no profile"));
}

static void a_file_in_a_folder_hides_the_built_in_one(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(profile_clear) struct profile built_in = { 0 };
	AUTO(profile_clear) struct profile own = { 0 };

	assert_int_equal(load(fixture, "server", &built_in, NULL), 0);
	assert_string_equal(built_in.file, "built-in/server.ini");
	write_profile(fixture, "server", "[profile]\nsummary = mine\n");
	assert_int_equal(load(fixture, "server", &own, NULL), 0);
	assert_string_equal(own.summary, "mine");
}

static void a_path_with_a_slash_is_a_file(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(profile_clear) struct profile profile = { 0 };
	struct error err = { 0 };
	char path[128];

	write_profile(fixture, "mine", HEAD "inherits = server\n");
	path_of(fixture, "mine", path, sizeof(path));
	assert_int_equal(profile_load(path, &profile, NULL), 0);
	assert_string_equal(profile.name, "mine");
	assert_string_equal(profile.file, path);
	assert_true(profile.wanted_count > 0);
	assert_int_equal(profile_load("/nowhere/x.ini", &profile, &err), -ENOENT);
	assert_string_equal(err.text, "there is no file '/nowhere/x.ini'");
	assert_int_equal(profile_load("x.ini", &profile, &err), -EINVAL);
	assert_string_equal(err.text,
			    "'x.ini' is no name of a profile (a path needs a '/')");
	assert_int_equal(load(fixture, "nobody", &profile, &err), -ENOENT);
	assert_string_equal(err.text, "there is no profile 'nobody'");
}

static void names_are_sorted_and_each_comes_once(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(profile_names_clear) struct profile_names names = { 0 };

	write_profile(fixture, "server", HEAD);
	write_profile(fixture, "aaa", HEAD);
	assert_int_equal(profile_names_load_from(fixture->folders, &names, NULL), 0);
	assert_int_equal(names.count, embedded_profile_count + 1);
	assert_string_equal(names.names[0], "aaa");
	for (size_t i = 1; i < names.count; i++)
		assert_true(strcmp(names.names[i - 1], names.names[i]) < 0);
}

static void the_needs_are_the_keys_and_what_expressions_name(void **state)
{
	const struct fixture *fixture = *state;
	AUTO(profile_clear) struct profile profile = { 0 };
	AUTO(needs_clear) struct needs needs = { 0 };

	write_profile(
		fixture, "needy",
		HEAD
		"[parameters]\nx = 1\n[recommend]\nwhen = SELECT 1 FROM destination_now\n"
		"[sysctl]\nnet.core.somaxconn = >= {max(:x, Sysctl ( 'net.ipv4.tcp_rmem' , 2))}\n"
		"net.core.rmem_max = >= {(SELECT count(*) FROM listener) + ports_usable()}\n"
		"net.core.wmem_max = >= {change('TcpExt.ListenDrops') + length('net.core.x')}\n"
		"[reason]\nnet.core.somaxconn = a\nnet.core.rmem_max = b\n"
		"net.core.wmem_max = c\n");
	assert_int_equal(load(fixture, "needy", &profile, NULL), 0);
	assert_int_equal(profile_add_needs(&profile, &needs, NULL), 0);
	needs_finish(&needs);
	assert_int_equal(needs.sysctl_count, 8);
	assert_true(needs_has_sysctl(&needs, "net.core.somaxconn"));
	assert_true(needs_has_sysctl(&needs, "net.ipv4.tcp_rmem"));
	assert_true(needs_has_sysctl(&needs, "net.ipv4.ip_local_reserved_ports"));
	assert_int_equal(needs.counter_count, 1);
	assert_true(needs.tables[TABLE_LISTENER]);
	assert_false(needs.tables[TABLE_DESTINATION]);
	assert_int_equal(profile_add_recommend_needs(&profile, &needs, NULL), 0);
	assert_true(needs.tables[TABLE_DESTINATION]);
}

/* The first words of a default may be the number that it is on most hosts. */
static bool repeats_default(const struct wanted *wanted)
{
	const struct sysctl_def *def = sysctl_find(wanted->key);

	return wanted->count == 1 && !wanted->elements[0].is_expression && def->initial &&
	       strcmp(def->initial, wanted->elements[0].text) == 0;
}

static void every_built_in_profile_loads(void **state)
{
	static const char *const no_folders[] = { NULL };

	(void)state;
	assert_true(embedded_profile_count >= 2);
	for (size_t i = 0; i < embedded_profile_count; i++) {
		AUTO(profile_clear) struct profile profile = { 0 };
		struct error err = { 0 };
		int code = profile_load_from(no_folders, embedded_profiles[i].name,
					     &profile, &err);

		assert_string_equal(err.text, "");
		assert_int_equal(code, 0);
		for (size_t j = 0; j < profile.wanted_count; j++)
			assert_int_equal(repeats_default(&profile.wanted[j]),
					 profile.wanted[j].is_guard);
	}
}

static void nginx_proxy_is_what_it_promises(void **state)
{
	static const char *const no_folders[] = { NULL };
	AUTO(profile_clear) struct profile profile = { 0 };

	(void)state;
	assert_int_equal(profile_load_from(no_folders, "nginx-proxy", &profile, NULL), 0);
	assert_string_equal(profile.parents[0], "proxy");
	assert_string_equal(find(&profile, "net.core.somaxconn")->elements[0].text,
			    "16384");
	assert_true(find(&profile, "net.ipv4.tcp_timestamps")->is_guard);
	assert_non_null(find(&profile, "net.ipv4.tcp_mtu_probing"));
	assert_null(find(&profile, "net.ipv4.tcp_tw_recycle"));
	assert_string_equal(profile.removed[0].key, "net.ipv4.tcp_tw_recycle");
	assert_non_null(strstr(profile.programs[0].advice, "backlog=16384"));
	assert_non_null(strstr(profile.programs[0].advice, "Connection \"\""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_profile_has_what_its_file_says),
		TEST(a_bad_line_is_named_with_its_reason),
		TEST(a_profile_needs_a_summary),
		TEST(the_child_wins_key_by_key),
		TEST(of_two_parents_the_last_named_wins),
		TEST(keep_takes_back_what_a_parent_sets),
		TEST(a_cycle_of_inheritance_is_an_error),
		TEST(inheritance_has_limits),
		TEST(a_missing_parent_is_named_with_its_child),
		TEST(a_file_in_a_folder_hides_the_built_in_one),
		TEST(a_path_with_a_slash_is_a_file),
		TEST(names_are_sorted_and_each_comes_once),
		TEST(the_needs_are_the_keys_and_what_expressions_name),
		cmocka_unit_test(every_built_in_profile_loads),
		cmocka_unit_test(nginx_proxy_is_what_it_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
