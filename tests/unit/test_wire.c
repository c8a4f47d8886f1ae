/*
 * The cursors: what is written is read, and nothing past an end is.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include "unit.h"
#include "wire.h"

static void
what_is_written_is_read(void **state)
{
	uint8_t buf[64];
	struct writer w = writer_of(buf, sizeof(buf));
	struct reader r;
	struct blob b;

	(void)state;
	write_u8(&w, 0x12);
	write_u16(&w, 0x3456);
	write_u32(&w, 0x789abcde);
	write_u64(&w, UINT64_MAX - 1);
	write_f64(&w, -0.25);
	write_str(&w, "für", 10);
	write_blob(&w, (struct blob){(const uint8_t *)"\0x", 2}, 2);
	assert_false(w.failed);
	r = reader_of(buf, w.len);
	assert_int_equal(read_u8(&r), 0x12);
	assert_int_equal(read_u16(&r), 0x3456);
	assert_int_equal(read_u32(&r), 0x789abcde);
	assert_true(read_u64(&r) == UINT64_MAX - 1);
	assert_true(read_f64(&r) == -0.25);
	assert_string_equal(read_str(&r, 4), "für");
	b = read_blob(&r, 2);
	assert_int_equal(b.len, 2);
	assert_memory_equal(b.p, "\0x", 2);
	assert_true(reader_done(&r));
}

static void
integers_are_big_endian(void **state)
{
	uint8_t buf[4];
	struct writer w = writer_of(buf, sizeof(buf));

	(void)state;
	write_u32(&w, 0x01020304);
	assert_memory_equal(buf, "\1\2\3\4", 4);
}

static void
the_first_error_of_a_reader_sticks(void **state)
{
	struct reader r = reader_of("\1\2\3", 3);

	(void)state;
	assert_int_equal(read_u32(&r), 0);
	assert_true(r.failed);
	assert_int_equal(read_u8(&r), 0);
	assert_false(reader_done(&r));
}

static void
what_is_left_over_is_not_done(void **state)
{
	struct reader r = reader_of("\1\2", 2);

	(void)state;
	read_u8(&r);
	assert_false(reader_done(&r));
}

static void
a_string_that_is_not_one_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len, max;
	} bad[] = {
		{"\0\3abc\0", 6, 2},      /* longer than allowed */
		{"\0\3abc", 5, 9},        /* without its NUL */
		{"\0\3abcd", 6, 9},       /* something else in the NUL's place */
		{"\0\3a\0c\0", 6, 9},     /* a NUL inside */
		{"\0\2\xc3\x28\0", 5, 9}, /* not UTF-8 */
		{"\0\x10" "abc\0", 6, 99},/* longer than what is there */
		{"\xff\xff", 2, 70000},
		{"\0", 1, 9},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct reader r = reader_of(bad[i].bytes, bad[i].len);

		assert_null(read_str(&r, bad[i].max));
		assert_true(r.failed);
	}
}

static void
a_blob_is_held_against_its_limit_and_what_is_left(void **state)
{
	struct reader r = reader_of("\0\0\0\3abc", 7);

	(void)state;
	assert_null(read_blob(&r, 2).p);
	r = reader_of("\0\0\0\4abc", 7);
	assert_null(read_blob(&r, 9).p);
	r = reader_of("\xff\xff\xff\xff" "abc", 7);
	assert_null(read_blob(&r, SIZE_MAX).p);
}

static void
a_writer_never_passes_its_end(void **state)
{
	uint8_t buf[4] = {0, 0, 0, 0xee};
	struct writer w = writer_of(buf, 3);

	(void)state;
	write_u16(&w, 1);
	write_u16(&w, 2);
	assert_true(w.failed);
	assert_int_equal(buf[3], 0xee);
	write_u8(&w, 3);
	assert_int_equal(w.len, 2);
}

static void
a_writer_refuses_what_a_reader_would(void **state)
{
	uint8_t buf[64];
	struct writer w = writer_of(buf, sizeof(buf));

	(void)state;
	write_str(&w, NULL, 10);
	assert_true(w.failed);
	w = writer_of(buf, sizeof(buf));
	write_str(&w, "\xff", 10);
	assert_true(w.failed);
	w = writer_of(buf, sizeof(buf));
	write_str(&w, "abc", 2);
	assert_true(w.failed);
	w = writer_of(buf, sizeof(buf));
	write_blob(&w, (struct blob){buf, 3}, 2);
	assert_true(w.failed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(integers_are_big_endian),
		cmocka_unit_test(the_first_error_of_a_reader_sticks),
		cmocka_unit_test(what_is_left_over_is_not_done),
		cmocka_unit_test(a_string_that_is_not_one_is_refused),
		cmocka_unit_test(a_blob_is_held_against_its_limit_and_what_is_left),
		cmocka_unit_test(a_writer_never_passes_its_end),
		cmocka_unit_test(a_writer_refuses_what_a_reader_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
