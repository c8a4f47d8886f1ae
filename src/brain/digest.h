/*
 * From transitions to the text of a message: one line for each, worst first,
 * those of one incident merged where the channel was away, and a last line
 * with host, time and incident marks.
 */
#ifndef WATCHDOG_DIGEST_H
#define WATCHDOG_DIGEST_H

#include "outbox.h"

/* Telegram's limits: code points after entities are parsed, and raw bytes. */
#define DIGEST_POINTS_MAX 4096
#define DIGEST_BYTES_MAX MESSAGE_TEXT_MAX

/*
 * Make one message of what waits for chat and is not in the open batch, as
 * much as fits; what it carries is marked.  seq and generation are the
 * caller's.  Returns 1, 0 if nothing waits, -1 if memory is short.
 */
int digest_compose(struct outbox *o, unsigned chat, const struct setting *s, struct parcel *m);

/*
 * Write the piece of m that begins at m->at, in its format, with the last
 * lines for the time s->at.  Sets m->end, behind the piece.  Returns 0, -1 if
 * memory is short.
 */
int digest_render(struct parcel *m, const struct setting *s, struct strbuf *out);

#endif
