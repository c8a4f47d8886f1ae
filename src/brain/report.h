/*
 * The table of a tick: every signal with its state, its value and mark, and
 * what there is to say of it; aligned for a person.
 */
#ifndef WATCHDOG_REPORT_H
#define WATCHDOG_REPORT_H

#include "brain.h"

#define REPORT_LINE_MAX 4000 /* bytes; a longer one is cut */

typedef void report_line(void *ctx, const char *line);

/* Call back for each line, the head first. */
void report_table(const struct brain *b, report_line *line, void *ctx);

#endif
