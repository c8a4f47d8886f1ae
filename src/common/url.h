/*
 * URLs of the configuration.
 */
#ifndef WATCHDOG_URL_H
#define WATCHDOG_URL_H

#include "config.h"

/*
 * Parse text into u (whose old content is freed).  schemes: a set of
 * 1u << SCHEME_*.  Host and port are split off and checked; an IPv6 literal
 * stands in brackets; a URL without port gets its scheme's own (tcp and
 * socks5h need one).  Returns 0, or -1 with what was expected in why.
 */
int url_parse(struct url *u, const char *text, unsigned schemes, char *why, size_t whylen);
void url_free(struct url *u);

/* True if host is a literal IPv4 or IPv6 address. */
bool url_host_is_literal(const char *host);

#endif
