/*
 * What every unit test includes: cmocka and what it wants before it.
 */
#ifndef WATCHDOG_UNIT_H
#define WATCHDOG_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#ifdef WITH_COVERAGE
void __gcov_dump(void);
#endif

/* How a forked child ends.  A build with coverage counters loses what it has run unless they are written first. */
static inline void __attribute__((noreturn))
unit_exit(int status)
{
#ifdef WITH_COVERAGE
	__gcov_dump();
#endif
	_exit(status);
}

#endif
