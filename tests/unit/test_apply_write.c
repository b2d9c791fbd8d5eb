/* Writing and putting back, against a kernel that refuses, clamps, tears and spreads. */
#include "apply/write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_door.h"

#define SOMAXCONN    "net/core/somaxconn"
#define TIMEOUT	     "net/ipv4/tcp_fin_timeout"
#define RMEM	     "net/ipv4/tcp_rmem"
#define FORWARD	     "net/ipv4/ip_forward"
#define ETH0_FORWARD "net/ipv4/conf/eth0/forwarding"
#define REDIRECTS    "net/ipv4/conf/all/accept_redirects"

static void add_key(struct record *record, const char *key, enum key_role role,
		    const char *old, const char *wanted)
{
	struct record_key *row = record_add_key(record);

	assert_non_null(row);
	assert_int_equal(record_set_text(&row->key, key), 0);
	assert_int_equal(record_set_text(&row->old, old), 0);
	assert_int_equal(record_set_text(&row->wanted, wanted), 0);
	row->role = role;
	row->def = sysctl_find(key);
}

static void fill_kernel(struct fake_door *fake)
{
	fake_set(fake, SOMAXCONN, "128");
	fake_set(fake, TIMEOUT, "60");
	fake_set(fake, RMEM, "4096\t131072\t6291456");
	fake_set(fake, FORWARD, "0");
	fake_set(fake, ETH0_FORWARD, "0");
	fake_set(fake, REDIRECTS, "1");
}

static void fill_record(struct record *record)
{
	add_key(record, "net.ipv4.ip_forward", ROLE_CHANGE, "0", "1");
	add_key(record, "net.core.somaxconn", ROLE_CHANGE, "128", "4096");
	add_key(record, "net.ipv4.tcp_rmem", ROLE_CHANGE, "4096\t131072\t6291456",
		"8192 65536 8388608");
	add_key(record, "net.ipv4.tcp_fin_timeout", ROLE_CHANGE, "60", "30");
	add_key(record, "net.ipv4.conf.eth0.forwarding", ROLE_REACH, "0", NULL);
	add_key(record, "net.ipv4.conf.all.accept_redirects", ROLE_REACH, "1", NULL);
}

static void assert_is_old(struct fake_door *fake)
{
	struct fake_door old = { 0 };

	fill_kernel(&old);
	for (size_t i = 0; i < old.key_count; i++)
		assert_string_equal(fake_get(fake, old.keys[i].path), old.keys[i].value);
}

static void run_changes(struct fake_door *fake, struct record *record,
			struct write_result *result)
{
	static const char *const texts[] = { "1", "4096", "8192 65536 8388608", "30" };
	const struct sysctl_door door = fake_door_open(fake);
	AUTO(restore_clear) struct restore restore = { 0 };
	int r = write_prepare_restore(record, &restore);

	assert_int_equal(r, 0);
	r = write_changes(record, texts, &door, &restore, result);
	assert_int_equal(r, result->code);
}

static void everything_is_written_and_read_back(void **state)
{
	AUTO(record_clear) struct record record = { 0 };
	struct fake_door fake = { 0 };
	struct write_result result;

	(void)state;
	fill_kernel(&fake);
	fill_record(&record);
	run_changes(&fake, &record, &result);
	assert_int_equal(result.code, 0);
	assert_int_equal(fake.write_count, 4);
	assert_string_equal(fake_get(&fake, TIMEOUT), "30");
	assert_string_equal(record.keys[1].after, "4096");
	assert_string_equal(
		record_find_key(&record, "net.ipv4.conf.eth0.forwarding")->after, "1");
}

static void the_write_that_fails_undoes_those_before_it(void **state)
{
	static const int errors[] = { EINVAL, EPERM, ENOENT, EIO };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		for (unsigned at = 1; at <= 4; at++) {
			AUTO(record_clear) struct record record = { 0 };
			struct fake_door fake = { .fails_at = at,
						  .error = errors[i],
						  .is_torn = true };
			struct write_result result;

			fill_kernel(&fake);
			fill_record(&record);
			run_changes(&fake, &record, &result);
			assert_int_equal(result.code, -errors[i]);
			assert_int_equal(result.failed, at - 1);
			assert_int_equal(result.not_restored, 0);
			assert_is_old(&fake);
		}
	}
}

static void a_value_that_the_kernel_keeps_is_a_failure(void **state)
{
	AUTO(record_clear) struct record record = { 0 };
	struct fake_door fake = { .clamp_path = TIMEOUT };
	struct write_result result;

	(void)state;
	fill_kernel(&fake);
	fill_record(&record);
	run_changes(&fake, &record, &result);
	assert_int_equal(result.code, -ERANGE);
	assert_string_equal(result.got, "60");
	assert_int_equal(result.not_restored, 0);
	assert_is_old(&fake);
}

static void what_cannot_be_put_back_is_counted(void **state)
{
	AUTO(record_clear) struct record record = { 0 };
	struct fake_door fake = { .fails_at = 3, .fails_on = true, .error = EPERM };
	struct write_result result;

	(void)state;
	fill_kernel(&fake);
	fill_record(&record);
	run_changes(&fake, &record, &result);
	assert_int_equal(result.code, -EPERM);
	/* ip_forward and what it reached, somaxconn */
	assert_int_equal(result.not_restored, 4);
}

static void what_is_right_is_not_written(void **state)
{
	AUTO(restore_clear) struct restore restore = { 0 };
	struct fake_door fake = { 0 };
	const struct sysctl_door door = fake_door_open(&fake);

	(void)state;
	fill_kernel(&fake);
	assert_int_equal(restore_init(&restore, 2), 0);
	assert_int_equal(restore_add(&restore, "net.core.somaxconn", "128"), 0);
	assert_int_equal(
		restore_add(&restore, "net.ipv4.tcp_rmem", "4096 131072 6291456"), 0);
	restore_finish(&restore);
	assert_int_equal(restore_run(&restore, &door), 0);
	assert_int_equal(fake.write_count, 0);
}

static void an_order_that_the_kernel_refuses_is_found(void **state)
{
	AUTO(restore_clear) struct restore restore = { 0 };
	struct fake_door fake = { .lesser = "net/ipv4/ip_unprivileged_port_start",
				  .greater = "net/ipv4/ip_local_port_range" };
	const struct sysctl_door door = fake_door_open(&fake);

	(void)state;
	fake_set(&fake, fake.lesser, "0");
	fake_set(&fake, fake.greater, "100 65000");
	assert_int_equal(restore_init(&restore, 2), 0);
	assert_int_equal(
		restore_add(&restore, "net.ipv4.ip_local_port_range", "32768 60999"), 0);
	assert_int_equal(
		restore_add(&restore, "net.ipv4.ip_unprivileged_port_start", "1024"), 0);
	restore_finish(&restore);
	assert_int_equal(restore_run(&restore, &door), 0);
	assert_string_equal(fake_get(&fake, fake.lesser), "1024");
	assert_string_equal(fake_get(&fake, fake.greater), "32768 60999");
}

static void a_rounded_name_is_never_written_back(void **state)
{
	AUTO(restore_clear) struct restore restore = { 0 };
	struct fake_door fake = { 0 };
	const struct sysctl_door door = fake_door_open(&fake);

	(void)state;
	fake_set(&fake, "net/ipv4/neigh/eth0/unres_qlen", "50");
	fake_set(&fake, "net/ipv4/neigh/eth0/unres_qlen_bytes", "104500");
	assert_int_equal(restore_init(&restore, 2), 0);
	assert_int_equal(restore_add(&restore, "net.ipv4.neigh.eth0.unres_qlen", "101"),
			 0);
	assert_int_equal(
		restore_add(&restore, "net.ipv4.neigh.eth0.unres_qlen_bytes", "212992"),
		0);
	restore_finish(&restore);
	/* this kernel does not know that they are one: the shadow stays wrong, and is
	 * told */
	assert_int_equal(restore_run(&restore, &door), 1);
	for (unsigned i = 0; i < fake.write_count; i++)
		assert_string_equal(fake.writes[i],
				    "net/ipv4/neigh/eth0/unres_qlen_bytes");
}

static void a_key_that_is_gone_is_no_failure(void **state)
{
	AUTO(restore_clear) struct restore restore = { 0 };
	struct fake_door fake = { 0 };
	const struct sysctl_door door = fake_door_open(&fake);

	(void)state;
	assert_int_equal(restore_init(&restore, 1), 0);
	assert_int_equal(restore_add(&restore, "net.ipv4.conf.eth0.rp_filter", "0"), 0);
	restore_finish(&restore);
	assert_int_equal(restore_run(&restore, &door), 0);
	assert_int_equal(restore.keys[0].result, -ENOENT);
}

static void only_sysctls_of_the_network_are_behind_the_door(void **state)
{
	static const struct {
		const char *path;
		bool is_allowed;
	} cases[] = {
		{ "net/core/somaxconn", true },
		{ "fs/file-max", true },
		{ "fs/nr_open", true },
		{ "kernel/core_pattern", false },
		{ "net", false },
		{ "net/../kernel/core_pattern", false },
		{ "fs/file-max/x", false },
		{ "vm/swappiness", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(door_allows(cases[i].path), cases[i].is_allowed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_written_and_read_back),
		cmocka_unit_test(the_write_that_fails_undoes_those_before_it),
		cmocka_unit_test(a_value_that_the_kernel_keeps_is_a_failure),
		cmocka_unit_test(what_cannot_be_put_back_is_counted),
		cmocka_unit_test(what_is_right_is_not_written),
		cmocka_unit_test(an_order_that_the_kernel_refuses_is_found),
		cmocka_unit_test(a_rounded_name_is_never_written_back),
		cmocka_unit_test(a_key_that_is_gone_is_no_failure),
		cmocka_unit_test(only_sysctls_of_the_network_are_behind_the_door),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
