/* A profile as it is, for people and as a file. */
#pragma once

#include "profile/profile.h"
#include "report/prose.h"

/* For people: what it wants and why, what it inherits, its parameters. */
MUST_CHECK int profile_add_text(const struct profile *profile, struct prose *prose,
				struct error *err);

/* As one INI file without parents: what it inherits is written out. */
void profile_add_flat(const struct profile *profile, struct text *text);
