/*
 * Answers to clients of the control socket: lines of JSON, made of the
 * brain's state.  Pure.
 */
#ifndef WATCHDOG_CONTROL_ANSWER_H
#define WATCHDOG_CONTROL_ANSWER_H

#include "control_json.h"

/* What the role sees and the brain does not hold. */
struct control_facts {
	struct msg_role_info role[ROLE_COUNT]; /* as told last */
	bool known[ROLE_COUNT];
	double started;        /* this brain, boot clock */
	double ticked;         /* the last whole tick ended, boot clock; NaN = none yet */
	double delivered_wall; /* the last message that Telegram took, NaN = none yet */
	bool channel;          /* there are chats; else messages go to the log */
};

/* {"signal": …} for each, {"role": …} for each, {"silence": …} for each, {"status": …}. */
void answer_status(const struct answer *to, const struct brain *b, const struct control_facts *f);

/*
 * Whether the watchdog itself is well: every role that is wanted answers, and
 * the last tick is younger than HEALTH_INTERVALS intervals.  what (of cap bytes) says what is
 * wrong, or that all is well.
 */
#define HEALTH_INTERVALS 3
bool answer_health(const struct brain *b, const struct control_facts *f, char *what, size_t cap);

/* The last line: {"end": true, "exit": …} and, where text is not NULL, member: text. */
void answer_end(const struct answer *to, int exit_status, const char *member, const char *text);

#endif
