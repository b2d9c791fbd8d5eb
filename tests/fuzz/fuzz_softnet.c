/* Tables of hexadecimal numbers, a line for each CPU: softnet_stat and the neighbour
 * caches. */
#include "fuzz_support.h"

static const char *const impossible[] = {
	"SELECT count(*) FROM softnet WHERE processed < 0 OR dropped < 0 OR time_squeeze < 0",
	"SELECT count(*) FROM softnet WHERE received_rps < 0 OR flow_limit_count < 0",
	"SELECT count(*) FROM softnet WHERE backlog_len < 0 OR input_qlen < 0 OR process_qlen < 0",
	"SELECT count(*) FROM counter WHERE value < 0",
	/* each CPU once */
	"SELECT count(*) FROM (SELECT 1 FROM softnet GROUP BY sample, cpu HAVING count(*) > 1)",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		const char *path;
		const struct source *source;
	} files[] = {
		{ "proc/net/softnet_stat", &source_softnet_stat },
		{ "proc/net/stat/arp_cache", &source_arp_cache },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct evidence *evidence = fuzz_evidence();

		fuzz_put(files[i].path, data, size);
		fuzz_read(files[i].source, evidence);
		for (size_t k = 0; k < ARRAY_SIZE(impossible); k++)
			if (fuzz_number(evidence, impossible[k]) != 0)
				fuzz_broken(__FILE__, (int)k, impossible[k]);
	}
	return 0;
}
