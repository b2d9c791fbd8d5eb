/* /proc/net/protocols: a table with a heading. */
#include "fuzz_support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct evidence *evidence = fuzz_evidence();

	fuzz_put("proc/net/protocols", data, size);
	fuzz_read(&source_protocols, evidence);
	ALWAYS(fuzz_number(evidence,
			   "SELECT count(*) FROM counter WHERE name NOT IN "
			   "('protocols.TCP.memory', 'protocols.TCP.pressure')") == 0);
	ALWAYS(fuzz_number(evidence,
			   "SELECT count(*) FROM counter WHERE value NOT IN (0, 1) "
			   "AND name = 'protocols.TCP.pressure'") == 0);
	return 0;
}
