#include "collect_folder.h"

#include "collect/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

int folder_setup(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	if (!folder)
		return -1;
	(void)snprintf(folder->path, sizeof(folder->path), "/tmp/tcptune-unit-XXXXXX");
	if (!mkdtemp(folder->path) || evidence_open_memory(&folder->evidence, NULL) < 0)
		return -1;
	*state = folder;
	folder_put_text(folder, "proc/net/none", "");
	folder_put_text(folder, "proc/sys/kernel/random/boot_id", "boot\n");
	return 0;
}

int folder_teardown(void **state)
{
	struct folder *folder = *state;

	evidence_close(&folder->evidence);
	(void)nftw(folder->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(folder);
	return 0;
}

void folder_put(struct folder *folder, const char *path, const void *data, size_t size)
{
	auto_close int fd = -1;
	char whole[512];

	(void)snprintf(whole, sizeof(whole), "%s/%s", folder->path, path);
	for (char *slash = strchr(whole + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(whole, 0700) < 0)
			assert_int_equal(errno, EEXIST);
		*slash = '/';
	}
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
}

void folder_put_text(struct folder *folder, const char *path, const char *text)
{
	folder_put(folder, path, text, strlen(text));
}

static void add_needs(struct needs *needs, const char *names)
{
	char name[128];

	for (;;) {
		size_t length;

		names += strspn(names, " ");
		length = strcspn(names, " ");
		if (length == 0)
			break;
		(void)snprintf(name, sizeof(name), "%.*s", (int)length, names);
		if (needs_add(needs, name, NULL) < 0)
			fail_msg("'%s' is not known", name);
		names += length;
	}
	needs_finish(needs);
}

void folder_collect(struct folder *folder, const char *names)
{
	AUTO(kernel_close) struct kernel kernel = KERNEL_NONE;
	AUTO(needs_clear) struct needs needs = { 0 };
	struct error err = { 0 };
	char uptime[32];

	add_needs(&needs, names);
	(void)snprintf(uptime, sizeof(uptime), "%d.00 0.00\n", 10 * ++folder->samples);
	folder_put_text(folder, "proc/uptime", uptime);
	if (kernel_open_folder(folder->path, &kernel, &err) < 0 ||
	    collect_sample(&kernel, &needs, &folder->evidence, &err) < 0)
		fail_msg("%s", err.text);
}

const char *folder_text(struct folder *folder, const char *sql)
{
	static char text[512];
	AUTO(database_finalize) sqlite3_stmt *statement = NULL;
	struct error err = { 0 };

	if (database_prepare(folder->evidence.db, sql, &statement, &err) < 0)
		fail_msg("%s: %s", sql, err.text);
	if (sqlite3_step(statement) != SQLITE_ROW)
		return "nothing";
	if (sqlite3_column_type(statement, 0) == SQLITE_NULL)
		return "NULL";
	(void)snprintf(text, sizeof(text), "%s",
		       (const char *)sqlite3_column_text(statement, 0));
	return text;
}

int64_t folder_number(struct folder *folder, const char *sql)
{
	const char *text = folder_text(folder, sql);
	char *end;
	long long number = strtoll(text, &end, 10);

	if (*end || end == text)
		fail_msg("%s: '%s' is no number", sql, text);
	return number;
}

const char *folder_source(struct folder *folder, const char *name)
{
	char sql[256];

	(void)snprintf(
		sql, sizeof(sql),
		"SELECT state || iif(reason IS NULL, '', ': ' || reason) FROM source "
		"WHERE name = '%s' AND sample = (SELECT max(id) FROM sample)",
		name);
	return folder_text(folder, sql);
}

struct nlmsghdr *message_begin(void *buffer, uint16_t type)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

	message->nlmsg_type = type;
	return message;
}

void message_end(struct text *messages, const struct nlmsghdr *message)
{
	text_add_bytes(messages, (const char *)message, message->nlmsg_len);
	assert_int_equal(text_check(messages), 0);
}

void message_refuse(struct text *messages, int code)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	struct nlmsghdr *message = message_begin(buffer, NLMSG_ERROR);
	struct nlmsgerr *refusal = mnl_nlmsg_put_extra_header(message, sizeof(*refusal));

	refusal->error = code;
	message_end(messages, message);
}
