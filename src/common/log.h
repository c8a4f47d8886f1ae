/*
 * The log.  Every process calls the same functions; where a line goes is the
 * sink's business: the parent writes to stderr, a role sends its parent a
 * LOG message.  A line is made valid UTF-8 without control characters before
 * it reaches the sink, and is cut at LOG_LINE_MAX.
 */
#ifndef WATCHDOG_LOG_H
#define WATCHDOG_LOG_H

#define LOG_LINE_MAX 2048 /* bytes with the NUL; a pipe takes a whole line at once */

enum log_level {
	LEVEL_ALWAYS, /* said whatever the level: what would otherwise have been a message */
	LEVEL_ERROR,
	LEVEL_WARNING,
	LEVEL_INFO,
	LEVEL_DEBUG,
	LEVEL_COUNT
};

/* Where lines go.  text lives until the sink returns. */
typedef void log_sink(enum log_level level, const char *text);

/* Until a sink is set lines go to stderr.  level: the least important that is still said. */
void log_set(log_sink *sink, enum log_level level);

/* The least important level that is still said; its name for a line: "warning", "?" if it is none. */
enum log_level log_level(void);
void log_set_level(enum log_level level);
const char *log_level_name(unsigned level);

/*
 * stream: what JOURNAL_STREAM says, "device:inode" (systemd.exec(5)), or NULL.  Where that is standard error each line
 * that is written to it begins with its priority, as systemd's journal takes it (sd-daemon(3)).  Until it is called none does.
 */
void log_set_journal(const char *stream);

/* What a line of that level begins with: "<4>", or "" where standard error is no journal. */
const char *log_priority(unsigned level);

/* The current sink and level decide; no newline at the end of fmt. */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_always(...) log_line(LEVEL_ALWAYS, __VA_ARGS__)
#define log_error(...) log_line(LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LEVEL_DEBUG, __VA_ARGS__)

/* For what cannot go on: the message, errno's text where errno is not 0, then exit 1.  Never for bytes from outside. */
void fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* As fatal(), without errno's text. */
void fatalx(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
