/*
 * What both makers of http.h hold to: bounds, and how parts of a request are
 * written and parts of an answer are read.
 */
#ifndef WATCHDOG_HTTP_PARTS_H
#define WATCHDOG_HTTP_PARTS_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>

#define HTTP_HEAD_MAX 65536u /* bytes of all headers of one answer */
#define HTTP_STATUS_MAX 999   /* three digits, RFC 9112 section 4 */
#define HTTP_LOCATION_MAX 512 /* bytes with the NUL; more is cut */
#define HTTP_ERROR_LEN 160
#define HTTP_RETRY_AFTER_MAX 2147483647.0

/* 300 to 399. */
bool http_is_redirect(long status);

/* The seconds of a Retry-After value, at most HTTP_RETRY_AFTER_MAX; a date, which begins with a letter, is 0. */
double http_retry_after(const char *value, size_t len);

/* The address as text, without brackets or a port; INET6_ADDRSTRLEN bytes fit all.  -1: it is of neither family. */
int http_address_text(const struct sockaddr_storage *addr, char *buf, size_t len);

/* True if a parser's host of a URL, which may have brackets, is ours, which has none. */
bool http_same_host(const char *theirs, const char *host);

#endif
