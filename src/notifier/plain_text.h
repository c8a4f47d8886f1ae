/*
 * A message of the HTML parse mode as a person would read it.
 */
#ifndef WATCHDOG_PLAIN_TEXT_H
#define WATCHDOG_PLAIN_TEXT_H

#include <stddef.h>

/*
 * Strip the tags from html and unescape its entities (the four named ones and
 * numbers), in place.  What is neither a tag nor an entity stays as it is;
 * valid UTF-8 stays valid.
 */
void plain_text(char *html);

/* Bytes of s, at most max (4 or more), that end at the end of a code point: where to break a long line. */
size_t plain_text_break(const char *s, size_t max);

#endif
