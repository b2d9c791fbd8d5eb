/* /proc/net/snmp and netstat: pairs of lines. */
#include "fuzz_support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct evidence *evidence = fuzz_evidence();

	fuzz_put("proc/net/snmp", data, size);
	fuzz_put("proc/net/netstat", data, size);
	fuzz_read(&source_snmp, evidence);
	fuzz_read(&source_netstat, evidence);
	/* the same file gives the same counters, whichever name it has */
	ALWAYS(fuzz_number(evidence, "SELECT count(*) FROM (SELECT name FROM counter "
				     "GROUP BY name, value HAVING count(*) <> 2)") == 0);
	/* a counter has a protocol in front, and a name that is not cut */
	ALWAYS(fuzz_number(evidence, "SELECT count(*) FROM counter "
				     "WHERE instr(CAST(name AS BLOB), x'2e') = 0 "
				     "OR length(CAST(name AS BLOB)) > 95") == 0);
	return 0;
}
