/*
 * Bytes that may be secret: wiped before they are freed.  For config_*.c.
 */
#ifndef WATCHDOG_CONFIG_BYTES_H
#define WATCHDOG_CONFIG_BYTES_H

#include <limits.h>
#include <stddef.h>

struct bytes {
	char *p; /* a NUL follows the last */
	size_t len, cap;
};

/* Room for cap bytes and a NUL, all 0; that memory is short is fatal.  To be freed by bytes_free(), as below. */
void bytes_new(struct bytes *b, size_t cap);
void bytes_free(struct bytes *b); /* {0} is fine */

/*
 * path as seen from folder (NULL = the working directory): itself, or in buf.
 * Returns NULL with errno if it is too long.
 */
const char *bytes_path(char buf[PATH_MAX], const char *folder, const char *path);

/*
 * A whole file of at most most bytes, by its path as above or from the start
 * of an open one.  Return 0, or -1 with errno; EFBIG: it has more.
 */
int bytes_read_file(struct bytes *b, const char *folder, const char *path, size_t most);
int bytes_read_from_start(struct bytes *b, int fd, size_t most);

/* What errno says after one of these, for a person; valid until the next call. */
const char *bytes_read_error(size_t most);

#endif
