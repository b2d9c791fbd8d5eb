#include "collect/kmsg_line.h"

#include "base/macros.h"

#include <ctype.h>
#include <inttypes.h>
#include <strings.h>

/* A word of a message ends at a blank; a port also at the full stop behind it. */
enum subject_kind {
	SUBJECT_NONE,
	SUBJECT_PORT,	/* "port 80.", "port 0.0.0.0:80.", "port [::]:80." behind the text
			 */
	SUBJECT_BEFORE, /* "arp_cache: " before the text */
	SUBJECT_NETNS,	/* "in netns 4026531840," behind the text */
};

/*
 * text:   what every wording of the line has; capitals differ between releases
 * second: what it has too, behind the first; NULL: nothing
 */
static const struct {
	const char *what;
	const char *text, *second;
	enum subject_kind subject;
} lines[] = {
	/* since 3.1 with "TCP: " and the request_sock in front, since 6.3 with the
	   address */
	{ "syn-flood-cookies", "possible SYN flooding on port ", "Sending cookies",
	  SUBJECT_PORT },
	{ "syn-flood-drops", "possible SYN flooding on port ", "Dropping request",
	  SUBJECT_PORT },
	{ "orphans-too-many", "too many orphaned sockets", NULL, SUBJECT_NONE },
	{ "orphans-too-many", "too many of orphaned sockets", NULL, SUBJECT_NONE },
	{ "tcp-out-of-memory", "out of memory -- consider tuning tcp_mem", NULL,
	  SUBJECT_NONE },
	{ "tcp-out-of-memory", "Out of socket memory", NULL, SUBJECT_NONE },
	{ "time-wait-overflow", "time wait bucket table overflow", NULL, SUBJECT_NONE },
	{ "conntrack-full", "table full, dropping packet", NULL, SUBJECT_NONE },
	{ "conntrack-full", "table full in netns ", "dropping packet", SUBJECT_NETNS },
	{ "neighbour-full", "neighbor table overflow", NULL, SUBJECT_BEFORE },
	{ "neighbour-full", "neighbour table overflow", NULL, SUBJECT_NONE },
	{ "suspect-gro", "Driver has suspect GRO implementation", NULL, SUBJECT_BEFORE },
	{ "messages-suppressed", "net_ratelimit: ", "callbacks suppressed",
	  SUBJECT_NONE },
};

static void copy_subject(struct kmsg_line *ret, const char *begin, size_t length)
{
	length = length < sizeof(ret->subject) ? length : sizeof(ret->subject) - 1;
	memcpy(ret->subject, begin, length);
	ret->subject[length] = '\0';
}

/* "5000." of "port 5000. Sending cookies.", without the full stop */
static void read_port(struct kmsg_line *ret, const char *behind)
{
	size_t length = strcspn(behind, " ");

	length -= length > 0 && behind[length - 1] == '.';
	copy_subject(ret, behind, length);
}

/* "arp_cache" of "neighbour: arp_cache: neighbor table overflow!" */
static void read_word_before(struct kmsg_line *ret, const char *message, const char *text)
{
	const char *end = text;
	const char *begin;

	if (end - message < 2 || end[-1] != ' ' || end[-2] != ':')
		return;
	end -= 2;
	for (begin = end; begin > message && begin[-1] != ' ';)
		begin--;
	copy_subject(ret, begin, (size_t)(end - begin));
}

static void read_subject(enum subject_kind kind, const char *message, const char *text,
			 const char *behind, struct kmsg_line *ret)
{
	switch (kind) {
	case SUBJECT_NONE:
		return;
	case SUBJECT_PORT:
		read_port(ret, behind);
		return;
	case SUBJECT_BEFORE:
		read_word_before(ret, message, text);
		return;
	case SUBJECT_NETNS:
		copy_subject(ret, behind, strspn(behind, "0123456789"));
		return;
	}
}

/* How many messages "net_ratelimit: 12 callbacks suppressed" stands for. */
static int64_t read_count(const char *behind)
{
	intmax_t count = strtoimax(behind, NULL, 10);

	return count > 0 && count <= INT32_MAX ? count : 1;
}

bool kmsg_line_read(const char *message, struct kmsg_line *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const char *text = strcasestr(message, lines[i].text);
		const char *behind = text ? text + strlen(lines[i].text) : NULL;

		if (!text || (lines[i].second && !strstr(behind, lines[i].second)))
			continue;
		*ret = (struct kmsg_line){ .what = lines[i].what, .count = 1 };
		read_subject(lines[i].subject, message, text, behind, ret);
		if (strcmp(lines[i].what, "messages-suppressed") == 0)
			ret->count = read_count(behind);
		return true;
	}
	return false;
}

/* A number in front of an end; false when there is none. */
static bool next_number(const char **cursor, const char *ends, uint64_t *ret)
{
	char *end;

	if (!isdigit((unsigned char)**cursor))
		return false;
	*ret = strtoull(*cursor, &end, 10);
	if (!*end || !strchr(ends, *end))
		return false;
	*cursor = end + 1;
	return true;
}

bool kmsg_record_read(const char *record, struct kmsg_line *ret, double *ret_seconds)
{
	enum { FACILITY_SHIFT = 3, MESSAGE_BYTES = 1024 };
	char message[MESSAGE_BYTES];
	uint64_t priority, sequence, microseconds;
	const char *text;

	if (!next_number(&record, ",", &priority) || priority >> FACILITY_SHIFT != 0 ||
	    !next_number(&record, ",", &sequence) ||
	    !next_number(&record, ",;", &microseconds))
		return false;
	text = record[-1] == ';' ? record : strchr(record, ';');
	if (!text)
		return false;
	text += record[-1] != ';';
	(void)snprintf(message, sizeof(message), "%.*s", (int)strcspn(text, "\n"), text);
	*ret_seconds = (double)microseconds / 1e6;
	return kmsg_line_read(message, ret);
}
