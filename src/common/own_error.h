/*
 * Errors that say nothing of the other side, of a host or a process that has
 * run out of something of its own; and how a library's words for one are told.
 */
#ifndef WATCHDOG_OWN_ERROR_H
#define WATCHDOG_OWN_ERROR_H

#include <stdbool.h>

/*
 * True if a socket could not be made or connected for want of descriptors,
 * memory, buffers, local ports or a local address: EMFILE, ENFILE, ENOMEM,
 * ENOBUFS, EAGAIN (not of AF_UNIX), EADDRNOTAVAIL (connect(2)).  The last is
 * what Linux says to any IPv6 address where IPv6 is switched off, as in many
 * containers.  A host with IPv6 that has no route to there says ENETUNREACH,
 * which may as well be the network's fault, and is a failure like any other.
 *
 * It holds for one address: whoever has several has the next one tried, and
 * what any of them said of itself counts for more.
 * family: AF_INET, AF_INET6, AF_UNIX.
 */
bool error_is_own(int error, int family);

/* A library's sentence as it stands after a colon: its first letter made small, in place, unless it begins an abbreviation (I/O error). */
void error_after_colon(char *text);

#endif
