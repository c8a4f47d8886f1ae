/*
 * How people write truth and time, the same in the configuration and in a
 * container's labels.  Pure.
 */
#ifndef WATCHDOG_VALUES_H
#define WATCHDOG_VALUES_H

#include <stdbool.h>
#include <stddef.h>

/* 1 0 true false yes no on off, in any case; false for anything else, with *v as it was. */
bool value_bool(const char *text, bool *v);

/* Digits with an optional fraction, len bytes of them: no sign, exponent, "inf" or hexadecimal. */
bool value_decimal(const char *text, size_t len, double *v);

/* Plain seconds, or 90s, 5m, 2h, 1d. */
bool value_seconds(const char *text, double *v);

#endif
