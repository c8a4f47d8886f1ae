/*
 * The sections of a snapshot, for snapshot.c's table of them.  Each get
 * fails the reader on what it does not believe.
 */
#ifndef WATCHDOG_SNAPSHOT_PARTS_H
#define WATCHDOG_SNAPSHOT_PARTS_H

#include "brain.h"
#include "snapshot_field.h"

/* A snapshot being read. */
struct loading {
	struct reader r;
	unsigned version;
	uint64_t generation;
};

/* Returns the next string if it is the key of a signal of that kind, else NULL with the reader failed. */
const char *snapshot_get_key(struct reader *r, enum signal_kind kind);

/* What is remembered of containers beside their signals, which come before (snapshot_container.c). */
void snapshot_put_containers(struct writer *w, const struct brain *b);
void snapshot_get_containers(struct loading *l, struct brain *b);

/* What waits to be said and what is under way (snapshot_outbox.c). */
void snapshot_put_outbox(struct writer *w, const struct brain *b);
void snapshot_get_outbox(struct loading *l, struct brain *b);

/* The newest of what happened (snapshot_history.c). */
void snapshot_put_history(struct writer *w, const struct brain *b);
void snapshot_get_history(struct loading *l, struct brain *b);

/* Changes of signals of late (snapshot_flaps.c). */
void snapshot_put_flaps(struct writer *w, const struct brain *b);
void snapshot_get_flaps(struct loading *l, struct brain *b);

/* The past of gauges (snapshot_trails.c). */
void snapshot_put_trails(struct writer *w, const struct brain *b);
void snapshot_get_trails(struct loading *l, struct brain *b);

/* Which messages told which incidents (snapshot_outbox.c). */
void snapshot_put_threads(struct writer *w, const struct brain *b);
void snapshot_get_threads(struct loading *l, struct brain *b);
/* Acknowledgements and silences (snapshot_orders.c). */
void snapshot_put_orders(struct writer *w, const struct brain *b);
void snapshot_get_orders(struct loading *l, struct brain *b);

#endif
