#include "cli/boot_evidence.h"

#include "boot/setting.h"
#include "cli/boot_host.h"

#include <errno.h>

static int add_row(struct evidence *evidence, const char *loader,
		   const struct boot_setting *setting, struct error *err)
{
	const struct boot_setting_row row = {
		.key = setting->key,
		.state = setting_state_text(setting->state),
		.loader = loader,
		.value = setting->value,
		.live = setting->live,
		.file = setting->file,
		.line = setting->line,
		.reason = setting->reason,
		.module = setting->module,
		.owner = setting->owner,
	};

	return evidence_add_boot_setting(evidence, &row, err);
}

static int add_settings(struct evidence *evidence, const struct boot_subject *subject,
			struct error *err)
{
	AUTO(settings_clear) struct boot_settings settings = { 0 };
	struct boot_host host = boot_subject_host(subject);
	const char *loader = loader_name(tree_main_loader(&subject->tree));
	int r = settings_build(&host, &settings, err);

	for (size_t i = 0; r == 0 && i < settings.count; i++)
		r = add_row(evidence, loader, &settings.settings[i], err);
	return r;
}

/* A file that is there and cannot be read may set anything. */
static const char *find_problem(const struct boot_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		if (tree->files[i].problem < 0 && tree->files[i].problem != -ENOENT &&
		    tree_is_read(tree, &tree->files[i]))
			return tree->files[i].path;
	}
	return NULL;
}

static int fill(struct evidence *evidence, const struct boot_subject *subject,
		struct error *err)
{
	const char *path = find_problem(&subject->tree);
	struct error reason = { 0 };
	int r;

	/* a folder of dumps without the files that every host has: they were not
	 * collected */
	if (subject->tree.count == 0 && !subject->is_live)
		return 0;
	if (path)
		(void)error_set(&reason, 0, "cannot read '%s'", path);
	r = evidence_add_source(evidence, "boot_setting",
				path ? SOURCE_PARTIAL : SOURCE_OK,
				path ? reason.text : NULL, err);
	return r < 0 ? r : add_settings(evidence, subject, err);
}

int boot_evidence_add(struct evidence *evidence, const struct kernel *kernel,
		      const char *root, struct error *err)
{
	AUTO(boot_subject_clear) struct boot_subject subject = BOOT_SUBJECT_NONE;
	struct error why = { 0 };
	int r;

	if (!root && !kernel->is_init_netns)
		return evidence_add_source(evidence, "boot_setting", SOURCE_OK, NULL,
					   err);
	r = boot_subject_load_for(root, settings_need_modules, &subject, &why);
	if (r == -ENOMEM)
		return error_set(err, r, "out of memory");
	if (r < 0)
		return evidence_add_source(evidence, "boot_setting", SOURCE_UNREADABLE,
					   why.text, err);
	return fill(evidence, &subject, err);
}
