/*
 * The ring of what happened.  Texts are cut, never refused.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "history.h"
#include "strbuf.h"

#define LONGEST (HISTORY_BYTES_MAX / 8) /* of one entry: a path may be long, the ring must hold several */

static size_t
past_bytes(const struct past *p)
{
	return sizeof(*p) + strlen(p->what) + strlen(p->untold) + strlen(p->key) + strlen(p->detail) + 4;
}

/* One block for the entry and its strings. */
static struct past *
past_copy(const struct past *from)
{
	struct past *p = malloc(past_bytes(from));
	char *at = (char *)(p + 1);

	if (p == NULL)
		return NULL;
	p->wall = from->wall;
	p->what = strcpy(at, from->what);
	p->untold = strcpy(at += strlen(at) + 1, from->untold);
	p->key = strcpy(at += strlen(at) + 1, from->key);
	p->detail = strcpy(at + strlen(at) + 1, from->detail);
	return p;
}

static void
drop_oldest(struct history *h)
{
	struct past *p = h->past[h->first];

	h->bytes -= past_bytes(p);
	free(p);
	h->past[h->first] = NULL;
	h->first = (h->first + 1) % HISTORY_MAX;
	h->count--;
}

int
history_add(struct history *h, const struct past *p)
{
	char detail[HISTORY_DETAIL_MAX + 1];
	struct strbuf cut = STRBUF_IN(detail);
	struct past kept = *p, *copy;

	strbuf_puts(&cut, p->detail);
	kept.detail = detail;
	if (past_bytes(&kept) > LONGEST)
		return 0;
	if ((copy = past_copy(&kept)) == NULL)
		return -1;
	while (h->count == HISTORY_MAX || (h->count > 0 && h->bytes + past_bytes(copy) > HISTORY_BYTES_MAX))
		drop_oldest(h);
	h->past[(h->first + h->count++) % HISTORY_MAX] = copy;
	h->bytes += past_bytes(copy);
	return 0;
}

const struct past *
history_at(const struct history *h, size_t i)
{
	return h->past[(h->first + i) % HISTORY_MAX];
}

void
history_free(struct history *h)
{
	while (h->count > 0)
		drop_oldest(h);
}
