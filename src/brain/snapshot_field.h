/*
 * Members of a struct as bytes of a snapshot: a table with a line for each,
 * from which both directions come.  A line says in which version of the
 * snapshot the member appeared; reading an older one leaves it as it is, so
 * what the struct was initialized with is its default.
 */
#ifndef WATCHDOG_SNAPSHOT_FIELD_H
#define WATCHDOG_SNAPSHOT_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire.h"

enum field_type {
	FIELD_FLAG,
	FIELD_CODE, /* u8 on the wire, unsigned in memory */
	FIELD_U8,
	FIELD_U16,
	FIELD_U32,
	FIELD_U64,
	FIELD_TIME,
	FIELD_MAYBE,
	FIELD_TEXT
};

struct field {
	enum field_type type;
	unsigned since;
	size_t offset;
	uint64_t max; /* the largest value, or the size of a text's array */
};

#define FIELD_MEMBER(T, member) (((struct T *)0)->member)

/* A bool. */
#define FLAG(since, T, member) \
	{_Generic(FIELD_MEMBER(T, member), bool: FIELD_FLAG), since, offsetof(struct T, member), 1}
/* An enum or an unsigned, up to max, which is at most 255. */
#define CODE(since, T, member, max) \
	{_Generic(FIELD_MEMBER(T, member), unsigned: FIELD_CODE), since, offsetof(struct T, member), max}
/* A whole number of a given width, up to max; an int64_t is taken as it is. */
#define NUMBER(since, T, member, max) \
	{_Generic(FIELD_MEMBER(T, member), uint8_t: FIELD_U8, uint16_t: FIELD_U16, uint32_t: FIELD_U32, \
	    uint64_t: FIELD_U64, int64_t: FIELD_U64), since, offsetof(struct T, member), max}
/* A double that is a time or another finite number. */
#define TIME(since, T, member) \
	{_Generic(FIELD_MEMBER(T, member), double: FIELD_TIME), since, offsetof(struct T, member), 0}
/* A double that may be NaN, "not known". */
#define MAYBE(since, T, member) \
	{_Generic(FIELD_MEMBER(T, member), double: FIELD_MAYBE), since, offsetof(struct T, member), 0}
/* An array of char, NUL-terminated, valid UTF-8. */
#define TEXT(since, T, member) \
	{_Generic(&FIELD_MEMBER(T, member)[0], char *: FIELD_TEXT), since, offsetof(struct T, member), \
	    sizeof(FIELD_MEMBER(T, member))}

/* A table and its length, for the two below. */
#define FIELDS(table) table, sizeof(table) / sizeof((table)[0])

/* Write the members that the n lines at f name, of the struct at from. */
void fields_put(struct writer *w, const struct field *f, size_t n, const void *from);

/*
 * Read them into the struct at to, out of a snapshot of that version.  Each
 * is within its line's bounds, or r has failed and to is half filled.
 */
void fields_get(struct reader *r, unsigned version, const struct field *f, size_t n, void *to);

/*
 * Write a u32 with a bit for each line whose member differs between from and
 * blank, the first line's the lowest, and those members.  n is 32 at most,
 * and no line is a text's.
 */
void fields_put_changed(struct writer *w, const struct field *f, size_t n, const void *from, const void *blank);

/* Read the members whose bits are set in which, as fields_get() does. */
void fields_get_changed(struct reader *r, uint32_t which, const struct field *f, size_t n, void *to);

/* A number that is over max fails the reader and is 0, as it is if the reader had failed before. */
uint32_t get_number(struct reader *r, uint32_t v, uint32_t max);

/* A finite number; something that may be NaN. */
double get_time(struct reader *r);
double get_maybe(struct reader *r);

#endif
