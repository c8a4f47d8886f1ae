/*
 * /proc/self/status has no bound: the line of groups, which stands before all
 * that we ask for, has up to 65536 of them.  So it is read by pieces, and a
 * line that is cut is found whole in the next one.
 */
#include "build_config.h"

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc_status.h"

#define PIECE 4096
#define OVERLAP 128 /* bytes; no line that is asked for is as long */

uint64_t
proc_status_number(int fd, const char *key, int base)
{
	char piece[PIECE + 1];
	const char *found;
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, piece, PIECE, at)) > 0) {
		piece[n] = '\0';
		found = strstr(piece, key);
		if (found != NULL && (n <= OVERLAP || piece + n - found >= OVERLAP))
			return strtoull(found + strlen(key), NULL, base);
		if (n <= OVERLAP)
			return 0;
		at += n - OVERLAP;
	}
	return 0;
}
