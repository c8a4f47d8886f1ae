/*
 * Docker's event stream, opened through the gate and read line by line.
 * Events are hints: what is missed or cannot be read is said as such, and
 * costs a look at the list.
 */
#ifndef WATCHDOG_DOCKER_STREAM_H
#define WATCHDOG_DOCKER_STREAM_H

#include "docker_event.h"
#include "gate_client.h"

#define STREAM_LINE_MAX (256u << 10) /* bytes of one event; all labels of the container are in it */

struct docker_stream;

struct docker_stream_sink {
	/* The stream has been opened: what happens from now on will be told. */
	void (*up)(void *ctx);
	/* Could not be opened, or has ended.  why: for a person. */
	void (*down)(void *ctx, const char *why);
	/* Each event once, however often the engine sends it.  age: seconds since it happened, 0 and more. */
	void (*event)(void *ctx, const struct docker_event *e, double age);
	/* A line could not be read, so that something may have been missed. */
	void (*missed)(void *ctx);
};

/*
 * Never NULL.  The sink is called from the loop, never from inside these
 * calls; of them it may make docker_stream_open() in down(), and none in the
 * others.
 */
struct docker_stream *docker_stream_new(struct role *role, struct gate_client *gate,
    const struct docker_stream_sink *sink, void *ctx);
void docker_stream_free(struct docker_stream *s); /* NULL is fine */

/*
 * Open it, asking for what has happened since the last event: up() or down()
 * follows, within WATCHDOG_HTTP_TIMEOUT_S.  Does nothing if it is open or
 * being opened.  -1: it could not even be asked for.
 */
int docker_stream_open(struct docker_stream *s, unsigned api_minor);

/*
 * The time stamp of the last event, in nanoseconds since the epoch by the
 * engine's clock; before there is one, the time that was asked from; 0 = it
 * has never been opened.
 */
uint64_t docker_stream_heard(const struct docker_stream *s);

/*
 * For another brain, in this order: every event counts as new; but this one
 * is not to be told; close it, without down(), and have the next opening ask
 * for what has happened since (as docker_stream_heard(), 0 = from then on),
 * which the engine's clock said ago seconds ago.
 */
void docker_stream_forget(struct docker_stream *s);
void docker_stream_told(struct docker_stream *s, uint64_t key);
void docker_stream_resume(struct docker_stream *s, uint64_t since, double ago);

/* Close it, without down(). */
void docker_stream_close(struct docker_stream *s);

/* True between up() and down() or docker_stream_close(). */
bool docker_stream_is_live(const struct docker_stream *s);

/*
 * The time from which to ask for events, in nanoseconds since the epoch.
 * last_ns: the last event's time stamp by the engine's clock, 0 = none yet;
 * wall_ns: now; since_ns: how long ago that event came, by a clock that does
 * not jump.  A wall clock that was set back meanwhile would otherwise put the
 * time of the last event into the future, and the engine stops its search
 * at the first event that is older.
 */
uint64_t docker_stream_since(uint64_t last_ns, uint64_t wall_ns, uint64_t since_ns);

#endif
