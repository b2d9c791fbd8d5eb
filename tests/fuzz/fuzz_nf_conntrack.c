/* /proc/net/stat/nf_conntrack: a heading and a line for each CPU; and the count. */
#include "fuzz_support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct evidence *evidence = fuzz_evidence();

	fuzz_put("proc/net/stat/nf_conntrack", data, size);
	fuzz_put("proc/sys/net/netfilter/nf_conntrack_count", data, size);
	fuzz_read(&source_nf_conntrack, evidence);
	/* hexadecimal numbers have no sign, and a sum that does not fit is not known */
	ALWAYS(fuzz_number(evidence, "SELECT count(*) FROM counter WHERE value < 0 "
				     "AND name <> 'nf_conntrack.count'") == 0);
	ALWAYS(fuzz_number(evidence, "SELECT count(*) FROM counter "
				     "WHERE name NOT GLOB 'nf_conntrack.?*'") == 0);
	return 0;
}
