/*
 * What libcurl is told of one attempt, and what it asks and tells about its
 * connection.  Nothing is left to a default that an environment variable or
 * a file could change.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include <openssl/ssl.h>

#include "http_curl.h"
#include "url.h"

static int
on_name_lookup(void *resolver, void *reserved, void *ctx)
{
	const struct curl_transfer *t = ctx;

	(void)resolver;
	(void)reserved;
	/* A literal address goes this way too, and needs no look-up. */
	return url_host_is_literal(t->proxy.url != NULL ? t->proxy.host : t->to.host) ? 0 : 1;
}

static CURLcode
on_tls_context(CURL *easy, void *ssl_ctx, void *ctx)
{
	struct curl_transfer *t = ctx;
	X509_STORE *store = http_curl_of(t)->store;

	(void)easy;
	t->in_handshake = true;
	if (store == NULL || X509_STORE_up_ref(store) != 1)
		return CURLE_SSL_CACERT_BADFILE;
	SSL_CTX_set_cert_store(ssl_ctx, store);
	return CURLE_OK;
}

/* Called when the connection stands, TLS and proxy included, and the next byte is the request's first. */
static int
on_request_goes_out(void *ctx, char *to_ip, char *from_ip, int to_port, int from_port)
{
	struct curl_transfer *t = ctx;

	(void)to_ip;
	(void)from_ip;
	(void)to_port;
	(void)from_port;
	t->sent = true;
	return CURL_PREREQFUNC_OK;
}

/* As libcurl would do it, but that we hear why it cannot be done. */
static curl_socket_t
on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *addr)
{
	struct curl_transfer *t = ctx;
	int fd = socket(addr->family, addr->socktype, addr->protocol);

	(void)purpose;
	if (fd == -1)
		t->socket_error = errno;
	return fd == -1 ? CURL_SOCKET_BAD : fd;
}

#define SET(option, value) (rc != CURLE_OK ? rc : (rc = curl_easy_setopt(t->easy, option, value)))

static CURLcode
set_protocols(struct curl_transfer *t)
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
set_callbacks(struct curl_transfer *t)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_PRIVATE, t);
	SET(CURLOPT_ERRORBUFFER, t->curl_error);
	SET(CURLOPT_RESOLVER_START_FUNCTION, on_name_lookup);
	SET(CURLOPT_RESOLVER_START_DATA, t);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
	SET(CURLOPT_OPENSOCKETDATA, t);
	SET(CURLOPT_PREREQFUNCTION, on_request_goes_out);
	SET(CURLOPT_PREREQDATA, t);
	SET(CURLOPT_HEADERFUNCTION, http_curl_on_header);
	SET(CURLOPT_HEADERDATA, t);
	SET(CURLOPT_WRITEFUNCTION, http_curl_on_body);
	SET(CURLOPT_WRITEDATA, t);
	return rc;
}

/* Each handshake verifies anew: no session cache. */
static CURLcode
set_tls(struct curl_transfer *t)
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
set_way(struct curl_transfer *t)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_PROXY, t->proxy.url == NULL ? "" : t->proxy.url);
	SET(CURLOPT_NOPROXY, t->proxy.url == NULL ? "*" : "");
	SET(CURLOPT_RESOLVE, t->addresses);
	return rc;
}

static CURLcode
set_request(struct curl_transfer *t)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_URL, t->to.url);
	if (t->post != NULL) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(t->post));
		SET(CURLOPT_POSTFIELDS, t->post);
		SET(CURLOPT_HTTPHEADER, t->headers);
	}
	if (t->fresh) {
		SET(CURLOPT_FRESH_CONNECT, 1L);
		SET(CURLOPT_FORBID_REUSE, 1L);
	}
	return rc;
}

/* An attempt that is not the last one leaves half of the time to the others. */
static CURLcode
set_limits(struct curl_transfer *t, bool last)
{
	const struct http_transfer *base = &t->base;
	double spent = http_spent(base), total = base->timeout - spent;
	double connect = base->connect_timeout < base->timeout ? base->connect_timeout - spent : total;
	CURLcode rc = CURLE_OK;

	if (!last)
		connect /= 2;
	/* 0 would mean none. */
	SET(CURLOPT_CONNECTTIMEOUT_MS, connect > 0.001 ? (long)(connect * 1000) : 1L);
	SET(CURLOPT_TIMEOUT_MS, total > 0.001 ? (long)(total * 1000) : 1L);
	if (base->want_body)
		SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)base->body_max);
	return rc;
}

CURLcode
http_curl_set_options(struct curl_transfer *t, bool last)
{
	static CURLcode (*const groups[])(struct curl_transfer *) = {
		set_protocols, set_callbacks, set_tls, set_way, set_request,
	};
	CURLcode rc = CURLE_OK;

	for (size_t i = 0; rc == CURLE_OK && i < sizeof(groups) / sizeof(groups[0]); i++)
		rc = groups[i](t);
	return rc != CURLE_OK ? rc : set_limits(t, last);
}
