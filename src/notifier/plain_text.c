/*
 * HTML to plain text, for messages that go to the log.  The HTML is the
 * brain's own, but what it quotes may come from anywhere.
 */
#include "build_config.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plain_text.h"
#include "utf8.h"

#define ENTITY_MAX 10 /* "&#1114111;" */

/* Encode a code point; returns its bytes, 0 if it is none that a text may hold. */
static size_t
put_code_point(char *out, unsigned long c)
{
	size_t n;

	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	if (c < 0x80) {
		*out = (char)c;
		return 1;
	}
	n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)((0xf00 >> n) | c);
	return n;
}

/* "&#65;" or "&#x41;", body without & and ; */
static unsigned long
number_entity(const char *body, size_t len)
{
	int base = len > 1 && (body[1] == 'x' || body[1] == 'X') ? 16 : 10;
	const char *digits = body + (base == 16 ? 2 : 1);
	char *end;
	unsigned long v;

	if (!isxdigit((unsigned char)*digits))
		return 0;
	v = strtoul(digits, &end, base);
	return end == body + len ? v : 0;
}

static unsigned long
named_entity(const char *body, size_t len)
{
	static const struct {
		const char *name;
		char c;
	} names[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == len && memcmp(names[i].name, body, len) == 0)
			return (unsigned char)names[i].c;
	return 0;
}

/* At an '&': returns the bytes of the entity, *written those put to out; 0 if it is none. */
static size_t
take_entity(const char *s, char *out, size_t *written)
{
	size_t left = strnlen(s, ENTITY_MAX);
	const char *end = memchr(s, ';', left);
	size_t len;
	unsigned long c;

	if (end == NULL)
		return 0;
	len = (size_t)(end - s);
	c = s[1] == '#' ? number_entity(s + 1, len - 1) : named_entity(s + 1, len - 1);
	*written = put_code_point(out, c);
	return *written == 0 ? 0 : len + 1;
}

/* At a '<': returns the bytes of the tag, 0 if it is none. */
static size_t
take_tag(const char *s)
{
	size_t len = 1 + strcspn(s + 1, "<>");

	return s[len] == '>' && (isalpha((unsigned char)s[1]) || s[1] == '/') ? len + 1 : 0;
}

void
plain_text(char *html)
{
	const char *in = html;
	char *out = html;

	while (*in != '\0') {
		size_t taken = 0, written = 0;

		if (*in == '<')
			taken = take_tag(in);
		else if (*in == '&')
			taken = take_entity(in, out, &written);
		if (taken == 0) {
			*out = *in;
			taken = written = 1;
		}
		in += taken;
		out += written;
	}
	*out = '\0';
}

size_t
plain_text_break(const char *s, size_t max)
{
	size_t len = strlen(s), at = 0, step;

	while (at < len && (step = utf8_step(s + at, len - at)) > 0 && at + step <= max)
		at += step;
	return at > 0 || len == 0 ? at : 1;
}
