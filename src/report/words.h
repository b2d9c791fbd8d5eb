/* Facts in words for people. */
#pragma once

#include "base/text.h"
#include "catalog/counter.h"
#include "catalog/sysctl.h"

/* "2.0 s", "5 min", "3 days", as the templates of rules have it. */
void words_add_seconds(struct text *text, double seconds);

/* "in Linux 4.12", "between Linux 3.14 and 4.14"; nothing when it is not known. */
void words_add_release(struct text *text, const struct release_span *change);

/* Who shares a key, and what a container gets. "not known" where it is. */
void words_add_scope(struct text *text, const struct sysctl_def *def);

/* "integer, in ms; the kernel takes 1 to 300" */
void words_add_type(struct text *text, const struct sysctl_def *def);

/* "0 = off; 1 = on"; nothing where numbers have no names */
void words_add_meanings(struct text *text, const struct sysctl_def *def);

const char *words_counter_kind(enum counter_kind kind);
const char *words_counter_scope(enum counter_scope scope);

/* "s" behind every number but 1. */
const char *words_plural(size_t count);
