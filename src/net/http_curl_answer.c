/*
 * An answer on its way in: head and body are capped while they stream, and of
 * a head only what http.h promises is kept.
 */
#include "build_config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_curl.h"
#include "http_parts.h"
#include "utf8.h"

long
http_curl_status(const struct curl_transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 ? status : 0;
}

static void
keep_location(struct curl_transfer *t, const char *line, size_t len)
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
keep_retry_after(struct curl_transfer *t, const char *line, size_t len)
{
	static const char name[] = "retry-after:";
	size_t skip = sizeof(name) - 1;

	if (len >= skip && strncasecmp(line, name, skip) == 0)
		t->retry_after = http_retry_after(line + skip, len - skip);
}

size_t
http_curl_on_header(char *line, size_t size, size_t n, void *ctx)
{
	struct curl_transfer *t = ctx;
	size_t len = size * n;
	long status = http_curl_status(t);

	if ((t->headers_len += len) > HTTP_HEAD_MAX) {
		t->too_large = true;
		return 0;
	}
	keep_retry_after(t, line, len);
	if (http_is_redirect(status))
		keep_location(t, line, len);
	else if (status != 0 && !t->base.want_body)
		return 0;
	return len;
}

/* Room for len more bytes and a NUL; the buffer doubles, up to the cap. */
static int
body_reserve(struct curl_transfer *t, size_t len)
{
	size_t need = t->body_len + len + 1, cap = t->body_cap == 0 ? 4096 : t->body_cap;
	char *grown;

	if (need <= t->body_cap)
		return 0;
	while (cap < need)
		cap *= 2;
	if (cap > t->base.body_max + 1)
		cap = t->base.body_max + 1;
	if ((grown = realloc(t->body, cap)) == NULL) {
		t->out_of_memory = true;
		return -1;
	}
	t->body = grown;
	t->body_cap = cap;
	return 0;
}

size_t
http_curl_on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct curl_transfer *t = ctx;
	size_t len = size * n;

	if (!t->base.want_body)
		return 0;
	if (len > t->base.body_max - t->body_len) {
		t->too_large = true;
		return 0;
	}
	if (body_reserve(t, len) == -1)
		return 0;
	memcpy(t->body + t->body_len, bytes, len);
	t->body_len += len;
	return len;
}
