/*
 * The rules of profiles/rules as the parser read them when the program was built: at run
 * time they cost nothing. src/embed_rules.c writes them; sorted by id.
 */
#pragma once

#include "rules/rule.h"

extern const struct rule built_in_rules[];
extern const size_t built_in_rule_count;
