/*
 * The head of docker's answers: an HTTP/1.0 status line and headers.
 */
#ifndef WATCHDOG_DOCKER_HEAD_H
#define WATCHDOG_DOCKER_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCKER_HEAD_MAX (16u << 10) /* bytes */

struct docker_head {
	unsigned status;                 /* 100 to 599 */
	unsigned api_major, api_minor;   /* of Api-Version; 0.0 if there is none that can be read */
	bool podman;                     /* Libpod-Api-Version is there */
	bool has_length;
	uint64_t length;                 /* of the body, if has_length */
};

/*
 * Read a head from the len bytes that have come so far.  Returns the head's
 * length with its empty line, 0 if it is not complete yet, or -1 with the
 * reason in why: not HTTP, longer than DOCKER_HEAD_MAX, or a transfer
 * encoding, which HTTP/1.0 does not have.  h is set only with a length.
 */
int docker_head_parse(struct docker_head *h, const char *bytes, size_t len, const char **why);

#endif
