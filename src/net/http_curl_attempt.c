/*
 * One transfer's attempts: with one address of each family after the other,
 * until the request has gone out or the time to connect is over.
 */
#include "build_config.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_curl.h"
#include "url.h"

#define RESOLVE_ENTRY_MAX (HOST_MAX_LEN + 8 + ADDRESSES_MAX * (INET6_ADDRSTRLEN + 3))

/* --- which addresses --- */

static int
append_address(char *buf, size_t cap, const struct sockaddr_storage *addr)
{
	char text[INET6_ADDRSTRLEN];
	bool six = addr->ss_family == AF_INET6;
	size_t len = strlen(buf), left = cap - len;
	const char *comma = buf[len - 1] == ':' ? "" : ",";

	if (http_address_text(addr, text, sizeof(text)) == -1)
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
resolve_entry(const struct destination *d, const struct address_list *addrs, size_t round, bool only_ipv4)
{
	int first = only_ipv4 ? AF_INET : addrs->v[0].addr.ss_family, other = first == AF_INET ? AF_INET6 : AF_INET;
	const struct sockaddr_storage *a = address_of_round(addrs, first, round);
	const struct sockaddr_storage *b = only_ipv4 ? NULL : address_of_round(addrs, other, round);
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

static bool
has_next_round(const struct curl_transfer *t)
{
	return has_round(&t->base.addrs, t->round + 1);
}

/* --- how it begins --- */

static int
destination_copy(struct destination *d, const struct url *url, const char *target)
{
	*d = (struct destination){.scheme = url->scheme, .port = url->port};
	d->url = strdup(target != NULL ? target : url->url);
	d->host = strdup(url->host);
	return d->url != NULL && d->host != NULL ? 0 : -1;
}

static int
post_copy(struct curl_transfer *t, const char *body)
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

int
http_curl_copy(struct http_transfer *transfer, const struct http_request *request)
{
	struct curl_transfer *t = (struct curl_transfer *)transfer;

	if (destination_copy(&t->to, request->url, request->target) == -1 ||
	    (request->proxy != NULL && destination_copy(&t->proxy, request->proxy, NULL) == -1))
		return -1;
	/* On a used connection that turns out dead libcurl posts again unasked, and nobody hears that there were two. */
	t->fresh = request->fresh || request->body != NULL;
	return post_copy(t, request->body);
}

static const char *
out_of_memory(struct curl_transfer *t)
{
	t->base.own = true;
	return "out of memory";
}

/* The host that libcurl finds in the URL, to be freed by curl_free(). */
static CURLUcode
host_of(const char *url, char **host)
{
	CURLU *u = curl_url();
	CURLUcode rc = u == NULL ? CURLUE_OUT_OF_MEMORY : curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);

	*host = NULL;
	if (rc == CURLUE_OK)
		rc = curl_url_get(u, CURLUPART_HOST, host, 0);
	curl_url_cleanup(u);
	return rc;
}

/* NULL if libcurl finds in the URL the host that we looked up, or there is none: two parsers that disagree are an old trick. */
static const char *
disagreement(struct curl_transfer *t, const struct destination *d)
{
	CURLUcode rc;
	char *theirs;
	bool same;

	if (d->url == NULL)
		return NULL;
	if ((rc = host_of(d->url, &theirs)) == CURLUE_OUT_OF_MEMORY)
		return out_of_memory(t);
	same = rc == CURLUE_OK && http_same_host(theirs, d->host);
	curl_free(theirs);
	return same ? NULL : "the URL is not understood";
}

/* Returns NULL if the attempt is on its way, else why not. */
static const char *
attempt_begin(struct curl_transfer *t)
{
	const struct destination *first = t->proxy.url != NULL ? &t->proxy : &t->to;
	CURLcode rc;

	if ((t->easy = curl_easy_init()) == NULL)
		return out_of_memory(t);
	if (!url_host_is_literal(first->host) && (t->addresses = resolve_entry(first, &t->base.addrs, t->round, t->only_ipv4)) == NULL)
		return out_of_memory(t);
	if ((rc = http_curl_set_options(t, !has_next_round(t))) == CURLE_OUT_OF_MEMORY)
		return out_of_memory(t);
	if (rc != CURLE_OK)
		return "libcurl refused an option";
	if (curl_multi_add_handle(http_curl_of(t)->multi, t->easy) != CURLM_OK)
		return out_of_memory(t);
	t->in_multi = true;
	return NULL;
}

const char *
http_curl_begin(struct http_transfer *transfer)
{
	struct curl_transfer *t = (struct curl_transfer *)transfer;
	const char *error;

	if ((error = disagreement(t, &t->to)) != NULL || (error = disagreement(t, &t->proxy)) != NULL)
		return error;
	if (t->to.scheme == SCHEME_HTTPS && http_curl_of(t)->store == NULL)
		return "there are no CA certificates to verify with";
	return attempt_begin(t);
}

/* --- how it ends --- */

static void
destination_free(struct destination *d)
{
	free(d->url);
	free(d->host);
}

static void
leave_multi(struct curl_transfer *t)
{
	if (t->in_multi)
		curl_multi_remove_handle(http_curl_of(t)->multi, t->easy);
	t->in_multi = false;
}

static void
attempt_free(struct curl_transfer *t)
{
	leave_multi(t);
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->addresses);
	t->easy = NULL;
	t->addresses = NULL;
}

void
http_curl_drop(struct http_transfer *transfer)
{
	struct curl_transfer *t = (struct curl_transfer *)transfer;

	attempt_free(t);
	curl_slist_free_all(t->headers);
	destination_free(&t->to);
	destination_free(&t->proxy);
	free(t->post);
	free(t->body);
}

static enum http_outcome
outcome_of(const struct curl_transfer *t, CURLcode rc)
{
	if (rc == CURLE_OK || (!t->base.want_body && !t->too_large && http_curl_status(t) != 0))
		return HTTP_ANSWERED;
	if (t->too_large || rc == CURLE_FILESIZE_EXCEEDED)
		return HTTP_TOO_LARGE;
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return t->sent ? HTTP_TIMEOUT_AFTER : HTTP_TIMEOUT_BEFORE;
	return t->sent ? HTTP_LOST : HTTP_NOT_SENT;
}

static double
retry_after_of(const struct curl_transfer *t)
{
	curl_off_t theirs = 0;
	double seconds = t->retry_after;

	curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &theirs);
	if ((double)theirs > seconds)
		seconds = (double)theirs;
	return seconds < HTTP_RETRY_AFTER_MAX ? seconds : HTTP_RETRY_AFTER_MAX;
}

static void
end_answered(struct curl_transfer *t)
{
	struct http_result result = {.outcome = HTTP_ANSWERED, .status = http_curl_status(t), .body = "", .error = ""};

	result.retry_after = retry_after_of(t);
	result.location = http_is_redirect(result.status) && t->location[0] != '\0' ? t->location : NULL;
	if (t->body != NULL) {
		t->body[t->body_len] = '\0';
		result.body = t->body;
		result.body_len = t->body_len;
	}
	http_end(&t->base, &result);
}

/* libcurl is content with a server that says "100 Continue" and leaves. */
static CURLcode
result_of(const struct curl_transfer *t, CURLcode rc)
{
	return rc == CURLE_OK && http_curl_status(t) == 0 ? CURLE_GOT_NOTHING : rc;
}

static void
end(struct curl_transfer *t, CURLcode said)
{
	CURLcode rc = result_of(t, said);
	enum http_outcome outcome = outcome_of(t, rc);
	char error[HTTP_ERROR_LEN];

	if (outcome == HTTP_ANSWERED) {
		end_answered(t);
	} else if (outcome == HTTP_TOO_LARGE) {
		http_end_too_large(&t->base, t->headers_len);
	} else {
		http_curl_say_failure(t, rc, error, sizeof(error));
		if (!http_curl_is_own(t, rc))
			http_end_failed(&t->base, outcome, error);
		else if (t->has_failed)
			http_end_failed(&t->base, t->failure, t->failure_text);
		else
			http_end_own(&t->base, error);
	}
}

static bool
other_addresses_may_do(const struct curl_transfer *t, CURLcode rc)
{
	if (t->sent || (rc != CURLE_COULDNT_CONNECT && rc != CURLE_OPERATION_TIMEDOUT))
		return false;
	return has_next_round(t) && http_may_connect(&t->base);
}

/*
 * Of the two addresses of a round libcurl tells one error.  Is it our own, it
 * may be that of the IPv6 address alone: the other is asked by itself.
 */
static bool
hides_ipv4(const struct curl_transfer *t, CURLcode rc)
{
	const struct address_list *addrs = &t->base.addrs;

	return http_curl_is_own(t, rc) && !t->only_ipv4 && address_of_round(addrs, AF_INET, t->round) != NULL &&
	    address_of_round(addrs, AF_INET6, t->round) != NULL && http_may_connect(&t->base);
}

/* What the addresses of this round said of themselves is remembered. */
static void
next_round(struct curl_transfer *t, CURLcode rc)
{
	if (!t->has_failed && !http_curl_is_own(t, rc)) {
		t->has_failed = true;
		t->failure = outcome_of(t, rc);
		http_curl_say_failure(t, rc, t->failure_text, sizeof(t->failure_text));
	}
	t->only_ipv4 = false;
	t->round++;
}

static void
attempt_again(struct curl_transfer *t)
{
	const char *error;

	attempt_free(t);
	t->in_handshake = false;
	t->socket_error = 0;
	if ((error = attempt_begin(t)) == NULL)
		return;
	if (t->base.own)
		http_end_own(&t->base, error);
	else
		http_end_failed(&t->base, HTTP_NOT_SENT, error);
}

void
http_curl_attempt_over(struct curl_transfer *t, CURLcode rc)
{
	/* The connection goes back to the pool before the caller asks for the next thing. */
	leave_multi(t);
	if (hides_ipv4(t, rc)) {
		t->only_ipv4 = true;
		attempt_again(t);
	} else if (other_addresses_may_do(t, rc)) {
		next_round(t, rc);
		attempt_again(t);
	} else {
		end(t, rc);
	}
}
