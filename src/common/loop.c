/*
 * Waiting that does not fail quietly, and a pause before it.
 */
#include "build_config.h"

#include <poll.h>

#include "log.h"
#include "loop.h"

/* An event is of the middle one unless it says otherwise. */
#define PRIORITIES 3

struct event_base *
loop_new(void)
{
	struct event_base *base = event_base_new();

	if (base != NULL && event_base_priority_init(base, PRIORITIES) == -1) {
		event_base_free(base);
		return NULL;
	}
	return base;
}

void
loop_add(struct event *ev, const struct timeval *timeout)
{
	if (event_add(ev, timeout) == -1)
		fatalx("out of memory");
}

/* By poll(2), which every role's filter has.  A signal ends it early. */
static void
on_pause(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	poll(NULL, 0, LOOP_PAUSE_MS);
}

struct event *
loop_pause_new(struct event_base *base)
{
	struct event *pause = event_new(base, -1, 0, on_pause, NULL);

	if (pause != NULL)
		event_priority_set(pause, event_base_get_npriorities(base) - 1);
	return pause;
}

void
loop_pause(struct event *pause)
{
	event_active(pause, EV_TIMEOUT, 0);
}
