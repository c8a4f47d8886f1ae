/*
 * The envelope that the watched application serves at /metrics:
 *
 *     {"generated_at": 1780000000.5, "queue": {"counts": {"failed": 7}},
 *      "agents": [{"run_id": 41, "cpu_ticks": 90210, "name": "developer"}]}
 *
 * A field that is missing, there twice, of the wrong type, negative or
 * absurd costs itself alone; unknown fields are ignored.
 */
#ifndef WATCHDOG_ENVELOPE_H
#define WATCHDOG_ENVELOPE_H

#include <stdint.h>

#include "json_scan.h"
#include "messages.h"

#define ENVELOPE_MAX (4u << 20)   /* bytes */
#define ENVELOPE_AGENTS_MAX 4096

struct envelope {
	double generated_at; /* seconds since the epoch, NaN = not usable */
	double failed;       /* queue.counts.failed, NaN = not usable */
	struct json_walk agents;
	bool listed;         /* "agents" is there and is a list */
	uint32_t taken;
	uint32_t ignored;    /* agents over the limit or without a usable run_id; complete after the last agent */
};

struct envelope_agent {
	char run_id[NAME_MAX_LEN + 1];
	char name[NAME_MAX_LEN + 1]; /* "" = none */
	double cpu_ticks;            /* NaN = not usable */
};

/* Read the len bytes at body, which must outlive e.  Returns NULL, or what is wrong with it as a whole. */
const char *envelope_open(struct envelope *e, const char *body, size_t len);

/* The next agent; false after the last. */
bool envelope_next_agent(struct envelope *e, struct envelope_agent *a);

#endif
