/*
 * What a server answers, to one maker of http.h: linked with both, as
 * fuzz_http_curl and fuzz_http_event.  The first byte says what is asked, the
 * second in what pieces the answer comes; a second exchange, which may find
 * the first one's connection, has the same answer.  It ends once, with a
 * result that the callers may rely on.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "http.h"
#include "http_parts.h"
#include "url.h"

#define BODY_MAX 4096
#define TURNS_MAX 400
#define TIMEOUT_S 30.0
#define ENDS_MAX 8 /* connections of one run */

#define WANT_BODY 1
#define POSTS 2
#define STAYS_OPEN 4
#define CANCELS 8

static struct {
	struct event_base *base;
	struct role role;
	struct resolve *resolve;
	struct http *http;
	struct url url;
	int ends[ENDS_MAX]; /* the server's, in the order of connecting */
	unsigned connects, results;
	bool want_body;
} w;

/*
 * In the way of the C library's, for libraries too: what would connect over
 * the network gets one end of a socketpair, the server's end is ours.
 */
int
connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	int pair[2];

	(void)addr;
	(void)len;
	FUZZ_CHECK(w.connects < ENDS_MAX);
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
	FUZZ_CHECK(dup2(pair[0], fd) == fd);
	close(pair[0]);
	w.ends[w.connects++] = pair[1];
	return 0;
}

static void
ended(void *ctx, const struct http_result *r)
{
	(void)ctx;
	w.results++;
	FUZZ_CHECK(r->outcome <= HTTP_TOO_LARGE && r->body != NULL && r->error != NULL && r->seconds >= 0);
	FUZZ_CHECK(r->body_len <= BODY_MAX && r->body[r->body_len] == '\0');
	FUZZ_CHECK((r->outcome == HTTP_ANSWERED) == (r->error[0] == '\0'));
	fuzz_check_clean(r->error, HTTP_ERROR_LEN - 1);
	FUZZ_CHECK(r->retry_after >= 0 && r->retry_after <= HTTP_RETRY_AFTER_MAX);
	FUZZ_CHECK(r->outcome != HTTP_ANSWERED || (r->status >= 100 && r->status <= HTTP_STATUS_MAX));
	FUZZ_CHECK(r->outcome == HTTP_ANSWERED || r->status == 0);
	if (r->location != NULL) {
		FUZZ_CHECK(http_is_redirect(r->status));
		fuzz_check_clean(r->location, HTTP_LOCATION_MAX - 1);
	}
}

/* The next piece of the answer; at its end the connection stays or is closed, late in any case.  Returns how much has been written. */
static size_t
serve(const uint8_t *data, size_t size, size_t at, size_t piece, bool stays, bool late)
{
	int fd = w.ends[w.connects - 1];
	char request[4096];
	ssize_t n;

	while (recv(fd, request, sizeof(request), MSG_DONTWAIT) > 0)
		continue;
	if (at < size && !late) {
		n = send(fd, data + at, size - at < piece ? size - at : piece, MSG_NOSIGNAL | MSG_DONTWAIT);
		return n > 0 ? at + (size_t)n : size;
	}
	if (!stays || late)
		shutdown(fd, SHUT_RDWR);
	return at;
}

static void
exchange(const uint8_t *data, size_t size, size_t piece, unsigned how)
{
	struct http_request request = {
		.url = &w.url, .body = (how & POSTS) != 0 ? "{\"text\":\"hello\"}" : NULL, .connect_timeout = TIMEOUT_S,
		.timeout = TIMEOUT_S, .body_max = BODY_MAX, .want_body = (how & WANT_BODY) != 0,
	};
	unsigned before = w.results, connected = w.connects;
	struct http_transfer *t = http_start(w.http, &request, ended, NULL);
	size_t at = 0;

	FUZZ_CHECK(t != NULL);
	for (int i = 0; i < TURNS_MAX && w.results == before; i++) {
		event_base_loop(w.base, EVLOOP_NONBLOCK);
		/* A connection more: the answer begins anew. */
		if (w.connects != connected) {
			connected = w.connects;
			at = 0;
		}
		if (w.connects > 0 && w.results == before)
			at = serve(data, size, at, piece, (how & STAYS_OPEN) != 0, i > TURNS_MAX / 2);
		if (i == 20 && (how & CANCELS) != 0)
			break;
	}
	if (w.results == before)
		http_cancel(t);
	FUZZ_CHECK(w.results <= before + 1);
	/* It ends with its connection at the latest. */
	FUZZ_CHECK((how & CANCELS) != 0 || w.results == before + 1);
}

static void
open_world(void)
{
	char why[256];

	FUZZ_CHECK((w.role.base = w.base = event_base_new()) != NULL);
	FUZZ_CHECK((w.resolve = resolve_new(&w.role)) != NULL);
	FUZZ_CHECK(url_parse(&w.url, "http://127.0.0.1:8080/metrics", URL_SCHEME(SCHEME_HTTP), why, sizeof(why)) == 0);
}

/* Each run has a maker of its own: no connection is kept from one to the next. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[256];

	if (size < 2)
		return 0;
	fuzz_quiet_log();
	if (w.base == NULL)
		open_world();
	w.connects = w.results = 0;
	FUZZ_CHECK((w.http = http_new(w.base, w.resolve, -1, why, sizeof(why))) != NULL);
	exchange(data + 2, size - 2, 1 + data[1] * 8u, data[0]);
	exchange(data + 2, size - 2, 1 + data[1] * 8u, data[0] & ~CANCELS);
	http_free(w.http);
	for (unsigned i = 0; i < w.connects; i++)
		close(w.ends[i]);
	event_base_loop(w.base, EVLOOP_NONBLOCK);
	return 0;
}
