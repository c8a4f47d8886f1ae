/*
 * HTTP heads (RFC 9112, sections 3 to 5, as far as a client of HTTP/1.0
 * needs them).  Pure; trusts nothing of the bytes.
 */
#include "build_config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "docker_head.h"

#define DIGITS_MAX 18 /* so that no number overflows */

struct line {
	const char *p;
	size_t len;
};

/* Cut the next line off, without its end.  False if its end has not come. */
static bool
take_line(const char **p, const char *end, struct line *line)
{
	const char *nl = memchr(*p, '\n', (size_t)(end - *p));

	if (nl == NULL)
		return false;
	*line = (struct line){*p, (size_t)(nl - *p)};
	if (line->len > 0 && line->p[line->len - 1] == '\r')
		line->len--;
	*p = nl + 1;
	return true;
}

/* Digits off the front of line; false if there are none or too many. */
static bool
take_number(struct line *line, uint64_t *value)
{
	size_t n = 0;

	*value = 0;
	for (; n < line->len && n <= DIGITS_MAX && isdigit((unsigned char)line->p[n]); n++)
		*value = *value * 10 + (uint64_t)(line->p[n] - '0');
	line->p += n;
	line->len -= n;
	return n > 0 && n <= DIGITS_MAX;
}

static bool
read_status(struct docker_head *h, struct line line)
{
	uint64_t status;

	if (line.len < 12 || memcmp(line.p, "HTTP/1.", 7) != 0)
		return false;
	if (!isdigit((unsigned char)line.p[7]) || line.p[8] != ' ')
		return false;
	line.p += 9;
	line.len -= 9;
	if (!take_number(&line, &status) || status < 100 || status > 599 || (line.len > 0 && *line.p != ' '))
		return false;
	h->status = (unsigned)status;
	return true;
}

/* Dotted integers: 1.9 is older than 1.44. */
static void
read_version(struct docker_head *h, struct line value)
{
	uint64_t major, minor;

	if (!take_number(&value, &major) || value.len == 0 || *value.p != '.')
		return;
	value.p++;
	value.len--;
	if (!take_number(&value, &minor) || major > 255 || minor > 255)
		return;
	h->api_major = (unsigned)major;
	h->api_minor = (unsigned)minor;
}

static bool
is_name(struct line name, const char *want)
{
	return name.len == strlen(want) && strncasecmp(name.p, want, name.len) == 0;
}

static bool
read_length(struct docker_head *h, struct line value)
{
	uint64_t length;

	if (!take_number(&value, &length) || value.len != 0 || (h->has_length && h->length != length))
		return false;
	h->has_length = true;
	h->length = length;
	return true;
}

/* Returns NULL, or what is wrong with the line. */
static const char *
read_header(struct docker_head *h, struct line line)
{
	const char *colon = memchr(line.p, ':', line.len);
	struct line name, value;

	if (colon == NULL || colon == line.p)
		return "a header line without a name";
	name = (struct line){line.p, (size_t)(colon - line.p)};
	value = (struct line){colon + 1, line.len - name.len - 1};
	for (; value.len > 0 && (*value.p == ' ' || *value.p == '\t'); value.len--)
		value.p++;
	while (value.len > 0 && (value.p[value.len - 1] == ' ' || value.p[value.len - 1] == '\t'))
		value.len--;
	if (is_name(name, "Api-Version"))
		read_version(h, value);
	else if (is_name(name, "Libpod-Api-Version"))
		h->podman = true;
	else if (is_name(name, "Content-Length") && !read_length(h, value))
		return "a Content-Length that is no number";
	else if (is_name(name, "Transfer-Encoding"))
		return "a transfer encoding, which HTTP/1.0 does not have";
	return NULL;
}

int
docker_head_parse(struct docker_head *h, const char *bytes, size_t len, const char **why)
{
	const char *p = bytes, *end = bytes + (len < DOCKER_HEAD_MAX ? len : DOCKER_HEAD_MAX);
	struct docker_head found = {0};
	struct line line;

	*why = NULL;
	for (bool first = true; take_line(&p, end, &line); first = false) {
		if (first && !read_status(&found, line))
			*why = "not HTTP";
		else if (!first && line.len > 0)
			*why = read_header(&found, line);
		if (*why != NULL)
			return -1;
		if (!first && line.len == 0) {
			*h = found;
			return (int)(p - bytes);
		}
	}
	if (len < DOCKER_HEAD_MAX)
		return 0;
	*why = "its head is too long";
	return -1;
}
