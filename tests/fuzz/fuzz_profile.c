/* The bytes of a profile, with the built-in ones to inherit from. */
#include "fuzz_support.h"

#include "profile/profile.h"

#include <errno.h>

static void compare(const struct profile *profile)
{
	AUTO(comparison_list_clear) struct comparison_list list = { 0 };
	auto_free char *why = NULL;
	struct evidence *evidence = fuzz_evidence();
	const struct sample sample = { .uptime = 10, .page_bytes = 4096 };
	struct error err = { 0 };

	ALWAYS(evidence_begin_sample(evidence, &sample, NULL) == 0);
	for (size_t i = 0; i < profile->wanted_count; i++)
		ALWAYS(evidence_add_sysctl(evidence, profile->wanted[i].key,
					   i % 2 ? "4096\t16384\t4194304" : "1", NULL,
					   NULL) == 0);
	ALWAYS(evidence_end_sample(evidence, NULL) == 0);
	if (profile_compare(profile, evidence, NULL, 0, &list, &err) == 0)
		ALWAYS(list.count <= profile->wanted_count);
	else
		ALWAYS(err.text[0] != '\0');
	for (size_t i = 0; i < list.count; i++) {
		const struct comparison *row = &list.rows[i];

		ALWAYS(row->wanted && row->wanted_text);
		if (row->verdict == VERDICT_DIFFERS)
			ALWAYS(row->target && row->live &&
			       strcmp(row->target, row->live) != 0);
		if (row->verdict == VERDICT_NOT_HERE ||
		    row->verdict == VERDICT_UNREADABLE ||
		    row->verdict == VERDICT_CANNOT_COMPUTE)
			ALWAYS(row->reason);
	}
	err = (struct error){ 0 };
	if (profile_recommend(profile, evidence, &why, &err) < 0)
		ALWAYS(err.text[0] != '\0' && !why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(profile_clear) struct profile profile = { 0 };
	AUTO(needs_clear) struct needs needs = { 0 };
	char folder[128];
	const char *const folders[] = { folder, NULL };
	struct error err = { 0 };
	int code;

	(void)snprintf(folder, sizeof(folder), "%s/profiles", fuzz_folder());
	fuzz_put("profiles/x.ini", data, size);
	code = profile_load_from(folders, "x", &profile, &err);
	ALWAYS(code == 0 || code == -EINVAL || code == -ENOENT || code == -EFBIG);
	ALWAYS((code == 0) == (err.text[0] == '\0'));
	if (code < 0)
		return 0;
	for (size_t i = 0; i < profile.wanted_count; i++)
		fuzz_check_wanted(&profile.wanted[i]);
	ALWAYS(profile_add_needs(&profile, &needs, &err) == 0);
	if (profile_add_recommend_needs(&profile, &needs, &err) < 0)
		ALWAYS(err.text[0] != '\0');
	compare(&profile);
	return 0;
}
