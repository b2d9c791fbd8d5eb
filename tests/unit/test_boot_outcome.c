#include "boot/outcome.h"
#include "boot/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

/* A host below a folder of its own. */
struct host {
	char folder[64];
	struct boot_tree tree;
	struct boot_modules modules;
	struct boot_outcome outcome;
};

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static void host_clear(struct host *host)
{
	outcome_clear(&host->outcome);
	modules_clear(&host->modules);
	tree_clear(&host->tree);
	(void)nftw(host->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void host_init(struct host *host)
{
	*host = (struct host){ .folder = "/tmp/tcptune-boot-XXXXXX",
			       .tree = BOOT_TREE_NONE };
	assert_non_null(mkdtemp(host->folder));
}

static void make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0700);
		*slash = '/';
	}
}

static void put(const struct host *host, const char *path, const char *data)
{
	char whole[256];
	int fd;

	(void)snprintf(whole, sizeof(whole), "%s%s", host->folder, path);
	make_parents(whole);
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, strlen(data)), strlen(data));
	close(fd);
}

static void put_link(const struct host *host, const char *path, const char *target)
{
	char whole[256];

	(void)snprintf(whole, sizeof(whole), "%s%s", host->folder, path);
	make_parents(whole);
	assert_int_equal(symlink(target, whole), 0);
}

static void look(struct host *host, char *const *keys, size_t count)
{
	struct boot_host view = { .tree = &host->tree,
				  .modules = &host->modules,
				  .sys = -1,
				  .release = KERNEL(6, 1) };

	assert_int_equal(tree_load_host(host->folder, &host->tree, NULL), 0);
	assert_int_equal(modules_load(&host->tree.host, "", &host->modules), 0);
	assert_int_equal(outcome_build(&view, keys, count, &host->outcome, NULL), 0);
}

/* "30 /etc/x.conf:1" */
static void check(const struct host *host, const char *key, enum loader loader,
		  const char *value, const char *file, unsigned line)
{
	for (size_t i = 0; i < host->outcome.key_count; i++) {
		const struct boot_value *found = &host->outcome.keys[i].values[loader];
		const struct boot_claim *claim;

		if (strcmp(host->outcome.keys[i].key, key) != 0)
			continue;
		if (!value) {
			assert_false(found->is_set);
			return;
		}
		assert_true(found->is_set);
		assert_string_equal(found->value, value);
		claim = &host->outcome.simulations[loader].claims[found->claim];
		assert_string_equal(host->tree.files[claim->file].path, file);
		assert_int_equal(claim->line, line);
		return;
	}
	fail_msg("no key '%s'", key);
}

static void the_last_line_wins(void **state)
{
	AUTO(host_clear) struct host host;

	(void)state;
	host_init(&host);
	put(&host, "/usr/lib/sysctl.d/50-a.conf", "net.ipv4.tcp_fin_timeout=10\n");
	put(&host, "/etc/sysctl.d/10-b.conf", "net.ipv4.tcp_fin_timeout=20\n");
	put(&host, "/etc/sysctl.conf", "\nnet/ipv4/tcp_fin_timeout = 30\n");
	look(&host, NULL, 0);
	check(&host, "net.ipv4.tcp_fin_timeout", LOADER_SYSTEMD, "10",
	      "/usr/lib/sysctl.d/50-a.conf", 1);
	check(&host, "net.ipv4.tcp_fin_timeout", LOADER_PROCPS, "30", "/etc/sysctl.conf",
	      2);
}

static void an_earlier_folder_masks_a_name(void **state)
{
	AUTO(host_clear) struct host host;

	(void)state;
	host_init(&host);
	put(&host, "/usr/lib/sysctl.d/50-a.conf", "net.ipv4.tcp_sack=0\n");
	put(&host, "/run/sysctl.d/50-a.conf", "net.ipv4.tcp_sack=1\n");
	put(&host, "/usr/lib/sysctl.d/60-b.conf", "net.ipv4.tcp_dsack=0\n");
	put_link(&host, "/etc/sysctl.d/60-b.conf", "/dev/null");
	look(&host, NULL, 0);
	check(&host, "net.ipv4.tcp_sack", LOADER_SYSTEMD, "1", "/run/sysctl.d/50-a.conf",
	      1);
	assert_int_equal(host.outcome.key_count, 1);
}

static void links_stay_in_the_root(void **state)
{
	AUTO(host_clear) struct host host;

	(void)state;
	host_init(&host);
	put(&host, "/etc/sysctl.conf", "net.ipv4.tcp_sack=0\n");
	put_link(&host, "/etc/sysctl.d/99-sysctl.conf", "/etc/sysctl.conf");
	put_link(&host, "/etc/sysctl.d/98-loop.conf", "98-loop.conf");
	put_link(&host, "/etc/sysctl.d/97-out.conf", "../../../../../../etc/passwd");
	look(&host, NULL, 0);
	check(&host, "net.ipv4.tcp_sack", LOADER_SYSTEMD, "0",
	      "/etc/sysctl.d/99-sysctl.conf", 1);
	assert_int_equal(host.outcome.key_count, 1);
}

static void an_exclusion_takes_back_for_systemd_alone(void **state)
{
	AUTO(host_clear) struct host host;

	(void)state;
	host_init(&host);
	put(&host, "/etc/sysctl.d/1.conf", "net.ipv4.tcp_sack=0\n-net.ipv4.tcp_sack\n");
	look(&host, NULL, 0);
	check(&host, "net.ipv4.tcp_sack", LOADER_SYSTEMD, NULL, NULL, 0);
	check(&host, "net.ipv4.tcp_sack", LOADER_PROCPS, "0", "/etc/sysctl.d/1.conf", 1);
}

static void a_refused_line_does_not_win(void **state)
{
	AUTO(host_clear) struct host host;

	(void)state;
	host_init(&host);
	put(&host, "/etc/sysctl.d/1.conf",
	    "net.ipv4.tcp_syncookies=1\n"
	    "net.ipv4.ip_local_port_range=1000 65000\n"
	    "net.ipv4.tcp_tw_recycle=1\n");
	put(&host, "/etc/sysctl.d/2.conf", "net.ipv4.tcp_syncookies=on\n");
	look(&host, NULL, 0);
	/* systemd-sysctl keeps the last line only, and never tries the first */
	check(&host, "net.ipv4.tcp_syncookies", LOADER_SYSTEMD, NULL, NULL, 0);
	check(&host, "net.ipv4.tcp_syncookies", LOADER_PROCPS, "1",
	      "/etc/sysctl.d/1.conf", 1);
	check(&host, "net.ipv4.ip_local_port_range", LOADER_SYSTEMD, NULL, NULL, 0);
	check(&host, "net.ipv4.tcp_tw_recycle", LOADER_SYSTEMD, NULL, NULL, 0);
}

static void a_wanted_key_is_found_in_a_pattern(void **state)
{
	AUTO(host_clear) struct host host;
	char first[] = "net.ipv4.conf.eth0.rp_filter", second[] = "net.ipv4.tcp_sack";
	char *keys[] = { first, second };

	(void)state;
	host_init(&host);
	put(&host, "/etc/sysctl.d/1.conf", "net.ipv4.conf.*.rp_filter=2\n");
	look(&host, keys, 2);
	check(&host, first, LOADER_SYSTEMD, "2", "/etc/sysctl.d/1.conf", 1);
	check(&host, second, LOADER_SYSTEMD, NULL, NULL, 0);
	assert_int_equal(host.outcome.key_count, 2);
}

static void a_module_makes_a_value_unsure_unless_it_is_early(void **state)
{
	AUTO(host_clear) struct host host;

	(void)state;
	host_init(&host);
	put(&host, "/etc/sysctl.d/1.conf",
	    "net.netfilter.nf_conntrack_max=65536\nnet.bridge.bridge-nf-call-iptables=1\n");
	put(&host, "/etc/modules-load.d/x.conf", "# x\nnf_conntrack\n");
	look(&host, NULL, 0);
	for (size_t i = 0; i < host.outcome.key_count; i++) {
		const struct boot_key *key = &host.outcome.keys[i];

		assert_int_equal(key->values[LOADER_SYSTEMD].is_unknown,
				 strcmp(key->key, "net.netfilter.nf_conntrack_max") != 0);
	}
	assert_int_equal(host.outcome.key_count, 2);
}

static void ufw_and_tuned_are_seen(void **state)
{
	AUTO(host_clear) struct host host;
	AUTO(owners_clear) struct boot_owners owners = { 0 };

	(void)state;
	host_init(&host);
	put(&host, "/etc/ufw/ufw.conf", "ENABLED=yes\n");
	put(&host, "/etc/ufw/sysctl.conf", "#x\nnet/ipv4/tcp_syncookies=0\n");
	put(&host, "/etc/tuned/active_profile", "mine\n");
	put(&host, "/etc/tuned/mine/tuned.conf",
	    "[main]\ninclude=base\n[sysctl]\nnet.core.somaxconn = 4096 # x\n");
	put(&host, "/usr/lib/tuned/base/tuned.conf",
	    "[sysctl]\nnet.core.rmem_max = >1048576\n");
	look(&host, NULL, 0);
	assert_int_equal(owners_load(&host.tree.host, &owners), 0);
	assert_int_equal(owners.count, 3);
	assert_string_equal(owners.owners[0].owner, "ufw");
	assert_string_equal(owners.owners[0].path, "net/ipv4/tcp_syncookies");
	assert_int_equal(owners.owners[0].line, 2);
	assert_string_equal(owners.owners[1].path, "net/core/rmem_max");
	assert_null(owners.owners[1].value);
	assert_string_equal(owners.owners[2].value, "4096");
	assert_int_equal(owners.owners[2].order, OWNER_REAPPLIED);
}

static void the_command_line_comes_first_and_a_credential_last(void **state)
{
	AUTO(host_clear) struct host host;
	AUTO(owners_clear) struct boot_owners owners = { 0 };

	(void)state;
	host_init(&host);
	put(&host, "/proc/cmdline",
	    "quiet sysctl.net.ipv4.tcp_sack=0  sysctl.kernel/panic=1 sysctl.x\n");
	put(&host, "/etc/credstore/sysctl.extra", "net.core.somaxconn = 512\n");
	put(&host, "/usr/lib/credstore/sysctl.extra", "net.core.somaxconn = 9\n");
	look(&host, NULL, 0);
	assert_int_equal(owners_load(&host.tree.host, &owners), 0);
	assert_int_equal(owners.count, 3);
	assert_string_equal(owners.owners[0].path, "net/ipv4/tcp_sack");
	assert_string_equal(owners.owners[0].value, "0");
	assert_int_equal(owners.owners[0].order, OWNER_BEFORE);
	assert_string_equal(owners.owners[1].path, "kernel/panic");
	assert_string_equal(owners.owners[2].value, "512");
	assert_int_equal(owners.owners[2].order, OWNER_AFTER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_line_wins),
		cmocka_unit_test(an_earlier_folder_masks_a_name),
		cmocka_unit_test(links_stay_in_the_root),
		cmocka_unit_test(an_exclusion_takes_back_for_systemd_alone),
		cmocka_unit_test(a_refused_line_does_not_win),
		cmocka_unit_test(a_wanted_key_is_found_in_a_pattern),
		cmocka_unit_test(a_module_makes_a_value_unsure_unless_it_is_early),
		cmocka_unit_test(ufw_and_tuned_are_seen),
		cmocka_unit_test(the_command_line_comes_first_and_a_credential_last),
	};

	return cmocka_run_group_tests_name("boot_outcome", tests, NULL, NULL);
}
