/*
 * Pacing.  What it counts comes from judged replies; the figures in them
 * (retry_after) are already within bounds.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "pace.h"

#define WENT_OUT 1u      /* a request reached the server, or may have: it counts for the rate */
#define REACHED 2u       /* the server is there: its back-off is over */
#define SUCCESS 4u       /* the chat works: whatever held it is over */
#define CHAT_BACKOFF 8u
#define ALL_BACKOFF 16u
#define CHAT_BAR 32u
#define ALL_BAR 64u
#define FLOOD 128u

static const unsigned effects[TELEGRAM_VERDICT_COUNT] = {
	[TELEGRAM_DELIVERED] = WENT_OUT | REACHED | SUCCESS,
	[TELEGRAM_MOVED] = WENT_OUT | REACHED,
	[TELEGRAM_NO_TOPIC] = WENT_OUT | REACHED,
	[TELEGRAM_FLOOD] = WENT_OUT | REACHED | FLOOD,
	[TELEGRAM_POISON] = WENT_OUT | REACHED,
	[TELEGRAM_BAD_CHAT] = WENT_OUT | REACHED | CHAT_BAR,
	[TELEGRAM_BAD_TOKEN] = WENT_OUT | REACHED | ALL_BAR,
	[TELEGRAM_UNREACHABLE] = ALL_BACKOFF,
	[TELEGRAM_NOT_NOW] = WENT_OUT | REACHED | CHAT_BACKOFF,
	[TELEGRAM_LOST] = WENT_OUT | REACHED | CHAT_BACKOFF,
};

void
pace_init(struct pace *p, unsigned short seed)
{
	memset(p, 0, sizeof(*p));
	p->seed[0] = seed;
}

static double
later(double a, double b)
{
	return a > b ? a : b;
}

/* Attempts that ran side by side see one and the same failure: it counts once. */
static void
backoff_fail(struct pace *p, struct pace_backoff *b, double began, double now)
{
	double delay = PACE_BACKOFF_MAX_S;

	if (b->failures > 0 && began < b->counted_at)
		return;
	if (b->failures < 6)
		delay = 1u << b->failures;
	b->failures++;
	b->counted_at = now;
	b->until = now + delay * (1 - PACE_JITTER * erand48(p->seed));
}

static void
count_sent(struct pace_chat *c, double now)
{
	c->sent[c->nsent % PACE_GROUP_MAX] = now;
	c->nsent++;
}

static void
hold_for_flood(struct pace *p, double retry_after, double now)
{
	if (!(retry_after > 0))
		retry_after = PACE_FLOOD_DEFAULT_S;
	if (retry_after > PACE_FLOOD_MAX_S)
		retry_after = PACE_FLOOD_MAX_S;
	p->flood_until = later(p->flood_until, now + retry_after + PACE_FLOOD_SLACK_S);
}

void
pace_outcome(struct pace *p, unsigned chat, const struct telegram_reply *reply, double began, double now)
{
	struct pace_chat *c = &p->chats[chat];
	unsigned effect = effects[reply->verdict];

	if (effect & WENT_OUT)
		count_sent(c, now);
	if (effect & REACHED)
		p->backoff = (struct pace_backoff){0};
	if (effect & SUCCESS) {
		c->backoff = (struct pace_backoff){0};
		c->barred_until = p->barred_until = 0;
	}
	if (effect & CHAT_BACKOFF)
		backoff_fail(p, &c->backoff, began, now);
	if (effect & ALL_BACKOFF)
		backoff_fail(p, &p->backoff, began, now);
	if (effect & CHAT_BAR)
		c->barred_until = now + PACE_BAR_S;
	if (effect & ALL_BAR)
		p->barred_until = now + PACE_BAR_S;
	if (effect & FLOOD)
		hold_for_flood(p, reply->retry_after, now);
}

static double
rate_due(const struct pace_chat *c)
{
	double due = 0;

	if (c->nsent > 0)
		due = c->sent[(c->nsent - 1) % PACE_GROUP_MAX] + PACE_GAP_S;
	if (c->group && c->nsent >= PACE_GROUP_MAX)
		due = later(due, c->sent[c->nsent % PACE_GROUP_MAX] + PACE_GROUP_WINDOW_S);
	return due;
}

double
pace_due(const struct pace *p, unsigned chat)
{
	const struct pace_chat *c = &p->chats[chat];
	double due = rate_due(c);

	due = later(due, later(p->flood_until, p->barred_until));
	due = later(due, later(p->backoff.until, c->backoff.until));
	return later(due, c->barred_until);
}

void
pace_forget(struct pace *p)
{
	p->backoff = (struct pace_backoff){0};
	p->barred_until = 0;
	for (unsigned i = 0; i < CHATS_MAX; i++) {
		p->chats[i].backoff = (struct pace_backoff){0};
		p->chats[i].barred_until = 0;
	}
}
