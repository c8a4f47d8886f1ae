/*
 * CRC-32, four bytes at a time by tables that are made at the first use.
 * zlib's would be quicker, at the price of a library in each role.
 */
#include "build_config.h"

#include "checksum.h"

#define POLYNOMIAL 0xedb88320u
#define STRIDE 4

/* remainders[n][byte]: what a byte leaves when n others follow it. */
static uint32_t remainders[STRIDE][256];

static void
make_remainders(void)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t crc = byte;

		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
		remainders[0][byte] = crc;
	}
	for (size_t n = 1; n < STRIDE; n++)
		for (uint32_t byte = 0; byte < 256; byte++) {
			uint32_t crc = remainders[n - 1][byte];

			remainders[n][byte] = crc >> 8 ^ remainders[0][crc & 255];
		}
}

uint32_t
checksum_crc32(uint32_t crc, const uint8_t *bytes, size_t len)
{
	if (remainders[0][1] == 0)
		make_remainders();
	crc = ~crc;
	for (; len >= STRIDE; bytes += STRIDE, len -= STRIDE)
		crc = remainders[3][(crc ^ bytes[0]) & 255] ^ remainders[2][(crc >> 8 ^ bytes[1]) & 255] ^
		    remainders[1][(crc >> 16 ^ bytes[2]) & 255] ^ remainders[0][crc >> 24 ^ bytes[3]];
	for (; len > 0; bytes++, len--)
		crc = crc >> 8 ^ remainders[0][(crc ^ *bytes) & 255];
	return ~crc;
}
