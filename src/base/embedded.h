/* Data files that are built into the program, so that it works from anywhere. */
#pragma once

#include <stddef.h>

/* name: without folder and ending ("nginx-proxy"); data ends with a NUL after size bytes
 */
struct embedded_file {
	const char *name;
	const char *data;
	size_t size;
};

/* Made by src/embed.py from profiles/NAME.ini and docs/topics/NAME.md; sorted. */
extern const struct embedded_file embedded_profiles[];
extern const size_t embedded_profile_count;
extern const struct embedded_file embedded_topics[];
extern const size_t embedded_topic_count;
extern const unsigned char embedded_database[]; /* an empty database with that schema */
extern const size_t embedded_database_size;
extern const struct embedded_file embedded_schema; /* evidence/schema.sql */
