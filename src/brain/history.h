/*
 * What was decided, and what a person ordered: the last of it, for
 * watchdogctl(8).  A ring, bounded in number and bytes; the oldest give way.
 */
#ifndef WATCHDOG_HISTORY_H
#define WATCHDOG_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#define HISTORY_MAX 512
#define HISTORY_KEPT 100              /* of them in a snapshot */
#define HISTORY_DETAIL_MAX 160        /* bytes; what is longer is cut */
#define HISTORY_WORD_MAX 16
#define HISTORY_BYTES_MAX (256u << 10)

struct past {
	double wall;         /* seconds since the epoch */
	const char *what;    /* "alert", "realert", "recovery", "told" (late) … */
	const char *untold;  /* why no chat was told: a word, "" = it was */
	const char *key;     /* of the signal, or a pattern */
	const char *detail;
};

/* All zeroes is an empty one. */
struct history {
	struct past *past[HISTORY_MAX];
	size_t first, count, bytes;
};

/* Keep a copy.  Returns 0, or -1 if memory is short. */
int history_add(struct history *h, const struct past *p);

/* From the oldest, 0, to the newest, h->count - 1. */
const struct past *history_at(const struct history *h, size_t i);

/* Free what it keeps; it is empty and usable afterwards. */
void history_free(struct history *h);

#endif
