/*
 * A program whose n-th allocation fails.  It is the real one, linked with
 * failing.c: malloc and its kin pass through there (ld --wrap), and libevent,
 * cJSON and libcurl are told to allocate through it too.  Not counted is what
 * the C library and OpenSSL take for themselves.
 *
 * The test shares a page with the program, on descriptor FAILING_FD.
 */
#ifndef WATCHDOG_FAILING_H
#define WATCHDOG_FAILING_H

#include <stdbool.h>
#include <stdint.h>

#define FAILING_FD 9

struct failing {
	uint64_t fail_at;  /* the first allocation is 1; 0 = none fails */
	bool ever_after;   /* and all that follow */
	uint64_t count;    /* so far */
	bool failed;       /* it has come to that */
	int64_t live;      /* allocated and not freed */
};

/* --- for the program, before its own main() --- */

/* Take the page over, and with it what libevent and cJSON allocate.  Exits if there is no page. */
void failing_begin(void);
/* What libraries are told to call. */
void *failing_malloc(size_t size);
void *failing_calloc(size_t n, size_t size);
void *failing_realloc(void *p, size_t size);
char *failing_strdup(const char *s);

/* --- for the test --- */

/* A new page, mapped; *fd is to become FAILING_FD of the program. */
struct failing *failing_share(int *fd);

/* Let the test's own allocations fail, and libevent's in it, and those of what it forks. */
struct failing *failing_here(void);

#endif
