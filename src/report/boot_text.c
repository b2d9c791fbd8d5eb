/* The text of `tcptune boot`: a block for each key. */
#include "report/boot_report.h"

static const struct indent fact = { 2, 20 };

/* What a value is, in one line: "30 (/etc/sysctl.d/99-x.conf:3)". */
static void add_value(const struct boot_report *report, const struct boot_key *key,
		      enum loader loader, struct prose *prose)
{
	const struct boot_value *value = &key->values[loader];
	const struct boot_claim *claim;

	if (!value->is_set) {
		prose_add(prose, fact, STYLE_PLAIN, loader_name(loader),
			  value->lost_count > 0 ? "not set" : "no file sets it");
		return;
	}
	claim = &report->outcome->simulations[loader].claims[value->claim];
	prose_addf(prose, fact, value->is_unknown ? STYLE_WARNING : STYLE_PLAIN,
		   loader_name(loader), "%s%s%s%s (%s:%u)",
		   value->value ? value->value : "not shown",
		   value->is_unknown ? ", but not known for sure" : "",
		   value->reason ? ": " : "", value->reason ? value->reason : "",
		   report->tree->files[claim->file].path, claim->line);
}

static void add_lost(const struct boot_report *report, const struct boot_key *key,
		     enum loader loader, struct prose *prose)
{
	const struct boot_value *value = &key->values[loader];

	for (size_t i = 0; i < value->lost_count; i++) {
		const struct boot_claim *claim = &report->outcome->simulations[loader]
							  .claims[value->lost[i].claim];
		bool is_secret = key->def && key->def->is_secret;

		prose_addf(prose, fact, STYLE_QUIET, "lost", "%.*s (%s:%u), %s: %s",
			   is_secret ? 0 : (int)claim->value.length, claim->value.at,
			   report->tree->files[claim->file].path, claim->line,
			   loader_name(loader), value->lost[i].why);
	}
}

static const char *const owner_orders[] = {
	[OWNER_AFTER] = "it comes after the files, and wins",
	[OWNER_REAPPLIED] = "the files of /etc/sysctl.d and /run/sysctl.d win over it",
	[OWNER_BEFORE] = "the files come after it, and win",
};

static void add_owners(const struct boot_report *report, const struct boot_key *key,
		       struct prose *prose)
{
	const struct boot_owner *owner;

	for (size_t i = 0; (owner = boot_report_owner(report, key, i)); i++)
		prose_addf(prose, fact, STYLE_WARNING, owner->owner, "%s (%s:%u); %s",
			   owner->value ? owner->value : "a value that it computes",
			   owner->file, owner->line, owner_orders[owner->order]);
}

static void add_key(const struct boot_report *report, const struct boot_key *key,
		    struct prose *prose)
{
	bool has_drifted = outcome_has_drifted(key, tree_main_loader(report->tree));

	prose_gap(prose);
	prose_add_line(prose, 0, STYLE_STRONG, key->key);
	prose_addf(prose, fact, has_drifted ? STYLE_WARNING : STYLE_PLAIN, "live", "%s%s",
		   key->live ? key->live : key->live_reason,
		   has_drifted ? ", which is not what boot will set" : "");
	for (enum loader i = 0; i < LOADER_COUNT; i++)
		add_value(report, key, i, prose);
	for (enum loader i = 0; i < LOADER_COUNT; i++)
		add_lost(report, key, i, prose);
	add_owners(report, key, prose);
}

static void add_loaders(const struct boot_report *report, struct prose *prose)
{
	bool runs_both =
		report->tree->runs[LOADER_SYSTEMD] && report->tree->runs[LOADER_PROCPS];

	prose_addf(prose, (struct indent){ 0, 2 }, STYLE_QUIET, "",
		   "%s%s%s. Verified with %s and %s.",
		   runs_both ? "Which loader this host runs is not known"
			     : "At boot this host runs ",
		   runs_both ? "" : loader_name(tree_main_loader(report->tree)), "",
		   loader_version(LOADER_SYSTEMD), loader_version(LOADER_PROCPS));
}

void boot_add_text(const struct boot_report *report, struct prose *prose)
{
	add_loaders(report, prose);
	for (size_t i = 0; i < report->outcome->key_count; i++)
		add_key(report, &report->outcome->keys[i], prose);
	if (report->outcome->key_count == 0)
		prose_add(prose, (struct indent){ 0, 2 }, STYLE_PLAIN, "",
			  "No sysctl file sets anything.");
}

void boot_add_writes_text(const struct boot_report *report, enum loader loader,
			  struct prose *prose)
{
	const struct simulation *simulation = &report->outcome->simulations[loader];

	for (size_t i = 0; i < simulation->write_count; i++) {
		const struct boot_write *write = &simulation->writes[i];
		const struct boot_claim *claim = &simulation->claims[write->claim];
		const char *path = simulation_name(simulation, write->path);
		const struct sysctl_def *def = key_path_find(path);

		prose_addf(prose, (struct indent){ 0, 2 }, STYLE_PLAIN, "",
			   "%s = %.*s (%s:%u)", path,
			   def && def->is_secret ? 0 : (int)claim->value.length,
			   claim->value.at, report->tree->files[claim->file].path,
			   claim->line);
	}
}
