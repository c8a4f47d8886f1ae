/*
 * JSON from outside, looked through in place.  A body of megabytes is never
 * turned into a tree, which would take twenty times its size: it is checked
 * as a whole, then walked, and only single strings and numbers are decoded
 * (by cJSON).
 */
#ifndef WATCHDOG_JSON_SCAN_H
#define WATCHDOG_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_DEPTH_MAX 64 /* objects and arrays inside each other */

/* One value's text inside somebody else's buffer; p is NULL if there is none. */
struct span {
	const char *p;
	size_t len;
};

/*
 * True if text is exactly one JSON value (RFC 8259) with white space round
 * it, nested no deeper than JSON_DEPTH_MAX.  The values NaN, Infinity and
 * -Infinity are let pass, because Python writes them.
 */
bool json_check(struct span text);

/* By the value's first byte; value may be empty, then it is none of them. */
bool json_is_object(struct span value);
bool json_is_array(struct span value);
bool json_is_string(struct span value);

/*
 * Walk the members of an object or the elements of an array.  Of anything
 * else, and of text that json_check() has not passed, the walk just ends
 * early.  In an array key is {NULL, 0}; a key is given with its quotes.
 */
struct json_walk {
	const char *p, *end;
	bool object;
};
struct json_walk json_walk_of(struct span container);
bool json_next(struct json_walk *w, struct span *key, struct span *value);

/* The member called name; no span if value is not an object, has no such member, or has it twice. */
struct span json_member(struct span value, const char *name);

/* A number's value; NaN if value is not a number or is out of a double's range. */
double json_number(struct span value);

/*
 * Decode a string into dst, made clean as utf8_clean() does and cut at a
 * code point.  False, with dst empty, if value is not a string or holds a
 * NUL or half a surrogate pair.
 */
bool json_text(struct span value, char *dst, size_t cap);

#endif
