/*
 * Whose an error is.  Pure.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <ctype.h>
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

void
error_after_colon(char *text)
{
	if (isupper((unsigned char)text[0]) && islower((unsigned char)text[1]))
		text[0] = (char)tolower((unsigned char)text[0]);
}
