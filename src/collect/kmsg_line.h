/* Lines of the kernel's log that say something about TCP, in the words of any release. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KMSG_SUBJECT_BYTES = 64 };

/*
 * what:    a word of the table log_line: "syn-flood-cookies", ...
 * subject: the port, table or interface that the line names; "" when it names none
 * count:   1, or how many messages the line says were not written
 */
struct kmsg_line {
	const char *what;
	char subject[KMSG_SUBJECT_BYTES];
	int64_t count;
};

/* Read one message, without time and level; false when it is about something else. */
bool kmsg_line_read(const char *message, struct kmsg_line *ret);

/*
 * One record of /dev/kmsg: "6,339,5140900,-;message\n KEY=value\n". Only messages of the
 * kernel itself count: programs may write to the log too.
 *
 * ret_seconds: since boot
 */
bool kmsg_record_read(const char *record, struct kmsg_line *ret, double *ret_seconds);
