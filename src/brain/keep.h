/*
 * Snapshots on their way: to the parent after changes, one at a time, and
 * from it before START.
 */
#ifndef WATCHDOG_KEEP_H
#define WATCHDOG_KEEP_H

#include "brain.h"
#include "link.h"

struct keep {
	uint64_t generation; /* of the last one sent or restored */
	bool under_way;      /* sent, and not yet confirmed */
	struct {
		uint8_t *bytes;
		size_t size, got;
		uint32_t checksum;
		bool whole;
	} from_parent;
};

/* Encode the state and send it.  Returns 0, or -1: memory is short, or the state too large. */
int keep_send(struct keep *k, struct brain *b, struct link *parent);

/* SNAP_OK came. */
void keep_confirmed(struct keep *k, struct brain *b, uint64_t generation);

/* The three messages that bring a snapshot back, in their order; what is out of order makes it unusable. */
void keep_begin(struct keep *k, const struct msg_snap_begin *msg);
void keep_part(struct keep *k, const struct msg_snap_part *msg);
void keep_end(struct keep *k, const struct msg_snap_end *msg);

/*
 * Fill b, fresh from brain_init() with its clock set, from what the parent
 * has sent, and forget those bytes.  A snapshot that cannot be used is said
 * in the log, and b is fresh again.  Returns true if b was restored.
 */
bool keep_restore(struct keep *k, struct brain *b);

#endif
