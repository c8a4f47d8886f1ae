/*
 * The table of a tick.  Widths are counted in code points.
 */
#include "build_config.h"

#include <stdio.h>
#include <string.h>

#include "message_text.h"
#include "report.h"
#include "signal_text.h"
#include "utf8.h"

#define COLUMNS 4
#define CELL_MAX 1024
#define WIDTH_MAX 60 /* a longer cell pushes its own line only */
#define GAP 2

struct row {
	char cell[COLUMNS][CELL_MAX];
};

typedef void row_use(void *ctx, const struct row *row);

static void
state_cell(struct strbuf *out, const struct alert *a, enum language lang)
{
	char bad[16], need[16];

	snprintf(bad, sizeof(bad), "%u", a->bad);
	snprintf(need, sizeof(need), "%u", a->need);
	if (a->last == LOOK_SHOWN)
		text_say(out, lang, a->kind == KIND_JOB_FAILED ? TEXT_STATE_OK : TEXT_STATE_OFF, NULL);
	else if (a->active)
		text_say(out, lang, TEXT_STATE_ACTIVE, NULL);
	else if (a->last == LOOK_NO_DATA)
		text_say(out, lang, TEXT_STATE_NO_DATA, NULL);
	else if (a->bad > 0)
		text_say(out, lang, TEXT_STATE_PENDING, bad, need, NULL);
	else
		text_say(out, lang, TEXT_STATE_OK, NULL);
}

static void
row_of(struct row *row, const struct brain *b, const struct alert *a)
{
	struct strbuf state = STRBUF_IN(row->cell[1]), cell = STRBUF_IN(row->cell[2]);
	char words[ALERT_DETAIL_MAX], shown[TEXT_SHORT], held_against[TEXT_SHORT];
	char key[ALERT_KEY_MAX], name[NAME_MAX_LEN + 1];
	struct strbuf value = STRBUF_IN(shown), mark = STRBUF_IN(held_against), signal = STRBUF_IN(row->cell[0]);
	enum language lang = b->config->lang;
	const char *detail = signal_detail(words, sizeof(words), b, a);

	utf8_clean(key, sizeof(key), a->key, strlen(a->key), false);
	utf8_clean(name, sizeof(name), signal_shown(a), strlen(signal_shown(a)), false);
	if (name[0] == '\0')
		strbuf_puts(&signal, key);
	else
		text_say(&signal, lang, TEXT_NAMED_BEHIND, key, name, NULL);
	state_cell(&state, a, lang);
	signal_value(&value, b, a);
	signal_mark(&mark, b, a);
	if (mark.len == 0)
		strbuf_puts(&cell, shown);
	else
		text_say(&cell, lang, TEXT_VALUE_MARK, shown, held_against, NULL);
	utf8_clean(row->cell[3], CELL_MAX, detail, strlen(detail), false);
}

static void
each_row(const struct brain *b, row_use *use, void *ctx)
{
	static const enum text_id heads[COLUMNS] = {TEXT_HEAD_SIGNAL, TEXT_HEAD_STATE, TEXT_HEAD_VALUE, TEXT_HEAD_DETAIL};
	struct alert *a, *next;
	struct row row;

	for (size_t i = 0; i < COLUMNS; i++) {
		struct strbuf head = STRBUF_IN(row.cell[i]);

		text_say(&head, b->config->lang, heads[i], NULL);
	}
	use(ctx, &row);
	ALERTS_EACH(&b->alerts, a, next) {
		row_of(&row, b, a);
		use(ctx, &row);
	}
}

struct printer {
	size_t width[COLUMNS];
	report_line *line;
	void *ctx;
};

static void
measure(void *ctx, const struct row *row)
{
	struct printer *p = ctx;

	for (size_t i = 0; i < COLUMNS; i++) {
		size_t n = utf8_count(row->cell[i]);

		if (n > p->width[i] && n <= WIDTH_MAX)
			p->width[i] = n;
	}
}

static void
print(void *ctx, const struct row *row)
{
	struct printer *p = ctx;
	char line[REPORT_LINE_MAX];
	struct strbuf out = STRBUF_IN(line);

	for (size_t i = 0; i < COLUMNS; i++) {
		strbuf_puts(&out, row->cell[i]);
		for (size_t n = utf8_count(row->cell[i]); i + 1 < COLUMNS && n < p->width[i] + GAP; n++)
			strbuf_puts(&out, " ");
	}
	while (out.len > 0 && line[out.len - 1] == ' ')
		line[--out.len] = '\0';
	p->line(p->ctx, line);
}

void
report_table(const struct brain *b, report_line *line, void *ctx)
{
	struct printer p = {.line = line, .ctx = ctx};

	each_row(b, measure, &p);
	each_row(b, print, &p);
}
