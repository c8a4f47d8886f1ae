/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above
 * U+10FFFF.
 */
#ifndef WATCHDOG_UTF8_H
#define WATCHDOG_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the code point that begins at s (1 to 4), or 0 if the left bytes there do not begin one. */
size_t utf8_step(const char *s, size_t left);

/* True if all of it is UTF-8. */
bool utf8_valid(const char *s, size_t len);

/* Code points in a valid string. */
size_t utf8_count(const char *s);

/*
 * Copy len bytes from s to dst (cap bytes, cap > 0), always NUL-terminated
 * and always valid: what is not UTF-8 becomes '?', control characters become
 * spaces (a newline stays if newlines is true), bidirectional controls
 * (U+202A to U+202E, U+2066 to U+2069) become '?'.  What does not fit is cut
 * at a code point.  Nothing gets longer, and dst may be s.  Returns the bytes
 * written without the NUL.
 */
size_t utf8_clean(char *dst, size_t cap, const char *s, size_t len, bool newlines);

/* The same of a whole text where it stands, without newlines. */
void utf8_clean_here(char *text);

#endif
