/*
 * Whoever starts a program may have closed any of the three.
 */
#include "build_config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "standard_fds.h"

int
standard_fds_take(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
			continue;
		/* The lowest free number is this one.  Not in the way in which it would be used. */
		if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) == -1)
			return -1;
	}
	return 0;
}
