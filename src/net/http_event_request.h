/*
 * What is asked, as libevent's HTTP client wants it.  For http_event.c.
 */
#ifndef WATCHDOG_HTTP_EVENT_REQUEST_H
#define WATCHDOG_HTTP_EVENT_REQUEST_H

#include <event2/http.h>

#include "config.h"

/*
 * What stands in the request's first line for target, a whole URL; to be
 * freed.  NULL: memory is short, or target is not below url for libevent's
 * parser, which must find our host and port and no user name.
 */
char *http_event_path(const char *target, const struct url *url);

/* Fill in the headers of a request to host and port, and post (NULL = none) as its body.  -1: memory is short. */
int http_event_fill(struct evhttp_request *request, const char *host, uint16_t port, const char *post);

#endif
