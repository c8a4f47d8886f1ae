/*
 * The inside of http.h's maker on libcurl, for http_curl*.c alone:
 *     http_curl.c          libcurl's sockets and its timer on our loop
 *     http_curl_attempt.c  a transfer, from one address to the next
 *     http_curl_options.c  what libcurl is told of an attempt
 *     http_curl_answer.c   an answer on its way in
 *     http_curl_failure.c  why there is none, in words
 */
#ifndef WATCHDOG_HTTP_CURL_H
#define WATCHDOG_HTTP_CURL_H

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include "http_parts.h"
#include "http_transfer.h"

struct curl_http {
	struct http base;
	X509_STORE *store; /* NULL = https fails */
	CURLM *multi;
	struct event *timer;
};

/* A URL of the caller's, copied: struct url lives in its configuration. */
struct destination {
	enum url_scheme scheme;
	char *url, *host;
	uint16_t port;
};

struct curl_transfer {
	struct http_transfer base;
	struct destination to, proxy; /* proxy.url is NULL if there is none */
	char *post;
	bool fresh; /* a connection of its own */
	struct curl_slist *headers;

	/* The attempt. */
	size_t round; /* which of each family's addresses is being tried */
	bool only_ipv4; /* of that round, whose IPv6 address could not be tried */
	bool has_failed; /* an earlier one, by itself, and not for a reason of our own: */
	enum http_outcome failure;
	char failure_text[HTTP_ERROR_LEN];
	CURL *easy;
	struct curl_slist *addresses;
	bool in_multi, in_handshake;
	int socket_error; /* errno if a socket could not be made, 0 = it could */
	char curl_error[CURL_ERROR_SIZE];

	/* The answer. */
	bool sent; /* the connection stood: what follows may have been received */
	bool too_large, out_of_memory;
	size_t headers_len, body_len, body_cap;
	char *body;
	char location[HTTP_LOCATION_MAX];
	double retry_after; /* as said; newer libcurls cut it at six hours */
};

/* Whose transfer it is. */
static inline struct curl_http *
http_curl_of(const struct curl_transfer *t)
{
	return (struct curl_http *)t->base.http;
}

/* --- http_curl_attempt.c --- */

/* The maker's part of each transfer; see struct http_maker. */
int http_curl_copy(struct http_transfer *transfer, const struct http_request *request);
const char *http_curl_begin(struct http_transfer *transfer);
void http_curl_drop(struct http_transfer *transfer);

/* libcurl is done with t's attempt: another one begins, or t ends and is gone.  Not from inside libcurl. */
void http_curl_attempt_over(struct curl_transfer *t, CURLcode rc);

/* --- http_curl_options.c --- */

/* Tell t->easy all of the attempt, t->addresses included; last: no other follows.  Returns CURLE_OK, or what libcurl said. */
CURLcode http_curl_set_options(struct curl_transfer *t, bool last);

/* --- http_curl_answer.c --- */

/* CURLOPT_HEADERFUNCTION and CURLOPT_WRITEFUNCTION; ctx is t.  Any other value than the length ends the transfer. */
size_t http_curl_on_header(char *line, size_t size, size_t n, void *ctx);
size_t http_curl_on_body(char *bytes, size_t size, size_t n, void *ctx);

/* The final status, 0 = not known yet. */
long http_curl_status(const struct curl_transfer *t);

/* --- http_curl_failure.c --- */

/* Whether an attempt that ended with rc could not be made for a reason of our own (own_error.h). */
bool http_curl_is_own(const struct curl_transfer *t, CURLcode rc);

/* What went wrong with an attempt that ended with rc, for a person; without the URL. */
void http_curl_say_failure(const struct curl_transfer *t, CURLcode rc, char *buf, size_t len);

#endif
