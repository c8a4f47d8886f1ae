/*
 * Whether a file system of its own is mounted at a path.
 */
#ifndef WATCHDOG_PROBER_MOUNT_H
#define WATCHDOG_PROBER_MOUNT_H

#include "messages.h"

/*
 * statx(2)'s flags: what is cached will do, no server is asked.
 * AT_STATX_DONT_SYNC of linux/fcntl.h, which fcntl.h does not bear beside it.
 */
#define MOUNT_STATX_FLAGS 0x4000

/*
 * MOUNT_THERE: the path, shorter than 2 * PATH_MAX_LEN, is on another device
 * than the folder above it, and, where the kernel says such a thing
 * (STATX_ATTR_MOUNT_ROOT, Linux 5.8), something is mounted there.  A folder
 * of the same file system that is mounted over itself, as service managers
 * do, is none: its figures are the same.  The root is always there: nothing
 * lies beneath.  MOUNT_UNKNOWN: the kernel did not tell.  May hang as
 * statvfs(3) does.
 */
enum mount_seen mount_look(const char *path);

#endif
