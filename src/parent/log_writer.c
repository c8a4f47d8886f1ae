/*
 * Writes the log to stderr.  A pipe takes a line of up to PIPE_BUF bytes
 * whole if poll(2) says that it takes any, so nothing here ever waits, and
 * stderr's own flags, which others may share, are left alone.
 */
#include "build_config.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>

#include "clock.h"
#include "log_writer.h"
#include "strbuf.h"
#include "utf8.h"

#define RETRY_S 0.25

static struct evbuffer *ring;
static struct event *retry;
static enum log_format writer_format;
static unsigned long lost;
static bool torn;  /* the last line that was written lacks its end */
static bool taken; /* the last line that was written was taken whole */

static void
format_text(struct strbuf *line, enum role_id role, unsigned level, const char *text)
{
	strbuf_printf(line, "%s%s: ", log_priority(level), log_level_name(level));
	if (role != ROLE_PARENT)
		strbuf_printf(line, "%s: ", role_name(role));
	strbuf_puts(line, text);
	strbuf_puts(line, "\n");
}

/*
 * The text is clean UTF-8 without control characters: only the quote and the
 * backslash are special.  A line of nothing but quotes would be too long for a
 * pipe to take whole, and what is too long waits for a reader: its end is cut.
 */
static void
format_json(struct strbuf *line, enum role_id role, unsigned level, const char *text)
{
	static const char end[] = "\"}\n";
	size_t most = line->cap - sizeof(end);
	char when[32];
	time_t now = time(NULL);
	struct tm tm;

	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
	strbuf_printf(line, "%s{\"time\":\"%s\",\"level\":\"%s\",\"role\":\"%s\",\"text\":\"", log_priority(level), when,
	    log_level_name(level), role_name(role));
	for (size_t n, len = strlen(text); len > 0; text += n, len -= n) {
		n = utf8_step(text, len);
		if (line->len + n + 1 > most)
			break;
		if (*text == '"' || *text == '\\')
			strbuf_puts(line, "\\");
		strbuf_add(line, text, n);
	}
	strbuf_puts(line, end);
}

/* One that finds no room in memory is lost like one that nobody has read. */
static void
add_line(enum role_id role, unsigned level, const char *text)
{
	char bytes[PIPE_BUF];
	struct strbuf line = STRBUF_IN(bytes);

	(writer_format == LOG_JSON ? format_json : format_text)(&line, role, level, text);
	if (evbuffer_add(ring, line.s, line.len) == -1)
		lost++;
}

/* Bytes that were taken, or -1: try again later.  What is broken or full takes nothing. */
static ssize_t
write_bytes(const void *bytes, size_t len)
{
	ssize_t n = write(STDERR_FILENO, bytes, len);

	return n == -1 && errno != EAGAIN ? 0 : n;
}

/* A disk that was full took a line in part: the next one must not go on where that ended. */
static bool
mend(void)
{
	if (torn && write_bytes("\n", 1) == 1)
		torn = false;
	return !torn;
}

/* Returns true if the first line of the ring has left it. */
static bool
write_line(void)
{
	struct pollfd pfd = {.fd = STDERR_FILENO, .events = POLLOUT};
	struct evbuffer_ptr eol = evbuffer_search_eol(ring, NULL, NULL, EVBUFFER_EOL_LF);
	size_t len = eol.pos == -1 ? 0 : (size_t)eol.pos + 1;
	const void *line;
	ssize_t n = 0;

	if (len == 0 || poll(&pfd, 1, 0) != 1 || (line = evbuffer_pullup(ring, (ev_ssize_t)len)) == NULL)
		return false;
	if (mend() && (n = write_bytes(line, len)) == -1)
		return false;
	taken = (size_t)n == len;
	torn = torn || (n > 0 && !taken);
	lost += !taken;
	evbuffer_drain(ring, len);
	return true;
}

/* Said when a line has been taken again, so that a full disk is not told of itself. */
static void
say_lost(void)
{
	unsigned long lines = lost;
	char text[96];

	snprintf(text, sizeof(text), "%lu lines of this log were lost: nobody read it, or there was no room for it", lines);
	lost = 0;
	add_line(ROLE_PARENT, LEVEL_WARNING, text);
	write_line();
	if (lost > 0)
		lost = lines;
}

static void
flush_ring(void)
{
	while (write_line())
		continue;
	if (lost > 0 && taken && evbuffer_get_length(ring) == 0)
		say_lost();
	if (evbuffer_get_length(ring) > 0 && retry != NULL && !event_pending(retry, EV_TIMEOUT, NULL)) {
		struct timeval tv = clock_timeval(RETRY_S);

		(void)event_add(retry, &tv); /* memory may be short; the next line tries again */
	}
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	flush_ring();
}

static void
take_line(enum role_id role, unsigned level, const char *clean)
{
	if (ring == NULL)
		return;
	add_line(role, level, clean);
	flush_ring();
	while (evbuffer_get_length(ring) > LOG_RING_MAX) {
		struct evbuffer_ptr eol = evbuffer_search_eol(ring, NULL, NULL, EVBUFFER_EOL_LF);

		evbuffer_drain(ring, (size_t)eol.pos + 1);
		lost++;
	}
}

/* A child's text is valid UTF-8, which is all that the table of messages asks of it. */
void
log_writer_line(enum role_id role, unsigned level, const char *text)
{
	char clean[LOG_LINE_MAX];

	utf8_clean(clean, sizeof(clean), text, strlen(text), false);
	take_line(role, level, clean);
}

/* Our own lines have been cleaned by log.c. */
static void
sink(enum log_level level, const char *text)
{
	take_line(ROLE_PARENT, level, text);
}

int
log_writer_start(struct event_base *base, enum log_format format)
{
	writer_format = format;
	if ((ring = evbuffer_new()) == NULL || (retry = evtimer_new(base, on_retry, NULL)) == NULL)
		return -1;
	log_set(sink, log_level());
	return 0;
}

void
log_writer_set_format(enum log_format format)
{
	writer_format = format;
}

void
log_writer_stop(double timeout)
{
	struct pollfd pfd = {.fd = STDERR_FILENO, .events = POLLOUT};
	double end = clock_awake() + timeout;

	while (ring != NULL && evbuffer_get_length(ring) > 0 && clock_awake() < end) {
		poll(&pfd, 1, 50);
		flush_ring();
	}
	log_set(NULL, log_level());
	if (retry != NULL)
		event_free(retry);
	if (ring != NULL)
		evbuffer_free(ring);
	retry = NULL;
	ring = NULL;
}
