/*
 * Parts of a request and of an answer.  Pure; trusts nothing of what a server
 * wrote.
 */
#include "build_config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "http_parts.h"

bool
http_is_redirect(long status)
{
	return status >= 300 && status < 400;
}

double
http_retry_after(const char *value, size_t len)
{
	double seconds = 0;
	size_t i = 0;

	while (i < len && (value[i] == ' ' || value[i] == '\t'))
		i++;
	for (; i < len && isdigit((unsigned char)value[i]); i++)
		seconds = seconds * 10 + (value[i] - '0');
	return seconds < HTTP_RETRY_AFTER_MAX ? seconds : HTTP_RETRY_AFTER_MAX;
}

int
http_address_text(const struct sockaddr_storage *addr, char *buf, size_t len)
{
	const void *raw = addr->ss_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)addr)->sin6_addr :
	    &((const struct sockaddr_in *)addr)->sin_addr;

	return inet_ntop(addr->ss_family, raw, buf, (socklen_t)len) == NULL ? -1 : 0;
}

bool
http_same_host(const char *theirs, const char *host)
{
	size_t len = strlen(theirs);

	if (theirs[0] == '[' && len > 2)
		return strlen(host) == len - 2 && strncasecmp(theirs + 1, host, len - 2) == 0;
	return strcasecmp(theirs, host) == 0;
}
