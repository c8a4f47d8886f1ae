/*
 * URLs of the configuration: only what libcurl and connect(2) need to know
 * beforehand, the scheme, the host and the port, and only in the forms that
 * both read the same way.  Trusts nothing of the text.
 */
#include "build_config.h"

#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "url.h"

#define HOST_MOST 253 /* RFC 1035's 255 octets, as text */
#define LABEL_MOST 63

static const struct scheme {
	const char *prefix;
	uint16_t port;
	bool has_path, has_user;
} scheme_rows[] = {
	[SCHEME_HTTP] = {"http://", 80, true, true},
	[SCHEME_HTTPS] = {"https://", 443, true, true},
	[SCHEME_TCP] = {"tcp://", 0, false, false},
	[SCHEME_SOCKS5H] = {"socks5h://", 0, false, true},
};

#define SCHEME_COUNT (sizeof(scheme_rows) / sizeof(scheme_rows[0]))

static int
refuse(char *why, size_t whylen, const char *text)
{
	snprintf(why, whylen, "%s", text);
	return -1;
}

void
url_free(struct url *u)
{
	if (u->url != NULL)
		explicit_bzero(u->url, strlen(u->url));
	free(u->url);
	free(u->host);
	*u = (struct url){0};
}

bool
url_host_is_literal(const char *host)
{
	unsigned char address[16];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

bool
url_host_is_loopback(const char *host)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, host, &four) == 1)
		return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
	return strcmp(host, "localhost") == 0 || (inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six));
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A label of a host name; the underscore is what compose puts into names. */
static bool
label_ok(const char *s, size_t len)
{
	if (len == 0 || len > LABEL_MOST || s[0] == '-' || s[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum(s[i]) && s[i] != '-' && s[i] != '_')
			return false;
	return true;
}

static bool
is_number(const char *label, size_t len)
{
	if (len > 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X'))
		return strspn(label + 2, "0123456789abcdefABCDEF") >= len - 2;
	return strspn(label, "0123456789") >= len;
}

/* A name whose last label is a number is an IPv4 address to some readers, so it must be one to all. */
static bool
name_ok(const char *host)
{
	const char *label = host, *end;
	size_t len = strlen(host);

	if (len > 1 && host[len - 1] == '.')
		len--;
	if (len == 0 || len > HOST_MOST)
		return false;
	for (; (end = memchr(label, '.', (size_t)(host + len - label))) != NULL; label = end + 1)
		if (!label_ok(label, (size_t)(end - label)))
			return false;
	if (!label_ok(label, (size_t)(host + len - label)))
		return false;
	return !is_number(label, (size_t)(host + len - label)) || url_host_is_literal(host);
}

static char *
lower_copy(const char *s, size_t len)
{
	char *copy = strndup(s, len);

	for (char *p = copy; p != NULL && *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return copy;
}

/* Splits host and port off the authority of len bytes; *port is at its end if none is given.  Returns NULL, or what is wrong. */
static const char *
parse_host(struct url *u, const char *at, size_t len, const char **port)
{
	static const char expected[] = "expected a host name, an IPv4 address or an IPv6 address in brackets";
	const char *end = at + len, *host = at, *stop;
	unsigned char address[16];

	if (len > 0 && *at == '[') {
		if ((stop = memchr(at, ']', len)) == NULL)
			return expected;
		host++;
	} else if ((stop = memchr(at, ':', len)) == NULL)
		stop = end;
	if ((u->host = lower_copy(host, (size_t)(stop - host))) == NULL)
		return "out of memory";
	*port = stop + (*at == '[');
	if (*at == '[' ? inet_pton(AF_INET6, u->host, address) != 1 : !name_ok(u->host))
		return expected;
	return *port == end || **port == ':' ? NULL : expected;
}

static bool
parse_port(uint16_t *port, const char *s, size_t len)
{
	unsigned v = 0;

	if (len == 0 || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (unsigned)(s[i] - '0');
	}
	*port = (uint16_t)v;
	return v >= 1 && v <= UINT16_MAX;
}

static bool
characters_ok(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~' || strchr("\"<>\\^`{|}#", *text) != NULL)
			return false;
	return true;
}

static int
find_scheme(struct url *u, const char *text, unsigned schemes)
{
	for (size_t i = 0; i < SCHEME_COUNT; i++) {
		const char *prefix = scheme_rows[i].prefix;

		if ((schemes & (1u << i)) != 0 && strncasecmp(text, prefix, strlen(prefix)) == 0) {
			u->scheme = (enum url_scheme)i;
			return 0;
		}
	}
	return -1;
}

static int
expect_scheme(unsigned schemes, char *why, size_t whylen)
{
	size_t n = 0;

	for (size_t i = 0; i < SCHEME_COUNT && n < whylen; i++)
		if ((schemes & (1u << i)) != 0)
			n += (size_t)snprintf(why + n, whylen - n, "%s%s...", n == 0 ? "expected " : " or ",
			    scheme_rows[i].prefix);
	return -1;
}

static int
parse_authority(struct url *u, const char *at, size_t len, bool proxy, char *why, size_t whylen)
{
	const struct scheme *s = &scheme_rows[u->scheme];
	const char *user_end = memrchr(at, '@', len), *port, *wrong, *end = at + len;

	if (user_end != NULL && !s->has_user)
		return refuse(why, whylen, "expected no user or password in such a URL");
	if (user_end != NULL)
		at = user_end + 1;
	if ((wrong = parse_host(u, at, (size_t)(end - at), &port)) != NULL)
		return refuse(why, whylen, wrong);
	u->port = s->port;
	if (port == end)
		return s->port == 0 || proxy ? refuse(why, whylen, "expected host:port") : 0;
	if (!parse_port(&u->port, port + 1, (size_t)(end - port - 1)))
		return refuse(why, whylen, "expected a port from 1 to 65535");
	return 0;
}

static int
parse_whole(struct url *u, const char *text, unsigned schemes, char *why, size_t whylen)
{
	bool proxy = schemes == URL_SCHEMES_PROXY;
	const char *at, *rest;

	if (find_scheme(u, text, schemes) == -1)
		return expect_scheme(schemes, why, whylen);
	if (!characters_ok(text))
		return refuse(why, whylen,
		    "expected a URL without spaces, # or characters that must be percent-encoded");
	at = text + strlen(scheme_rows[u->scheme].prefix);
	rest = at + strcspn(at, "/?");
	if (parse_authority(u, at, (size_t)(rest - at), proxy, why, whylen) == -1)
		return -1;
	if (*rest != '\0' && strcmp(rest, "/") != 0 && (proxy || !scheme_rows[u->scheme].has_path))
		return refuse(why, whylen, "expected nothing after host:port");
	return (u->url = strdup(text)) == NULL ? refuse(why, whylen, "out of memory") : 0;
}

int
url_parse(struct url *u, const char *text, unsigned schemes, char *why, size_t whylen)
{
	struct url new = {0};

	if (parse_whole(&new, text, schemes, why, whylen) == -1) {
		url_free(&new);
		return -1;
	}
	url_free(u);
	*u = new;
	return 0;
}

int
url_mask(char *dst, size_t cap, const char *text)
{
	size_t n = 0, skip;

	for (; *text != '\0'; text += skip) {
		const char *from = text, *at;
		size_t len = skip = 1;

		if (strncmp(text, "://", 3) == 0) {
			/* A comma may stand in a password; behind it in a list comes another "://", whose slash ends this. */
			size_t authority = strcspn(text + 3, "/? \t\n");

			at = memrchr(text + 3, '@', authority);
			from = at == NULL ? "://" : "://***";
			len = strlen(from);
			skip = at == NULL ? 3 : (size_t)(at - text);
		}
		if (n + len >= cap)
			return -1;
		memcpy(dst + n, from, len);
		n += len;
	}
	dst[n] = '\0';
	return 0;
}
