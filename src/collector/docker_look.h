/*
 * What docker.c, the looks, docker_end.c, why one ended without an answer,
 * docker_scope.c, how much of the list one needs, and docker_hints.c, what
 * happens between them, share.  For these alone.
 */
#ifndef WATCHDOG_DOCKER_LOOK_H
#define WATCHDOG_DOCKER_LOOK_H

#include "docker_answer.h"
#include "docker_checks.h"
#include "docker_stream.h"
#include "docker_view.h"

#define RETRY_FIRST_S 1.0     /* until a stream that has ended is opened anew; doubled each time */
#define RESTART_FIRST_S 10.0  /* until an engine is asked that has gone, and that asking would start; likewise */

struct docker {
	struct source source;
	struct role *role;
	struct gate_client *gate;
	struct docker_view *view;
	struct docker_checks *checks;
	struct docker_stream *stream;
	struct event *deadline, *later;
	unsigned api_minor;  /* of 1.NN; 0 = to be asked */
	bool follow;         /* what we know best is too old for the engine: its own newest is asked for */
	bool podman;
	bool seen;           /* there has been a socket */
	bool well;           /* the last look found it so */
	double off_until;    /* boot clock: not asked before; 0 = not off */
	double ask_after;    /* likewise, for an engine that asking would start */
	double restart_wait, retry_wait; /* the next such pauses, seconds */
	char why[TEXT_MAX_LEN]; /* what was wrong at the last look that failed */
	/* What the events are worth. */
	bool need_full;      /* something may have been missed */
	double full_at;      /* the last full list, boot clock */
	double up_at;        /* the stream is open since; NaN = it is not */
	char stream_why[128]; /* why it is not */
	bool missed_it;      /* that has been said in the log */
	uint64_t digest;     /* of the last full list */
	bool digest_known;
	unsigned heard;      /* events since that list */
	bool doubt;          /* the list has changed, and no event has said so */
	bool distrust;       /* likewise, until an event has come */
	/* This look. */
	bool looking;
	double look_at;      /* boot clock */
	enum list_scope scope;
	bool opening;        /* waits for the stream */
	bool flowed;         /* a part of the list is out */
	bool held_up;        /* the answer has had to wait for the brain */
	enum gate_op op;
	struct gate_call *call;
	struct docker_answer *answer;
	bool asked_again;    /* the version was refused once */
};

/* HOW_UNSEEN: for a reason of our own nothing is known of it. */
enum docker_how { HOW_FAILED, HOW_OFF, HOW_UNSEEN };

/*
 * The look has failed.  Between ticks that is not told: three looks in a row
 * are an alarm, and they are to be an interval apart.
 */
void docker_say_failed(struct docker *d, enum docker_how how, const char *why);

/* Likewise: it has taken too long; its call ended so, and not with GATE_COMPLETE. */
void docker_say_late(struct docker *d);
void docker_say_end(struct docker *d, const struct msg_gate_end *end);

/* The engine has said that it is well: open the stream if it is not, then ask for the list. */
void docker_open_stream(struct docker *d);

/* Ask for as much of the list as is needed; the look ends with it. */
void docker_ask_list(struct docker *d);

/* How much of the list the look that has begun needs, and which question brings d->scope's. */
enum list_scope docker_scope_needed(const struct docker *d);
enum gate_op docker_list_op(const struct docker *d);

/* Say in the log, once, that no events come. */
void docker_say_deaf(struct docker *d);

/* Engines that asking would start are left alone for a while, and longer each time. */
void docker_leave_alone(struct docker *d);

extern const struct docker_stream_sink docker_stream_sink;
extern const struct docker_checks_sink docker_checks_sink;

#endif
