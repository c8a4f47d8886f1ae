/*
 * Descriptors that nobody has given us on purpose.
 */
#ifndef WATCHDOG_DESCRIPTORS_H
#define WATCHDOG_DESCRIPTORS_H

#include <stddef.h>

/*
 * Close every descriptor from first on but the n in keep, which may be in
 * any order, doubled, under first, or -1: close_range(2), or where the kernel
 * (before Linux 5.9) or a filter around us has none, what /proc/self/fd lists.
 * Returns 0, or -1 with errno.
 */
int descriptors_close_but(int first, const int *keep, size_t n);

#endif
