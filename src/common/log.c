/*
 * The log's front: format, clean, hand to the sink.
 */
#include "build_config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "utf8.h"

static void log_to_stderr(enum log_level level, const char *text);

static log_sink *current_sink = log_to_stderr;
static enum log_level current_level = LEVEL_INFO;
static bool to_journal;

static const char *const level_names[LEVEL_COUNT] = {
	[LEVEL_ALWAYS] = "notice",
	[LEVEL_ERROR] = "error",
	[LEVEL_WARNING] = "warning",
	[LEVEL_INFO] = "info",
	[LEVEL_DEBUG] = "debug",
};

/* sd-daemon(3); the numbers are syslog(3)'s. */
static const char *const priorities[LEVEL_COUNT] = {
	[LEVEL_ALWAYS] = "<5>",
	[LEVEL_ERROR] = "<3>",
	[LEVEL_WARNING] = "<4>",
	[LEVEL_INFO] = "<6>",
	[LEVEL_DEBUG] = "<7>",
};

static void
log_to_stderr(enum log_level level, const char *text)
{
	fprintf(stderr, "%s%s: %s\n", log_priority(level), level_names[level], text);
}

void
log_set_journal(const char *stream)
{
	unsigned long long device, inode;
	struct stat st;

	to_journal = stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
	    st.st_dev == device && st.st_ino == inode;
}

const char *
log_priority(unsigned level)
{
	return to_journal && level < LEVEL_COUNT ? priorities[level] : "";
}

void
log_set(log_sink *sink, enum log_level level)
{
	current_sink = sink == NULL ? log_to_stderr : sink;
	current_level = level;
}

void
log_set_level(enum log_level level)
{
	current_level = level;
}

enum log_level
log_level(void)
{
	return current_level;
}

const char *
log_level_name(unsigned level)
{
	return level < LEVEL_COUNT ? level_names[level] : "?";
}

static void log_vline(enum log_level level, const char *fmt, va_list ap, const char *tail)
    __attribute__((format(printf, 2, 0)));

static void
log_vline(enum log_level level, const char *fmt, va_list ap, const char *tail)
{
	char raw[LOG_LINE_MAX], clean[LOG_LINE_MAX];
	size_t len;

	vsnprintf(raw, sizeof(raw), fmt, ap);
	len = strlen(raw);
	if (tail != NULL)
		snprintf(raw + len, sizeof(raw) - len, ": %s", tail);
	utf8_clean(clean, sizeof(clean), raw, strlen(raw), false);
	current_sink(level, clean);
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	if (level > current_level)
		return;
	va_start(ap, fmt);
	log_vline(level, fmt, ap, NULL);
	va_end(ap);
	errno = saved;
}

void
fatal(const char *fmt, ...)
{
	const char *tail = errno == 0 ? NULL : strerror(errno);
	va_list ap;

	va_start(ap, fmt);
	log_vline(LEVEL_ERROR, fmt, ap, tail);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(LEVEL_ERROR, fmt, ap, NULL);
	va_end(ap);
	exit(1);
}
