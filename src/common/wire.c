/*
 * Cursors over a message's bytes.  Trusts nothing it reads: every length is
 * held against what is left before it is used.
 */
#include "build_config.h"

#include <string.h>

#include "utf8.h"
#include "wire.h"

struct reader
reader_of(const void *p, size_t len)
{
	return (struct reader){.p = p, .left = len};
}

static const uint8_t *
reader_take(struct reader *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->failed || n > r->left) {
		r->failed = true;
		return NULL;
	}
	r->p += n;
	r->left -= n;
	return p;
}

static uint64_t
read_be(struct reader *r, size_t n)
{
	const uint8_t *p = reader_take(r, n);
	uint64_t v = 0;

	for (size_t i = 0; p != NULL && i < n; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t
read_u8(struct reader *r)
{
	return (uint8_t)read_be(r, 1);
}

uint16_t
read_u16(struct reader *r)
{
	return (uint16_t)read_be(r, 2);
}

uint32_t
read_u32(struct reader *r)
{
	return (uint32_t)read_be(r, 4);
}

uint64_t
read_u64(struct reader *r)
{
	return read_be(r, 8);
}

double
read_f64(struct reader *r)
{
	uint64_t bits = read_u64(r);
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

const char *
read_str(struct reader *r, size_t max)
{
	size_t len = read_u16(r);
	const uint8_t *p = reader_take(r, len + 1);

	if (p != NULL && (len > max || p[len] != '\0' || memchr(p, '\0', len) != NULL ||
	    !utf8_valid((const char *)p, len))) {
		r->failed = true;
		p = NULL;
	}
	return (const char *)p;
}

struct blob
read_blob(struct reader *r, size_t max)
{
	size_t len = read_u32(r);
	const uint8_t *p;

	if (len > max)
		r->failed = true;
	p = reader_take(r, len);
	return (struct blob){.p = p, .len = p == NULL ? 0 : (uint32_t)len};
}

bool
reader_done(const struct reader *r)
{
	return !r->failed && r->left == 0;
}

struct writer
writer_of(void *p, size_t cap)
{
	return (struct writer){.p = p, .cap = cap};
}

static uint8_t *
writer_take(struct writer *w, size_t n)
{
	uint8_t *p;

	if (w->failed || n > w->cap - w->len) {
		w->failed = true;
		return NULL;
	}
	p = w->p + w->len;
	w->len += n;
	return p;
}

static void
write_be(struct writer *w, uint64_t v, size_t n)
{
	uint8_t *p = writer_take(w, n);

	for (size_t i = n; p != NULL && i > 0; i--, v >>= 8)
		p[i - 1] = (uint8_t)v;
}

void
write_u8(struct writer *w, uint8_t v)
{
	write_be(w, v, 1);
}

void
write_u16(struct writer *w, uint16_t v)
{
	write_be(w, v, 2);
}

void
write_u32(struct writer *w, uint32_t v)
{
	write_be(w, v, 4);
}

void
write_u64(struct writer *w, uint64_t v)
{
	write_be(w, v, 8);
}

void
write_f64(struct writer *w, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	write_u64(w, bits);
}

void
write_str(struct writer *w, const char *s, size_t max)
{
	size_t len = s == NULL ? 0 : strlen(s);
	uint8_t *p;

	if (s == NULL || len > max || len > UINT16_MAX || !utf8_valid(s, len)) {
		w->failed = true;
		return;
	}
	write_u16(w, (uint16_t)len);
	if ((p = writer_take(w, len + 1)) != NULL)
		memcpy(p, s, len + 1);
}

void
write_blob(struct writer *w, struct blob b, size_t max)
{
	uint8_t *p;

	if (b.len > max)
		w->failed = true;
	write_u32(w, b.len);
	if ((p = writer_take(w, b.len)) != NULL && b.len > 0)
		memcpy(p, b.p, b.len);
}
