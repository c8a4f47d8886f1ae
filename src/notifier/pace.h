/*
 * When each chat may be used again.  Pure: time is passed in (seconds of the
 * boot clock), chance comes from a seed.
 *
 * What holds a chat back, and the longest of them counts:
 *   rate      under one message a second; in a group also 20 a minute
 *   back-off  1, 2, 4 … 60 s less up to a quarter of jitter, for as long as it
 *             takes, forgotten at the first success.  A failure to reach the
 *             server concerns all chats and is counted once however many
 *             attempts saw it; a failure after that concerns its chat alone.
 *   bar       five minutes after an answer that says that the chat, or the
 *             token and so every chat, is unusable
 *   flood     what Telegram asked for with 429, for every chat, never less;
 *             but one answer silences for a day at the most
 */
#ifndef WATCHDOG_PACE_H
#define WATCHDOG_PACE_H

#include <stdbool.h>

#include "messages.h"
#include "telegram.h"

#define PACE_GAP_S 1.05        /* between the end of one request to a chat and the next */
#define PACE_GROUP_MAX 20      /* requests to a group … */
#define PACE_GROUP_WINDOW_S 61 /* … in so many seconds; the server's clock is not ours, so a second is to spare */
#define PACE_BACKOFF_MAX_S 60
#define PACE_JITTER 0.25       /* at most this part of a back-off is taken off */
#define PACE_BAR_S 300
#define PACE_FLOOD_DEFAULT_S 5 /* a 429 that does not say how long */
#define PACE_FLOOD_SLACK_S 0.25
#define PACE_FLOOD_MAX_S 86400.0 /* a longer wait cannot be meant, and would be a silence for good */

struct pace_backoff {
	unsigned failures;
	double counted_at, until;
};

struct pace_chat {
	bool group;
	struct pace_backoff backoff;
	double barred_until;
	double sent[PACE_GROUP_MAX]; /* a ring: when the last requests ended */
	unsigned nsent;
};

struct pace {
	struct pace_backoff backoff; /* the server cannot be reached */
	double barred_until, flood_until;
	struct pace_chat chats[CHATS_MAX];
	unsigned short seed[3];
};

/* Nothing holds anything back; groups are to be marked by the caller. */
void pace_init(struct pace *p, unsigned short seed);

/* An attempt at chat that began at began has just (now) ended with reply. */
void pace_outcome(struct pace *p, unsigned chat, const struct telegram_reply *reply, double began, double now);

/* The time from which chat may be used; in the past if it may be used already. */
double pace_due(const struct pace *p, unsigned chat);

/* Forget every back-off and bar; rates and floods stay. */
void pace_forget(struct pace *p);

#endif
