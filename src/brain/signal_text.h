/*
 * What the last look at a signal said, in words.  Most looks are never told
 * of, so what a number says is written when somebody asks.
 */
#ifndef WATCHDOG_SIGNAL_TEXT_H
#define WATCHDOG_SIGNAL_TEXT_H

#include "brain.h"

/* The name for people that its label gives it, as it came; "" = none. */
const char *signal_shown(const struct alert *a);

/* The subject of messages about it, with that name. */
void signal_subject(char *buf, size_t cap, const struct alert *a);

/* Write the value, and the mark it is held against, as the table of a tick shows them; "" = none. */
void signal_value(struct strbuf *out, const struct brain *b, const struct alert *a);
void signal_mark(struct strbuf *out, const struct brain *b, const struct alert *a);

/* The detail: a's own, or what its value says, written to the cap bytes at buf.  "" if nothing is known yet. */
const char *signal_detail(char *buf, size_t cap, const struct brain *b, const struct alert *a);

/* True if there is a detail. */
bool signal_has_detail(const struct alert *a);

/* The value is about to change and the detail is to stay: keep it as text.  b->failed if memory is short. */
void signal_keep_detail(struct brain *b, struct alert *a);

#endif
