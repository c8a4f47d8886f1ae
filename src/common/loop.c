/*
 * Waiting that does not fail quietly.
 */
#include "build_config.h"

#include "log.h"
#include "loop.h"

void
loop_add(struct event *ev, const struct timeval *timeout)
{
	if (event_add(ev, timeout) == -1)
		fatalx("out of memory");
}
