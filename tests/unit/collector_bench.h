/*
 * A bench for the collector's parts: a role whose brain, parent and prober
 * are this very process, at the far ends of real links.
 */
#ifndef WATCHDOG_TEST_COLLECTOR_BENCH_H
#define WATCHDOG_TEST_COLLECTOR_BENCH_H

#include "gate_client.h"
#include "host.h"
#include "tick.h"

struct bench {
	struct role role;
	struct link *far[ROLE_COUNT];
	struct gate_client *gate;
	struct host *host;
	struct tick *tick;
	/* What the brain was told, a line a message. */
	char *said;
	size_t said_len, said_cap;
	unsigned containers, agents;
	bool events_live; /* as told last */
	uint64_t heard;   /* likewise */
	uint64_t event;   /* the number of the last one told */
	/* What the far ends do; NULL = nothing. */
	void (*on_ask)(struct bench *b, uint32_t id, const struct msg_gate_ask *ask);
	void (*on_probe)(struct bench *b, uint16_t index);
};

/* Defaults for the configuration; no link yet but the parent's. */
void bench_open(struct bench *b);
void bench_close(struct bench *b);

/* A new link to peer, as after LINK; and its loss, as after LINK_BROKEN. */
void bench_link(struct bench *b, enum role_id peer);
void bench_unlink(struct bench *b, enum role_id peer);

/* A link whose far end nobody reads: that end, to be closed after bench_close(). */
int bench_link_deaf(struct bench *b, enum role_id peer);

/* From now on that end is read; it is closed with the bench. */
void bench_link_heard(struct bench *b, enum role_id peer, int far);

void bench_set(struct bench *b, const char *key, const char *value);

/* Run the loop for so long. */
void bench_run(struct bench *b, double seconds);

/* Run the loop until the brain has been told a text, for 5 seconds at the most. */
bool bench_hears(struct bench *b, const char *text);

/* How often a text is in what the brain was told. */
unsigned bench_count(const struct bench *b, const char *text);

void bench_forget(struct bench *b);

#endif
