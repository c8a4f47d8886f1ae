/*
 * Tables of members, and single values.  Trusts the tables, and nothing of
 * the bytes.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include "snapshot_field.h"

#define TIME_MAX 1e15

/* A member, by its field's offset: only the table knows its type. */
#define LOAD(type, from) (*(const type *)(const void *)(from))
#define STORE(type, to, value) (*(type *)(void *)(to) = (value))

static void
field_put(struct writer *w, const struct field *f, const char *at)
{
	switch (f->type) {
	case FIELD_FLAG: write_u8(w, LOAD(bool, at) ? 1 : 0); break;
	case FIELD_CODE: write_u8(w, (uint8_t)LOAD(unsigned, at)); break;
	case FIELD_U8: write_u8(w, LOAD(uint8_t, at)); break;
	case FIELD_U16: write_u16(w, LOAD(uint16_t, at)); break;
	case FIELD_U32: write_u32(w, LOAD(uint32_t, at)); break;
	case FIELD_U64: write_u64(w, LOAD(uint64_t, at)); break;
	case FIELD_TIME:
	case FIELD_MAYBE: write_f64(w, LOAD(double, at)); break;
	case FIELD_TEXT: write_str(w, at, (size_t)f->max - 1); break;
	}
}

void
fields_put(struct writer *w, const struct field *f, size_t n, const void *from)
{
	for (size_t i = 0; i < n; i++)
		field_put(w, &f[i], (const char *)from + f[i].offset);
}

static bool
is_same(const struct field *f, const char *from, const char *blank)
{
	static const uint8_t sizes[] = {
		[FIELD_FLAG] = sizeof(bool), [FIELD_CODE] = sizeof(unsigned), [FIELD_U8] = 1, [FIELD_U16] = 2,
		[FIELD_U32] = 4, [FIELD_U64] = 8, [FIELD_TIME] = sizeof(double), [FIELD_MAYBE] = sizeof(double),
	};

	return memcmp(from + f->offset, blank + f->offset, sizes[f->type]) == 0;
}

void
fields_put_changed(struct writer *w, const struct field *f, size_t n, const void *from, const void *blank)
{
	uint32_t which = 0;

	for (size_t i = 0; from != blank && i < n; i++)
		if (!is_same(&f[i], from, blank))
			which |= 1u << i;
	write_u32(w, which);
	for (size_t i = 0; which >> i != 0; i++)
		if (which >> i & 1)
			field_put(w, &f[i], (const char *)from + f[i].offset);
}

static void
get_text(struct reader *r, const struct field *f, char *at)
{
	const char *s = read_str(r, (size_t)f->max - 1);

	if (s != NULL)
		memcpy(at, s, strlen(s) + 1);
}

static uint64_t
get_unsigned(struct reader *r, const struct field *f)
{
	uint64_t v;

	switch (f->type) {
	case FIELD_U16: v = read_u16(r); break;
	case FIELD_U32: v = read_u32(r); break;
	case FIELD_U64: v = read_u64(r); break;
	default: v = read_u8(r); break;
	}
	if (v > f->max)
		r->failed = true;
	return r->failed ? 0 : v;
}

static void
field_get(struct reader *r, const struct field *f, char *at)
{
	switch (f->type) {
	case FIELD_FLAG: STORE(bool, at, get_unsigned(r, f) == 1); break;
	case FIELD_CODE: STORE(unsigned, at, (unsigned)get_unsigned(r, f)); break;
	case FIELD_U8: STORE(uint8_t, at, (uint8_t)get_unsigned(r, f)); break;
	case FIELD_U16: STORE(uint16_t, at, (uint16_t)get_unsigned(r, f)); break;
	case FIELD_U32: STORE(uint32_t, at, (uint32_t)get_unsigned(r, f)); break;
	case FIELD_U64: STORE(uint64_t, at, get_unsigned(r, f)); break;
	case FIELD_TIME: STORE(double, at, get_time(r)); break;
	case FIELD_MAYBE: STORE(double, at, get_maybe(r)); break;
	case FIELD_TEXT: get_text(r, f, at); break;
	}
}

void
fields_get(struct reader *r, unsigned version, const struct field *f, size_t n, void *to)
{
	for (size_t i = 0; i < n && !r->failed; i++)
		if (f[i].since <= version)
			field_get(r, &f[i], (char *)to + f[i].offset);
}

void
fields_get_changed(struct reader *r, uint32_t which, const struct field *f, size_t n, void *to)
{
	if (n < 32 && which >> n != 0)
		r->failed = true;
	for (size_t i = 0; i < n && !r->failed; i++)
		if (which >> i & 1)
			field_get(r, &f[i], (char *)to + f[i].offset);
}

uint32_t
get_number(struct reader *r, uint32_t v, uint32_t max)
{
	if (v > max)
		r->failed = true;
	return r->failed ? 0 : v;
}

double
get_time(struct reader *r)
{
	double v = read_f64(r);

	if (!(v >= -TIME_MAX && v <= TIME_MAX))
		r->failed = true;
	return v;
}

double
get_maybe(struct reader *r)
{
	double v = read_f64(r);

	if (isinf(v))
		r->failed = true;
	return v;
}
