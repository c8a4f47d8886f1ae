/*
 * Patterns that people type: '*' stands for any text, '?' for one code
 * point.  Takes time in proportion to the product of the two lengths at most.
 */
#ifndef WATCHDOG_GLOB_H
#define WATCHDOG_GLOB_H

#include <stdbool.h>

/* Both must be valid UTF-8. */
bool glob_match(const char *pattern, const char *text);

#endif
