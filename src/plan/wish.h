/* Wanted values that no profile file states: of the command line and of findings. */
#pragma once

#include "profile/profile.h"

/*
 * Add KEY and VALUE, in the language of profiles, to the wanted rows of a profile that is
 * made of nothing else.
 *
 * source:      where it comes from, for messages: "--set", "finding accept-queue-program"
 * reason:      why it is wanted, or NULL
 * is_explicit: a plain number means exactly it, as a person who types it means it; and
 *              keys of which tcptune keeps no old value may be named
 * Fails:       -EINVAL with the reason: unknown key (with the nearest one), removed key,
 *              value that the key cannot take; -ENOMEM
 */
MUST_CHECK int wish_add(struct profile *wishes, const char *key, const char *value,
			const char *source, const char *reason, bool is_explicit,
			struct error *err);
