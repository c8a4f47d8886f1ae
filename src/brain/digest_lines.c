/*
 * Which lines a message has.  Pure.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "digest_parts.h"

#define SPREAD_S 60.0 /* transitions further apart than that are told with their time */

/* --- what the message is made of --- */

/* It waits for this chat, in a batch that is closed. */
static bool
may_leave(const struct draft *d, const struct transition *t)
{
	return (t->waiting & 1u << d->chat) != 0 && t->batch != d->o->batch;
}

static bool
any_may_leave(const struct draft *d)
{
	const struct transition *t;

	TAILQ_FOREACH(t, &d->o->waiting, entry)
		if (may_leave(d, t))
			return true;
	return false;
}

/* What goes into one message at the most: the oldest that waits, and what fits behind it. */
static void
choose(struct draft *d)
{
	struct transition *t;
	size_t bytes = 0;

	TAILQ_FOREACH(t, &d->o->waiting, entry) {
		if (!may_leave(d, t))
			continue;
		bytes += transition_bytes(t);
		if (d->n > 0 && (d->n == OUTBOX_CARRIED_MAX || bytes > OUTBOX_CARRIED_BYTES_MAX)) {
			d->beyond = t;
			break;
		}
		d->t[d->n++] = t;
	}
}

int
draft_gather(struct draft *d)
{
	/* Asked after every message that the brain gets: room is made only for what there is. */
	if (!any_may_leave(d))
		return 0;
	d->t = calloc(OUTBOX_CARRIED_MAX, sizeof(*d->t));
	d->owner = calloc(OUTBOX_CARRIED_MAX, sizeof(struct line *));
	d->order = calloc(OUTBOX_CARRIED_MAX, sizeof(struct line *));
	d->lines = calloc(OUTBOX_CARRIED_MAX, sizeof(*d->lines));
	d->groups = calloc(OUTBOX_CARRIED_MAX, sizeof(*d->groups));
	if (d->t == NULL || d->owner == NULL || d->order == NULL || d->lines == NULL || d->groups == NULL)
		return -1;
	choose(d);
	return d->n > 0;
}

void
draft_free(struct draft *d)
{
	free(d->t);
	free(d->owner);
	free(d->order);
	free(d->lines);
	free(d->groups);
}

/* --- lines --- */

static struct line *
latest_line(const struct draft *d, const char *key)
{
	struct line *l;

	HASH_FIND(hh, d->newest, key, strlen(key), l);
	return l;
}

/* Out of memory only costs a merge. */
static void
make_newest(struct draft *d, struct line *l, struct line *instead)
{
	if (instead != NULL && instead->hh.tbl != NULL)
		HASH_DEL(d->newest, instead);
	HASH_ADD_KEYPTR(hh, d->newest, l->key, strlen(l->key), l);
}

/* One that says something of the signal, whose own line may go on. */
static struct line *
line_aside(struct draft *d, const struct transition *t, struct line *before)
{
	struct line *l = &d->lines[d->line_count++];

	*l = (struct line){
		.key = t->key, .first = t, .last = t, .before = before, .more = t->folded, .amount = t->amount,
		.opened = transition_opens(t), .was = t->action == ACTION_RECOVERY && transition_opens(t), .times = 1,
	};
	return l;
}

static struct line *
line_new(struct draft *d, const struct transition *t, struct line *before)
{
	struct line *l = line_aside(d, t, before);

	make_newest(d, l, before);
	return l;
}

/* An alert and its recovery, neither told: a line about the past; several of them: one line. */
static struct line *
close_incident(struct draft *d, struct line *l, const struct transition *t)
{
	struct line *before = l->before;

	l->last = t;
	l->more += t->folded;
	l->was = true;
	if (before == NULL || !before->was)
		return l;
	before->last = t;
	before->more += l->more;
	before->times++;
	l->merged_into = before;
	make_newest(d, before, l);
	return before;
}

static struct line *
line_for(struct draft *d, const struct transition *t)
{
	struct line *l = latest_line(d, t->key);
	bool open = l != NULL && !l->was && l->last->action != ACTION_RECOVERY && l->last->action != ACTION_NOTE;

	if (t->about == ABOUT_ACKED)
		return line_aside(d, t, l);
	if (!open || t->action == ACTION_NOTE || (t->action == ACTION_ALERT && t->amount == 0))
		return line_new(d, t, l);
	if (t->action == ACTION_RECOVERY && l->opened)
		return close_incident(d, l, t);
	l->last = t;
	l->more += t->folded;
	l->amount += t->amount;
	return l;
}

enum action
line_action(const struct line *l)
{
	if (!l->was && l->last->action == ACTION_REALERT && l->opened)
		return ACTION_ALERT;
	return l->last->action;
}

static int
own_rank(const struct line *l)
{
	if (l->last->action == ACTION_NOTE)
		return -1;
	if (l->was || l->last->action == ACTION_RECOVERY)
		return 2;
	return l->last->severity == SEVERITY_CRITICAL ? 0 : 1;
}

/* What a signal did later never stands above what it did before. */
static int
rank(const struct line *l)
{
	const struct line *before = l->before;
	int own = own_rank(l);

	if (before != NULL && before->merged_into != NULL)
		before = before->merged_into;
	return before != NULL && before->last->batch == l->last->batch && before->rank > own ? before->rank : own;
}

/* In the order of the batches, within one worst first, else as decided. */
static int
compare_lines(const void *a, const void *b)
{
	const struct line *x = *(struct line *const *)a, *y = *(struct line *const *)b;

	if (x->last->batch != y->last->batch)
		return x->last->batch < y->last->batch ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank - y->rank;
	return x < y ? -1 : x > y;
}

void
draft_lines(struct draft *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		d->owner[i] = line_for(d, d->t[i]);
	HASH_CLEAR(hh, d->newest);
	for (size_t i = 0; i < d->line_count; i++) {
		if (d->lines[i].merged_into != NULL)
			continue;
		d->lines[i].rank = rank(&d->lines[i]);
		d->order[n++] = &d->lines[i];
	}
	d->line_count = n;
	qsort(d->order, n, sizeof(struct line *), compare_lines);
	d->spread = d->t[d->n - 1]->decided - d->t[0]->decided > SPREAD_S;
}

/* --- groups --- */

struct group *
line_group(const struct line *l)
{
	return l->group != NULL && l->group->n >= GROUP_MIN ? l->group : NULL;
}

static enum farewell
farewell(const struct line *l)
{
	return l->was ? FAREWELL_NONE : l->last->farewell;
}

static bool
belongs(const struct group *g, const struct line *l)
{
	return g->kind == l->last->kind && g->rank == l->rank && g->action == line_action(l) && g->was == l->was &&
	    g->farewell == farewell(l);
}

/* The newest group that l belongs to, unless the signal's own line before would come after it. */
static struct group *
group_for(struct draft *d, const struct line *l)
{
	const struct line *before = l->before;

	if (before != NULL && before->merged_into != NULL)
		before = before->merged_into;
	for (size_t i = d->group_count; i > 0; i--) {
		struct group *g = &d->groups[i - 1];

		if (belongs(g, l))
			return before == NULL || before->slot < g->slot ? g : NULL;
	}
	return NULL;
}

void
draft_groups(struct draft *d)
{
	for (size_t i = 0; i < d->line_count; i++) {
		struct line *l = d->order[i];
		struct group *g;

		l->slot = i;
		if (l->amount > 0 || l->last->again || l->last->apart || line_action(l) == ACTION_NOTE || kind_is_single(l->last->kind))
			continue;
		if ((g = group_for(d, l)) == NULL) {
			g = &d->groups[d->group_count++];
			*g = (struct group){
				.kind = l->last->kind, .rank = l->rank, .action = line_action(l), .was = l->was,
				.farewell = farewell(l), .slot = i,
			};
		}
		g->n++;
		l->group = g;
	}
}
