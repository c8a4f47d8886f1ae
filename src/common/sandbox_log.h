/*
 * Log mode: the kernel asks before each call that the filter would refuse.
 * A thread of its own, which the filter does not hold, lets the call go on
 * and passes its number to the event loop, which logs its name.
 */
#ifndef WATCHDOG_SANDBOX_LOG_H
#define WATCHDOG_SANDBOX_LOG_H

#include <event2/event.h>

struct sandbox_log;

/*
 * Start the thread; before the filter is loaded.  who: whose calls they are;
 * must live as long as the process, and so does the result.  Returns NULL with
 * the reason in why.
 */
struct sandbox_log *sandbox_log_new(struct event_base *base, const char *who, char *why, size_t whylen);

/* The filter is loaded, listener is seccomp(2)'s notification descriptor; -1: it was not, the thread ends. */
void sandbox_log_listen(struct sandbox_log *s, int listener);

#endif
