/* Topics: pages about what administrators meet, built in from docs/topics/NAME.md. */
#pragma once

#include "base/embedded.h"
#include "report/prose.h"

/* NULL when there is no topic of that name. */
const struct embedded_file *topic_find(const char *name);

/* The title of a topic: its first line without the '#'. Returns its length. */
size_t topic_title(const struct embedded_file *topic, const char **ret);

/*
 * Add a page. Of Markdown it knows headings, paragraphs, lists ("- ", their further lines
 * are indented) and code (indented by four blanks outside of lists).
 */
void topic_add(const struct embedded_file *topic, struct prose *prose);
