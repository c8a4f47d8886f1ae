/*
 * What is asked.  libevent has its own reading of a URL, from which the path
 * comes: it has to agree with ours.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <event2/buffer.h>

#include "http_event_request.h"
#include "http_parts.h"
#include "messages.h"

/* True if libevent finds in the URL the host and port that we look up: two parsers that disagree are an old trick. */
static bool
same_place(const struct evhttp_uri *uri, const struct url *url)
{
	const char *host = evhttp_uri_get_host(uri), *scheme = evhttp_uri_get_scheme(uri);
	int port = evhttp_uri_get_port(uri);

	if (scheme == NULL || strcasecmp(scheme, "http") != 0 || evhttp_uri_get_userinfo(uri) != NULL)
		return false;
	return (port == -1 ? 80 : port) == url->port && host != NULL && http_same_host(host, url->host);
}

char *
http_event_path(const char *target, const struct url *url)
{
	/* What a server makes of the path is its own business: a bracket or a lone percent sign is sent as it stands. */
	struct evhttp_uri *uri = evhttp_uri_parse_with_flags(target, EVHTTP_URI_NONCONFORMANT);
	const char *path = uri == NULL ? NULL : evhttp_uri_get_path(uri), *query;
	size_t len = strlen(target) + 2;
	char *text = NULL;

	if (uri != NULL && same_place(uri, url) && (text = malloc(len)) != NULL) {
		query = evhttp_uri_get_query(uri);
		snprintf(text, len, "%s%s%s", path == NULL || *path == '\0' ? "/" : path, query == NULL ? "" : "?",
		    query == NULL ? "" : query);
	}
	if (uri != NULL)
		evhttp_uri_free(uri);
	return text;
}

int
http_event_fill(struct evhttp_request *request, const char *host, uint16_t port, const char *post)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	bool six = strchr(host, ':') != NULL;
	char place[HOST_MAX_LEN + 16], length[32];

	snprintf(place, sizeof(place), "%s%s%s:%u", six ? "[" : "", host, six ? "]" : "", port);
	if (evhttp_add_header(headers, "Host", place) == -1 ||
	    evhttp_add_header(headers, "User-Agent", "watchdog/" PACKAGE_VERSION) == -1 ||
	    evhttp_add_header(headers, "Accept", "*/*") == -1)
		return -1;
	if (post == NULL)
		return 0;
	/* libevent would add the length itself, and go on without it if memory is short. */
	snprintf(length, sizeof(length), "%zu", strlen(post));
	if (evhttp_add_header(headers, "Content-Type", "application/json") == -1 ||
	    evhttp_add_header(headers, "Content-Length", length) == -1)
		return -1;
	return evbuffer_add(evhttp_request_get_output_buffer(request), post, strlen(post));
}
