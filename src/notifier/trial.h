/*
 * The test message of watchdog -t: sent to every chat at once, and what came
 * of it told in a line for a person.
 */
#ifndef WATCHDOG_TRIAL_H
#define WATCHDOG_TRIAL_H

#include "courier.h"

#define TRIAL_TRIES 3 /* a chat that has moved or lost its topic is tried again at once */

/* ok: every chat took the message. */
typedef void trial_cb(void *ctx, bool ok, const char *text);

struct trial {
	struct courier *courier;
	char *message;
	unsigned tries[CHATS_MAX];
	unsigned pending, delivered;
	char failures[TEXT_MAX_LEN - 64]; /* room for the rest of the line */
	trial_cb *cb;
	void *ctx;
};

/*
 * Begin; t is zeroed before its first use and lives until cb, which is called
 * exactly once, possibly from inside this call.  One at a time: cb hears at
 * once that another runs.
 */
void trial_start(struct trial *t, struct courier *c, const char *message, trial_cb *cb, void *ctx);

#endif
