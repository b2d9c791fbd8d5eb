/* `tcptune boot`: what the next boot will set, and which line sets it. */
#include "cli/boot_host.h"
#include "cli/command.h"
#include "report/boot_report.h"

#include <errno.h>

enum {
	OPTION_ROOT,
	OPTION_FORMAT,
	OPTION_WRITES,
	OPTION_COUNT,
};

static const struct option_def options[] = {
	[OPTION_ROOT] = { "root", "FOLDER",
			  "look at FOLDER/etc, FOLDER/run, FOLDER/usr and, where they are there, FOLDER/proc/sys and FOLDER/lib/modules, as those of another host" },
	[OPTION_FORMAT] = { "format", "text|json", "text for people (default), or JSON" },
	[OPTION_WRITES] = { "writes", "systemd|procps",
			    "list instead every write that this loader tries, in its order" },
	[OPTION_COUNT] = { 0 },
};

struct request {
	const char *root;
	bool is_json;
	bool wants_writes;
	enum loader loader;
};

static int read_request(const struct arguments *arguments, struct request *ret,
			struct error *err)
{
	const char *format = arguments_value(arguments, OPTION_FORMAT);
	const char *writes = arguments_value(arguments, OPTION_WRITES);

	*ret = (struct request){ .root = arguments_value(arguments, OPTION_ROOT) };
	if (format && strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
		return error_set(err, -EINVAL, "--format knows no '%s'", format);
	ret->is_json = format && strcmp(format, "json") == 0;
	ret->wants_writes = writes != NULL;
	if (!writes)
		return 0;
	for (enum loader i = 0; i < LOADER_COUNT; i++) {
		if (strcmp(loader_id(i), writes) == 0) {
			ret->loader = i;
			return 0;
		}
	}
	return error_set(err, -EINVAL, "--writes knows no '%s'", writes);
}

static void complain_of_files(const struct boot_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		const struct boot_file *file = &tree->files[i];

		/* a loader passes over a link that leads nowhere */
		if (file->problem < 0 && file->problem != -ENOENT &&
		    tree_is_read(tree, file))
			console_complain("'%s' is left out: %s", file->path,
					 file->problem == -EINVAL
						 ? "not a regular file"
						 : strerror(-file->problem));
	}
}

static enum exit_status print(const struct request *request,
			      const struct boot_report *report)
{
	enum exit_status status =
		boot_report_drifted(report) > 0 ? STATUS_FOUND : STATUS_FINE;

	if (request->is_json) {
		AUTO(json_clear) struct json json = { 0 };

		if (request->wants_writes)
			boot_add_writes_json(report, request->loader, &json);
		else
			boot_add_json(report, &json);
		return console_print(&json.text, status);
	}
	{
		AUTO(prose_clear) struct prose prose = console_prose();

		if (request->wants_writes)
			boot_add_writes_text(report, request->loader, &prose);
		else
			boot_add_text(report, &prose);
		return console_print(&prose.text, status);
	}
}

static enum exit_status run(const struct arguments *arguments)
{
	AUTO(boot_subject_clear) struct boot_subject subject = BOOT_SUBJECT_NONE;
	AUTO(outcome_clear) struct boot_outcome outcome = { 0 };
	struct request request;
	struct boot_host host;
	struct error err = { 0 };
	int r = read_request(arguments, &request, &err);

	if (r == 0)
		r = boot_subject_load(request.root, &subject, &err);
	if (r < 0)
		return console_fail(r, &err);
	complain_of_files(&subject.tree);
	host = boot_subject_host(&subject);
	r = outcome_build(&host, arguments->operands, arguments->operand_count, &outcome,
			  &err);
	if (r < 0)
		return console_fail(r, &err);
	return print(&request, &(struct boot_report){ .tree = &subject.tree,
						      .outcome = &outcome,
						      .owners = &subject.owners,
						      .release = subject.release });
}

const struct command command_boot = {
	.name = "boot",
	.summary = "Say what the next boot will set, and which line of which file does",
	.arguments = "[KEY...]",
	.notes =
		"Without a key: all that sysctl files set. Exit status: 0; 1 when a key holds something else now than this host's loader will set; 2 wrong use; 3 could not look.",
	.options = options,
	.run = run,
};
