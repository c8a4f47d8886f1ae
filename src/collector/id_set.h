/*
 * A set of texts (ids, names), as large as its owner lets it grow.
 */
#ifndef WATCHDOG_ID_SET_H
#define WATCHDOG_ID_SET_H

#include <stdbool.h>

#include <uthash.h>

struct id_entry {
	UT_hash_handle hh;
	char text[];
};

struct id_set {
	struct id_entry *first;
};

#define ID_SET_COUNT(set) HASH_COUNT((set)->first)

/* Whether it is in the set. */
bool id_set_has(const struct id_set *set, const char *text);

/* Returns true if it was not in the set before.  Ends the process if memory is short. */
bool id_set_add(struct id_set *set, const char *text);

/* Returns true if it was in the set. */
bool id_set_remove(struct id_set *set, const char *text);

/* Empty the set and free what it took. */
void id_set_clear(struct id_set *set);

#endif
