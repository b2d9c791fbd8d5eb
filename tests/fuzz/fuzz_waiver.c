/* Waivers. */
#include "fuzz_support.h"

#include "rules/waiver.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(waivers_clear) struct waiver_list list = { 0 };
	struct error err = { 0 };
	int code =
		waivers_parse("w.ini", (const char *)data, size, 1767225600, &list, &err);

	ALWAYS(code == 0 || code == -EINVAL || code == -EFBIG);
	ALWAYS((code == 0) == (err.text[0] == '\0'));
	if (code < 0)
		ALWAYS(strncmp(err.text, "w.ini", 5) == 0 && list.count == 0);
	for (size_t i = 0; i < list.count; i++) {
		const struct waiver *waiver = &list.waivers[i];
		const char *subject = waiver->subject ? waiver->subject : "0.0.0.0:80";
		const struct waiver *found = waivers_find(&list, waiver->rule, subject);

		ALWAYS(waiver->name && waiver->rule && waiver->reason &&
		       waiver->line > 0);
		/* its own subject, taken as a text, is one that it silences */
		ALWAYS(waiver->has_expired || found);
		ALWAYS(!found || !found->has_expired);
	}
	(void)waivers_find(&list, "x",
			   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	return 0;
}
