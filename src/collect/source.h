/* What a source of evidence is, and what it works with. */
#pragma once

#include "base/kernel.h"
#include "base/text.h"
#include "evidence/evidence.h"
#include "evidence/needs.h"

/*
 * One collection under way. buffer: for the file being read, reused from source to
 * source.
 */
struct collection {
	const struct kernel *kernel;
	const struct needs *needs;
	struct evidence *evidence;
	struct text buffer;
};

/* How it went. Zeroed is SOURCE_OK. */
struct source_result {
	enum source_state state;
	struct error reason;
};

/*
 * One source. read() stores rows in the evidence and says in result how complete they
 * are; it fails only when going on makes no sense (memory, database).
 */
struct source {
	const char *name;
	bool (*is_needed)(const struct needs *needs);
	int (*read)(struct collection *collection, struct source_result *result,
		    struct error *err);
};

/* In the order in which they are read: later ones use what earlier ones stored. */
extern const struct source source_sysctls;
extern const struct source source_snmp;
extern const struct source source_netstat;
extern const struct source source_snmp6;
extern const struct source source_sockstat;
extern const struct source source_sockstat6;
extern const struct source source_protocols;
extern const struct source source_nf_conntrack;
extern const struct source source_arp_cache;
extern const struct source source_ndisc_cache;
extern const struct source source_softnet_stat;
extern const struct source source_file_nr;
extern const struct source source_tcp;
extern const struct source source_process;
extern const struct source source_udp;
extern const struct source source_packet;
extern const struct source source_link;
extern const struct source source_ethtool;
extern const struct source source_kmsg;

/*
 * Note that a file could not be opened or read: absent when it does not exist, else
 * unreadable, with the reason in words.
 *
 * Returns: 0, for `return source_cannot_read(...)`
 */
int source_cannot_read(struct source_result *result, const char *path, int code);

/* Note when a text that was read holds NUL bytes or does not end with a whole line. */
void source_check_text(struct source_result *result, const char *path,
		       const struct text *text);

/* Note that something is missing or torn; the first note stays. */
void source_is_partial(struct source_result *result, const char *format, ...)
	PRINTF(2, 3);
