/* For tests of sources: a folder of dumps that a test fills, and what is seen of it. */
#pragma once

#include "base/kernel.h"
#include "base/text.h"
#include "evidence/evidence.h"

#include <libmnl/libmnl.h>

/* samples: how many were taken so far */
struct folder {
	char path[64];
	struct evidence evidence;
	int samples;
};

/* cmocka's setup and teardown: *state is a struct folder. */
int folder_setup(void **state);
int folder_teardown(void **state);

/* Write a file, "proc/net/softnet_stat"; folders are made as needed. */
void folder_put(struct folder *folder, const char *path, const void *data, size_t size);
void folder_put_text(struct folder *folder, const char *path, const char *text);

/*
 * Take a sample of what is needed, names separated by blanks. Each comes 10 s after the
 * one before, of the same boot.
 */
void folder_collect(struct folder *folder, const char *needs);

/* The first column of the first row; fails the test when there is none, or NULL. */
int64_t folder_number(struct folder *folder, const char *sql);

/* The same as text, "NULL" for NULL, "nothing" without a row. Valid until the next call.
 */
const char *folder_text(struct folder *folder, const char *sql);

/* "ok", or "partial: why" of a source in the latest sample; "nothing" when it was not
 * read
 */
const char *folder_source(struct folder *folder, const char *name);

/* Begin a message in a buffer of a page; and put it, finished, behind others. */
struct nlmsghdr *message_begin(void *buffer, uint16_t type);
void message_end(struct text *messages, const struct nlmsghdr *message);

/* An NLMSG_ERROR with a negative errno, as the kernel ends what it refuses. */
void message_refuse(struct text *messages, int code);
