/*
 * The snapshot keeper: holds the brain's last complete snapshot in a memfd
 * with two slots, written in turn, so that one is whole at any moment,
 * whenever this process is killed.  What the bytes mean is the brain's
 * business; each slot has a head of ours with size and checksum, for another
 * parent may find the memfd again (service.h).
 */
#ifndef WATCHDOG_KEEPER_H
#define WATCHDOG_KEEPER_H

#include "link.h"

#define SNAPSHOT_MAX ((16u << 20) - (64u << 10)) /* bytes, over the brain's own limit; of the memfd's form, so not to be changed */
#define KEEPER_NAME "watchdog-snapshot"             /* of the memfd, with us and with the service manager */

struct keeper;

/* Returns NULL if there is no memfd to be had. */
struct keeper *keeper_new(void);

/*
 * A keeper from what an earlier parent left in fd.  Nothing of fd is trusted:
 * it must be a memfd of our size whose size is sealed; a slot counts if its
 * head and its bytes have the checksums that they name.  *why: NULL, or what
 * is wrong.  Returns NULL if nothing of it can be used; a keeper and why
 * together mean that the newest snapshot was damaged and an older one stands
 * in.  fd is taken over, on failure too.
 */
struct keeper *keeper_adopt(int fd, const char **why);

/* Close the memfd; a service manager may keep another descriptor of it.  NULL is fine. */
void keeper_free(struct keeper *k);

/* The memfd, which stays the keeper's. */
int keeper_fd(const struct keeper *k);

/* The three messages from the brain.  Each returns 0, or -1: out of order, too large, damaged, or not stored. */
int keeper_begin(struct keeper *k, const struct msg_snap_begin *msg);
int keeper_part(struct keeper *k, const struct msg_snap_part *msg);

/* On success the snapshot is the current one; *generation is what SNAP_OK must say. */
int keeper_end(struct keeper *k, const struct msg_snap_end *msg, uint64_t *generation);

/* Forget a half-written one: its brain is gone. */
void keeper_abort(struct keeper *k);

/* Forget everything: the next brain starts clean. */
void keeper_forget(struct keeper *k);

/* Whether there is one for the next brain. */
bool keeper_has_snapshot(const struct keeper *k);

#define KEEPER_IMAGE_MAX (64 + SNAPSHOT_MAX) /* bytes */

/*
 * The current snapshot with its head as a file of its own, written to fd from
 * its beginning.  For a process beside us too: a slot that is written anew
 * meanwhile is noticed.  Returns 0; 1 if that has happened; or -1 with errno.
 */
int keeper_write_image(const struct keeper *k, int fd);

/* Take the snapshot from a file of len bytes as the current one.  Returns NULL, or what is wrong: then nothing has changed. */
const char *keeper_read_image(struct keeper *k, int fd, off_t len);

/* A process beside us has read an image into the memfd: take note of what it holds now. */
void keeper_look_again(struct keeper *k);

/* How far a restore has come; all zero at its beginning. */
struct keeper_restore {
	bool begun;
	int slot;
	uint32_t at, size, checksum;
};

/*
 * Send the next piece of the current snapshot, if there is one, to a new
 * brain before its START: a few KiB, so that its link's queue need not hold
 * it whole.  Returns 1 if there is more to send, 0 at the end, or -1.
 */
int keeper_restore(struct keeper *k, struct link *brain, struct keeper_restore *r);

#endif
