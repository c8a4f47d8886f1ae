/*
 * One request to a running daemon, and its answer line by line.
 */
#ifndef WATCHDOG_CTL_TALK_H
#define WATCHDOG_CTL_TALK_H

#include <stddef.h>

#define TALK_REQUEST_MAX 8192      /* bytes, as the daemon takes them */
#define TALK_LINE_MAX (16u << 20)  /* of an answer; a recorded tick may be long */

enum talk_end {
	TALK_LINE,   /* there is one */
	TALK_OVER,   /* the daemon has closed the connection */
	TALK_LATE,   /* nothing came in time */
	TALK_BROKEN  /* it cannot be read, or a line is too long */
};

struct talk {
	int fd;
	char *line; /* NUL-terminated, without its newline, after TALK_LINE */
	size_t cap, got, taken;
};

/* Connect.  Returns 0 or an errno. */
int talk_open(struct talk *t, const char *path);
void talk_close(struct talk *t);

/*
 * Ask: the words, joined by tabs; tabs and newlines inside a word become
 * spaces.  Returns 0 or an errno; EMSGSIZE if it is too long.
 */
int talk_ask(struct talk *t, const char *const *words, size_t n);

/* Wait for the next line, seconds at most (INFINITY: for ever). */
enum talk_end talk_line(struct talk *t, double seconds);

#endif
