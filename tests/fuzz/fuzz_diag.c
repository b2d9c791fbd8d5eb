/* inet_diag: a recorded answer of the kernel, through the whole source. */
#include "fuzz_support.h"

#include "collect/collect.h"

static const char *const impossible[] = {
	"SELECT count(*) FROM source WHERE (state = 'ok') <> (reason IS NULL)",
	"SELECT count(*) <> 1 FROM source WHERE name = 'tcp'",
	"SELECT count(*) FROM tcp_state WHERE sockets <= 0 OR timewait < 0 OR timewait > sockets"
	" OR family NOT IN (4, 6)",
	"SELECT count(*) FROM listener WHERE queue < 0 OR queue_limit < 0 OR drops < 0 OR"
	" waiting < 0 OR oldest_waiting_ms < 0 OR syn_received < 0 OR established < 0 OR"
	" time_wait < 0 OR port NOT BETWEEN 0 AND 65535 OR waiting > established +"
	" (SELECT coalesce(sum(sockets), 0) FROM tcp_state WHERE state = 'CLOSE_WAIT')",
	"SELECT count(*) FROM destination WHERE sockets < 0 OR missed < 0 OR outside < 0 OR"
	" established + time_wait + syn_sent > sockets OR time_wait_old > time_wait",
	"SELECT count(*) FROM source_address WHERE ports > sockets OR ports NOT BETWEEN 1 AND"
	" 65535",
	"SELECT count(*) FROM closing WHERE sockets <= 0 OR backoff > sockets OR oldest_ms < 0",
	/* each outgoing socket is in one group */
	"SELECT (SELECT coalesce(sum(sockets + outside), 0) FROM destination) >"
	" (SELECT coalesce(sum(sockets), 0) FROM tcp_state)",
	/* a port cannot be shared by more than there are */
	"SELECT count(*) FROM port_use WHERE occupied < 0 OR share < 0",
	"SELECT count(*) FROM socket WHERE receive_queue < 0 OR rtt_us < 0 OR cwnd < 0 OR"
	" busy_us < 0 OR port NOT BETWEEN 0 AND 65535 OR family NOT IN (4, 6)",
	"SELECT count(*) FROM socket_count WHERE sockets < 0 OR sockets >"
	" (SELECT sockets FROM socket_count WHERE what = 'all')",
	"SELECT (SELECT count(*) FROM socket) > 11 * 16",
	"SELECT count(*) FROM (SELECT 1 FROM socket GROUP BY cookie HAVING count(*) > 1)",
	/* one row a kind */
	"SELECT count(*) FROM (SELECT 1 FROM tcp_state GROUP BY family, state HAVING count(*) > 1)",
	"SELECT count(*) FROM (SELECT 1 FROM destination GROUP BY family, source, address, port "
	"HAVING count(*) > 1)",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char range[] = "1024\t60999\n";
	struct evidence *evidence = fuzz_evidence();
	char *keys[] = { (char *)"net.ipv4.ip_local_port_range" };
	struct needs needs = { .sysctls = keys, .sysctl_count = 1 };
	struct error err = { 0 };

	needs.tables[TABLE_TCP_STATE] = needs.tables[TABLE_LISTENER] = true;
	needs.tables[TABLE_DESTINATION] = needs.tables[TABLE_SOURCE_ADDRESS] = true;
	needs.tables[TABLE_CLOSING] = needs.tables[TABLE_SOCKET] = true;
	needs.tables[TABLE_SOCKET_COUNT] = true;
	fuzz_put("proc/sys/net/ipv4/ip_local_port_range", (const uint8_t *)range,
		 sizeof(range) - 1);
	fuzz_put("netlink/tcp4.nl", data, size);
	ALWAYS(collect_sample(fuzz_kernel(), &needs, evidence, &err) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(impossible); i++)
		if (fuzz_number(evidence, impossible[i]) != 0)
			fuzz_broken(__FILE__, (int)i, impossible[i]);
	return 0;
}
