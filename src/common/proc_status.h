/*
 * What the kernel says of a process: the numbers of /proc/self/status,
 * proc_pid_status(5).
 */
#ifndef WATCHDOG_PROC_STATUS_H
#define WATCHDOG_PROC_STATUS_H

#include <stdint.h>

/*
 * The number, to that base, that follows key, which has a newline before it
 * and a colon at its end: "\nCapEff:".  fd: the open file, whose position
 * stays.  0 if there is no such line, or nothing can be read.
 */
uint64_t proc_status_number(int fd, const char *key, int base);

#endif
