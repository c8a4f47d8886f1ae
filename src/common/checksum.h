/*
 * A checksum against accidents: torn writes, flipped bits.  It is no defence
 * against anybody who wants to deceive.
 */
#ifndef WATCHDOG_CHECKSUM_H
#define WATCHDOG_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 as in IEEE 802.3 (reflected, 0xedb88320), continued from crc; begin with 0. */
uint32_t checksum_crc32(uint32_t crc, const uint8_t *bytes, size_t len);

#endif
