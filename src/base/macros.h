/* Compiler attributes and scope-bound release, for every file of the project. */
#pragma once

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MUST_CHECK	 __attribute__((warn_unused_result))
#define PRINTF(fmt, arg) __attribute__((format(printf, fmt, arg)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Release at the end of the scope. AUTO(plan_clear) calls plan_clear(&variable); a
 * variable so declared is always initialised in its declaration. Release frees memory
 * and descriptors; it never takes back an effect on the system.
 */
#define AUTO(release) __attribute__((cleanup(release)))

static inline void release_free(void *pointer)
{
	free(*(void **)pointer);
}

static inline void release_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define auto_free  AUTO(release_free)
#define auto_close AUTO(release_close)

/* Hand a pointer on: the variable gives up its ownership and becomes NULL. */
#define TAKE(pointer)                                                                    \
	__extension__({                                                                  \
		__typeof__(pointer) *take_from_ = &(pointer);                            \
		__typeof__(pointer) taken_ = *take_from_;                                \
		*take_from_ = NULL;                                                      \
		taken_;                                                                  \
	})

/* Hand a descriptor on: the variable becomes -1, "no descriptor". */
#define TAKE_FD(fd)                                                                      \
	__extension__({                                                                  \
		int *take_from_ = &(fd);                                                 \
		int taken_ = *take_from_;                                                \
		*take_from_ = -1;                                                        \
		taken_;                                                                  \
	})

/* These lose errors or lengths; the style guide has what to use in their place. */
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok atoi atol gets
