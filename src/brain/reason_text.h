/*
 * Why something failed, in the language of the chats.  The other processes
 * and the kernel say it in English, which is what goes into logs and
 * recordings; here is what a reader of another language gets instead.  What
 * is not in the table, such as the words of an engine or a server, stays as
 * it is.
 */
#ifndef WATCHDOG_REASON_TEXT_H
#define WATCHDOG_REASON_TEXT_H

#include "config.h"
#include "strbuf.h"

#define REASON_STARS_MAX 2

/* A reason as it is said, where '*' stands for anything, and the same with {1} {2} for that. */
struct reason {
	const char *english, *russian;
};

/* Add a reason; in English as it is. */
void reason_say(struct strbuf *out, enum language lang, const char *english);

/* The table, for a test; NULL behind its end. */
const struct reason *reason_at(size_t i);

#endif
