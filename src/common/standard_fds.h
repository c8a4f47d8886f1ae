/*
 * The descriptors 0, 1 and 2, with which a program may be started or not.
 */
#ifndef WATCHDOG_STANDARD_FDS_H
#define WATCHDOG_STANDARD_FDS_H

/*
 * Take those of the three numbers that nobody has given us, before anything
 * else is opened and gets one of them: what is printed or logged would go
 * into it.  To read or write there fails as before (EBADF).  Returns 0, or -1
 * with errno: there is no /dev/null.
 */
int standard_fds_take(void);

#endif
