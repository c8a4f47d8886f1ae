/*
 * The one place that writes the log: stderr, by lines, never waiting for a
 * reader.  Lines that nobody takes are kept in a ring of LOG_RING_MAX bytes;
 * past that the oldest are lost, and their number is said.
 */
#ifndef WATCHDOG_LOG_WRITER_H
#define WATCHDOG_LOG_WRITER_H

#include "config.h"
#include "log.h"
#include "roles.h"

#include <event2/event.h>

#define LOG_RING_MAX (256u * 1024)

/* Become the log's sink.  format may change later.  Returns 0 or -1. */
int log_writer_start(struct event_base *base, enum log_format format);
void log_writer_set_format(enum log_format format);

/* A line of a child; what a terminal could trip over is replaced. */
void log_writer_line(enum role_id role, unsigned level, const char *text);

/* At exit: write what can be written within timeout seconds, and take no more. */
void log_writer_stop(double timeout);

#endif
