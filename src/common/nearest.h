/*
 * How near two words are, for "did you mean".
 */
#ifndef WATCHDOG_NEAREST_H
#define WATCHDOG_NEAREST_H

#define NEAREST_MOST 64 /* bytes; longer words are not compared */

/* Edit distance, a swap of neighbours counted as one, case not at all.  UINT_MAX if either is over NEAREST_MOST. */
unsigned word_distance(const char *a, const char *b);

#endif
