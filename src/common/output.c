/*
 * The end of what is printed: half a table must not pass for a whole one.
 */
#include "build_config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "output.h"

int
output_end(const char *program, int status)
{
	int failed = ferror(stdout);

	errno = EIO; /* of an earlier write nothing more is known */
	if (fflush(stdout) == 0 && !failed)
		return status;
	fprintf(stderr, "%s: what was printed could not be written: %s\n", program, strerror(errno));
	return status == 0 ? EX_IOERR : status;
}
