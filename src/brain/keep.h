/*
 * Snapshots on their way: to the parent after changes, one at a time, and
 * from it before START.  What a signal that is well adds with each look is
 * kept KEEP_AGE_S late at most: a brain that dies then takes that long
 * longer to find that an agent or generated_at stands still, and no more.
 */
#ifndef WATCHDOG_KEEP_H
#define WATCHDOG_KEEP_H

#include "brain.h"
#include "link.h"

#define KEEP_AGE_S 60.0

struct keep {
	uint64_t generation; /* of the last one sent or restored */
	bool under_way;      /* sent, and not yet confirmed */
	double sent;         /* the last one; boot clock */
	struct {
		uint8_t *bytes;
		size_t size, got;
		uint32_t checksum;
		bool whole;
	} from_parent;
};

/* True if b's state is to be kept now, for what the last looks have found. */
bool keep_is_due(const struct keep *k, const struct brain *b);

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
