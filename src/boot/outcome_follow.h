/* The inner half of outcome.c: following the writes of one loader. */
#pragma once

#include "boot/outcome.h"

#define OUTCOME_SECRET "it is secret"

/*
 * Fill in the values of one loader: the keys and the simulations are there.
 *
 * Fails: -ENOMEM
 */
MUST_CHECK int outcome_follow(const struct boot_host *host, struct boot_outcome *outcome,
			      enum loader loader);
