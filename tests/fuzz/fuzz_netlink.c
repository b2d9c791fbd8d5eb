/*
 * Recorded netlink answers: interfaces and their queueing disciplines (rtnetlink),
 * offloads and rings (ethtool), packet sockets and UDP sockets (sock_diag). The input is
 * the answer to each question in turn, the right one or not.
 */
#include "fuzz_support.h"

#include "collect/collect.h"

static const char *const impossible[] = {
	"SELECT count(*) FROM source WHERE (state = 'ok') <> (reason IS NULL)",
	"SELECT count(*) FROM link WHERE name = '' OR mtu < 0 OR is_up NOT IN (0, 1)",
	"SELECT count(*) FROM offload WHERE name = '' OR tso NOT IN (0, 1) OR gro NOT IN (0, 1)"
	" OR lro NOT IN (0, 1) OR rx_ring < 0 OR rx_ring_max < 0 OR tx_ring < 0 OR tx_ring_max < 0",
	"SELECT count(*) FROM capture WHERE type = '' OR protocol NOT BETWEEN 0 AND 65535"
	" OR ring_bytes < 0 OR ring_blocks < 0 OR queue < 0 OR drops < 0",
	/* what a ring drops is never known */
	"SELECT count(*) FROM capture WHERE ring_bytes > 0 AND drops IS NOT NULL",
	"SELECT count(*) FROM udp_socket WHERE sockets < 0 OR port NOT BETWEEN 0 AND 65535"
	" OR queue < 0 OR drops < 0",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const files[] = { "netlink/link.nl",	    "netlink/qdisc.nl",
					     "netlink/features.nl", "netlink/rings.nl",
					     "netlink/packet.nl",   "netlink/udp4.nl" };
	struct evidence *evidence = fuzz_evidence();
	struct needs needs = { 0 };
	struct error err = { 0 };

	needs.tables[TABLE_LINK] = needs.tables[TABLE_OFFLOAD] = true;
	needs.tables[TABLE_CAPTURE] = needs.tables[TABLE_UDP_SOCKET] = true;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		fuzz_put(files[i], data, size);
	ALWAYS(collect_sample(fuzz_kernel(), &needs, evidence, &err) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(impossible); i++)
		if (fuzz_number(evidence, impossible[i]) != 0)
			fuzz_broken(__FILE__, (int)i, impossible[i]);
	return 0;
}
