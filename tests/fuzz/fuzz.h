/*
 * A fuzz target is one file with LLVMFuzzerTestOneInput(): it feeds the bytes
 * to code that takes bytes from outside, and checks what must hold whatever
 * they are.  With --enable-fuzzing libFuzzer drives it (./dev fuzz), else
 * driver.c, in make check: the corpus, its truncations and bit flips.
 *
 * Seeds lie in corpus/<target>; those of our own formats are made by
 * make_seeds.c, so that they follow the tables of the code.
 */
#ifndef WATCHDOG_FUZZ_H
#define WATCHDOG_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The size bytes at data are a buffer of exactly that size.  Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process, and with it the run, if what must hold does not. */
#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_failed(#condition, __FILE__, __LINE__))
void fuzz_failed(const char *condition, const char *file, int line) __attribute__((noreturn));

/* Where that is said; stderr may be closed to the noise of what is fuzzed. */
extern int fuzz_report_fd;

/* Log lines are formatted, as in a verbose daemon, and go nowhere.  May be called each time. */
void fuzz_quiet_log(void);

/* FNV-1a, continued from hash; begin with 0. */
uint64_t fuzz_hash(uint64_t hash, const void *bytes, size_t len);

/* A NUL-terminated copy of the bytes, for free(); ends the process if there is no memory. */
char *fuzz_text(const uint8_t *data, size_t size);

/* Checks that s is one line for a person: valid UTF-8, no control characters, len bytes at the most. */
void fuzz_check_clean(const char *s, size_t len);

#endif
