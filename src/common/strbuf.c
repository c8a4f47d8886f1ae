/*
 * Strings that grow, bounded.  Trusts its caller for valid UTF-8.
 */
#include "build_config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strbuf.h"
#include "utf8.h"

#define PRINTF_FIRST 256
#define FIRST_SIZE 256

struct strbuf
strbuf_fixed(char *buf, size_t cap)
{
	buf[0] = '\0';
	return (struct strbuf){.s = buf, .cap = cap, .fixed = true};
}

static bool
make_room(struct strbuf *b, size_t len)
{
	size_t cap = b->cap == 0 ? FIRST_SIZE : b->cap;
	char *s;

	if (b->failed || len >= STRBUF_MAX - b->len) {
		b->failed = true;
		return false;
	}
	while (cap <= b->len + len)
		cap *= 2;
	if (cap == b->cap)
		return true;
	if ((s = realloc(b->s, cap)) == NULL) {
		b->failed = true;
		return false;
	}
	b->s = s;
	b->cap = cap;
	return true;
}

/* The most bytes of s, len at the most, that end between two code points. */
static size_t
cut_at_code_point(const char *s, size_t len)
{
	while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
		len--;
	return len;
}

void
strbuf_add(struct strbuf *b, const char *s, size_t len)
{
	if (b->fixed && len >= b->cap - b->len)
		len = cut_at_code_point(s, b->cap - b->len - 1);
	else if (!b->fixed && !make_room(b, len))
		return;
	memcpy(b->s + b->len, s, len);
	b->len += len;
	b->s[b->len] = '\0';
}

void
strbuf_puts(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void
strbuf_cut(struct strbuf *b, const char *s, size_t most)
{
	size_t len = strlen(s);

	strbuf_add(b, s, len <= most ? len : cut_at_code_point(s, most));
}

/* What vsnprintf() has cut short may end inside a code point. */
static size_t
whole_code_points(const char *s, size_t len)
{
	size_t last = len;

	while (last > 0 && ((unsigned char)s[last - 1] & 0xc0) == 0x80)
		last--;
	last -= last > 0;
	return utf8_valid(s + last, len - last) ? len : last;
}

static void
add_formatted(struct strbuf *b, size_t first, const char *fmt, va_list ap) __attribute__((format(printf, 3, 0)));

/* Formats into the room there is, or into more: a growing string has first bytes at least. */
static void
add_formatted(struct strbuf *b, size_t first, const char *fmt, va_list ap)
{
	va_list again;
	size_t left;
	int n;

	if (!b->fixed && !make_room(b, first))
		return;
	va_copy(again, ap);
	left = b->cap - b->len;
	if ((n = vsnprintf(b->s + b->len, left, fmt, ap)) < 0)
		b->failed = true;
	else if ((size_t)n < left)
		b->len += (size_t)n;
	else if (b->fixed)
		b->len += whole_code_points(b->s + b->len, left - 1);
	else
		add_formatted(b, (size_t)n, fmt, again);
	b->s[b->len] = '\0';
	va_end(again);
}

void
strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_formatted(b, PRINTF_FIRST, fmt, ap);
	va_end(ap);
}

void
strbuf_html(struct strbuf *b, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '&')
			strbuf_puts(b, "&amp;");
		else if (s[i] == '<')
			strbuf_puts(b, "&lt;");
		else if (s[i] == '>')
			strbuf_puts(b, "&gt;");
		else
			strbuf_add(b, s + i, 1);
	}
}

char *
strbuf_take(struct strbuf *b)
{
	char *s;

	strbuf_add(b, "", 0);
	s = b->failed ? NULL : b->s;
	if (s == NULL)
		free(b->s);
	*b = (struct strbuf){0};
	return s;
}

void
strbuf_free(struct strbuf *b)
{
	free(b->s);
	*b = (struct strbuf){0};
}
