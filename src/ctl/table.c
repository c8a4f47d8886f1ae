/*
 * Tables.  Widths are counted in code points; one cell that is far wider than
 * the others pushes its own line only.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "utf8.h"

#define WIDTH_MAX 48
#define GAP 2

struct cell {
	char *text;
	enum colour colour;
};

static const char *const escapes[] = {
	[COLOUR_NONE] = "",
	[COLOUR_RED] = "\033[31m",
	[COLOUR_GREEN] = "\033[32m",
	[COLOUR_YELLOW] = "\033[33m",
	[COLOUR_FAINT] = "\033[2m",
	[COLOUR_BOLD] = "\033[1m",
};

void
table_init(struct table *t, size_t columns)
{
	*t = (struct table){.columns = columns};
}

void
table_free(struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i].text);
	free(t->cells);
	*t = (struct table){0};
}

void
table_cell(struct table *t, const char *text, enum colour colour)
{
	char clean[TABLE_CELL_MAX];
	struct cell *grown;
	char *copy;

	utf8_clean(clean, sizeof(clean), text, strlen(text), false);
	if (t->count == t->cap) {
		size_t cap = t->cap == 0 ? 256 : t->cap * 2;

		if ((grown = realloc(t->cells, cap * sizeof(*grown))) == NULL) {
			t->failed = true;
			return;
		}
		t->cells = grown;
		t->cap = cap;
	}
	if ((copy = strdup(clean)) == NULL)
		t->failed = true;
	else
		t->cells[t->count++] = (struct cell){copy, colour};
}

void
table_say(FILE *out, bool colours, enum colour colour, const char *text)
{
	if (colours && colour != COLOUR_NONE)
		fprintf(out, "%s%s\033[0m", escapes[colour], text);
	else
		fputs(text, out);
}

static void
measure(const struct table *t, size_t *width)
{
	for (size_t i = 0; i < t->count; i++) {
		size_t n = utf8_count(t->cells[i].text), column = i % t->columns;

		if (n > width[column] && n <= WIDTH_MAX)
			width[column] = n;
	}
}

/* Cells from which on the row is empty are not printed. */
static size_t
cells_used(const struct table *t, size_t row)
{
	size_t n = t->columns;

	while (n > 0 && (row + n > t->count || t->cells[row + n - 1].text[0] == '\0'))
		n--;
	return n;
}

void
table_print(const struct table *t, FILE *out, bool colours)
{
	size_t width[TABLE_COLUMNS_MAX] = {0};

	measure(t, width);
	for (size_t row = 0; row < t->count; row += t->columns) {
		size_t used = cells_used(t, row);

		for (size_t i = 0; i < used; i++) {
			const struct cell *c = &t->cells[row + i];

			table_say(out, colours, c->colour, c->text);
			for (size_t n = utf8_count(c->text); i + 1 < used && n < width[i] + GAP; n++)
				fputc(' ', out);
			if (i + 1 < used && utf8_count(c->text) >= width[i] + GAP)
				fputc(' ', out);
		}
		fputc('\n', out);
	}
	if (t->failed)
		fputs("(memory is short: lines are missing)\n", out);
}
