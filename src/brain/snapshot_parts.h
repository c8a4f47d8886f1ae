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
	bool rebooted; /* it is of another boot */
};

/* Returns the next string if it is the key of a signal of that kind, else NULL with the reader failed. */
const char *snapshot_get_key(struct reader *r, enum signal_kind kind);

/* The signals (snapshot_alerts.c). */
void snapshot_put_alerts(struct writer *w, const struct brain *b);
void snapshot_get_alerts(struct loading *l, struct brain *b);

/*
 * What is remembered of a container beside its signal (snapshot_container.c).
 * *room: bytes that are left for all of them; who no longer finds any is
 * known by his signal alone.
 */
#define SNAPSHOT_CONTAINERS_MAX (4u << 20)
void snapshot_put_container(struct writer *w, const struct alert *a, size_t *room);
void snapshot_get_container(struct loading *l, struct brain *b, struct alert *a);

/* What waits to be said and what is under way (snapshot_outbox.c). */
void snapshot_put_outbox(struct writer *w, const struct brain *b);
void snapshot_get_outbox(struct loading *l, struct brain *b);

/* The newest of what happened (snapshot_history.c). */
void snapshot_put_history(struct writer *w, const struct brain *b);
void snapshot_get_history(struct loading *l, struct brain *b);

/* Changes of signals of late (snapshot_flaps.c). */
void snapshot_put_flaps(struct writer *w, const struct brain *b);
void snapshot_get_flaps(struct loading *l, struct brain *b);

/* How far docker's events have been told (snapshot_docker.c). */
void snapshot_put_told(struct writer *w, const struct brain *b);
void snapshot_get_told(struct loading *l, struct brain *b);

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
