/*
 * Composing and rendering.  Pure.  The body is kept plain; HTML is made at
 * the edge, when a piece is rendered.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "digest_parts.h"
#include "message_text.h"
#include "utf8.h"

#define TAIL_POINTS 160    /* of the last lines, the host's name left out */
#define GROUP_POINTS 100   /* of a group's line, its names left out */

/* --- a message of lines --- */

static void
note_mark(struct parcel *m, uint32_t mark)
{
	for (unsigned i = 0; i < m->mark_count; i++)
		if (m->marks[i] == mark)
			return;
	if (m->mark_count < MESSAGE_MARKS_MAX)
		m->marks[m->mark_count++] = mark;
}

static bool
is_silent(const struct outbox *o, const struct line *l)
{
	if (l->last->quiet)
		return true;
	if (l->was || l->last->action == ACTION_RECOVERY)
		return (o->silent & SILENT_RECOVERY) != 0;
	return l->last->action != ACTION_NOTE && l->last->severity == SEVERITY_WARNING && (o->silent & SILENT_WARNING) != 0;
}

static void
take_line(struct parcel *m, const struct draft *d, struct line *l)
{
	l->taken = true;
	/* A line about the past says itself that it comes late. */
	if (!l->was || !LATE_PAST(d->setting, l->first))
		m->decided = fmin(m->decided, l->first->decided);
	m->wall = fmax(m->wall, wall_at(d->setting, l->last->decided));
	m->silent = m->silent && is_silent(d->o, l);
	note_mark(m, l->first->mark);
	note_mark(m, l->last->mark);
}

static void
append_line(struct strbuf *all, const char *line)
{
	if (all->len > 0)
		strbuf_puts(all, "\n");
	strbuf_puts(all, line);
}

/* A message being filled. */
struct page {
	struct strbuf body, minimal;
	size_t points, max; /* code points used, and that there is room for */
};

static void
page_add(struct page *p, const char *line, const char *minimal)
{
	p->points += utf8_count(line) + 1;
	append_line(&p->body, line);
	append_line(&p->minimal, minimal);
}

/* Returns false if it does not fit: the message is full. */
static bool
add_line(struct page *p, struct parcel *m, struct draft *d, struct line *l)
{
	struct strbuf line = {0}, minimal = {0};
	bool fits;

	say_line(&line, d, l);
	say_minimal(&minimal, l);
	if (line.failed || minimal.failed)
		p->body.failed = true;
	fits = !p->body.failed && (p->points == 0 || p->points + utf8_count(line.s) <= p->max);
	if (fits) {
		page_add(p, line.s, minimal.s);
		take_line(m, d, l);
	}
	strbuf_free(&line);
	strbuf_free(&minimal);
	return fits;
}

/* The names of one group go on in the next message rather than that a few of them stand at this one's end. */
static bool
is_too_late(const struct page *p)
{
	return p->points > 0 && p->points + p->max / 4 > p->max;
}

static bool
add_group(struct page *p, struct parcel *m, struct draft *d, size_t at)
{
	const struct group *g = d->order[at]->group;
	struct strbuf line = {0};
	bool whole = true;

	if (is_too_late(p))
		return false;
	say_group(&line, d, at, p->max - p->points - GROUP_POINTS);
	if (line.failed)
		p->body.failed = true;
	else
		page_add(p, line.s, line.s);
	strbuf_free(&line);
	for (; at < d->line_count; at++) {
		if (d->order[at]->group == g && d->order[at]->taken)
			take_line(m, d, d->order[at]);
		else if (d->order[at]->group == g)
			whole = false;
	}
	return whole;
}

/* As many lines as fit, but at least one. */
static int
fill(struct parcel *m, struct draft *d)
{
	struct page p = {.max = DIGEST_POINTS_MAX - TAIL_POINTS - utf8_count(d->setting->host)};
	bool room = true;

	for (size_t i = 0; i < d->line_count && room && !p.body.failed; i++) {
		const struct group *g = line_group(d->order[i]);

		if (g == NULL)
			room = add_line(&p, m, d, d->order[i]);
		else if (g->slot == i)
			room = add_group(&p, m, d, i);
	}
	m->body = strbuf_take(&p.body);
	m->minimal = strbuf_take(&p.minimal);
	return m->body == NULL || m->minimal == NULL ? -1 : 1;
}

static void
mark_carried(struct draft *d)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct line *l = d->owner[i];

		if ((l->merged_into == NULL ? l : l->merged_into)->taken)
			transition_carry(d->o, d->t[i], d->chat, true);
	}
}

/* A message belongs to the incident of its first line that is no note. */
static uint32_t
incident(const struct draft *d)
{
	for (size_t i = 0; i < d->line_count && d->order[i]->taken; i++)
		if (d->order[i]->last->action != ACTION_NOTE)
			return d->order[i]->last->mark;
	return d->order[0]->last->mark;
}

int
digest_compose(struct outbox *o, unsigned chat, const struct setting *s, struct parcel *m)
{
	struct draft d = {.o = o, .chat = chat, .setting = s};
	int rc = draft_gather(&d);

	*m = (struct parcel){.present = true, .silent = true, .decided = s->at.now, .wall = -INFINITY};
	if (rc == 1) {
		draft_lines(&d);
		draft_groups(&d);
		rc = fill(m, &d);
	}
	if (rc == 1) {
		mark_carried(&d);
		m->reply_to = threads_find(&o->threads, chat, incident(&d));
	}
	draft_free(&d);
	if (rc != 1) {
		free(m->body);
		free(m->minimal);
		*m = (struct parcel){0};
	}
	return rc;
}

/* --- rendering --- */

static void
say_tail(struct strbuf *out, const struct parcel *m, const struct setting *s)
{
	char when[TEXT_SHORT], mark[MARK_TEXT], late[TEXT_SHORT];

	if (s->at.now - m->decided > LATE_S) {
		text_duration(late, sizeof(late), s->lang, s->at.now - m->decided);
		text_time(when, sizeof(when), s->at.wall, s->at.wall);
		text_say(out, s->lang, TEXT_LATE, late, when, NULL);
		strbuf_puts(out, "\n");
	}
	text_time(when, sizeof(when), m->wall, s->at.wall);
	strbuf_puts(out, s->host);
	strbuf_puts(out, " · ");
	strbuf_puts(out, when);
	for (unsigned i = 0; i < m->mark_count; i++) {
		outbox_mark_text(mark, m->marks[i]);
		strbuf_puts(out, i == 0 ? " · #" : " #");
		strbuf_puts(out, mark);
	}
}

/* The time alone, for a chat that refuses everything else. */
static void
say_minimal_tail(struct strbuf *out, const struct parcel *m, const struct setting *s)
{
	char when[TEXT_SHORT];

	text_time(when, sizeof(when), m->wall, s->at.wall);
	strbuf_puts(out, when);
}

/* Bytes of text that make up the next piece: all, or whole lines, or what fits of one line. */
static size_t
piece_length(const char *text, size_t points)
{
	size_t all = strlen(text), len = 0, lines = 0;

	for (; len < all && points > 0; points--) {
		if (text[len] == '\n')
			lines = len;
		len += utf8_step(text + len, all - len);
	}
	return len == all || text[len] == '\n' || lines == 0 ? len : lines;
}

int
digest_render(struct parcel *m, const struct setting *s, struct strbuf *out)
{
	const char *text = m->format == FORMAT_MINIMAL ? m->minimal : m->body;
	struct strbuf tail = {0};
	size_t len;

	(m->format == FORMAT_MINIMAL ? say_minimal_tail : say_tail)(&tail, m, s);
	if (tail.failed) {
		strbuf_free(&tail);
		return -1;
	}
	len = piece_length(text + m->at, DIGEST_POINTS_MAX - 1 - utf8_count(tail.s));
	m->end = m->at + len + (text[m->at + len] == '\n');
	if (m->format == FORMAT_HTML)
		strbuf_html(out, text + m->at, len);
	else
		strbuf_add(out, text + m->at, len);
	strbuf_puts(out, "\n");
	if (m->format == FORMAT_HTML)
		strbuf_html(out, tail.s, tail.len);
	else
		strbuf_puts(out, tail.s);
	strbuf_free(&tail);
	return out->failed ? -1 : 0;
}
