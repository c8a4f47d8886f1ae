/*
 * A bench for docker's events: an engine behind the bench's gate whose
 * answers a test sets, and whose event stream it writes.
 */
#ifndef WATCHDOG_TEST_DOCKER_BENCH_H
#define WATCHDOG_TEST_DOCKER_BENCH_H

#include "collector_bench.h"
#include "docker.h"

#define ID60 "a1f7c9e24b6d8f0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60"
#define HEAD "HTTP/1.0 200 OK\r\nApi-Version: 1.41\r\n\r\n"
#define PODMAN_HEAD "HTTP/1.0 200 OK\r\nApi-Version: 1.41\r\nLibpod-Api-Version: 4.3.1\r\n\r\n"

struct docker_bench {
	struct bench b;
	struct docker *docker;
	/* What the engine answers; NULL: no answer ever. */
	const char *ping, *version, *list, *named, *unhealthy, *one, *one_unhealthy, *events;
	bool gone;                      /* no socket */
	bool refuses;                   /* nobody listens */
	bool activated;                 /* init listens */
	unsigned busy;                  /* so many times: too many requests */
	bool list_waits;                /* a full list is answered by docker_bench_list() */
	int list_fd;                    /* for its answer, -1 = none is open */
	uint32_t list_id;
	unsigned asked[GATE_OP_COUNT];
	struct msg_gate_ask last[GATE_OP_COUNT];
	int stream;                     /* our end of the event stream, -1 = none */
	uint32_t stream_id;
	char line[2048];                /* the last event */
};

/* A list entry, and an event line: four hex digits of the id, name, … */
#define ITEM(id, name, state, status) \
	"{\"Id\":\"" id ID60 "\",\"Names\":[\"/" name "\"],\"State\":\"" state "\",\"Status\":\"" status "\"}"

void docker_bench_open(struct docker_bench *d, const char *containers);
void docker_bench_close(struct docker_bench *d);

/* The first tick: the stream is open and a full list has come. */
void docker_bench_begin(struct docker_bench *d);

/* One more tick, heard to its end. */
void docker_bench_tick(struct docker_bench *d);

/* Another brain's link, after bench_unlink(). */
void docker_bench_again(struct docker_bench *d);

/* Write an event; its time is distinct from every other's. */
void docker_bench_event(struct docker_bench *d, const char *action, const char *id, const char *name, const char *more);
void docker_bench_event_again(struct docker_bench *d); /* the same, as an engine that is asked for what has been */
void docker_bench_write(struct docker_bench *d, const char *bytes, size_t len);

/* The answer to the full list that has been asked for, as d->list has it now. */
void docker_bench_list(struct docker_bench *d);

/* The engine ends its stream. */
void docker_bench_end_stream(struct docker_bench *d);

/* Run until an operation has been asked n times in all; fails after 5 s. */
void docker_bench_asked(struct docker_bench *d, enum gate_op op, unsigned n);

#endif
