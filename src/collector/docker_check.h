/*
 * One check of one container: what events said of it is kept until docker's
 * list says what is so; then the brain is told both together.  For
 * docker_checks.c, which says when to ask.
 */
#ifndef WATCHDOG_DOCKER_CHECK_H
#define WATCHDOG_DOCKER_CHECK_H

#include <sys/queue.h>

#include "docker_event.h"
#include "docker_view.h"
#include "gate_client.h"

#define CHECK_ACTS_MAX 16 /* events that go with one check; more are dropped */

struct check;
struct docker_answer;

enum check_end {
	CHECK_TOLD,   /* the brain knows */
	CHECK_FAILED, /* only a full list tells */
	CHECK_AGAIN   /* to be asked once more, in so many seconds */
};

/* How all checks of one owner are made. */
struct check_way {
	struct gate_client *gate;
	struct tick *tick;
	struct docker_view *view;
	unsigned api_minor; /* of docker's API */
	bool podman;        /* the list does not tell the health: it is asked for first */
	/* The question is over; from the loop, or from inside check_ask() if it failed.  The owner frees k, or keeps it. */
	void (*end)(void *ctx, struct check *k, enum check_end how, double wait);
	void *ctx;
};

struct check {
	TAILQ_ENTRY(check) entry; /* the owner's, as is not_before: seconds of the awake clock */
	double not_before;
	char id[CONTAINER_ID_LEN + 1];

	/* The rest is docker_check.c's. */
	const struct check_way *way;
	struct batch *acts;  /* what the events said */
	unsigned act_count;
	unsigned last_act;   /* of those that change the state; ACT_NONE = none */
	uint64_t untold;     /* the time stamp of the first of acts, 0 = none or not known; for docker_checks.c too */
	struct gate_call *call;
	struct docker_answer *answer;
	struct batch *said;
	bool health_asked, unhealthy, found;
	char state[sizeof(((struct container *)0)->state)];
	unsigned busy, stale;
};

/* id: of CONTAINER_ID_LEN hex digits.  way must outlive it.  NULL: memory is short. */
struct check *check_new(const struct check_way *way, const char *id);

/* Whatever is under way is cancelled. */
void check_free(struct check *k);

/* An event was about it, age seconds ago: newer than all that has been asked. */
void check_act(struct check *k, const struct docker_event *e, double age);

/* Tell the brain what events said so far, without what is so: a whole list will, that was asked for before them. */
void check_tell_acts(struct check *k);

/* Begin to ask.  way->end may be called from inside. */
void check_ask(struct check *k);

/* Forget what has been asked and answered, not what events said. */
void check_reset(struct check *k);

/* Put what events said to older before what they said to k, and free older. */
void check_join(struct check *k, struct check *older);

#endif
