/*
 * Errors that say nothing of the other side: a host or a process that has run
 * out of something of its own.
 */
#ifndef WATCHDOG_OWN_ERROR_H
#define WATCHDOG_OWN_ERROR_H

#include <stdbool.h>

/*
 * True if a socket could not be made or connected for want of descriptors,
 * memory, buffers or local ports: EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN, and
 * EADDRNOTAVAIL of an IPv4 address (connect(2)).  Of IPv6 the last means as
 * well that this host has no address from which to connect, so it is a failure
 * like any other.  family: AF_INET, AF_INET6, AF_UNIX.
 */
bool error_is_own(int error, int family);

#endif
