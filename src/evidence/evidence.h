/*
 * The evidence: a database that holds what was seen of one kernel in one network
 * namespace, at one or more moments. schema.sql says what each table and column is.
 */
#pragma once

#include "base/database.h"
#include "base/error.h"
#include "base/kernel.h"
#include "evidence/needs.h"
#include "evidence/rows.h"

#include <stdbool.h>
#include <stdint.h>

enum { EVIDENCE_SCHEMA_VERSION = 2, EVIDENCE_APPLICATION_ID = 0x74637074 };

/* How a source was read. */
enum source_state {
	SOURCE_OK,
	SOURCE_PARTIAL,	   /* something is missing; the reason says what */
	SOURCE_UNREADABLE, /* it is there, and this user may not read it, or it is torn */
	SOURCE_ABSENT,	   /* this kernel or namespace does not have it */
	SOURCE_SKIPPED,	   /* it was not asked for */
};

/* A moment; texts may be NULL, cookie 0 when not known. */
struct sample {
	double taken;
	double uptime;
	const char *boot_id;
	const char *release;
	const char *netns;
	uint64_t netns_cookie;
	bool is_init_netns;
	int64_t page_bytes;
	const char *host;
	const char *tcptune; /* version of the program */
};

enum { EVIDENCE_INSERTS = 3 };

/* What the SQL functions see: functions.h. */
struct evidence_context;

/*
 * An open store. now: the sample being written or written last; before: the one that
 * changes are computed from, 0 when there is none. lacks_table: it comes from a file of a
 * version that did not have the table yet.
 */
struct evidence {
	sqlite3 *db;
	sqlite3_stmt *inserts[EVIDENCE_INSERTS];
	sqlite3_stmt *row_inserts[ROW_TABLE_COUNT_];
	int64_t now, before;
	double window_seconds; /* between the two; < 0 without a window */
	double taken_now;      /* seconds since 1970 */
	double uptime_now;     /* seconds since boot */
	bool lacks_table[TABLE_COUNT_];
	struct evidence_context *context;
};

MUST_CHECK int evidence_open_memory(struct evidence *ret, struct error *err);

/*
 * The same, beginning with the samples of an image that evidence_image() made.
 *
 * Fails:  -EUCLEAN it is damaged or of another schema
 */
MUST_CHECK int evidence_open_image(const void *image, size_t size, struct evidence *ret,
				   struct error *err);
void evidence_close(struct evidence *evidence);

/*
 * Begin a sample: everything added until evidence_end_sample() belongs to it. The window
 * becomes the sample before it and this one, if both are of the same boot.
 */
MUST_CHECK int evidence_begin_sample(struct evidence *evidence,
				     const struct sample *sample, struct error *err);
MUST_CHECK int evidence_end_sample(struct evidence *evidence, struct error *err);

/*
 * The latest sample as the bytes of a database file; the samples before it are gone after
 * this. The caller frees ret with sqlite3_free().
 */
MUST_CHECK int evidence_image(struct evidence *evidence, void **ret, size_t *ret_size,
			      struct error *err);

/* A number that is another for another schema.sql. */
int64_t evidence_schema_hash(void);

/*
 * Look at the latest sample that is stored, and at the window that ends with it.
 *
 * Fails:  -ENODATA there is no sample
 */
MUST_CHECK int evidence_use_latest(struct evidence *evidence, struct error *err);

/*
 * The kernel that the latest sample was taken of, without descriptors: is_live is false.
 */
MUST_CHECK int evidence_kernel(struct evidence *evidence, struct kernel *ret,
			       struct error *err);

/* Add one row to the open sample. reason may be NULL. */
MUST_CHECK int evidence_add_source(struct evidence *evidence, const char *name,
				   enum source_state state, const char *reason,
				   struct error *err);
/* value NULL: reason says why. A secret key is never stored, whatever the caller gives.
 */
MUST_CHECK int evidence_add_sysctl(struct evidence *evidence, const char *key,
				   const char *value, const char *reason,
				   struct error *err);
MUST_CHECK int evidence_add_counter(struct evidence *evidence, const char *name,
				    size_t name_length, int64_t value, struct error *err);

/*
 * The value of a key in the latest sample: "4096 131072 6291456". Copied into ret; ""
 * and false when it is not known there.
 */
bool evidence_sysctl(struct evidence *evidence, const char *key, char *ret, size_t size);

/* A counter or gauge in the latest sample; false when it is not known there. */
bool evidence_counter(struct evidence *evidence, const char *name, int64_t *ret);

const char *source_state_text(enum source_state state);

/*
 * SQL from outside: a rule, an expression of a profile, a query. Only one SELECT, only
 * reading, only our functions and SQLite's harmless ones; it stops after a number of
 * steps. Functions on top of SQLite's own (all NULL when not known):
 *
 *   sysctl(KEY)        value in the latest sample: a number if it is one, else text
 *   sysctl(KEY, N)     its Nth number or word, from 1
 *   counter(NAME)      value in the latest sample
 *   change(NAME)       how much it grew over the window, or since boot without one;
 *                      NULL when it went backwards
 *   rate(NAME)         change per second; NULL without a window
 *   window_seconds()   length of the window; NULL without one
 *   ports_usable()     local ports for outgoing connections: ip_local_port_range without
 *                      ip_local_reserved_ports
 *   ports_reserved()   how many of the range are reserved
 *   page_bytes()       size of a page of memory
 *
 * Fails:  -EINVAL with SQLite's text; -EPERM for a statement that is not allowed
 */
MUST_CHECK int evidence_prepare(struct evidence *evidence, const char *sql,
				sqlite3_stmt **ret, struct error *err);

/* One of these functions, for people; NULL past the last. arguments: "KEY, N" */
struct evidence_function {
	const char *name;
	const char *arguments;
	const char *summary;
};
const struct evidence_function *evidence_function_at(size_t index);

/*
 * The next row of a statement from evidence_prepare().
 *
 * Returns: 1 a row, 0 no more
 * Fails:  -ETIME too many steps; -EINVAL with SQLite's text
 */
MUST_CHECK int evidence_step(struct evidence *evidence, sqlite3_stmt *statement,
			     struct error *err);
