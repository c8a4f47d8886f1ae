/*
 * A table for a person: columns as wide as they need to be, in colour if
 * asked.
 */
#ifndef WATCHDOG_CTL_TABLE_H
#define WATCHDOG_CTL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 8
#define TABLE_CELL_MAX 2048 /* bytes; what is longer is cut */

enum colour { COLOUR_NONE, COLOUR_RED, COLOUR_GREEN, COLOUR_YELLOW, COLOUR_FAINT, COLOUR_BOLD };

struct table {
	size_t columns, count, cap; /* count: cells */
	struct cell *cells;
	bool failed; /* memory was short: rows are missing */
};

/* columns: 1 to TABLE_COLUMNS_MAX.  The first row is the head. */
void table_init(struct table *t, size_t columns);
void table_free(struct table *t);

/* The next cell, row by row; text is cleaned for a terminal. */
void table_cell(struct table *t, const char *text, enum colour colour);

/* Print all; lines do not end in blanks. */
void table_print(const struct table *t, FILE *out, bool colours);

/* text in a colour, or as it is. */
void table_say(FILE *out, bool colours, enum colour colour, const char *text);

#endif
