/*
 * The brain's whole state as bytes: what a new brain needs so that neither
 * an alert is repeated nor one forgotten.  The parent keeps it unread.
 *
 * Format: u32 magic, u16 version, then the sections of snapshot.c in their
 * order, as wire.h encodes.  Version 2 is written; 1 and 2 are read.  A
 * snapshot of any other version, or one that is not exactly as long as its
 * contents, is refused.
 *
 * To add something to version 2 while no release has it: a member of struct
 * brain is one line in a table at the top of snapshot.c, one of struct alert
 * or struct story one in snapshot_alerts.c, at its table's end, one of the
 * outbox's structs one in snapshot_outbox.c (snapshot_field.h says which kinds
 * there are; since is 2).  Whatever is a list of its own is one line in the
 * table of sections, behind the last, with its two functions in a file of
 * their own and their names in snapshot_parts.h.  The default for a snapshot
 * that does not have it is what brain_init(), alert_new(), story_none or
 * outbox_init() sets.  tests/unit/test_snapshot_old.c holds a snapshot of
 * version 1 that must go on being read.  After a release the version goes up
 * by one, since with it, and OLDEST_VERSION follows one behind.
 */
#ifndef WATCHDOG_SNAPSHOT_H
#define WATCHDOG_SNAPSHOT_H

#include "brain.h"

/* Bytes: a link's queue must take all of it at once when it is restored. */
#define SNAPSHOT_BYTES_MAX (LINK_QUEUE_BYTES - (256u << 10))
#define LINK_QUEUE_BYTES (16u << 20)

/*
 * Write the state to a new buffer, *bytes, for free().  generation: the
 * number of this snapshot.  Returns 0, or -1: out of memory, or too large
 * (said in the log).
 */
int snapshot_encode(const struct brain *b, uint64_t generation, uint8_t **bytes, size_t *len);

/*
 * Fill b, fresh from brain_init() with its clock set to the host's boot clock;
 * what is of another boot has another clock, which b goes on by (b->booted).
 * Trusts nothing of the bytes.  Returns NULL, or what is wrong; b is then half filled, to be freed.
 * *generation: the snapshot's number.
 */
const char *snapshot_decode(struct brain *b, const uint8_t *bytes, size_t len, uint64_t *generation);

#endif
