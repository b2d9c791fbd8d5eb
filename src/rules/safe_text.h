/* Text from outside, made fit to be shown anywhere. */
#pragma once

#include "base/text.h"

/*
 * How many bytes the character at a string takes, when it is safe to show; 0 when it is
 * not, and at the end of the string.
 */
size_t safe_text_length(const char *string);

/*
 * Add a string of which nothing is known: a program's name, the text of an evidence file.
 * What is added is UTF-8 on one line: each byte that is no UTF-8 and each character that
 * controls a terminal, ends a line or turns the direction of writing becomes '?'.
 */
void safe_text_add(struct text *text, const char *string);
