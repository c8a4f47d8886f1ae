/*
 * The files that name look-up reads.  Landlock's rules hold for a file, not
 * for its name: when one is replaced (NetworkManager, dhclient and
 * resolvconf rename a new one over it), or appears, a resolver that runs
 * could never open the new one.  So the parent looks, and starts the resolver
 * anew when one is another file than before.
 *
 * The other way, to let the resolver read all beneath /etc, would need no
 * restart; but there lie private keys and the configuration with the token,
 * and where all processes share one uid nothing else would hide them.
 */
#ifndef WATCHDOG_RESOLV_FILES_H
#define WATCHDOG_RESOLV_FILES_H

#include <sys/types.h>

#include <stdbool.h>

#define RESOLV_FILES 5

/* Their paths; a symbolic link stands for what it leads to. */
extern const char *const resolv_files[RESOLV_FILES];

/* Which files the paths lead to; all zero where there is none. */
struct resolv_stamp {
	struct {
		dev_t dev;
		ino_t ino;
	} file[RESOLV_FILES];
};

/* Five stat() calls.  Take one before a resolver is started, compare with a new one every few seconds. */
struct resolv_stamp resolv_stamp(void);
bool resolv_stamp_same(const struct resolv_stamp *a, const struct resolv_stamp *b);

#endif
