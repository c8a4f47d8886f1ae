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
	assert_int_equal(of(of(0, "1234"), "56789"), 0xcbf43926u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_well_known_one),
		cmocka_unit_test(pieces_make_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
