/* Lists the sysctls of the catalog, for the tests that draw random plans of them. */
#include "catalog/sysctl.h"

static void print_range(const struct value_range *range)
{
	if (range->is_known)
		printf("\t%.0f\t%.0f", range->lowest, range->highest);
	else
		printf("\t\t");
}

int main(void)
{
	for (size_t i = 0; i < sysctl_count(); i++) {
		const struct sysctl_def *def = sysctl_at(i);

		if (def->kind != KIND_LIVE || def->is_read_only || def->is_write_only ||
		    def->effect == EFFECT_ACTION)
			continue;
		printf("%s\t%s\t%d\t%d", def->name, value_type_text(def->type),
		       def->arity, def->is_secret);
		print_range(&def->accepted);
		print_range(&def->sane);
		printf("\t%s\n", def->meanings ? def->meanings : "");
	}
	return 0;
}
