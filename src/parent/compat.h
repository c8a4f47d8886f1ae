/*
 * What glibc has and musl lacks.  Included after build_config.h.
 */
#ifndef WATCHDOG_PARENT_COMPAT_H
#define WATCHDOG_PARENT_COMPAT_H

#include <sys/syscall.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SIGNAL_TEXT_LEN 24

#ifndef HAVE_CLOSE_RANGE
/* Close first to last, both included: close_range(2), Linux 5.9.  Returns -1 with errno. */
static inline int
close_range(unsigned first, unsigned last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, (unsigned)flags);
}
#endif

/* "SIGKILL", or "signal 9" where the C library has no names, or none for that one. */
static inline void
signal_text(int sig, char text[SIGNAL_TEXT_LEN])
{
#ifdef HAVE_SIGABBREV_NP
	const char *name = sigabbrev_np(sig);

	if (name != NULL) {
		snprintf(text, SIGNAL_TEXT_LEN, "SIG%s", name);
		return;
	}
#endif
	snprintf(text, SIGNAL_TEXT_LEN, "signal %d", sig);
}

#endif
