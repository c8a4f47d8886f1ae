/*
 * The checksum: the well-known one, whole or in pieces.
 */
#include "build_config.h"

#include <string.h>

#include "checksum.h"
#include "unit.h"

static uint32_t
of(uint32_t crc, const char *text)
{
	return checksum_crc32(crc, (const uint8_t *)text, strlen(text));
}

static void
it_is_the_well_known_one(void **state)
{
	(void)state;
	assert_int_equal(of(0, "123456789"), 0xcbf43926u);
	assert_int_equal(of(0, ""), 0);
	assert_int_equal(of(0, "The quick brown fox jumps over the lazy dog"), 0x414fa339u);
}

static void
pieces_make_the_whole(void **state)
{
	(void)state;
	static const char whole[] = "123456789";

	for (size_t n = 0; n < sizeof(whole); n++)
		assert_int_equal(of(checksum_crc32(0, (const uint8_t *)whole, n), whole + n), 0xcbf43926u);
}

/* Against the definition, bit by bit. */
static uint32_t
by_definition(const uint8_t *bytes, size_t len)
{
	uint32_t crc = ~0u;

	for (size_t i = 0; i < 8 * len; i++) {
		uint32_t bit = (uint32_t)(bytes[i / 8] >> i % 8 & 1);

		crc = (crc ^ bit) & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
	}
	return ~crc;
}

static void
every_byte_counts(void **state)
{
	uint8_t bytes[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 167 + i / 256);
	for (size_t len = 0; len <= sizeof(bytes); len += len < 16 ? 1 : 13)
		assert_int_equal(checksum_crc32(0, bytes, len), by_definition(bytes, len));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_well_known_one),
		cmocka_unit_test(pieces_make_the_whole),
		cmocka_unit_test(every_byte_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
