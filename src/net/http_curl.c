/*
 * libcurl on libevent.  Trusts neither servers nor what they answer: every
 * answer is capped while it streams, and every word of an error that leaves
 * here is our own, OpenSSL's, or the kernel's, never a server's or a URL's
 * (the path of a Telegram URL is a secret).
 *
 * libcurl resolves nothing by itself: each transfer brings the addresses of
 * the one host that it connects to, and a look-up that is tried all the same
 * is refused.
 */
#include "build_config.h"

#include <sys/queue.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>
#include <openssl/ssl.h>

#include "clock.h"
#include "http.h"
#include "http_parts.h"
#include "log.h"
#include "loop.h"
#include "tls_store.h"
#include "url.h"
#include "utf8.h"

#define IDLE_CONNECTIONS_MAX 16L
#define RESOLVE_ENTRY_MAX (HOST_MAX_LEN + 8 + ADDRESSES_MAX * (INET6_ADDRSTRLEN + 3))

struct http {
	struct event_base *base;
	struct resolve *resolve;
	X509_STORE *store;
	CURLM *multi;
	struct event *timer;
	TAILQ_HEAD(, http_transfer) transfers;
};

/* A URL of the caller's, copied: struct url lives in its configuration. */
struct destination {
	enum url_scheme scheme;
	char *url, *host;
	uint16_t port;
};

struct http_transfer {
	TAILQ_ENTRY(http_transfer) entry;
	struct http *http;
	struct destination to, proxy; /* proxy.url is NULL if there is none */
	char *post;
	double connect_timeout, timeout, started;
	size_t body_max;
	bool want_body;
	http_cb *cb;
	void *ctx;

	struct resolve_query *query;
	struct address_list addrs;
	size_t round; /* which of each family's addresses is being tried */
	CURL *easy;
	bool in_multi, ended;
	struct curl_slist *addresses, *headers;

	bool in_handshake, sent, too_large, out_of_memory;
	size_t headers_len, body_len, body_cap;
	char *body;
	char location[HTTP_LOCATION_MAX];
	double retry_after; /* as said; newer libcurls cut it at six hours */
	char curl_error[CURL_ERROR_SIZE];
};

/* --- libcurl's sockets and its timer, on our loop --- */

static void take_finished(struct http *h);

/* What libcurl fails at here leaves a transfer that nothing wakes up again, not even its deadline. */
static void
act(struct http *h, curl_socket_t fd, int bits)
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
	struct http *h = ctx;
	struct event *wanted = NULL;

	(void)easy;
	if (event != NULL)
		event_free(event);
	if (what >= CURL_POLL_IN && what <= CURL_POLL_INOUT) {
		wanted = event_new(h->base, fd, (short)(events[what] | EV_PERSIST), on_socket_event, h);
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
	struct http *h = ctx;
	struct timeval tv = clock_timeval((double)ms / 1000);

	(void)multi;
	if (ms < 0)
		return event_del(h->timer);
	loop_add(h->timer, &tv);
	return 0;
}

/* --- what libcurl asks and tells during one transfer --- */

static int
on_name_lookup(void *resolver, void *reserved, void *ctx)
{
	const struct http_transfer *t = ctx;

	(void)resolver;
	(void)reserved;
	/* A literal address goes this way too, and needs no look-up. */
	return url_host_is_literal(t->proxy.url != NULL ? t->proxy.host : t->to.host) ? 0 : 1;
}

static CURLcode
on_tls_context(CURL *easy, void *ssl_ctx, void *ctx)
{
	struct http_transfer *t = ctx;

	(void)easy;
	t->in_handshake = true;
	if (t->http->store == NULL || X509_STORE_up_ref(t->http->store) != 1)
		return CURLE_SSL_CACERT_BADFILE;
	SSL_CTX_set_cert_store(ssl_ctx, t->http->store);
	return CURLE_OK;
}

/* Called when the connection stands, TLS and proxy included, and the next byte is the request's first. */
static int
on_request_goes_out(void *ctx, char *to_ip, char *from_ip, int to_port, int from_port)
{
	struct http_transfer *t = ctx;

	(void)to_ip;
	(void)from_ip;
	(void)to_port;
	(void)from_port;
	t->sent = true;
	return CURL_PREREQFUNC_OK;
}

static long
status_of(const struct http_transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 ? status : 0;
}

static void
keep_location(struct http_transfer *t, const char *line, size_t len)
{
	static const char name[] = "location:";
	size_t skip = sizeof(name) - 1;

	if (len < skip || strncasecmp(line, name, skip) != 0)
		return;
	while (skip < len && isspace((unsigned char)line[skip]))
		skip++;
	while (len > skip && isspace((unsigned char)line[len - 1]))
		len--;
	utf8_clean(t->location, sizeof(t->location), line + skip, len - skip, false);
}

/* Seconds; a date is libcurl's business. */
static void
keep_retry_after(struct http_transfer *t, const char *line, size_t len)
{
	static const char name[] = "retry-after:";
	size_t skip = sizeof(name) - 1;

	if (len >= skip && strncasecmp(line, name, skip) == 0)
		t->retry_after = http_retry_after(line + skip, len - skip);
}

/* Any other return value than the length ends the transfer. */
static size_t
on_header(char *line, size_t size, size_t n, void *ctx)
{
	struct http_transfer *t = ctx;
	size_t len = size * n;
	long status = status_of(t);

	if ((t->headers_len += len) > HTTP_HEAD_MAX) {
		t->too_large = true;
		return 0;
	}
	keep_retry_after(t, line, len);
	if (http_is_redirect(status))
		keep_location(t, line, len);
	else if (status != 0 && !t->want_body)
		return 0;
	return len;
}

/* Room for len more bytes and a NUL; the buffer doubles, up to the cap. */
static int
body_reserve(struct http_transfer *t, size_t len)
{
	size_t need = t->body_len + len + 1, cap = t->body_cap == 0 ? 4096 : t->body_cap;
	char *grown;

	if (need <= t->body_cap)
		return 0;
	while (cap < need)
		cap *= 2;
	if (cap > t->body_max + 1)
		cap = t->body_max + 1;
	if ((grown = realloc(t->body, cap)) == NULL) {
		t->out_of_memory = true;
		return -1;
	}
	t->body = grown;
	t->body_cap = cap;
	return 0;
}

static size_t
on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct http_transfer *t = ctx;
	size_t len = size * n;

	if (!t->want_body)
		return 0;
	if (len > t->body_max - t->body_len) {
		t->too_large = true;
		return 0;
	}
	if (body_reserve(t, len) == -1)
		return 0;
	memcpy(t->body + t->body_len, bytes, len);
	t->body_len += len;
	return len;
}

/* --- how it ended --- */

/* First letter small, so that a library's sentence can stand after a colon. */
static void
say(char *buf, size_t len, const char *prefix, const char *text)
{
	bool sentence = isupper((unsigned char)text[0]) && islower((unsigned char)text[1]);

	snprintf(buf, len, "%s%c%s", prefix, sentence ? tolower((unsigned char)text[0]) : text[0], text + 1);
}

static void
say_errno(const struct http_transfer *t, char *buf, size_t len, const char *otherwise)
{
	long error = 0;

	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &error);
	say(buf, len, "", error != 0 ? strerror((int)error) : otherwise);
}

static void
say_timeout(const struct http_transfer *t, char *buf, size_t len)
{
	curl_off_t first_byte = 0;
	const char *where;

	curl_easy_getinfo(t->easy, CURLINFO_STARTTRANSFER_TIME_T, &first_byte);
	if (t->sent)
		where = first_byte > 0 ? "the answer did not end" : "no answer";
	else if (t->in_handshake)
		where = "the TLS handshake did not end";
	else
		where = t->proxy.url != NULL ? "no connection through the proxy" : "no connection";
	snprintf(buf, len, "timeout: %s", where);
}

static void
say_certificate(const struct http_transfer *t, char *buf, size_t len)
{
	long result = X509_V_OK;

	curl_easy_getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &result);
	/* The name is libcurl's own check, made before it takes over the result of OpenSSL's. */
	if (result == X509_V_OK || result == X509_V_ERR_UNSPECIFIED)
		snprintf(buf, len, "certificate: it is for another host name");
	else
		say(buf, len, "certificate: ", X509_verify_cert_error_string(result));
}

/* OpenSSL's "error:0A00010B:SSL routines::wrong version number": the last part is for people. */
static void
say_tls(const struct http_transfer *t, char *buf, size_t len)
{
	const char *at = strstr(t->curl_error, "error:"), *reason = NULL;

	for (; at != NULL && (at = strstr(at, "::")) != NULL; at += 2)
		reason = at + 2;
	say(buf, len, "TLS: ", reason != NULL ? reason : "the handshake failed");
}

static void
say_broken(const struct http_transfer *t, char *buf, size_t len)
{
	long code = 0;

	curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &code);
	if (!t->sent && t->proxy.url != NULL && code != 0)
		snprintf(buf, len, "the proxy answered %ld", code);
	else
		say_errno(t, buf, len, t->sent ? "the connection broke" : "the connection broke before the request");
}

static void
say_connect(const struct http_transfer *t, char *buf, size_t len)
{
	say_errno(t, buf, len, "cannot connect");
}

static const struct {
	CURLcode code;
	const char *text; /* NULL: ask say */
	void (*say)(const struct http_transfer *t, char *buf, size_t len);
} failures[] = {
	{CURLE_OPERATION_TIMEDOUT, NULL, say_timeout},
	{CURLE_COULDNT_CONNECT, NULL, say_connect},
	{CURLE_PEER_FAILED_VERIFICATION, NULL, say_certificate},
	{CURLE_SSL_CONNECT_ERROR, NULL, say_tls},
	{CURLE_RECV_ERROR, NULL, say_broken},
	{CURLE_SEND_ERROR, NULL, say_broken},
	{CURLE_SSL_CACERT_BADFILE, "there are no CA certificates to verify with", NULL},
	{CURLE_COULDNT_RESOLVE_HOST, "the host has no address", NULL},
	{CURLE_COULDNT_RESOLVE_PROXY, "the proxy has no address", NULL},
	{CURLE_PROXY, "the proxy refused or failed", NULL},
	{CURLE_GOT_NOTHING, "closed without an answer", NULL},
	{CURLE_PARTIAL_FILE, "the answer ended early", NULL},
	{CURLE_UNSUPPORTED_PROTOCOL, "the answer is not HTTP", NULL},
	{CURLE_WEIRD_SERVER_REPLY, "the answer is not HTTP", NULL},
};

static void
say_failure(const struct http_transfer *t, CURLcode rc, char *buf, size_t len)
{
	if (t->out_of_memory) {
		snprintf(buf, len, "out of memory");
		return;
	}
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		if (failures[i].code != rc)
			continue;
		if (failures[i].say != NULL)
			failures[i].say(t, buf, len);
		else
			snprintf(buf, len, "%s", failures[i].text);
		return;
	}
	say(buf, len, "", curl_easy_strerror(rc));
}

static void
destination_free(struct destination *d)
{
	free(d->url);
	free(d->host);
}

static void
leave_multi(struct http_transfer *t)
{
	if (t->in_multi)
		curl_multi_remove_handle(t->http->multi, t->easy);
	t->in_multi = false;
}

static void
attempt_free(struct http_transfer *t)
{
	leave_multi(t);
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->addresses);
	t->easy = NULL;
	t->addresses = NULL;
}

static void
transfer_free(struct http_transfer *t)
{
	TAILQ_REMOVE(&t->http->transfers, t, entry);
	resolve_cancel(t->query);
	attempt_free(t);
	curl_slist_free_all(t->headers);
	destination_free(&t->to);
	destination_free(&t->proxy);
	free(t->post);
	free(t->body);
	free(t);
}

/* The one place where a transfer ends by itself. */
static void
transfer_end(struct http_transfer *t, struct http_result *result)
{
	result->seconds = clock_awake() - t->started;
	t->ended = true;
	t->cb(t->ctx, result);
	transfer_free(t);
}

static void
transfer_end_unsent(struct http_transfer *t, enum http_outcome outcome, const char *error)
{
	transfer_end(t, &(struct http_result){.outcome = outcome, .body = "", .error = error});
}

static enum http_outcome
outcome_of(const struct http_transfer *t, CURLcode rc)
{
	if (rc == CURLE_OK || (!t->want_body && !t->too_large && status_of(t) != 0))
		return HTTP_ANSWERED;
	if (t->too_large || rc == CURLE_FILESIZE_EXCEEDED)
		return HTTP_TOO_LARGE;
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return t->sent ? HTTP_TIMEOUT_AFTER : HTTP_TIMEOUT_BEFORE;
	return t->sent ? HTTP_LOST : HTTP_NOT_SENT;
}

static double
retry_after_of(const struct http_transfer *t)
{
	curl_off_t theirs = 0;
	double seconds = t->retry_after;

	curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &theirs);
	if ((double)theirs > seconds)
		seconds = (double)theirs;
	return seconds < HTTP_RETRY_AFTER_MAX ? seconds : HTTP_RETRY_AFTER_MAX;
}

static void
transfer_done(struct http_transfer *t, CURLcode rc)
{
	struct http_result result = {.outcome = outcome_of(t, rc), .body = "", .error = ""};
	char error[HTTP_ERROR_LEN];

	if (result.outcome == HTTP_ANSWERED) {
		result.status = status_of(t);
		result.retry_after = retry_after_of(t);
		result.location = http_is_redirect(result.status) && t->location[0] != '\0' ? t->location : NULL;
		if (t->body != NULL) {
			t->body[t->body_len] = '\0';
			result.body = t->body;
			result.body_len = t->body_len;
		}
	} else {
		if (result.outcome == HTTP_TOO_LARGE)
			snprintf(error, sizeof(error), "the answer is larger than %zu bytes",
			    t->headers_len > HTTP_HEAD_MAX ? (size_t)HTTP_HEAD_MAX : t->body_max);
		else
			say_failure(t, rc, error, sizeof(error));
		result.error = error;
	}
	transfer_end(t, &result);
}

/* --- how it begins --- */

static int
append_address(char *buf, size_t cap, const struct sockaddr_storage *addr)
{
	char text[INET6_ADDRSTRLEN];
	bool six = addr->ss_family == AF_INET6;
	const void *raw = six ? (const void *)&((const struct sockaddr_in6 *)addr)->sin6_addr :
	    &((const struct sockaddr_in *)addr)->sin_addr;
	size_t len = strlen(buf), left = cap - len;
	const char *comma = buf[len - 1] == ':' ? "" : ",";

	if (inet_ntop(addr->ss_family, raw, text, sizeof(text)) == NULL)
		return -1;
	return (size_t)snprintf(buf + len, left, six ? "%s[%s]" : "%s%s", comma, text) < left ? 0 : -1;
}

/* The round-th address of a family, or NULL. */
static const struct sockaddr_storage *
address_of_round(const struct address_list *addrs, int family, size_t round)
{
	for (size_t i = 0; i < addrs->n; i++)
		if (addrs->v[i].addr.ss_family == family && round-- == 0)
			return &addrs->v[i].addr;
	return NULL;
}

/*
 * "host:port:address,[address]", which replaces an entry of the same host and
 * port in libcurl's cache.  One address of each family at a time: libcurl
 * lets the two race, but on its way through several of one family it waits
 * for a timer that nobody has set (7.88).
 */
static struct curl_slist *
resolve_entry(const struct destination *d, const struct address_list *addrs, size_t round)
{
	int first = addrs->v[0].addr.ss_family, other = first == AF_INET ? AF_INET6 : AF_INET;
	const struct sockaddr_storage *a = address_of_round(addrs, first, round);
	const struct sockaddr_storage *b = address_of_round(addrs, other, round);
	char entry[RESOLVE_ENTRY_MAX];

	if (snprintf(entry, sizeof(entry), "%s:%u:", d->host, d->port) >= (int)sizeof(entry))
		return NULL;
	if (a != NULL && append_address(entry, sizeof(entry), a) == -1)
		return NULL;
	if (b != NULL && append_address(entry, sizeof(entry), b) == -1)
		return NULL;
	return curl_slist_append(NULL, entry);
}

static bool
has_round(const struct address_list *addrs, size_t round)
{
	return address_of_round(addrs, AF_INET, round) != NULL || address_of_round(addrs, AF_INET6, round) != NULL;
}

/* True if libcurl finds in the URL the host that we looked up: two parsers that disagree are an old trick. */
static bool
same_host(const char *url, const char *host, CURLU *u)
{
	char *theirs = NULL;
	size_t len;
	bool same;

	if (curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_HOST, &theirs, 0) != CURLUE_OK)
		return false;
	len = strlen(theirs);
	if (theirs[0] == '[' && len > 2)
		same = strlen(host) == len - 2 && strncasecmp(theirs + 1, host, len - 2) == 0;
	else
		same = strcasecmp(theirs, host) == 0;
	curl_free(theirs);
	return same;
}

static bool
destination_agrees(const struct destination *d)
{
	CURLU *u = curl_url();
	bool same = u != NULL && (d->url == NULL || same_host(d->url, d->host, u));

	curl_url_cleanup(u);
	return same;
}

#define SET(option, value) (rc != CURLE_OK ? rc : (rc = curl_easy_setopt(t->easy, option, value)))

static CURLcode
set_protocols(struct http_transfer *t)
{
	CURLcode rc = CURLE_OK;

#if LIBCURL_VERSION_NUM >= 0x075500
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
	SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_USERAGENT, "watchdog/" PACKAGE_VERSION);
	return rc;
}

static CURLcode
set_callbacks(struct http_transfer *t)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_PRIVATE, t);
	SET(CURLOPT_ERRORBUFFER, t->curl_error);
	SET(CURLOPT_RESOLVER_START_FUNCTION, on_name_lookup);
	SET(CURLOPT_RESOLVER_START_DATA, t);
	SET(CURLOPT_PREREQFUNCTION, on_request_goes_out);
	SET(CURLOPT_PREREQDATA, t);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, t);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, t);
	return rc;
}

/* Each handshake verifies anew: no session cache. */
static CURLcode
set_tls(struct http_transfer *t)
{
	CURLcode rc = CURLE_OK;

	if (t->to.scheme != SCHEME_HTTPS)
		return rc;
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
	SET(CURLOPT_CAINFO, NULL);
	SET(CURLOPT_CAPATH, NULL);
	SET(CURLOPT_SSL_CTX_FUNCTION, on_tls_context);
	SET(CURLOPT_SSL_CTX_DATA, t);
	return rc;
}

/* Both options are always set, or libcurl would read them from the environment. */
static CURLcode
set_way(struct http_transfer *t)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_PROXY, t->proxy.url == NULL ? "" : t->proxy.url);
	SET(CURLOPT_NOPROXY, t->proxy.url == NULL ? "*" : "");
	SET(CURLOPT_RESOLVE, t->addresses);
	return rc;
}

static CURLcode
set_request(struct http_transfer *t)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_URL, t->to.url);
	if (t->post != NULL) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(t->post));
		SET(CURLOPT_POSTFIELDS, t->post);
		SET(CURLOPT_HTTPHEADER, t->headers);
		/* On a used connection that turns out dead libcurl sends again unasked, and nobody hears that there were two. */
		SET(CURLOPT_FRESH_CONNECT, 1L);
		SET(CURLOPT_FORBID_REUSE, 1L);
	}
	return rc;
}

/* An attempt that is not the last one leaves half of the time to the others. */
static CURLcode
set_limits(struct http_transfer *t)
{
	double spent = clock_awake() - t->started;
	double total = t->timeout - spent, connect = t->connect_timeout < t->timeout ? t->connect_timeout - spent : total;
	CURLcode rc = CURLE_OK;

	if (has_round(&t->addrs, t->round + 1))
		connect /= 2;
	/* 0 would mean none. */
	SET(CURLOPT_CONNECTTIMEOUT_MS, connect > 0.001 ? (long)(connect * 1000) : 1L);
	SET(CURLOPT_TIMEOUT_MS, total > 0.001 ? (long)(total * 1000) : 1L);
	if (t->want_body)
		SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->body_max);
	return rc;
}

/* Returns NULL if the attempt is on its way, else why not. */
static const char *
attempt_begin(struct http_transfer *t)
{
	const struct destination *first = t->proxy.url != NULL ? &t->proxy : &t->to;

	if ((t->easy = curl_easy_init()) == NULL)
		return "out of memory";
	if (!url_host_is_literal(first->host) && (t->addresses = resolve_entry(first, &t->addrs, t->round)) == NULL)
		return "out of memory";
	if (set_protocols(t) != CURLE_OK || set_callbacks(t) != CURLE_OK || set_tls(t) != CURLE_OK ||
	    set_way(t) != CURLE_OK || set_request(t) != CURLE_OK || set_limits(t) != CURLE_OK)
		return "libcurl refused an option";
	if (curl_multi_add_handle(t->http->multi, t->easy) != CURLM_OK)
		return "out of memory";
	t->in_multi = true;
	return NULL;
}

static const char *
transfer_begin(struct http_transfer *t)
{
	if (!destination_agrees(&t->to) || !destination_agrees(&t->proxy))
		return "the URL is not understood";
	if (t->to.scheme == SCHEME_HTTPS && t->http->store == NULL)
		return "there are no CA certificates to verify with";
	return attempt_begin(t);
}

static void
on_addresses(void *ctx, const struct address_list *addrs, const char *error)
{
	struct http_transfer *t = ctx;
	double spent = clock_awake() - t->started;
	bool late = spent >= t->connect_timeout || spent >= t->timeout;
	char text[HTTP_ERROR_LEN];

	t->query = NULL;
	if (addrs != NULL) {
		t->addrs = *addrs;
		if ((error = transfer_begin(t)) != NULL)
			transfer_end_unsent(t, HTTP_NOT_SENT, error);
		return;
	}
	snprintf(text, sizeof(text), "name look-up: %s", error);
	transfer_end_unsent(t, late ? HTTP_TIMEOUT_BEFORE : HTTP_NOT_SENT, text);
}

static bool
other_addresses_may_do(const struct http_transfer *t, CURLcode rc)
{
	double spent = clock_awake() - t->started;

	if (t->sent || (rc != CURLE_COULDNT_CONNECT && rc != CURLE_OPERATION_TIMEDOUT))
		return false;
	return has_round(&t->addrs, t->round + 1) && spent < t->connect_timeout && spent < t->timeout;
}

static void
attempt_end(struct http_transfer *t, CURLcode rc)
{
	const char *error;

	/* The connection goes back to the pool before the caller asks for the next thing. */
	leave_multi(t);
	if (!other_addresses_may_do(t, rc)) {
		transfer_done(t, rc);
		return;
	}
	attempt_free(t);
	t->in_handshake = false;
	t->round++;
	if ((error = attempt_begin(t)) != NULL)
		transfer_end_unsent(t, HTTP_NOT_SENT, error);
}

static void
take_finished(struct http *h)
{
	struct http_transfer *t;
	const CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(h->multi, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE && curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t) == CURLE_OK)
			attempt_end(t, msg->data.result);
}

static int
destination_copy(struct destination *d, const struct url *url, const char *target)
{
	*d = (struct destination){.scheme = url->scheme, .port = url->port};
	d->url = strdup(target != NULL ? target : url->url);
	d->host = strdup(url->host);
	return d->url != NULL && d->host != NULL ? 0 : -1;
}

static int
post_copy(struct http_transfer *t, const char *body)
{
	struct curl_slist *more;

	if (body == NULL)
		return 0;
	/* Without the second, libcurl may wait for a go-ahead before a large body. */
	if ((t->headers = curl_slist_append(NULL, "Content-Type: application/json")) == NULL ||
	    (more = curl_slist_append(t->headers, "Expect:")) == NULL)
		return -1;
	t->headers = more;
	t->post = strdup(body);
	return t->post == NULL ? -1 : 0;
}

struct http_transfer *
http_start(struct http *h, const struct http_request *request, http_cb *cb, void *ctx)
{
	struct http_transfer *t = calloc(1, sizeof(*t));
	const struct url *first = request->proxy != NULL ? request->proxy : request->url;
	double wait = request->connect_timeout < request->timeout ? request->connect_timeout : request->timeout;

	if (t == NULL)
		return NULL;
	*t = (struct http_transfer){
		.http = h,
		.connect_timeout = request->connect_timeout,
		.timeout = request->timeout,
		.started = clock_awake(),
		.body_max = request->body_max,
		.want_body = request->want_body,
		.cb = cb,
		.ctx = ctx,
	};
	TAILQ_INSERT_TAIL(&h->transfers, t, entry);
	if (destination_copy(&t->to, request->url, request->target) == -1 ||
	    (request->proxy != NULL && destination_copy(&t->proxy, request->proxy, NULL) == -1) ||
	    post_copy(t, request->body) == -1 ||
	    (t->query = resolve_start(h->resolve, first->host, wait, on_addresses, t)) == NULL) {
		transfer_free(t);
		return NULL;
	}
	return t;
}

void
http_on_idle_closed(struct http *h, http_idle_closed *cb, void *ctx)
{
	(void)h;
	(void)cb;
	(void)ctx;
}

void
http_cancel(struct http_transfer *t)
{
	/* In its own callback it is over anyway. */
	if (t != NULL && !t->ended)
		transfer_free(t);
}

/* --- the whole --- */

static int
multi_init(struct http *h)
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

struct http *
http_new(struct event_base *base, struct resolve *resolve, int ca_fd, char *why, size_t whylen)
{
	X509_STORE *store = NULL;
	struct http *h;

	if (ca_fd != -1 && (store = tls_store_load(ca_fd, why, whylen)) == NULL)
		return NULL;
	snprintf(why, whylen, "libcurl cannot be set up");
	if (curl_init() == -1 || (h = calloc(1, sizeof(*h))) == NULL) {
		X509_STORE_free(store);
		return NULL;
	}
	h->base = base;
	h->resolve = resolve;
	h->store = store;
	TAILQ_INIT(&h->transfers);
	if ((h->timer = evtimer_new(base, on_timer_event, h)) != NULL && multi_init(h) == 0)
		return h;
	http_free(h);
	return NULL;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	while (!TAILQ_EMPTY(&h->transfers))
		transfer_free(TAILQ_FIRST(&h->transfers));
	if (h->multi != NULL)
		curl_multi_cleanup(h->multi);
	if (h->timer != NULL)
		event_free(h->timer);
	X509_STORE_free(h->store);
	free(h);
}
