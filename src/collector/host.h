/*
 * The host itself: memory from /proc/meminfo, file systems through the
 * prober; each of them a source.
 */
#ifndef WATCHDOG_HOST_H
#define WATCHDOG_HOST_H

#include "tick.h"

struct host;

/*
 * Adds a source for memory and one for each disk path.  Opens meminfo under
 * WATCHDOG_PROC_PATH: before the sandbox.  Never NULL.
 */
struct host *host_new(struct role *role, struct tick *tick);
void host_free(struct host *h); /* NULL is fine; after tick_free() */

/* For the role's tables. */
void host_probed(struct host *h, const struct msg_probed *msg);
void host_prober_linked(struct host *h);
void host_prober_unlinked(struct host *h);

/* Memory in use now, percent, or NaN with the reason in error ("" otherwise). */
double host_read_mem(const struct host *h, char *error, size_t len);

/*
 * Memory in use, percent: 100 * (MemTotal - MemAvailable) / MemTotal of the
 * text of /proc/meminfo (proc_meminfo(5)).  NaN if either is not there.
 */
double host_mem_used_pct(const char *meminfo);

/*
 * Use% as df(1) shows it: used / (used + available), rounded up.  used =
 * blocks - bfree; a bavail beyond blocks is a negative one: 0.  NaN if the
 * file system has no blocks.
 */
double host_disk_exact_pct(uint64_t blocks, uint64_t bfree, uint64_t bavail); /* the same, not rounded */
double host_disk_used_pct(uint64_t blocks, uint64_t bfree, uint64_t bavail);

/*
 * IUse% as df(1) -i shows it, rounded up.  NaN if the file system does not
 * count inodes: none at all (btrfs, vfat, cifs), or more free than there are
 * (ceph).
 */
double host_disk_inodes_pct(uint64_t files, uint64_t ffree);

#endif
