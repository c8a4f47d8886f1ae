/*
 * Which chat is which after the configuration has changed.  The brain knows
 * chats by their number alone, and what waits for one, or was told to it, is
 * to stay his when others come or go before him.  Pure.
 */
#ifndef WATCHDOG_SEATING_H
#define WATCHDOG_SEATING_H

#include "messages.h"
#include "config.h"

/* Where no chat is configured the log is one. */
struct seating {
	uint16_t n;              /* 1 to CHATS_MAX */
	uint64_t tag[CHATS_MAX]; /* a number for each one's id; the ids themselves are wiped */
	uint8_t was[CHATS_MAX];  /* its number for the brain, as long as it is none of added */
	uint16_t added;          /* one bit each: the brain does not know it */
};

/* These chats, as the brain knows them. */
void seating_of(struct seating *s, const struct string_list *ids);

/*
 * now's chats come after before's, which the brain may not have heard of yet.
 * Who is there no longer leaves his place to one who was not there before:
 * what waits for an id that was wrong is told to the one that is right.
 */
void seating_follow(struct seating *now, const struct seating *before);

/* The brain knows them by these numbers now. */
void seating_told(struct seating *s);

/* was, as START has it. */
uint64_t seating_was(const struct seating *s);

#endif
