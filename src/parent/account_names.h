/*
 * Names of users and groups, for people to read.  From /etc/passwd and
 * /etc/group alone: a name service that hangs must not take the parent with it.
 */
#ifndef WATCHDOG_ACCOUNT_NAMES_H
#define WATCHDOG_ACCOUNT_NAMES_H

#include <sys/types.h>

#include <stddef.h>

/* The user's name into text, valid UTF-8 without control characters and cut to len - 1 bytes; "uid 1000" if it has none there. */
void account_name_user(uid_t uid, char *text, size_t len);

/* The group's, likewise; its number if it has no name there, or one that is longer or no UTF-8: a cut one would be another's. */
void account_name_group(gid_t gid, char *text, size_t len);

#endif
