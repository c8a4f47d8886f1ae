/*
 * Time stamps as RFC 3339 has them: 2026-01-31T23:59:59.25+02:00.
 */
#ifndef WATCHDOG_RFC3339_H
#define WATCHDOG_RFC3339_H

/* Seconds since the epoch; NaN if s is not such a time stamp from first to last character. */
double rfc3339_parse(const char *s);

#endif
