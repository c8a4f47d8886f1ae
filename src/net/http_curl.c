/*
 * libcurl on libevent: its sockets and its timer are events of our loop.
 * Trusts neither servers nor what they answer: every answer is capped while
 * it streams, and every word of an error that leaves here is our own,
 * OpenSSL's, or the kernel's, never a server's or a URL's (the path of a
 * Telegram URL is a secret).
 *
 * libcurl resolves nothing by itself: each transfer brings the addresses of
 * the one host that it connects to, and a look-up that is tried all the same
 * is refused.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "http_curl.h"
#include "log.h"
#include "loop.h"
#include "tls_store.h"

#define IDLE_CONNECTIONS_MAX 16L

/* --- libcurl's sockets and its timer, on our loop --- */

static void
take_finished(struct curl_http *h)
{
	struct curl_transfer *t;
	const CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(h->multi, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE && curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t) == CURLE_OK)
			http_curl_attempt_over(t, msg->data.result);
}

/* What libcurl fails at here leaves a transfer that nothing wakes up again, not even its deadline. */
static void
act(struct curl_http *h, curl_socket_t fd, int bits)
{
	int running;
	CURLMcode rc = curl_multi_socket_action(h->multi, fd, bits, &running);

	if (rc != CURLM_OK)
		fatalx("HTTP: %s", curl_multi_strerror(rc));
	take_finished(h);
}

static void
on_socket_event(evutil_socket_t fd, short what, void *arg)
{
	act(arg, fd, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

/* CURLMOPT_SOCKETFUNCTION: what libcurl wants to know of fd from now on; the event is kept with the socket. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *event)
{
	static const short events[] = {
		[CURL_POLL_IN] = EV_READ,
		[CURL_POLL_OUT] = EV_WRITE,
		[CURL_POLL_INOUT] = EV_READ | EV_WRITE,
	};
	struct curl_http *h = ctx;
	struct event *wanted = NULL;

	(void)easy;
	if (event != NULL)
		event_free(event);
	if (what >= CURL_POLL_IN && what <= CURL_POLL_INOUT) {
		wanted = event_new(h->base.base, fd, (short)(events[what] | EV_PERSIST), on_socket_event, h);
		if (wanted == NULL || event_add(wanted, NULL) == -1)
			log_error("a socket cannot be waited for: out of memory");
	}
	curl_multi_assign(h->multi, fd, wanted);
	return 0;
}

static void
on_timer_event(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* CURLMOPT_TIMERFUNCTION.  A timer that cannot be set would leave every transfer hanging for ever. */
static int
on_timer(CURLM *multi, long ms, void *ctx)
{
	struct curl_http *h = ctx;
	struct timeval tv = clock_timeval((double)ms / 1000);

	(void)multi;
	if (ms < 0)
		return event_del(h->timer);
	loop_add(h->timer, &tv);
	return 0;
}

/* --- the whole --- */

static int
multi_init(struct curl_http *h)
{
	if ((h->multi = curl_multi_init()) == NULL)
		return -1;
	if (curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
	    curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h) != CURLM_OK ||
	    curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timer) != CURLM_OK ||
	    curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h) != CURLM_OK ||
	    curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING) != CURLM_OK ||
	    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, IDLE_CONNECTIONS_MAX) != CURLM_OK)
		return -1;
	return 0;
}

static int
curl_init(void)
{
	static bool ready;

	if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -1;
	ready = true;
	return 0;
}

static void
curl_http_free(struct http *http)
{
	struct curl_http *h = (struct curl_http *)http;

	if (h->multi != NULL)
		curl_multi_cleanup(h->multi);
	if (h->timer != NULL)
		event_free(h->timer);
	X509_STORE_free(h->store);
	free(h);
}

static const struct http_maker maker = {
	.transfer_size = sizeof(struct curl_transfer),
	.copy = http_curl_copy,
	.begin = http_curl_begin,
	.drop = http_curl_drop,
	.free = curl_http_free,
};

struct http *
http_new(struct event_base *base, struct resolve *resolve, int ca_fd, char *why, size_t whylen)
{
	X509_STORE *store = NULL;
	struct curl_http *h;

	if (ca_fd != -1 && (store = tls_store_load(ca_fd, why, whylen)) == NULL)
		return NULL;
	snprintf(why, whylen, "libcurl cannot be set up");
	if (curl_init() == -1 || (h = calloc(1, sizeof(*h))) == NULL) {
		X509_STORE_free(store);
		return NULL;
	}
	http_init(&h->base, &maker, base, resolve);
	h->store = store;
	if ((h->timer = evtimer_new(base, on_timer_event, h)) != NULL && multi_init(h) == 0)
		return &h->base;
	http_free(&h->base);
	return NULL;
}

void
http_on_idle_closed(struct http *h, http_idle_closed *cb, void *ctx)
{
	(void)h;
	(void)cb;
	(void)ctx;
}
