/*
 * Why a transfer failed, in words for a person: our own, OpenSSL's or the
 * kernel's, never a server's or a URL's.
 */
#include "build_config.h"

#include <stdio.h>
#include <string.h>

#include <openssl/x509_vfy.h>

#include "http_curl.h"
#include "own_error.h"

static void
say(char *buf, size_t len, const char *prefix, const char *text)
{
	size_t before = strlen(prefix);

	snprintf(buf, len, "%s%s", prefix, text);
	if (before < len)
		error_after_colon(buf + before);
}

/* The kernel's, 0 = none. */
static int
errno_of(const struct curl_transfer *t)
{
	long error = 0;

	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &error);
	return error != 0 ? (int)error : t->socket_error;
}

bool
http_curl_is_own(const struct curl_transfer *t, CURLcode rc)
{
	if (t->sent)
		return false;
	/* The third is what libcurl says of our addresses when it finds no memory for them. */
	return t->out_of_memory || rc == CURLE_OUT_OF_MEMORY || rc == CURLE_SETOPT_OPTION_SYNTAX ||
	    (rc == CURLE_COULDNT_CONNECT && error_is_own(errno_of(t), AF_INET));
}

static void
say_errno(const struct curl_transfer *t, char *buf, size_t len, const char *otherwise)
{
	int error = errno_of(t);

	say(buf, len, "", error != 0 ? strerror(error) : otherwise);
}

static void
say_timeout(const struct curl_transfer *t, char *buf, size_t len)
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
say_certificate(const struct curl_transfer *t, char *buf, size_t len)
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
say_tls(const struct curl_transfer *t, char *buf, size_t len)
{
	const char *at = strstr(t->curl_error, "error:"), *reason = NULL;

	for (; at != NULL && (at = strstr(at, "::")) != NULL; at += 2)
		reason = at + 2;
	say(buf, len, "TLS: ", reason != NULL ? reason : "the handshake failed");
}

static void
say_broken(const struct curl_transfer *t, char *buf, size_t len)
{
	long code = 0;

	curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &code);
	if (!t->sent && t->proxy.url != NULL && code != 0)
		snprintf(buf, len, "the proxy answered %ld", code);
	else
		say_errno(t, buf, len, t->sent ? "the connection broke" : "the connection broke before the request");
}

static void
say_connect(const struct curl_transfer *t, char *buf, size_t len)
{
	say_errno(t, buf, len, "cannot connect");
}

static const struct {
	CURLcode code;
	const char *text; /* NULL: ask say */
	void (*say)(const struct curl_transfer *t, char *buf, size_t len);
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
	{CURLE_SETOPT_OPTION_SYNTAX, "out of memory", NULL},
	{CURLE_OUT_OF_MEMORY, "out of memory", NULL},
	{CURLE_PROXY, "the proxy refused or failed", NULL},
	{CURLE_GOT_NOTHING, "closed without an answer", NULL},
	{CURLE_PARTIAL_FILE, "the answer ended early", NULL},
	{CURLE_UNSUPPORTED_PROTOCOL, "the answer is not HTTP", NULL},
	{CURLE_WEIRD_SERVER_REPLY, "the answer is not HTTP", NULL},
};

void
http_curl_say_failure(const struct curl_transfer *t, CURLcode rc, char *buf, size_t len)
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
