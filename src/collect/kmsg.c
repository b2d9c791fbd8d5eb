/*
 * The kernel's log, from /dev/kmsg: what it said of floods, full tables and lack of
 * memory. It is of the whole machine. Only root and those in the right group may read it.
 */
#include "base/file.h"
#include "collect/kmsg_line.h"
#include "collect/source.h"

#include <errno.h>
#include <fcntl.h>

#define PATH "/dev/kmsg"

enum {
	RECORD_BYTES = 8192, /* the kernel's records are no larger */
	MOST_RECORDS = 200 * 1000,
	MOST_GROUPS = 128,
};

/* Lines of one kind about one thing. */
struct group {
	struct kmsg_line line; /* count: of all of them */
	double first, last;
};

struct groups {
	struct group groups[MOST_GROUPS];
	size_t count;
	bool is_cut;
};

static void add_line(struct groups *groups, const struct kmsg_line *line, double seconds)
{
	for (size_t i = 0; i < groups->count; i++) {
		struct group *group = &groups->groups[i];

		if (strcmp(group->line.what, line->what) != 0 ||
		    strcmp(group->line.subject, line->subject) != 0)
			continue;
		group->line.count += line->count;
		group->last = seconds;
		return;
	}
	if (groups->count == MOST_GROUPS) {
		groups->is_cut = true;
		return;
	}
	groups->groups[groups->count++] =
		(struct group){ .line = *line, .first = seconds, .last = seconds };
}

/*
 * Records one by one, to the end of what there is now.
 *
 * Returns: 0, or -errno
 */
static int read_records(int fd, struct groups *groups, struct source_result *result)
{
	char record[RECORD_BYTES + 1];

	for (int count = 0; count < MOST_RECORDS; count++) {
		ssize_t length = read(fd, record, RECORD_BYTES);
		struct kmsg_line line;
		double seconds;

		if (length == 0 || (length < 0 && errno == EAGAIN))
			return 0;
		/* EPIPE: it was overwritten meanwhile; EINVAL: it is larger than any */
		if (length < 0 && (errno == EINTR || errno == EPIPE || errno == EINVAL))
			continue;
		if (length < 0)
			return -errno;
		record[length] = '\0';
		if (kmsg_record_read(record, &line, &seconds))
			add_line(groups, &line, seconds);
	}
	source_is_partial(result, "the kernel's log has more than %d records",
			  MOST_RECORDS);
	return 0;
}

static int store_groups(struct collection *collection, const struct groups *groups,
			struct error *err)
{
	for (size_t i = 0; i < groups->count; i++) {
		const struct group *group = &groups->groups[i];
		const struct log_line_row row = {
			.what = group->line.what,
			.subject = group->line.subject[0] ? group->line.subject : NULL,
			.count = group->line.count,
			.first = group->first,
			.last = group->last,
		};
		int code = evidence_add_log_line(collection->evidence, &row, err);

		if (code < 0)
			return code;
	}
	return 0;
}

static int read_kmsg(struct collection *collection, struct source_result *result,
		     struct error *err)
{
	struct groups groups = { .count = 0 };
	auto_close int fd = -1;
	int code;

	if (!collection->kernel->is_live) {
		result->state = SOURCE_ABSENT;
		(void)error_set(&result->reason, 0,
				"a folder of dumps has no kernel log");
		return 0;
	}
	fd = open(PATH, O_RDONLY | O_NONBLOCK | FILE_OPEN_FLAGS);
	code = fd < 0 ? -errno : read_records(fd, &groups, result);
	if (code < 0)
		return source_cannot_read(result, PATH, code);
	if (groups.is_cut)
		source_is_partial(result, "the kernel's log names more than %d things",
				  MOST_GROUPS);
	return store_groups(collection, &groups, err);
}

static bool needs_kmsg(const struct needs *needs)
{
	return needs->wants_everything || needs->tables[TABLE_LOG_LINE];
}

const struct source source_kmsg = {
	.name = "kmsg",
	.is_needed = needs_kmsg,
	.read = read_kmsg,
};
