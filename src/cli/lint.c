/* `tcptune lint`: what is wrong with sysctl files. */
#include "base/nearest.h"
#include "cli/boot_host.h"
#include "cli/command.h"
#include "report/lint_report.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

enum {
	OPTION_KERNEL,
	OPTION_FORMAT,
	OPTION_FAIL_ON,
	OPTION_ROOT,
	OPTION_COUNT,
};

enum lint_format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_SARIF,
};

/* Severities, and one that nothing reaches. */
enum { FAIL_NEVER = LINT_ERROR + 1, MOST_LISTENERS = 256 };

static const struct option_def options[] = {
	[OPTION_KERNEL] = { "kernel", "RELEASE",
			    "the kernel that the files are for, such as 6.1; the running one by default" },
	[OPTION_FORMAT] = { "format", "text|json|sarif",
			    "text for people (default), JSON, or SARIF 2.1.0 for CI systems" },
	[OPTION_FAIL_ON] = { "fail-on", "LEVEL",
			     "exit with 1 from this severity on: error (default), warning, note, or never" },
	[OPTION_ROOT] = { "root", "FOLDER",
			  "look at all that the boot of the host below FOLDER reads" },
	[OPTION_COUNT] = { 0 },
};

static const char *const formats[] = {
	[FORMAT_TEXT] = "text",
	[FORMAT_JSON] = "json",
	[FORMAT_SARIF] = "sarif",
};

static const char *const levels[] = {
	[LINT_NOTE] = "note",
	[LINT_WARNING] = "warning",
	[LINT_ERROR] = "error",
	[FAIL_NEVER] = "never",
};

struct request {
	const char *kernel, *root;
	size_t format, fail_on;
};

static int read_word(const struct arguments *arguments, size_t option,
		     const char *const *words, size_t count, size_t *ret,
		     struct error *err)
{
	const char *value = arguments_value(arguments, option);
	struct nearest nearest = { .word = value };

	for (size_t i = 0; value && i < count; i++) {
		if (strcmp(words[i], value) == 0) {
			*ret = i;
			return 0;
		}
		nearest_offer(&nearest, words[i]);
	}
	if (!value)
		return 0;
	return error_set(err, -EINVAL, "--%s knows no '%s'%s%s%s", options[option].name,
			 value, nearest.name ? "; the nearest is '" : "",
			 nearest.name ? nearest.name : "", nearest.name ? "'" : "");
}

static int read_request(const struct arguments *arguments, struct request *ret,
			struct error *err)
{
	struct request request = {
		.kernel = arguments_value(arguments, OPTION_KERNEL),
		.root = arguments_value(arguments, OPTION_ROOT),
		.fail_on = LINT_ERROR,
	};
	uint32_t release;
	int r = read_word(arguments, OPTION_FORMAT, formats, ARRAY_SIZE(formats),
			  &request.format, err);

	if (r == 0)
		r = read_word(arguments, OPTION_FAIL_ON, levels, ARRAY_SIZE(levels),
			      &request.fail_on, err);
	if (r < 0)
		return r;
	if (request.kernel && release_parse(request.kernel, &release) < 0)
		return error_set(err, -EINVAL, "--kernel: '%s' is no release such as 6.1",
				 request.kernel);
	if (request.root && arguments->operand_count > 0)
		return error_set(err, -EINVAL, "--root does not go with files");
	*ret = request;
	return 0;
}

/* Everything that the messages are about; owns what a lint_subject only points to. */
struct lint_work {
	struct boot_subject host; /* the files, if no operands were given */
	struct boot_tree operands;
	struct lint_result result;
	uint16_t listeners[MOST_LISTENERS];
	char release[65];
};

static void work_clear(struct lint_work *work)
{
	lint_result_clear(&work->result);
	tree_clear(&work->operands);
	boot_subject_clear(&work->host);
}

/* "0: 0100007F:1F90 ...:0000 0A": the kernel lists listeners first. */
static void read_listeners(const char *path, struct lint_work *work,
			   struct lint_subject *subject)
{
	FILE *file = fopen(path, "re");
	char line[512];

	if (!file)
		return;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	while (subject->listener_count < MOST_LISTENERS &&
	       fgets(line, sizeof(line), file)) {
		unsigned port, state;

		if (sscanf(line, " %*u: %*[0-9A-F]:%4x %*[0-9A-F]:%*4x %2x", &port,
			   &state) != 2 ||
		    state != 0x0a)
			break;
		work->listeners[subject->listener_count++] = (uint16_t)port;
	}
	(void)fclose(file);
	subject->listeners = work->listeners;
}

/* The running kernel, unless another one was named. */
static void add_kernel(const struct request *request, struct lint_work *work,
		       struct lint_subject *subject)
{
	struct utsname name;
	struct sysinfo info;
	bool is_here = !request->kernel && !request->root;

	subject->sys = -1;
	if (!request->kernel)
		subject->sys = work->host.sys;
	if (request->kernel)
		(void)snprintf(work->release, sizeof(work->release), "%s",
			       request->kernel);
	else if (work->host.release[0])
		(void)snprintf(work->release, sizeof(work->release), "%s",
			       work->host.release);
	else if (uname(&name) == 0)
		(void)snprintf(work->release, sizeof(work->release), "%s", name.release);
	subject->release_text = work->release;
	if (release_parse(work->release, &subject->release) < 0)
		subject->release = KERNEL(6, 18);
	subject->is_init_netns =
		subject->sys >= 0 &&
		faccessat(subject->sys, "net/core/netdev_max_backlog", F_OK, 0) == 0;
	if (!is_here)
		return;
	if (sysinfo(&info) == 0)
		subject->memory_bytes = (double)info.totalram * info.mem_unit;
	read_listeners("/proc/self/net/tcp", work, subject);
	read_listeners("/proc/self/net/tcp6", work, subject);
}

/* Files of whatever host have no modules; but a kernel that was not named is this one's.
 */
static int load(const struct arguments *arguments, const struct request *request,
		struct lint_work *work, struct lint_subject *subject, struct error *err)
{
	bool has_operands = arguments->operand_count > 0;
	int r = 0;

	if (!has_operands || !request->kernel)
		r = boot_subject_load(request->root, &work->host, err);
	if (r == 0 && has_operands)
		r = tree_load_operands(arguments->operands, arguments->operand_count,
				       &work->operands, err);
	if (r < 0)
		return r;
	subject->tree = has_operands ? &work->operands : &work->host.tree;
	subject->is_host = !has_operands;
	if (!has_operands || !request->kernel)
		subject->modules = &work->host.modules;
	add_kernel(request, work, subject);
	return 0;
}

static void complain(const struct lint_subject *subject, const struct lint_result *result)
{
	for (size_t i = 0; i < subject->tree->count; i++) {
		const struct boot_file *file = &subject->tree->files[i];

		if (file->problem < 0 && file->problem != -ENOENT)
			console_complain("'%s' is left out: %s", file->path,
					 file->problem == -EINVAL
						 ? "not a regular file"
						 : strerror(-file->problem));
	}
	for (size_t i = 0; i < result->complaint_count; i++)
		console_complain("%s:%u: %s",
				 subject->tree->files[result->complaints[i].file].path,
				 result->complaints[i].line, result->complaints[i].text);
}

static enum exit_status print(const struct request *request,
			      const struct lint_report *report)
{
	enum exit_status status = STATUS_FINE;

	for (size_t i = request->fail_on; i <= LINT_ERROR; i++) {
		if (lint_count(report->result, (enum lint_severity)i) > 0)
			status = STATUS_FOUND;
	}
	if (request->format == FORMAT_TEXT) {
		AUTO(prose_clear) struct prose prose = console_prose();

		lint_add_text(report, &prose);
		return console_print(&prose.text, status);
	}
	{
		AUTO(json_clear) struct json json = { 0 };

		if (request->format == FORMAT_SARIF)
			lint_add_sarif(report, &json);
		else
			lint_add_json(report, &json);
		return console_print(&json.text, status);
	}
}

static enum exit_status run(const struct arguments *arguments)
{
	AUTO(work_clear)
	struct lint_work work = { .host = BOOT_SUBJECT_NONE, .operands = BOOT_TREE_NONE };
	struct lint_subject subject = { 0 };
	struct request request = { 0 };
	struct error err = { 0 };
	int r = read_request(arguments, &request, &err);

	if (r == 0)
		r = load(arguments, &request, &work, &subject, &err);
	if (r == 0)
		r = lint_run(&subject, &work.result, &err);
	if (r < 0)
		return console_fail(r, &err);
	complain(&subject, &work.result);
	return print(&request, &(struct lint_report){ &subject, &work.result });
}

const struct command command_lint = {
	.name = "lint",
	.summary = "Say what is wrong with sysctl files, line by line",
	.arguments = "[FILE|FOLDER...]",
	.notes =
		"Without a file: all that this host's boot reads. A comment '# tcptune: allow ID reason' allows one message for the next line. Exit status: 0; 1 when there is something from --fail-on on; 2 wrong use or a file that cannot be read; 3 could not look. docs/lint.md explains the ids.",
	.options = options,
	.run = run,
};
