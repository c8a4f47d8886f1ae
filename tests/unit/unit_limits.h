/*
 * For tests of a process that has no descriptor left.
 */
#ifndef WATCHDOG_UNIT_LIMITS_H
#define WATCHDOG_UNIT_LIMITS_H

#include <sys/resource.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "own_error.h"

/* From now on any further descriptor is one too many.  Returns the limit before. */
static inline rlim_t
unit_no_more_descriptors(void)
{
	int next = dup(0);
	struct rlimit limit;
	rlim_t before;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	before = limit.rlim_cur;
	assert_int_not_equal(next, -1);
	close(next);
	limit.rlim_cur = (rlim_t)next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return before;
}

static inline void
unit_descriptors(rlim_t before)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = before;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* What an HTTP maker says of having no descriptor, in the words of this C library: in the middle of a sentence. */
static inline const char *
unit_no_descriptor_text(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s", strerror(EMFILE));
	error_after_colon(text);
	return text;
}

#endif
