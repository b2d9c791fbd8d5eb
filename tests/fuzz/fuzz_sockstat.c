/* /proc/net/sockstat and sockstat6: a protocol, then names and numbers; snmp6: lines. */
#include "fuzz_support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct evidence *evidence = fuzz_evidence();

	fuzz_put("proc/net/sockstat", data, size);
	fuzz_put("proc/net/sockstat6", data, size);
	fuzz_put("proc/net/snmp6", data, size);
	fuzz_read(&source_sockstat, evidence);
	fuzz_read(&source_sockstat6, evidence);
	fuzz_read(&source_snmp6, evidence);
	/* whose file it was stands in front of each name */
	ALWAYS(fuzz_number(evidence, "SELECT count(*) FROM counter WHERE name NOT GLOB "
				     "'sockstat.*' AND name NOT GLOB 'sockstat6.*' "
				     "AND name NOT GLOB 'snmp6.*'") == 0);
	ALWAYS(fuzz_number(
		       evidence,
		       "SELECT (SELECT count(*) FROM counter WHERE name GLOB 'sockstat.*')"
		       " <> (SELECT count(*) FROM counter WHERE name GLOB 'sockstat6.*')") ==
	       0);
	return 0;
}
