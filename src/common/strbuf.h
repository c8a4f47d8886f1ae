/*
 * A string that grows, or one that lives in a caller's buffer and is cut.
 * The first failure sticks, so that a caller writes straight through and
 * asks once.  What is added must be valid UTF-8.
 */
#ifndef WATCHDOG_STRBUF_H
#define WATCHDOG_STRBUF_H

#include <stdbool.h>
#include <stddef.h>

#define STRBUF_MAX (1u << 20) /* bytes; a growing string fails past that */

/* All zeroes is an empty growing string. */
struct strbuf {
	char *s; /* NUL-terminated once anything was added */
	size_t len, cap;
	bool fixed;
	bool failed; /* out of memory, or longer than STRBUF_MAX */
};

/* A string inside buf (cap bytes, cap > 0): what does not fit is cut at a code point and is no failure. */
struct strbuf strbuf_fixed(char *buf, size_t cap);
#define STRBUF_IN(array) strbuf_fixed(array, sizeof(array))

/* Append len bytes, a whole string, what printf(3) would print. */
void strbuf_add(struct strbuf *b, const char *s, size_t len);
void strbuf_puts(struct strbuf *b, const char *s);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Add s, of at most so many bytes: the rest is cut at a code point. */
void strbuf_cut(struct strbuf *b, const char *s, size_t most);

/* Add s with & < > as HTML entities. */
void strbuf_html(struct strbuf *b, const char *s, size_t len);

/* The growing string itself, for free(); NULL if anything failed.  The buffer is empty afterwards. */
char *strbuf_take(struct strbuf *b);

/* Free a growing string's memory; it is empty and usable again. */
void strbuf_free(struct strbuf *b);

#endif
