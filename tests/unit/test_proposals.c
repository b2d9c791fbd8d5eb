/* Which built-in profiles evidence speaks for. */
#include "base/database.h"
#include "cli/propose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void put(struct evidence *evidence, const char *sql)
{
	struct error err = { 0 };

	if (database_run(evidence->db, sql, &err) < 0)
		fail_msg("%s", err.text);
}

/* What is proposed, as "name name ", for evidence that SQL adds to an idle host. */
static void check(const char *sql, const char *expected)
{
	AUTO(proposals_clear) struct proposal_list list = { 0 };
	AUTO(text_clear) struct text names = { 0 };
	struct evidence evidence;
	struct error err = { 0 };

	assert_int_equal(evidence_open_memory(&evidence, &err), 0);
	put(&evidence,
	    "INSERT INTO sample (id, taken, uptime, is_init_netns, page_bytes) VALUES (1, 1, 1, 1, 4096);"
	    "DELETE FROM window; INSERT INTO window VALUES (NULL, 1)");
	put(&evidence, sql);
	assert_int_equal(propose_profiles(&evidence, &list, &err), 0);
	for (size_t i = 0; i < list.count; i++) {
		assert_non_null(list.rows[i].why);
		text_addf(&names, "%s ", list.rows[i].profile);
	}
	assert_string_equal(text_string(&names), expected);
	evidence_close(&evidence);
}

#define STATES(count) "INSERT INTO tcp_state VALUES (1, 4, 'ESTABLISHED', " #count ", 0);"
#define LISTENER(port, established)                                                                 \
	"INSERT INTO listener (sample, cookie, family, address, port, queue, queue_limit, waiting," \
	" syn_received, established, time_wait, uid, inode) VALUES (1, " #port                      \
	", 4, '0.0.0.0', " #port ", 0, 511, 0, 0, " #established ", 0, 0, 1);"
#define DESTINATION(address, count)                                                             \
	"INSERT INTO destination (sample, family, source, address, port, is_loopback, sockets," \
	" missed, established, time_wait, time_wait_old, syn_sent, outside, syn_retried,"       \
	" syn_stuck) VALUES (1, 4, '192.0.2.1', '" address "', 80, 0, " #count                  \
	", 0, " #count ", 0, 0, 0, 0, 0, 0);"

static void an_idle_host_is_proposed_nothing(void **state)
{
	(void)state;
	check("", "");
	check(STATES(20) LISTENER(5432, 20), "");
}

static void a_proxy_feeds_few_destinations_from_its_listeners(void **state)
{
	(void)state;
	check(STATES(900) LISTENER(443, 500) DESTINATION("192.0.2.10", 200)
		      DESTINATION("192.0.2.11", 200),
	      "proxy ");
	/* a crawler: as many connections, each to another host */
	check(STATES(600) LISTENER(443, 500) DESTINATION("192.0.2.10", 10),
	      "web-server ");
	check(STATES(600) LISTENER(22, 10) DESTINATION("192.0.2.10", 400), "");
}

static void a_server_is_told_by_its_port(void **state)
{
	(void)state;
	check(STATES(100) LISTENER(5432, 90), "database ");
	check(STATES(100) LISTENER(6379, 90), "cache ");
	check(STATES(100) LISTENER(9092, 90), "message-broker ");
	check(STATES(100) LISTENER(10250, 3), "kubernetes-node ");
	check(STATES(100) LISTENER(7000, 90), "");
}

static void very_many_connections_are_told_by_their_number(void **state)
{
	(void)state;
	check(STATES(30000) LISTENER(1883, 30000), "many-idle ");
	check(STATES(3000) LISTENER(22, 1) DESTINATION("192.0.2.10", 3000),
	      "load-generator ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_idle_host_is_proposed_nothing),
		cmocka_unit_test(a_proxy_feeds_few_destinations_from_its_listeners),
		cmocka_unit_test(a_server_is_told_by_its_port),
		cmocka_unit_test(very_many_connections_are_told_by_their_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
