/*
 * The client's end of the control socket.  Trusts the daemon for the form of
 * a line, not for its length.
 */
#include "build_config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "talk.h"

#define CHUNK 65536

int
talk_open(struct talk *t, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	*t = (struct talk){.fd = -1};
	if (strlen(path) >= sizeof(address.sun_path))
		return ENAMETOOLONG;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if ((t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return errno;
	return connect(t->fd, (const struct sockaddr *)&address, sizeof(address)) == -1 ? errno : 0;
}

void
talk_close(struct talk *t)
{
	if (t->fd != -1)
		close(t->fd);
	free(t->line);
	*t = (struct talk){.fd = -1};
}

static void
put_word(char *request, size_t *len, const char *word)
{
	for (; *word != '\0'; word++)
		request[(*len)++] = *word == '\t' || *word == '\n' ? ' ' : *word;
}

int
talk_ask(struct talk *t, const char *const *words, size_t n)
{
	char request[TALK_REQUEST_MAX];
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (len + strlen(words[i]) + 1 > sizeof(request))
			return EMSGSIZE;
		put_word(request, &len, words[i]);
		request[len++] = i + 1 < n ? '\t' : '\n';
	}
	for (size_t sent = 0; sent < len;) {
		ssize_t more = send(t->fd, request + sent, len - sent, MSG_NOSIGNAL);

		/* Closed already: it has said why, and that is read next. */
		if (more == -1 && (errno == EPIPE || errno == ECONNRESET))
			return 0;
		if (more == -1 && errno != EINTR)
			return errno;
		sent += more > 0 ? (size_t)more : 0;
	}
	return 0;
}

/* A whole line is in the buffer: its newline, or NULL. */
static char *
line_end(const struct talk *t)
{
	return t->got == 0 ? NULL : memchr(t->line, '\n', t->got);
}

static int
make_room(struct talk *t)
{
	size_t cap = t->cap == 0 ? CHUNK : t->cap * 2;
	char *grown;

	if (t->got < t->cap)
		return 0;
	if (cap > TALK_LINE_MAX || (grown = realloc(t->line, cap)) == NULL)
		return -1;
	t->line = grown;
	t->cap = cap;
	return 0;
}

static enum talk_end
fill(struct talk *t, double until)
{
	struct pollfd pfd = {.fd = t->fd, .events = POLLIN};
	double left = until - clock_awake();
	ssize_t n;
	int ready;

	if (left <= 0)
		return TALK_LATE;
	ready = poll(&pfd, 1, left > 3600 ? 3600000 : (int)(left * 1000) + 1);
	if (ready == 0 || (ready == -1 && errno == EINTR))
		return TALK_LINE;
	if (ready == -1 || make_room(t) == -1)
		return TALK_BROKEN;
	n = recv(t->fd, t->line + t->got, t->cap - t->got, 0);
	if (n == 0 || (n == -1 && errno == ECONNRESET))
		return TALK_OVER;
	if (n == -1)
		return errno == EINTR ? TALK_LINE : TALK_BROKEN;
	t->got += (size_t)n;
	return TALK_LINE;
}

enum talk_end
talk_line(struct talk *t, double seconds)
{
	double until = clock_awake() + seconds;
	enum talk_end end = TALK_LINE;
	char *at;

	/* The line that was handed out last. */
	if (t->taken > 0)
		memmove(t->line, t->line + t->taken, t->got -= t->taken);
	t->taken = 0;
	while ((at = line_end(t)) == NULL && end == TALK_LINE)
		end = fill(t, until);
	if (at == NULL)
		return end;
	*at = '\0';
	t->taken = (size_t)(at - t->line) + 1;
	return TALK_LINE;
}
