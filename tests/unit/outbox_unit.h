/*
 * An outbox on a bench: a clock that the test turns, a parent that keeps what
 * it is given, a notifier that is ready.
 */
#ifndef WATCHDOG_OUTBOX_UNIT_H
#define WATCHDOG_OUTBOX_UNIT_H

#include <time.h>

#include "brain_unit.h"
#include "digest.h"
#include "log.h"
#include "utf8.h"

static struct outbox o;
static struct setting setting = {LANGUAGE_EN, "host1", {0, BENCH_WALL}};
static struct strbuf text;
static struct msg_message sent; /* what was offered last */
static uint64_t generation;     /* of what the parent has kept */

static inline void
at(double now)
{
	setting.at = (struct moment){now, BENCH_WALL + now};
}

/* With that many chats, at 0. */
static inline void
outbox_open(unsigned chats)
{
	outbox_init(&o, chats, 0);
	generation = 0;
	setting.lang = LANGUAGE_EN;
	at(0);
}

static inline int
setup(void **state)
{
	(void)state;
	outbox_open(1);
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	outbox_free(&o);
	strbuf_free(&text);
	return 0;
}

static inline void
keep(void)
{
	outbox_snapshot(&o, ++generation);
	outbox_confirm(&o, generation);
}

/* What chat is offered now; "" = nothing. */
static inline const char *
offer_to(unsigned chat)
{
	int rc;

	outbox_flush(&o);
	outbox_credit(&o, chat);
	assert_true(outbox_compose(&o, &setting) >= 0);
	keep();
	rc = outbox_offer(&o, &setting, &sent, &text);
	assert_true(rc >= 0);
	return rc == 1 ? text.s : "";
}

static inline void
delivered(void)
{
	assert_int_equal(outbox_delivered(&o, sent.seq, sent.chat), 0);
}

#endif
