/*
 * The table of messages and its codec: every type, at its limits and beyond.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "messages.h"
#include "unit.h"

static uint8_t wire[MESSAGE_HEADER + MESSAGE_PAYLOAD_MAX];

/* A message of any type with every field filled: small numbers, short texts, within every limit. */
#define FILL_none(m, name) (m)->name = 0;
#define FILL_u8(m, name) (m)->name = 1;
#define FILL_u16(m, name) (m)->name = 1;
#define FILL_u32(m, name) (m)->name = 0x01020304 & 0xff;
#define FILL_u64(m, name) (m)->name = 77;
#define FILL_i32(m, name) (m)->name = -5;
#define FILL_i64(m, name) (m)->name = -1001234567890;
#define FILL_f64(m, name) (m)->name = 1.5;
#define FILL_f64n(m, name) (m)->name = NAN;
#define FILL_str(m, name) (m)->name = "té";
#define FILL_blob(m, name) (m)->name = (struct blob){(const uint8_t *)"\0\1", 2};
#define FILL(T, kind, name, limit) FILL_##kind(m, name)

static void
fill(unsigned type, union message *any)
{
	memset(any, 0, sizeof(*any));
	switch (type) {
#define M(NAME, name, from, to, phase, fd) \
	case MSG_##NAME: { struct msg_##name *m = &any->name; FIELDS_##NAME(FILL, ) break; }
	MESSAGES(M)
#undef M
	default: fail();
	}
}

static size_t
encode_filled(unsigned type, union message *any)
{
	size_t len;

	fill(type, any);
	len = message_encode(wire, sizeof(wire), (enum message_type)type, 42, any);
	assert_int_equal(len, message_encoded_size((enum message_type)type, any));
	return len;
}

static void
every_type_survives_the_way_there_and_back(void **state)
{
	static uint8_t again[sizeof(wire)];
	union message sent, got;
	struct message_header h;

	(void)state;
	for (unsigned type = 0; type < MSG_COUNT; type++) {
		size_t len = encode_filled(type, &sent);

		assert_int_equal(message_header_decode(&h, wire), 0);
		assert_int_equal(h.type, type);
		assert_int_equal(h.id, 42);
		assert_int_equal(h.length, len - MESSAGE_HEADER);
		assert_int_equal(message_decode(&got, h.type, wire + MESSAGE_HEADER, h.length), 0);
		assert_int_equal(message_encode(again, sizeof(again), h.type, 42, &got), len);
		assert_memory_equal(wire, again, len);
	}
}

static void
a_payload_cut_anywhere_is_refused(void **state)
{
	union message sent, got;

	(void)state;
	for (unsigned type = 0; type < MSG_COUNT; type++) {
		size_t len = encode_filled(type, &sent) - MESSAGE_HEADER;

		for (size_t n = 0; n < len; n++) {
			uint8_t *copy = malloc(n + 1); /* its own, so that a sanitizer sees a byte read too far */

			memcpy(copy, wire + MESSAGE_HEADER, n);
			assert_int_equal(message_decode(&got, type, copy, n), -1);
			free(copy);
		}
	}
}

static void
a_byte_too_many_is_refused(void **state)
{
	union message sent, got;

	(void)state;
	for (unsigned type = 0; type < MSG_COUNT; type++) {
		size_t len = encode_filled(type, &sent);

		wire[len] = 0;
		assert_int_equal(message_decode(&got, type, wire + MESSAGE_HEADER, len - MESSAGE_HEADER + 1), -1);
	}
}

/* What decodes at all must encode to the same bytes: nothing is taken that could not have been sent. */
static void
flipped_bits_are_refused_or_mean_something_else(void **state)
{
	static uint8_t again[sizeof(wire)];
	union message sent, got;
	size_t taken = 0, refused = 0;

	(void)state;
	for (unsigned type = 0; type < MSG_COUNT; type++) {
		size_t len = encode_filled(type, &sent);

		for (size_t bit = 0; bit < 8 * (len - MESSAGE_HEADER); bit++) {
			uint8_t *at = wire + MESSAGE_HEADER + bit / 8;

			*at ^= (uint8_t)(1u << bit % 8);
			if (message_decode(&got, type, wire + MESSAGE_HEADER, len - MESSAGE_HEADER) == 0) {
				assert_int_equal(message_encode(again, sizeof(again), type, 42, &got), len);
				assert_memory_equal(wire + MESSAGE_HEADER, again + MESSAGE_HEADER, len - MESSAGE_HEADER);
				taken++;
			} else {
				refused++;
			}
			*at ^= (uint8_t)(1u << bit % 8);
		}
	}
	assert_true(taken > 1000 && refused > 1000);
}

static void
numbers_outside_their_limits_are_refused_on_both_ends(void **state)
{
	struct msg_start start = {.once = 2};
	struct msg_gate_ask ask = {.op = GATE_PING, .since_ns = 1000000000};
	union message got;
	size_t len;

	(void)state;
	assert_int_equal(message_encode(wire, sizeof(wire), MSG_START, 0, &start), 0);
	assert_int_equal(message_encode(wire, sizeof(wire), MSG_GATE_ASK, 0, &ask), 0);
	start.once = 1;
	len = message_encode(wire, sizeof(wire), MSG_START, 0, &start);
	wire[MESSAGE_HEADER] = 2;
	assert_int_equal(message_decode(&got, MSG_START, wire + MESSAGE_HEADER, len - MESSAGE_HEADER), -1);
}

static void
a_number_that_is_none_is_taken_only_where_it_may_be(void **state)
{
	struct msg_mem mem = {.used_pct = NAN, .error = ""};
	struct msg_tick_begin tick = {.now = NAN};

	(void)state;
	assert_true(message_encode(wire, sizeof(wire), MSG_MEM, 0, &mem) > 0);
	mem.used_pct = INFINITY;
	assert_int_equal(message_encode(wire, sizeof(wire), MSG_MEM, 0, &mem), 0);
	assert_int_equal(message_encode(wire, sizeof(wire), MSG_TICK_BEGIN, 0, &tick), 0);
}

/* The message's bytes with those at "at" replaced must not decode. */
static void
expect_refused(enum message_type type, const void *msg, size_t at, const void *bytes, size_t len)
{
	size_t whole = message_encode(wire, sizeof(wire), type, 0, msg);
	union message got;

	assert_true(whole >= MESSAGE_HEADER + at + len);
	assert_int_equal(message_decode(&got, type, wire + MESSAGE_HEADER, whole - MESSAGE_HEADER), 0);
	memcpy(wire + MESSAGE_HEADER + at, bytes, len);
	assert_int_equal(message_decode(&got, type, wire + MESSAGE_HEADER, whole - MESSAGE_HEADER), -1);
}

static void
infinities_and_texts_that_are_none_are_refused_on_arrival(void **state)
{
	const struct msg_mem mem = {.used_pct = 1, .error = "abc"};
	const struct msg_tick_begin tick = {.tick = 1, .now = 1, .wall = 1};

	(void)state;
	expect_refused(MSG_MEM, &mem, 0, "\x7f\xf0\0\0\0\0\0\0", 8);
	expect_refused(MSG_MEM, &mem, 0, "\xff\xf0\0\0\0\0\0\0", 8);
	expect_refused(MSG_TICK_BEGIN, &tick, 8, "\x7f\xf8\0\0\0\0\0\0", 8);
	expect_refused(MSG_MEM, &mem, 11, "\0", 1);     /* a NUL inside the text */
	expect_refused(MSG_MEM, &mem, 11, "\xff", 1);   /* no UTF-8 */
	expect_refused(MSG_MEM, &mem, 13, "x", 1);      /* no NUL at its end */
	expect_refused(MSG_MEM, &mem, 8, "\xff\xff", 2); /* longer than what is left */
}

static void
texts_over_their_limit_are_refused_never_cut(void **state)
{
	char name[NAME_MAX_LEN + 2];
	struct msg_dep dep = {.name = name, .detail = ""};

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(message_encode(wire, sizeof(wire), MSG_DEP, 0, &dep), 0);
	name[NAME_MAX_LEN] = '\0';
	assert_true(message_encode(wire, sizeof(wire), MSG_DEP, 0, &dep) > 0);
	dep.name = NULL;
	assert_int_equal(message_encode(wire, sizeof(wire), MSG_DEP, 0, &dep), 0);
}

static void
a_header_is_held_against_the_table(void **state)
{
	struct message_header h;
	union message sent;
	size_t at[] = {0, 1, 2, 3, 4};
	uint8_t bad[] = {MESSAGE_VERSION + 1, MSG_COUNT, 1, 1, 0xff};

	(void)state;
	for (size_t i = 0; i < LENGTH(at); i++) {
		encode_filled(MSG_DEP, &sent);
		wire[at[i]] = bad[i];
		assert_int_equal(message_header_decode(&h, wire), -1);
	}
	for (unsigned type = 0; type < MSG_COUNT; type++) {
		assert_true(message_size_min(type) <= message_size_max(type));
		assert_true(message_size_max(type) <= MESSAGE_PAYLOAD_MAX);
	}
}

static void
who_may_say_what_to_whom_and_when(void **state)
{
	(void)state;
	assert_true(message_allowed(MSG_GATE_ASK, ROLE_COLLECTOR, ROLE_PARENT, PHASE_RUN));
	assert_false(message_allowed(MSG_GATE_ASK, ROLE_COLLECTOR, ROLE_PARENT, PHASE_SETUP));
	assert_false(message_allowed(MSG_GATE_ASK, ROLE_NOTIFIER, ROLE_PARENT, PHASE_RUN));
	assert_false(message_allowed(MSG_GATE_ASK, ROLE_COLLECTOR, ROLE_BRAIN, PHASE_RUN));
	assert_false(message_allowed(MSG_LINK, ROLE_BRAIN, ROLE_NOTIFIER, PHASE_RUN));
	assert_false(message_allowed(MSG_COUNT, ROLE_PARENT, ROLE_BRAIN, PHASE_RUN));
	for (unsigned type = 0; type < MSG_COUNT; type++)
		for (unsigned role = 0; role < ROLE_COUNT; role++)
			assert_false(message_allowed(type, role, role, PHASE_RUN));
}

/* A descriptor is a right: it may come from the parent alone. */
static void
no_child_may_send_a_descriptor(void **state)
{
	unsigned carriers = 0;

	(void)state;
	for (unsigned type = 0; type < MSG_COUNT; type++) {
		carriers += message_carries_fd(type);
		for (unsigned from = ROLE_PARENT + 1; message_carries_fd(type) && from < ROLE_COUNT; from++)
			for (unsigned to = 0; to < ROLE_COUNT; to++)
				assert_false(message_allowed(type, from, to, PHASE_RUN) || message_allowed(type, from, to, PHASE_SETUP));
	}
	assert_int_equal(carriers, 3); /* a link, docker's answer, a control client */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_survives_the_way_there_and_back),
		cmocka_unit_test(a_payload_cut_anywhere_is_refused),
		cmocka_unit_test(a_byte_too_many_is_refused),
		cmocka_unit_test(flipped_bits_are_refused_or_mean_something_else),
		cmocka_unit_test(numbers_outside_their_limits_are_refused_on_both_ends),
		cmocka_unit_test(a_number_that_is_none_is_taken_only_where_it_may_be),
		cmocka_unit_test(infinities_and_texts_that_are_none_are_refused_on_arrival),
		cmocka_unit_test(texts_over_their_limit_are_refused_never_cut),
		cmocka_unit_test(a_header_is_held_against_the_table),
		cmocka_unit_test(who_may_say_what_to_whom_and_when),
		cmocka_unit_test(no_child_may_send_a_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
