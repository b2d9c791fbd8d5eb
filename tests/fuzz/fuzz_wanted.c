/* One wanted value: ">= 16384", "keep keep >= {2 * :bdp}". */
#include "fuzz_support.h"

#include "catalog/sysctl.h"
#include "profile/wanted.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const keys[] = { "net.core.somaxconn", "net.ipv4.tcp_rmem",
					    "net.ipv4.tcp_congestion_control",
					    "net.ipv4.ip_local_reserved_ports",
					    "net.ipv4.tcp_fastopen_key" };
	AUTO(wanted_clear) struct wanted wanted = { 0 };
	auto_free char *text = fuzz_string(data, size);
	struct error err = { 0 };
	int code = wanted_parse(text, &wanted, &err);

	ALWAYS(code == 0 || code == -EINVAL);
	ALWAYS((code == 0) == (err.text[0] == '\0'));
	if (code < 0)
		return 0;
	fuzz_check_wanted(&wanted);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		struct error reason = { 0 };

		code = wanted_check(sysctl_find(keys[i]), &wanted, &reason);
		ALWAYS((code == 0) == (reason.text[0] == '\0'));
	}
	return 0;
}
