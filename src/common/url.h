/*
 * URLs of the configuration.
 */
#ifndef WATCHDOG_URL_H
#define WATCHDOG_URL_H

#include "config.h"

/*
 * Parse text into u (whose old content is freed; on failure it stays).
 * schemes: a set of URL_SCHEME bits.  Host and port are split off and
 * checked (RFC 3986, section 3.2); an IPv6 literal stands in brackets; a URL
 * without port gets its scheme's own (tcp and a proxy need one).  Only http
 * and https have a path or query, none has a fragment; tcp has no
 * user:password.  Returns 0, or -1 with what was expected in why, which never
 * quotes the text.
 */
#define URL_SCHEME(scheme) (1u << (scheme))
#define URL_SCHEMES_PROXY (URL_SCHEME(SCHEME_HTTP) | URL_SCHEME(SCHEME_SOCKS5H)) /* with a port, without a path */
int url_parse(struct url *u, const char *text, unsigned schemes, char *why, size_t whylen);
void url_free(struct url *u);

/*
 * Copy text to dst (cap bytes), what stands before the @ of any URL in it
 * replaced by "***".  Returns 0, or -1 if it does not fit.
 */
int url_mask(char *dst, size_t cap, const char *text);

/* True if host is this host itself whatever its network: localhost, or a literal loopback address. */
bool url_host_is_loopback(const char *host);

/* True if host is a literal IPv4 or IPv6 address. */
bool url_host_is_literal(const char *host);

#endif
