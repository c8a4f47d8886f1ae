/*
 * The codec of all messages: one interpreter over the table of messages.h.
 * Decoding trusts nothing; encoding refuses what decoding would.
 */
#include "build_config.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "messages.h"

enum kind { KIND_none, KIND_u8, KIND_u16, KIND_u32, KIND_u64, KIND_i32, KIND_i64, KIND_f64, KIND_f64n, KIND_str, KIND_blob };

struct field {
	enum kind kind;
	size_t offset;
	uint64_t limit;
};

struct row {
	const char *name;
	unsigned from, to;
	enum phase phase;
	bool fd;
	const struct field *fields;
	size_t nfields;
};

#define FIELD(T, kind, name, limit) {KIND_##kind, offsetof(struct T, name), (limit)},
#define M(NAME, name, from, to, phase, fd) \
	static const struct field fields_##name[] = {FIELDS_##NAME(FIELD, msg_##name)};
MESSAGES(M)
#undef M

static const struct row rows[MSG_COUNT] = {
#define M(NAME, name, from, to, phase, fd) \
	{#NAME, from, to, PHASE_##phase, fd, fields_##name, sizeof(fields_##name) / sizeof(struct field)},
	MESSAGES(M)
#undef M
};

/* What a field takes at the least on the wire; a str or blob takes its length on top. */
static const size_t wire_size[] = {
	[KIND_none] = 0, [KIND_u8] = 1, [KIND_u16] = 2, [KIND_u32] = 4, [KIND_u64] = 8, [KIND_i32] = 4,
	[KIND_i64] = 8, [KIND_f64] = 8, [KIND_f64n] = 8, [KIND_str] = 3, [KIND_blob] = 4,
};

#define FIELD_MAX_none(limit) 0
#define FIELD_MAX_u8(limit) 1
#define FIELD_MAX_u16(limit) 2
#define FIELD_MAX_u32(limit) 4
#define FIELD_MAX_u64(limit) 8
#define FIELD_MAX_i32(limit) 4
#define FIELD_MAX_i64(limit) 8
#define FIELD_MAX_f64(limit) 8
#define FIELD_MAX_f64n(limit) 8
#define FIELD_MAX_str(limit) (3 + (limit))
#define FIELD_MAX_blob(limit) (4 + (limit))
#define FIELD_MAX(T, kind, name, limit) +FIELD_MAX_##kind(limit)
#define M(NAME, name, from, to, phase, fd) \
	static_assert(0 FIELDS_##NAME(FIELD_MAX, ) <= MESSAGE_PAYLOAD_MAX, #NAME " may outgrow a frame");
MESSAGES(M)
#undef M

const char *
message_name(unsigned type)
{
	return type < MSG_COUNT ? rows[type].name : "?";
}

bool
message_allowed(unsigned type, enum role_id from, enum role_id to, enum phase phase)
{
	return type < MSG_COUNT && from != to && (rows[type].from & ROLE_BIT(from)) != 0 &&
	    (rows[type].to & ROLE_BIT(to)) != 0 && (rows[type].phase & phase) != 0;
}

bool
message_carries_fd(unsigned type)
{
	return type < MSG_COUNT && rows[type].fd;
}

size_t
message_size_min(unsigned type)
{
	size_t sum = 0;

	for (size_t i = 0; i < rows[type].nfields; i++)
		sum += wire_size[rows[type].fields[i].kind];
	return sum;
}

size_t
message_size_max(unsigned type)
{
	size_t sum = message_size_min(type);

	for (size_t i = 0; i < rows[type].nfields; i++)
		if (rows[type].fields[i].kind == KIND_str || rows[type].fields[i].kind == KIND_blob)
			sum += (size_t)rows[type].fields[i].limit;
	return sum;
}

static bool
float_ok(enum kind kind, double v)
{
	return isfinite(v) || (kind == KIND_f64n && isnan(v));
}

/* A member of a message, by its field's offset: only the table knows its type. */
#define LOAD(type, from) (*(const type *)(const void *)(from))
#define STORE(type, to, value) (*(type *)(void *)(to) = (value))

static void
encode_unsigned(struct writer *w, const struct field *f, const char *at)
{
	uint64_t v = 0;

	switch (f->kind) {
	case KIND_u8: v = LOAD(uint8_t, at); write_u8(w, (uint8_t)v); break;
	case KIND_u16: v = LOAD(uint16_t, at); write_u16(w, (uint16_t)v); break;
	case KIND_u32: v = LOAD(uint32_t, at); write_u32(w, (uint32_t)v); break;
	default: v = LOAD(uint64_t, at); write_u64(w, v); break;
	}
	if (v > f->limit)
		w->failed = true;
}

static void
encode_field(struct writer *w, const struct field *f, const char *at)
{
	switch (f->kind) {
	case KIND_none: break;
	case KIND_i32: write_u32(w, (uint32_t)LOAD(int32_t, at)); break;
	case KIND_i64: write_u64(w, (uint64_t)LOAD(int64_t, at)); break;
	case KIND_f64:
	case KIND_f64n:
		if (!float_ok(f->kind, LOAD(double, at)))
			w->failed = true;
		write_f64(w, LOAD(double, at));
		break;
	case KIND_str: write_str(w, LOAD(char *, at), (size_t)f->limit); break;
	case KIND_blob: write_blob(w, LOAD(struct blob, at), (size_t)f->limit); break;
	default: encode_unsigned(w, f, at); break;
	}
}

size_t
message_encoded_size(enum message_type type, const void *msg)
{
	size_t sum = MESSAGE_HEADER + message_size_min(type);

	for (size_t i = 0; i < rows[type].nfields; i++) {
		const struct field *f = &rows[type].fields[i];
		const char *at = (const char *)msg + f->offset;

		if (f->kind == KIND_str && LOAD(char *, at) != NULL)
			sum += strlen(LOAD(char *, at));
		else if (f->kind == KIND_blob)
			sum += LOAD(struct blob, at).len;
	}
	return sum;
}

size_t
message_encode(void *buf, size_t cap, enum message_type type, uint32_t id, const void *msg)
{
	struct writer head = writer_of(buf, cap), body;

	if (type >= MSG_COUNT || cap < MESSAGE_HEADER)
		return 0;
	body = writer_of((char *)buf + MESSAGE_HEADER, cap - MESSAGE_HEADER);
	for (size_t i = 0; i < rows[type].nfields; i++)
		encode_field(&body, &rows[type].fields[i], (const char *)msg + rows[type].fields[i].offset);
	write_u8(&head, MESSAGE_VERSION);
	write_u8(&head, (uint8_t)type);
	write_u16(&head, 0);
	write_u32(&head, (uint32_t)body.len);
	write_u32(&head, id);
	return body.failed ? 0 : MESSAGE_HEADER + body.len;
}

int
message_header_decode(struct message_header *h, const void *buf)
{
	struct reader r = reader_of(buf, MESSAGE_HEADER);
	uint8_t version = read_u8(&r);

	h->type = read_u8(&r);
	if (read_u16(&r) != 0 || version != MESSAGE_VERSION || h->type >= MSG_COUNT)
		return -1;
	h->length = read_u32(&r);
	h->id = read_u32(&r);
	return h->length < message_size_min(h->type) || h->length > message_size_max(h->type) ? -1 : 0;
}

static void
decode_unsigned(struct reader *r, const struct field *f, char *at)
{
	uint64_t v = 0;

	switch (f->kind) {
	case KIND_u8: v = read_u8(r); STORE(uint8_t, at, (uint8_t)v); break;
	case KIND_u16: v = read_u16(r); STORE(uint16_t, at, (uint16_t)v); break;
	case KIND_u32: v = read_u32(r); STORE(uint32_t, at, (uint32_t)v); break;
	default: v = read_u64(r); STORE(uint64_t, at, v); break;
	}
	if (v > f->limit)
		r->failed = true;
}

static void
decode_field(struct reader *r, const struct field *f, char *at)
{
	switch (f->kind) {
	case KIND_none: break;
	case KIND_i32: STORE(int32_t, at, (int32_t)read_u32(r)); break;
	case KIND_i64: STORE(int64_t, at, (int64_t)read_u64(r)); break;
	case KIND_f64:
	case KIND_f64n:
		STORE(double, at, read_f64(r));
		if (!float_ok(f->kind, LOAD(double, at)))
			r->failed = true;
		break;
	case KIND_str: STORE(const char *, at, read_str(r, (size_t)f->limit)); break;
	case KIND_blob: STORE(struct blob, at, read_blob(r, (size_t)f->limit)); break;
	default: decode_unsigned(r, f, at); break;
	}
}

int
message_decode(union message *msg, enum message_type type, const void *payload, size_t len)
{
	struct reader r = reader_of(payload, len);

	memset(msg, 0, sizeof(*msg));
	for (size_t i = 0; i < rows[type].nfields && !r.failed; i++)
		decode_field(&r, &rows[type].fields[i], (char *)msg + rows[type].fields[i].offset);
	return reader_done(&r) ? 0 : -1;
}
