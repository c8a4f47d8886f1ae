/*
 * WATCHDOG_STATE_FILE: the snapshot on a disk, for those who have one and no
 * service manager that keeps it.
 *
 * A disk may be slow, full, or hang for ever, so nobody waits for it: a
 * snapshot is confirmed to the brain when it is in memory, and a short-lived
 * process of our own writes it to the disk right after.  What a crash of the
 * host may cost is thus the last second: something is told again that was
 * told then, or decided anew.  A crash of this program costs nothing that
 * the process does not write to its end.
 *
 * The file is replaced whole: a new one beside it (path.new), mode 0600,
 * fsync, rename, fsync of the folder.
 */
#ifndef WATCHDOG_STATE_FILE_H
#define WATCHDOG_STATE_FILE_H

#include <sys/types.h>

#include <event2/event.h>

#include "keeper.h"

#define STATE_FILE_EVERY_S 1.0   /* from one writing to the next; what changes meanwhile is written as one */
#define STATE_FILE_HANGS_S 30.0  /* a writing that takes this long is said in the log */
#define STATE_FILE_LAST_S 2.0    /* for the last writing, at the end */
#define STATE_FILE_READ_S 5.0    /* for reading it, at the start */
#define STATE_FILE_SUFFIX ".new"

struct state_file;

/* k must outlive it.  Returns NULL if memory is short. */
struct state_file *state_file_new(struct event_base *base, const char *path, struct keeper *k);

/* NULL is fine.  Who still writes goes on as long as this process lives; the old file stays until the new one is whole. */
void state_file_free(struct state_file *f);

/*
 * Give k the file's snapshot, waiting STATE_FILE_READ_S at the most; a
 * process of our own reads it, too.  It must be a regular file that belongs to us
 * or to root and that nobody else can write.  Anything else, and anything
 * damaged or too slow, is said in the log, and k is as it was; a missing one
 * is not worth a word.
 */
void state_file_load(struct state_file *f);

/* The keeper has another snapshot.  NULL is fine. */
void state_file_changed(struct state_file *f);

/* A child was reaped.  True if it was ours.  NULL is fine. */
bool state_file_reaped(struct state_file *f, pid_t pid, int status);

/* At the end: have the newest snapshot written, waiting STATE_FILE_LAST_S at the most.  NULL is fine. */
void state_file_finish(struct state_file *f);

#endif
