/*
 * What the parts of the digest share: the transitions that one message is
 * made of, as lines, and lines of one kind and action as groups.
 */
#ifndef WATCHDOG_DIGEST_PARTS_H
#define WATCHDOG_DIGEST_PARTS_H

#include "digest.h"
#include "strbuf.h"

#define GROUP_MIN 5           /* so many lines of one kind and action are one line */
#define LATE_PAST(s, t) ((s)->at.now - (t)->decided > LATE_S)

/* Lines that are one: their names are told, in the order of their lines. */
struct group {
	enum signal_kind kind;
	int rank;
	enum action action; /* as told; of a recovery … */
	bool was;           /* … which kind */
	enum farewell farewell;
	size_t n;           /* members */
	size_t slot;        /* the place of the first in the message */
};

/* One line of a message, which stands for one transition or for several of one signal. */
struct line {
	UT_hash_handle hh;
	const char *key;
	const struct transition *first, *last;
	struct line *before;      /* the earlier line of the same signal */
	struct line *merged_into; /* NULL = stands by itself */
	bool opened;              /* it begins with an alert that was never told */
	bool was;                 /* a whole incident that is over */
	uint32_t times, more;     /* incidents, and changes that were folded away */
	uint64_t amount;
	int rank;                 /* 0 is the worst; -1 stands above all */
	size_t slot;              /* its place in the message, not counting that it may be in a group's */
	struct group *group;      /* NULL = none; one of fewer than GROUP_MIN counts as none */
	bool taken;
};

/*
 * What is shown of the past is reckoned by the clock that never jumps, from the wall clock as it is now: a wall clock that
 * was set meanwhile would make an incident end before it began.
 */
static inline double
wall_at(const struct setting *s, double decided)
{
	return s->at.wall - (s->at.now - decided);
}

/* Boot clock. */
static inline double
line_began(const struct line *l)
{
	return l->first->decided - l->first->lasted;
}

struct draft {
	struct outbox *o;
	unsigned chat;
	const struct setting *setting;
	size_t n;
	struct transition **t;
	const struct transition *beyond; /* the first that waits and is not among them; NULL = none */
	struct line *lines, **owner, **order; /* owner[i]: the line of t[i] */
	size_t line_count;
	struct group *groups;
	size_t group_count;
	struct line *newest; /* by key */
	bool spread;         /* so far apart that times are told */
};

/* Choose what the message is made of.  Returns 1, 0 if nothing waits, -1 if memory is short; to be freed in any case. */
int draft_gather(struct draft *d);
void draft_free(struct draft *d);

/* Make lines of it, in order[], and groups of lines. */
void draft_lines(struct draft *d);
void draft_groups(struct draft *d);

/* The group that a line is told in, or NULL. */
struct group *line_group(const struct line *l);

/* What is told of a line: an alert that was never told is news, though it has been repeated since. */
enum action line_action(const struct line *l);

/* Write a line, or what a chat gets of it that refuses everything else. */
void say_line(struct strbuf *out, const struct draft *d, const struct line *l);
void say_minimal(struct strbuf *out, const struct line *l);

/*
 * Write the names of the group whose first line stands at order[at], as many
 * as fit in points code points, but at least one; those lines are taken.
 */
void say_group(struct strbuf *out, struct draft *d, size_t at, size_t points);

#endif
