/*
 * UTF-8 checking and cleaning: every text from outside passes here before it
 * reaches a log, a message or another process.
 */
#include "build_config.h"

#include <stdint.h>
#include <string.h>

#include "utf8.h"

/* The second byte's range is what excludes overlong forms, surrogates and what lies above U+10FFFF. */
static const struct {
	uint8_t first_lo, first_hi, second_lo, second_hi, len;
} forms[] = {
	{0x00, 0x7f, 0x00, 0x00, 1},
	{0xc2, 0xdf, 0x80, 0xbf, 2},
	{0xe0, 0xe0, 0xa0, 0xbf, 3},
	{0xe1, 0xec, 0x80, 0xbf, 3},
	{0xed, 0xed, 0x80, 0x9f, 3},
	{0xee, 0xef, 0x80, 0xbf, 3},
	{0xf0, 0xf0, 0x90, 0xbf, 4},
	{0xf1, 0xf3, 0x80, 0xbf, 4},
	{0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool
tail_ok(const uint8_t *u, size_t form)
{
	size_t len = forms[form].len;

	if (len > 1 && (u[1] < forms[form].second_lo || u[1] > forms[form].second_hi))
		return false;
	for (size_t i = 2; i < len; i++)
		if ((u[i] & 0xc0) != 0x80)
			return false;
	return true;
}

size_t
utf8_step(const char *s, size_t left)
{
	const uint8_t *u = (const uint8_t *)s;

	for (size_t f = 0; left > 0 && f < sizeof(forms) / sizeof(forms[0]); f++)
		if (u[0] >= forms[f].first_lo && u[0] <= forms[f].first_hi)
			return left >= forms[f].len && tail_ok(u, f) ? forms[f].len : 0;
	return 0;
}

bool
utf8_valid(const char *s, size_t len)
{
	size_t n;

	for (; len > 0; s += n, len -= n)
		if ((n = utf8_step(s, len)) == 0)
			return false;
	return true;
}

size_t
utf8_count(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((uint8_t)*s & 0xc0) != 0x80;
	return n;
}

static bool
is_bidi_control(const char *s, size_t n)
{
	const uint8_t *u = (const uint8_t *)s;

	if (n != 3 || u[0] != 0xe2)
		return false;
	return (u[1] == 0x80 && u[2] >= 0xaa && u[2] <= 0xae) ||
	    (u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9);
}

/* C0, DEL, and C1 (U+0080 to U+009F, which a terminal may obey). */
static bool
is_control(const char *s, size_t n)
{
	const uint8_t *u = (const uint8_t *)s;

	return (n == 1 && (u[0] < 0x20 || u[0] == 0x7f)) || (n == 2 && u[0] == 0xc2 && u[1] < 0xa0);
}

size_t
utf8_clean(char *dst, size_t cap, const char *s, size_t len, bool newlines)
{
	size_t out = 0, step;

	for (; len > 0; s += step, len -= step) {
		const char *from = s;
		size_t n = step = utf8_step(s, len);

		if (n == 0 || is_bidi_control(s, n)) {
			from = "?";
			step = n == 0 ? 1 : n;
			n = 1;
		} else if (is_control(s, n) && !(newlines && *s == '\n')) {
			from = " ";
			n = 1;
		}
		if (out + n >= cap)
			break;
		memmove(dst + out, from, n);
		out += n;
	}
	dst[out] = '\0';
	return out;
}

void
utf8_clean_here(char *text)
{
	size_t len = strlen(text);

	utf8_clean(text, len + 1, text, len, false);
}
