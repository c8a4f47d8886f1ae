/*
 * The queue of transitions.  Pure.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "outbox.h"

#define MARK_STEP 7919 /* has no factor in common with MARKS, so that every mark comes before one comes again */

void
outbox_init(struct outbox *o, unsigned chats, uint32_t first_mark)
{
	*o = (struct outbox){.chats = chats, .batch_since = NAN, .batch_mark = MARKS, .next_mark = first_mark % MARKS};
	TAILQ_INIT(&o->waiting);
}

static void
transition_free(struct outbox *o, struct transition *t)
{
	TAILQ_REMOVE(&o->waiting, t, entry);
	o->count--;
	o->bytes -= strlen(t->key) + strlen(t->detail);
	free(t);
}

void
outbox_free(struct outbox *o)
{
	struct transition *t;

	while ((t = TAILQ_FIRST(&o->waiting)) != NULL)
		transition_free(o, t);
}

uint32_t
outbox_mark(struct outbox *o)
{
	if (o->batch_mark == MARKS) {
		o->batch_mark = o->next_mark;
		o->next_mark = (o->next_mark + 1) % MARKS;
	}
	return o->batch_mark;
}

/* No vowels and nothing that looks like something else; a letter first, so that it is a hashtag. */
void
outbox_mark_text(char buf[MARK_TEXT], uint32_t mark)
{
	static const char set[] = "bcdfghjkmnpqrstvwxyz0123456789ae";
	uint32_t n = mark % MARKS * MARK_STEP % MARKS;

	buf[0] = set[n % 20];
	buf[1] = set[n / 20 % 32];
	buf[2] = set[n / 640];
	buf[3] = '\0';
}

/* One block for the transition and its two strings. */
static struct transition *
transition_copy(const struct transition *from)
{
	size_t key = strlen(from->key) + 1, detail = strlen(from->detail) + 1;
	struct transition *t = malloc(sizeof(*t) + key + detail);
	char *text = (char *)(t + 1);

	if (t == NULL)
		return NULL;
	*t = *from;
	t->key = memcpy(text, from->key, key);
	t->detail = memcpy(text + key, from->detail, detail);
	return t;
}

int
outbox_add(struct outbox *o, const struct transition *from)
{
	struct transition *t = transition_copy(from);

	if (t == NULL)
		return -1;
	t->batch = o->batch;
	t->waiting = (uint16_t)((1u << o->chats) - 1);
	if (isnan(o->batch_since))
		o->batch_since = t->decided;
	TAILQ_INSERT_TAIL(&o->waiting, t, entry);
	o->count++;
	o->bytes += strlen(t->key) + strlen(t->detail);
	return 0;
}

void
outbox_flush(struct outbox *o)
{
	if (isnan(o->batch_since))
		return;
	o->batch++;
	o->batch_since = NAN;
	o->batch_mark = MARKS;
}
