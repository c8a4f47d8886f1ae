/*
 * Any message of the table with any values: mostly those at the edges of what
 * a field may hold.  The same random numbers make the same message.
 */
#ifndef WATCHDOG_ANY_MESSAGE_H
#define WATCHDOG_ANY_MESSAGE_H

#include <float.h>
#include <math.h>
#include <string.h>

#include "messages.h"

static uint64_t any_state = 1;

static inline uint64_t
any_number(void)
{
	any_state ^= any_state << 13;
	any_state ^= any_state >> 7;
	any_state ^= any_state << 17;
	return any_state;
}

static inline uint64_t
any_up_to(uint64_t limit)
{
	switch (any_number() % 4) {
	case 0: return 0;
	case 1: return limit;
	case 2: return limit == 0 ? 0 : any_number() % 8 % limit;
	default: return limit == UINT64_MAX ? any_number() : any_number() % (limit + 1);
	}
}

static inline double
any_double(void)
{
	static const double values[] = {0, -0.0, 1, -1, 0.5, 99.5, 100, 1e9, 1.8e9, -1e9, 1e15, 1e18, DBL_MAX, -DBL_MAX, DBL_MIN, 4e-320};
	size_t n = sizeof(values) / sizeof(values[0]);
	uint64_t which = any_number() % (n + 4);

	return which < n ? values[which] : (double)(any_number() % 1000000) / 7;
}

/* What a terminal, a chat, JSON or HTML could trip over, as long as is allowed; or a word, so that keys meet again. */
static inline const char *
any_text(size_t limit)
{
	static const char *const parts[] = {"\033[2J", "\xc2\x9b", "\xe2\x80\xae", "\n", "\"", "\\", "<b>&amp;", "й", "\xf0\x9f\x94\xb4", "x", "\t", "../"};
	static const char *const words[] = {"", "git", "api", "web-1", "running", "exited", "missing", "/", "41", "healthy", "unhealthy"};
	static char ring[16][VALUE_MAX_LEN + 1]; /* one message has fewer */
	static unsigned next;
	char *text = ring[next++ % 16];
	size_t len = 0, n;
	const char *part;

	if (any_number() % 2 == 0) {
		part = words[any_number() % (sizeof(words) / sizeof(words[0]))];
		return strlen(part) <= limit ? part : "";
	}
	part = parts[any_number() % (sizeof(parts) / sizeof(parts[0]))];
	for (n = strlen(part); len + n <= limit; len += n)
		memcpy(text + len, part, n);
	text[len] = '\0';
	return text;
}

static inline struct blob
any_blob(size_t limit)
{
	static uint8_t bytes[MESSAGE_PAYLOAD_MAX];

	for (size_t i = 0; i < 64; i++)
		bytes[i] = (uint8_t)any_number();
	return (struct blob){bytes, (uint32_t)any_up_to(limit)};
}

#define ANY_none(limit) 0
#define ANY_u8(limit) (uint8_t)any_up_to(limit)
#define ANY_u16(limit) (uint16_t)any_up_to(limit)
#define ANY_u32(limit) (uint32_t)any_up_to(limit)
#define ANY_u64(limit) any_up_to(limit)
#define ANY_i32(limit) (int32_t)(uint32_t)any_up_to(UINT32_MAX)
#define ANY_i64(limit) (int64_t)any_up_to(UINT64_MAX)
#define ANY_f64(limit) any_double()
#define ANY_f64n(limit) (any_number() % 4 == 0 ? (double)NAN : any_double())
#define ANY_str(limit) any_text(limit)
#define ANY_blob(limit) any_blob(limit)
#define ANY(T, kind, name, limit) .name = ANY_##kind(limit),

/* Encode one, header included.  Returns its length; 0: it does not fit. */
static inline size_t
any_message(uint8_t *buf, size_t cap, enum message_type type)
{
	switch (type) {
#define M(NAME, name, from, to, phase, fd) \
	case MSG_##NAME: { \
		const struct msg_##name m = {FIELDS_##NAME(ANY, )}; \
\
		return message_encode(buf, cap, type, (uint32_t)any_up_to(4), &m); \
	}
	MESSAGES(M)
#undef M
	case MSG_COUNT: break;
	}
	return 0;
}

#endif
