/* What one sysctl is: facts about a key of /proc/sys, with their source. No opinion. */
#pragma once

#include "catalog/release.h"

#include <stdbool.h>
#include <stdint.h>

/* How the text of a value is built and compared. */
enum value_type {
	VALUE_UNKNOWN,	   /* not verified: kept and compared as text */
	VALUE_INT,	   /* signed decimal numbers, `arity` of them */
	VALUE_UINT,	   /* unsigned decimal numbers, `arity` of them */
	VALUE_BOOL,	   /* a number read as no (0) or yes */
	VALUE_ENUM,	   /* a number with named meanings */
	VALUE_BITMASK,	   /* a number made of bits */
	VALUE_CPU_MASK,	   /* hexadecimal words of CPUs, as in "ff" or "0,ff" */
	VALUE_NUMBER_LIST, /* "80,443,8000-8100": numbers and ranges, order is no matter
			    */
	VALUE_WORD,	   /* one word: the name of an algorithm */
	VALUE_WORD_LIST,   /* words with blanks between, order is no matter */
	VALUE_TEXT,	   /* anything else: compared as text */
	VALUE_HEX_KEY,	   /* key material */
};

/* Who shares a value. */
enum sysctl_scope {
	SCOPE_UNKNOWN,
	SCOPE_NETNS,	       /* one value for each network namespace */
	SCOPE_NETNS_INTERFACE, /* one for each interface of each namespace */
	SCOPE_GLOBAL,	       /* one for the machine; other namespaces may see it */
	SCOPE_INIT_ONLY, /* one for the machine; the file is in the initial namespace only
			  */
};

/* What a namespace made later starts with. */
enum sysctl_inheritance {
	INHERITS_UNKNOWN,
	INHERITS_NOTHING, /* not applicable: one value for all, or no file there */
	INHERITS_DEFAULT, /* the kernel's default, whatever the parent has */
	INHERITS_INIT,	  /* the value that the initial namespace has at that time */
	INHERITS_DEVCONF, /* all and default of the initial namespace while
			     devconf_inherit_init_net = 0 */
};

/* When a write begins to act, and on what. */
enum sysctl_effect {
	EFFECT_UNKNOWN,
	EFFECT_AT_ONCE,		/* on everything, also on what exists */
	EFFECT_NEW_SOCKETS,	/* sockets created after the write */
	EFFECT_NEW_CONNECTIONS, /* handshakes after the write */
	EFFECT_LISTEN,	    /* the next listen(): running programs keep the old value */
	EFFECT_BIND,	    /* the next bind() or automatic choice of a port */
	EFFECT_CLOSE,	    /* sockets closed after the write */
	EFFECT_TIMER,	    /* the next time the timer is armed */
	EFFECT_SETSOCKOPT,  /* the next setsockopt() of a program */
	EFFECT_NEW_ENTRIES, /* table entries made or refreshed after the write */
	EFFECT_NEW_DEVICES, /* interfaces or queues made after the write */
	EFFECT_NEW_NAMESPACES, /* network namespaces made after the write */
	EFFECT_ACTION,	       /* the write is a command, the value means nothing */
	EFFECT_NEVER,	       /* no effect any more, or read-only */
};

/* Which direction is better in general, if any; most keys are a trade-off. */
enum better {
	BETTER_NEITHER,
	BETTER_HIGHER,
	BETTER_LOWER,
};

/* Where a key belongs in the history of kernels. */
enum sysctl_kind {
	KIND_LIVE,	 /* in current mainline kernels */
	KIND_REMOVED,	 /* was in mainline, is no more */
	KIND_VENDOR,	 /* only ever in some vendor's kernels */
	KIND_MISSPELLED, /* never a kernel key; `instead` names the real one */
};

/* Bounds of each number of a value; not known unless is_known. */
struct value_range {
	bool is_known;
	double lowest;
	double highest;
};

#define RANGE(low, high)                                                                 \
	{                                                                                \
		.is_known = true, .lowest = (low), .highest = (high)                     \
	}

/*
 * One key. Texts are NULL and spans empty where the fact is not known or there is
 * nothing to say; "unknown" is never a value.
 *
 * name:     "net.ipv4.tcp_rmem"; in a family of per-interface keys '*' stands for the
 *           interface: "net.ipv4.conf.*.rp_filter"
 * arity:    how many numbers a value has; 1 for all but vectors
 * accepted: what write(2) takes for each number, measured; says nothing about sense
 * sane:     what someone may mean; outside it a value is a mistake
 * initial:  the default, a number or how the kernel computes it
 * meanings: "0=off;1=on": of an enum or bit mask
 * coupled:  keys that limit or cancel this one, with blanks between
 * side_effects: what else changes on a write
 * module:   kernel module that brings the key, where it is not there from boot
 * instead:  of a key that is gone: what to do now
 * summary:  one sentence for people
 */
struct sysctl_def {
	const char *name;
	enum value_type type;
	uint8_t arity;
	bool is_read_only;
	bool is_write_only;
	bool is_secret;
	const char *unit;
	struct value_range accepted;
	struct value_range sane;
	const char *initial;
	const char *meanings;
	enum sysctl_scope scope;
	enum sysctl_inheritance inherits;
	enum sysctl_kind kind;
	struct release_span since;
	struct release_span removed;
	const char *changed;
	enum sysctl_effect effect;
	const char *effect_note;
	const char *coupled;
	const char *side_effects;
	const char *module;
	enum better better;
	const char *instead;
	const char *summary;
	const char *source;
};
