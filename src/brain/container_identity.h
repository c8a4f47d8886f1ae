/*
 * Who a container is.  Its signal's key is its name, for people.  What is
 * remembered of it follows its identity: its id while it lasts, so also
 * through a rename; then compose's project, service and number; then its name.
 *
 * Labels are what anybody says of himself: an identity counts only for one
 * container at a time, and only when the one that had it is no longer there.
 */
#ifndef WATCHDOG_CONTAINER_IDENTITY_H
#define WATCHDOG_CONTAINER_IDENTITY_H

#include "brain.h"

#define CONTAINER_ID_MAX 64
#define IDENTITIES_BYTES_MAX (1u << 20) /* of all compose identities; past that the name alone counts */
#define CONTAINERS_KEPT_MAX 12288         /* also of those that may come back; past that these are forgotten at once */

/* What is remembered of a container, beside its signal. */
struct container {
	UT_hash_handle hh;       /* by id, while it has one */
	UT_hash_handle hh_identity; /* by identity, if it was the first to have it */
	bool indexed;            /* it was */
	struct alert *alert;
	char id[CONTAINER_ID_MAX + 1]; /* "" = not known */
	char *identity;          /* compose's, NULL = none */
	char *shown;             /* watchdog.name, NULL = none */
	unsigned expect;         /* enum container_expect */
	double grace;            /* watchdog.grace, NaN = not said */
	bool oneoff;
	bool replaced;           /* by a new one, since it was last seen */
	double due;              /* when to judge it again, INFINITY = when it is seen */
	struct course course;
};

/* One that a list has, though another may turn out to be the same: kept until the list's end. */
struct container_kept;

/*
 * The signal of the container that was seen, with its container: found again
 * or new.  *renamed is its old name (cap bytes, "" if it has none).  NULL if
 * it is not to be judged now: it waits for its turn (a newly created one for
 * the name of one that is still there), or for the list's end, or cannot be kept.
 */
struct alert *container_identify(struct brain *b, const struct container_seen *seen, char *renamed, size_t cap);

/* At a list's end, for each that was kept: call back, with an identity that is free now. */
void container_identify_kept(struct brain *b, void (*take)(struct brain *b, const struct container_seen *seen));
void container_forget_kept(struct brain *b);

/* Who an event or a check is about; NULL if he is not known.  name counts where ids are not known. */
struct alert *container_of_id(const struct brain *b, const char *id, const char *name);

/* The course that events tell of: the known container's, or one kept for a container that has not been seen yet. */
struct course *container_course_of(struct brain *b, const char *id, const char *name);

/* Take over what the container says of itself. */
void container_describe(struct brain *b, struct alert *a, const struct container_seen *seen);

/* Free what is remembered beside the signal. */
void container_drop(struct alerts *all, struct alert *a);

/* For a snapshot: add one to a signal that has none.  NULL if memory is short. */
struct container *container_add(struct alerts *all, struct alert *a, const char *id);

/* Give it this identity, "" = none.  Returns 0, or -1 if memory is short. */
int container_set_identity(struct alerts *all, struct container *c, const char *identity);

#endif
