/*
 * Whose an error is.  Pure.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <errno.h>

#include "own_error.h"

bool
error_is_own(int error, int family)
{
	switch (error) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
	case EADDRNOTAVAIL:
		return true;
	case EAGAIN:
		return family != AF_UNIX; /* there it is a full backlog */
	default:
		return false;
	}
}
