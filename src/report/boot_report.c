#include "report/boot_report.h"

const struct boot_owner *boot_report_owner(const struct boot_report *report,
					   const struct boot_key *key, size_t index)
{
	for (size_t i = 0; i < report->owners->count; i++) {
		const struct boot_owner *owner = &report->owners->owners[i];

		if (strcmp(owner->path, key->path) == 0 && index-- == 0)
			return owner;
	}
	return NULL;
}

size_t boot_report_drifted(const struct boot_report *report)
{
	enum loader loader = tree_main_loader(report->tree);
	size_t count = 0;

	for (size_t i = 0; i < report->outcome->key_count; i++)
		count += outcome_has_drifted(&report->outcome->keys[i], loader);
	return count;
}
