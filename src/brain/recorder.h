/*
 * What the brain is fed, as lines that a replay reads: while somebody
 * records, each message of the collector, each word of the parent on a role
 * and each order is put into the line that is open, and the line is given
 * away whenever what was decided may leave.  So a replay decides and groups
 * as was decided and grouped.
 */
#ifndef WATCHDOG_RECORDER_H
#define WATCHDOG_RECORDER_H

#include <cjson/cJSON.h>

#include "brain.h"

#define RECORDER_HELD_MAX 4096 /* dependencies, disks, events and the like of one line */

/* line: without its newline, NULL if memory was short or it was far too long: the recording then has a hole. */
typedef void recorder_line(void *ctx, const char *line);

/* All zeroes, but for line and ctx, is one that is off. */
struct recorder {
	recorder_line *line;
	void *ctx;
	bool on;
	bool partial_tick; /* the tick under way looks at some sources only */
	bool partial_list; /* the list under way is not all */
	size_t agents, listed, held; /* of the lists under way, and in the open line's other lists */
	const bool *unreachable; /* of the outbox: nothing of the last message reached Telegram; may be NULL */
	const double *slept; /* of the brain; may be NULL */
	const bool *docker_missed; /* likewise */
	double last;    /* now of the line before */
	struct moment heard; /* when the message that is being taken came */
	double booted;  /* what the collector's clock is behind the brain's, seconds */
	struct moment at;
	cJSON *open;    /* the line, NULL = nothing yet */
	cJSON *metrics, *containers, *check; /* under way, not in the line yet */
};

/* Begin with the next tick or event; end, and forget what is open. */
void recorder_start(struct recorder *r, double booted);
void recorder_stop(struct recorder *r);

/* A message came at that time.  Types that are no part of a recording are ignored. */
void recorder_take(struct recorder *r, enum message_type type, const union message *msg, struct moment at);

/* Somebody gave an order: words, the verb first. */
void recorder_order(struct recorder *r, const char *who, const char *const *words, size_t n, struct moment at);

/* What was decided so far may leave. */
void recorder_flush(struct recorder *r);

#endif
