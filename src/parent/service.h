/*
 * What a service manager hands us and wants to hear.  Sources: sd_notify(3),
 * sd_watchdog_enabled(3), sd_listen_fds(3), "File Descriptor Store" of
 * systemd.service(5).  Without a service manager everything here does nothing.
 *
 * Only the parent speaks: it is the main process of the unit, the only one
 * that NotifyAccess=main hears, and no child knows the way.
 */
#ifndef WATCHDOG_SERVICE_H
#define WATCHDOG_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#define SERVICE_TEXT_MAX 512    /* bytes of one datagram */
#define SERVICE_LISTEN_MAX 64   /* descriptors that are looked at */

struct service;

/*
 * Take NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, LISTEN_FDS, LISTEN_PID,
 * LISTEN_FDNAMES and their kin out of the environment, and mark the handed
 * descriptors close-on-exec.  What of them is malformed is said in the log
 * and counts as not there.  Before any child and any new descriptor.
 * Returns NULL if memory is short.
 */
struct service *service_new(void);
void service_free(struct service *s);

/* Its own descriptor and the handed ones, as they are now, SERVICE_DESCRIPTORS_MAX at the most, into fds.  Returns how many. */
#define SERVICE_DESCRIPTORS_MAX (1 + SERVICE_LISTEN_MAX)
size_t service_descriptors(const struct service *s, int fds[SERVICE_DESCRIPTORS_MAX]);

/* The next handed descriptor of that name, now the caller's, or -1. */
int service_take_fd(struct service *s, const char *name);

/* Close every handed descriptor that nobody took; each is said. */
void service_close_fds(struct service *s);

/* Whether somebody listens. */
bool service_listens(const struct service *s);

/* Seconds within which service_alive() must be said again and again; 0 = nobody waits for it. */
double service_watchdog(const struct service *s);

/*
 * One datagram of KEY=VALUE lines.  Waits a quarter of a second at the most
 * if the manager is slow to read.  Returns 0, also without a manager; or -1,
 * said in the log when it begins to fail.
 */
int service_say(struct service *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* WATCHDOG=1; waits for nothing. */
void service_alive(struct service *s);

/* Have the manager keep fd under that name for our successor; instead of what it keeps so, if there is any. */
int service_store_fd(struct service *s, const char *name, int fd, bool replace);

#endif
