/* What stands in the files for the next boot, and how files are put in place. */
#include "apply/persist_text.h"
#include "base/file.h"
#include "base/file_write.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void add_key(struct record *record, enum key_role role, const char *key,
		    const char *wanted, const char *reason)
{
	struct record_key *row = record_add_key(record);

	assert_non_null(row);
	row->role = role;
	assert_int_equal(record_set_text(&row->key, key), 0);
	assert_int_equal(record_set_text(&row->wanted, wanted), 0);
	assert_int_equal(record_set_text(&row->origin, "profile shop"), 0);
	assert_int_equal(record_set_text(&row->reason, reason), 0);
}

/* Two changes; the second holds one key of the first. */
static void fill(struct record_list *list)
{
	list->records = calloc(2, sizeof(*list->records));
	assert_non_null(list->records);
	list->count = 2;
	list->records[0].id = 3;
	list->records[0].is_persistent = true;
	add_key(&list->records[0], ROLE_CHANGE, "net.core.somaxconn", "1000", "bursts");
	add_key(&list->records[0], ROLE_CLAIM, "net.ipv4.tcp_sack", "1", NULL);
	add_key(&list->records[0], ROLE_REACH, "net.ipv4.ip_forward", NULL, NULL);
	list->records[1].id = 4;
	list->records[1].is_persistent = true;
	add_key(&list->records[1], ROLE_CHANGE, "net.core.somaxconn", "2000",
		"more\nnet.ipv4.tcp_sack = 0");
}

static void of_two_changes_the_later_counts(void **state)
{
	AUTO(record_list_clear) struct record_list list = { 0 };
	AUTO(text_clear) struct text text = { 0 };
	const char *body;

	(void)state;
	fill(&list);
	assert_int_equal(persist_add_sysctls(&list, &text), 0);
	body = strstr(text_string(&text), "\n\n");
	assert_non_null(body);
	assert_string_equal(body, "\n\n"
				  "# change 3, profile shop\n"
				  "net.ipv4.tcp_sack = 1\n"
				  "\n"
				  "# change 4, profile shop: more net.ipv4.tcp_sack = 0\n"
				  "net.core.somaxconn = 2000\n");
	assert_string_equal(persist_find(&list, "net.core.somaxconn")->wanted, "2000");
	assert_null(persist_find(&list, "net.ipv4.ip_forward"));
}

static void what_is_not_persistent_is_in_no_file(void **state)
{
	AUTO(record_list_clear) struct record_list list = { 0 };
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	fill(&list);
	list.records[1].is_persistent = false;
	assert_int_equal(persist_add_sysctls(&list, &text), 0);
	assert_non_null(strstr(text_string(&text), "net.core.somaxconn = 1000\n"));
	list.records[0].is_persistent = false;
	text_reset(&text);
	assert_int_equal(persist_add_sysctls(&list, &text), 0);
	assert_int_equal(text.length, 0);
}

static void a_dot_in_an_interface_becomes_a_slash(void **state)
{
	AUTO(record_list_clear) struct record_list list = { 0 };
	AUTO(text_clear) struct text text = { 0 };

	(void)state;
	fill(&list);
	add_key(&list.records[1], ROLE_CHANGE, "net.ipv4.conf.eth0.5.rp_filter", "2",
		NULL);
	assert_int_equal(persist_add_sysctls(&list, &text), 0);
	assert_non_null(
		strstr(text_string(&text), "\nnet.ipv4.conf.eth0/5.rp_filter = 2\n"));
}

static void secrets_and_patterns_are_kept_in_no_file(void **state)
{
	(void)state;
	assert_int_equal(persist_check_key("net.ipv4.tcp_fastopen_key", NULL), -EPERM);
	assert_int_equal(persist_check_key("net.ipv4.conf.a*.rp_filter", NULL), -EPERM);
	assert_int_equal(persist_check_key("net.ipv4.conf.eth0.rp_filter", NULL), 0);
}

static void a_module_is_named_once(void **state)
{
	AUTO(record_list_clear) struct record_list list = { 0 };
	AUTO(text_clear) struct text text = { 0 };
	const char *names;

	(void)state;
	fill(&list);
	assert_int_equal(record_set_text(&list.records[0].modules, "br_netfilter\n"), 0);
	assert_int_equal(record_set_text(&list.records[1].modules,
					 "nf_conntrack\nbr_netfilter\n"),
			 0);
	assert_int_equal(persist_add_modules(&list, &text), 0);
	names = strchr(text_string(&text), '\n');
	assert_non_null(names);
	assert_string_equal(names, "\nbr_netfilter\nnf_conntrack\n");
}

static void a_file_is_replaced_as_a_whole(void **state)
{
	char path[] = "/tmp/test_persist.XXXXXX";
	AUTO(text_clear) struct text text = { 0 };
	struct stat about;
	int dir;

	(void)state;
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(dir >= 0);
	/* what a crash left is in nobody's way */
	assert_int_equal(symlinkat("/nowhere", dir, ".x.conf.new"), 0);
	assert_int_equal(file_replace(dir, "x.conf", "long text", 9, 0644), 0);
	assert_int_equal(file_replace(dir, "x.conf", "short", 5, 0640), 0);
	assert_int_equal(file_read(dir, "x.conf", 100, &text), 0);
	assert_string_equal(text_string(&text), "short");
	assert_int_equal(fstatat(dir, "x.conf", &about, 0), 0);
	assert_int_equal(about.st_mode & 07777, 0640);
	assert_int_equal(fstatat(dir, ".x.conf.new", &about, AT_SYMLINK_NOFOLLOW), -1);
	assert_int_equal(file_remove(dir, "x.conf"), 0);
	assert_int_equal(file_remove(dir, "x.conf"), 0);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(file_replace(dir, "x.conf", "", 0, 0644), -ENOENT);
	close(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_two_changes_the_later_counts),
		cmocka_unit_test(what_is_not_persistent_is_in_no_file),
		cmocka_unit_test(a_dot_in_an_interface_becomes_a_slash),
		cmocka_unit_test(secrets_and_patterns_are_kept_in_no_file),
		cmocka_unit_test(a_module_is_named_once),
		cmocka_unit_test(a_file_is_replaced_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
