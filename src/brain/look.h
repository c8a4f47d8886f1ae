/*
 * One look at one signal: debounce, decide, hand on.  All sources end here.
 */
#ifndef WATCHDOG_LOOK_H
#define WATCHDOG_LOOK_H

#include "brain.h"

struct look {
	enum signal_kind kind;
	const char *name;    /* what follows the kind in the key, "" = nothing */
	enum verdict verdict;
	unsigned need;       /* bad looks in a row before active */
	unsigned recover;    /* good looks in a row before not; 0 = as configured */
	double lasted;       /* seconds that a trouble first seen now had lasted before */
	bool again;          /* news: told once more, though the cooldown is not over */
	bool grace;          /* may get more time while the host is starting */
	const char *detail;  /* what is so now; NULL = what the value says */
	const double *value; /* in the unit of its kind (signal_text.h); NULL = none */
};

/*
 * The signal, added if it is new.  NULL while draining, or if it could not be
 * kept (a bound is reached, or memory is short, see brain->failed).
 */
struct alert *look_up(struct brain *b, enum signal_kind kind, const char *name);

/*
 * Take a look.  Returns what look_up() does.
 *
 * No data neither counts as bad nor as good, and starts neither count anew.
 */
struct alert *look_at(struct brain *b, const struct look *l);

/*
 * A source that could be read or not: raises source:<name> after three looks
 * in a row without data, at once if at_once.
 */
void look_at_source(struct brain *b, const char *name, bool readable, bool at_once, const char *detail);

/* Something happened that has no state (an edge): alert.  amount of it, total in all. */
void look_at_edge(struct brain *b, enum signal_kind kind, uint64_t amount, uint64_t total, const char *detail);

/* Forget a signal; one that alerts recovers with the words that it is gone, or that it is no longer watched. */
void look_gone(struct brain *b, struct alert *a);
void look_unwatched(struct brain *b, struct alert *a);

/* Seconds after which an alert of that kind is repeated; INFINITY = never. */
double look_cooldown(const struct brain *b, enum signal_kind kind);

/* Clean a foreign string for display, into cap bytes at buf. */
void look_clean(char *buf, size_t cap, const char *s);

/* The same for why something failed, in the language of the chats (reason_text.h). */
void look_reason(const struct brain *b, char *buf, size_t cap, const char *s);

#endif
