/*
 * Files of CA certificates: whether one is another than before, and whether
 * it is whole.  What stands in the certificates is for the roles that verify
 * by them; here a file is only kept from being taken while it is written.
 */
#ifndef WATCHDOG_CA_FILE_H
#define WATCHDOG_CA_FILE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* A file's identity and age; all zero if there is none. */
struct ca_stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

/* The stamp of the file open at fd; -1 = none. */
struct ca_stamp ca_stamp(int fd);
bool ca_stamp_same(const struct ca_stamp *a, const struct ca_stamp *b);

/*
 * Read the regular file open at fd from where it stands, at most ROLE_CA_MAX
 * bytes.  Returns 0 if there is at least one certificate in PEM form (RFC
 * 7468) as long as its own first bytes say (X.690, 8.1.3), and none that ends
 * with the file; -1 with the reason in why.
 */
int ca_file_check(int fd, char *why, size_t whylen);

#endif
