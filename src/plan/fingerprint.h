/* Telling whether a profile is still the one that was applied. */
#pragma once

#include "profile/profile.h"

enum { FINGERPRINT_BYTES = 17 };

/* Zeroed is of nothing. */
struct fingerprint {
	uint64_t hash;
};

/*
 * Add what a profile wants, key by key, and its parameters. Against change by accident,
 * not by malice (FNV-1a, 64 bits).
 *
 * Fails:  -ENOMEM
 */
MUST_CHECK int fingerprint_add(struct fingerprint *fingerprint,
			       const struct profile *profile);

/* 16 hexadecimal digits, into FINGERPRINT_BYTES. */
void fingerprint_text(const struct fingerprint *fingerprint, char *ret);
