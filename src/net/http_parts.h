/*
 * What both makers of http.h hold to: bounds, and how parts of an answer are
 * read.
 */
#ifndef WATCHDOG_HTTP_PARTS_H
#define WATCHDOG_HTTP_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_HEAD_MAX 65536u /* bytes of all headers of one answer */
#define HTTP_LOCATION_MAX 512 /* bytes with the NUL; more is cut */
#define HTTP_ERROR_LEN 160
#define HTTP_RETRY_AFTER_MAX 2147483647.0

bool http_is_redirect(long status);

/* The seconds of a Retry-After value, at most HTTP_RETRY_AFTER_MAX; a date, which begins with a letter, is 0. */
double http_retry_after(const char *value, size_t len);

#endif
