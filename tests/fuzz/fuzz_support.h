/* What the fuzz targets share: the check of a property, and a kernel made of one file. */
#pragma once

#include "base/kernel.h"
#include "collect/source.h"
#include "evidence/evidence.h"

#include <stddef.h>
#include <stdint.h>

/* Every target has this one function. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that holds for every input; a crash of the target where it does not. */
#define ALWAYS(property)                                                                 \
	do {                                                                             \
		if (!(property))                                                         \
			fuzz_broken(__FILE__, __LINE__, #property);                      \
	} while (0)

_Noreturn void fuzz_broken(const char *file, int line, const char *property);

/* The input as a string; the caller frees it. */
char *fuzz_string(const uint8_t *data, size_t size);

/*
 * The folder of the process, a kernel of dumps with nothing in it. It is made at the
 * first call, and taken away at the exit.
 */
const struct kernel *fuzz_kernel(void);

/* The path of the folder that fuzz_kernel() opened. */
const char *fuzz_folder(void);

/* Put the input in the place of FOLDER/path, as "proc/net/snmp". */
void fuzz_put(const char *path, const uint8_t *data, size_t size);

/* An empty evidence, the same one at each call. */
struct evidence *fuzz_evidence(void);

/*
 * Read one source, whose files were put, with everything wanted, as a sample of the
 * evidence; check what is true of any source.
 */
void fuzz_read(const struct source *source, struct evidence *evidence);

/* The first column of the first row, as a number; an error of the SQL is a crash. */
int64_t fuzz_number(struct evidence *evidence, const char *sql);

/* Is it UTF-8 on one line, without a character that controls a terminal? */
bool fuzz_is_safe(const char *text);

/*
 * What a wanted value prints is the same value again. "exactly" is not printed, so values
 * that have it are left out.
 */
struct wanted;
void fuzz_check_wanted(const struct wanted *wanted);
