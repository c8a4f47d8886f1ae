/*
 * Cursors over a message's bytes.  All integers are big endian.  The first
 * error sticks: a caller reads or writes straight through and asks once.
 */
#ifndef WATCHDOG_WIRE_H
#define WATCHDOG_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	const uint8_t *p;
	size_t left;
	bool failed;
};

struct writer {
	uint8_t *p;
	size_t cap;
	size_t len;
	bool failed;
};

/* A run of bytes inside somebody else's buffer. */
struct blob {
	const uint8_t *p;
	uint32_t len;
};

/* Read from the len bytes at p, which must outlive the reader. */
struct reader reader_of(const void *p, size_t len);

/* Each takes an integer off the front; 0 once the reader has failed. */
uint8_t read_u8(struct reader *r);
uint16_t read_u16(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);

/* A double by its IEEE 754 bits; any bits are taken, the caller judges NaN and infinities. */
double read_f64(struct reader *r);

/*
 * A string: u16 length, the bytes, a NUL.  Returns a C string inside the
 * reader's buffer.  Fails, with NULL, if it is longer than max bytes, holds
 * a NUL, is not valid UTF-8, or lacks the NUL at its end.
 */
const char *read_str(struct reader *r, size_t max);

/* Bytes: u32 length and that many of them, max at the most. */
struct blob read_blob(struct reader *r, size_t max);

/* True if nothing failed and nothing is left over. */
bool reader_done(const struct reader *r);

/* Write into the cap bytes at p. */
struct writer writer_of(void *p, size_t cap);

/* Each appends; past cap the writer fails and stays as it was. */
void write_u8(struct writer *w, uint8_t v);
void write_u16(struct writer *w, uint16_t v);
void write_u32(struct writer *w, uint32_t v);
void write_u64(struct writer *w, uint64_t v);
void write_f64(struct writer *w, double v);

/* A string as read_str() takes it.  Fails if s is NULL, longer than max, or not valid UTF-8. */
void write_str(struct writer *w, const char *s, size_t max);
void write_blob(struct writer *w, struct blob b, size_t max);

#endif
