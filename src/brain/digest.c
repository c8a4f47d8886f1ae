/*
 * Composing and rendering.  Pure.  The body is kept plain; HTML is made at
 * the edge, when a piece is rendered.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "message_text.h"
#include "utf8.h"

#define BODY_POINTS_MAX 3400  /* leaves room for the last lines */
#define FROM_TO_SECONDS 120.0 /* a shorter time is told with its seconds */
#define SPREAD_S 60.0         /* transitions further apart than that are told with their time */

/* One line of a message, which stands for one transition or for several of one signal. */
struct line {
	UT_hash_handle hh;
	const char *key;
	const struct transition *first, *last;
	struct line *before;      /* the earlier line of the same signal */
	struct line *merged_into; /* NULL = stands by itself */
	bool opened;              /* it begins with an alert that was never told */
	bool was;                 /* a whole incident that is over */
	uint32_t times, more;     /* incidents, and changes that were folded away */
	uint64_t amount;
	bool taken;
};

struct draft {
	struct outbox *o;
	unsigned chat;
	const struct setting *setting;
	size_t n;
	struct transition **t;
	struct line *lines, **owner, **order; /* owner[i]: the line of t[i] */
	size_t line_count;
	struct line *newest; /* by key */
	bool spread;
};

static const char *const glyphs[ACTION_COUNT] = {
	[ACTION_NONE] = "",
	[ACTION_ALERT] = "🔴 ",
	[ACTION_REALERT] = "🔁 ",
	[ACTION_RECOVERY] = "🟢 ",
	[ACTION_NOTE] = "", /* its text has its own */
};

static const enum text_id was_texts[KIND_COUNT] = {
	[KIND_ORCHESTRATOR] = TEXT_WAS_DOWN,
	[KIND_AGENT] = TEXT_WAS_STALLED,
	[KIND_JOB_FAILED] = TEXT_WAS_DOWN,
	[KIND_MEM] = TEXT_WAS_OVER,
	[KIND_DISK] = TEXT_WAS_OVER,
	[KIND_CONTAINER] = TEXT_WAS_DOWN,
	[KIND_DOCKER] = TEXT_WAS_DOWN,
	[KIND_DEP] = TEXT_WAS_DOWN,
	[KIND_SOURCE] = TEXT_WAS_UNREADABLE,
	[KIND_WATCHDOG] = TEXT_WAS_FAILING,
};

/* --- which lines there are --- */

static struct line *
latest_line(const struct draft *d, const char *key)
{
	struct line *l;

	HASH_FIND(hh, d->newest, key, strlen(key), l);
	return l;
}

/* Out of memory only costs a merge. */
static void
make_newest(struct draft *d, struct line *l, struct line *instead)
{
	if (instead != NULL && instead->hh.tbl != NULL)
		HASH_DEL(d->newest, instead);
	HASH_ADD_KEYPTR(hh, d->newest, l->key, strlen(l->key), l);
}

static struct line *
line_new(struct draft *d, const struct transition *t, struct line *before)
{
	struct line *l = &d->lines[d->line_count++];

	*l = (struct line){
		.key = t->key, .first = t, .last = t, .before = before, .more = t->folded, .amount = t->amount,
		.opened = transition_opens(t), .was = t->action == ACTION_RECOVERY && transition_opens(t), .times = 1,
	};
	make_newest(d, l, before);
	return l;
}

/* An alert and its recovery, neither told: a line about the past; several of them: one line. */
static struct line *
close_incident(struct draft *d, struct line *l, const struct transition *t)
{
	struct line *before = l->before;

	l->last = t;
	l->more += t->folded;
	l->was = true;
	if (before == NULL || !before->was)
		return l;
	before->last = t;
	before->more += l->more;
	before->times++;
	l->merged_into = before;
	make_newest(d, before, l);
	return before;
}

static struct line *
line_for(struct draft *d, const struct transition *t)
{
	struct line *l = latest_line(d, t->key);
	bool open = l != NULL && !l->was && l->last->action != ACTION_RECOVERY;

	if (!open || t->action == ACTION_NOTE || (t->action == ACTION_ALERT && t->amount == 0))
		return line_new(d, t, l);
	if (t->action == ACTION_RECOVERY && l->opened)
		return close_incident(d, l, t);
	l->last = t;
	l->more += t->folded;
	l->amount += t->amount;
	return l;
}

/* What goes into one message at the most: the oldest that waits, and what fits behind it. */
static void
choose(struct draft *d)
{
	uint16_t bit = (uint16_t)(1u << d->chat);
	struct transition *t;
	size_t bytes = 0;

	TAILQ_FOREACH(t, &d->o->waiting, entry) {
		if ((t->waiting & bit) == 0 || t->batch == d->o->batch)
			continue;
		bytes += transition_bytes(t);
		if (d->n > 0 && (d->n == OUTBOX_CARRIED_MAX || bytes > OUTBOX_CARRIED_BYTES_MAX))
			break;
		d->t[d->n++] = t;
	}
}

/* Returns 1, 0 if nothing waits, -1 if memory is short. */
static int
gather(struct draft *d)
{
	d->t = calloc(OUTBOX_CARRIED_MAX, sizeof(*d->t));
	d->owner = calloc(OUTBOX_CARRIED_MAX, sizeof(struct line *));
	d->order = calloc(OUTBOX_CARRIED_MAX, sizeof(struct line *));
	d->lines = calloc(OUTBOX_CARRIED_MAX, sizeof(*d->lines));
	if (d->t == NULL || d->owner == NULL || d->order == NULL || d->lines == NULL)
		return -1;
	choose(d);
	return d->n > 0;
}

static int
rank(const struct line *l)
{
	if (l->last->action == ACTION_NOTE)
		return -1;
	if (l->was || l->last->action == ACTION_RECOVERY)
		return 2;
	return l->last->severity == SEVERITY_CRITICAL ? 0 : 1;
}

/* In the order of the batches, within one worst first, else as decided. */
static int
compare_lines(const void *a, const void *b)
{
	const struct line *x = *(struct line *const *)a, *y = *(struct line *const *)b;

	if (x->last->batch != y->last->batch)
		return x->last->batch < y->last->batch ? -1 : 1;
	if (rank(x) != rank(y))
		return rank(x) - rank(y);
	return x < y ? -1 : x > y;
}

static void
order_lines(struct draft *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		d->owner[i] = line_for(d, d->t[i]);
	HASH_CLEAR(hh, d->newest);
	for (size_t i = 0; i < d->line_count; i++)
		if (d->lines[i].merged_into == NULL)
			d->order[n++] = &d->lines[i];
	d->line_count = n;
	qsort(d->order, n, sizeof(struct line *), compare_lines);
	d->spread = d->t[d->n - 1]->wall - d->t[0]->wall > SPREAD_S;
}

/* --- the text of a line --- */

static void
say_transition(struct strbuf *out, enum language lang, const struct transition *t, enum action action, uint64_t amount)
{
	char subject[ALERT_KEY_MAX + 16], duration[TEXT_SHORT], detail[ALERT_DETAIL_MAX];
	struct strbuf edge = STRBUF_IN(detail);

	alert_subject(subject, sizeof(subject), t->kind, t->key);
	text_duration(duration, sizeof(duration), lang, t->lasted);
	strbuf_puts(out, glyphs[action]);
	if (action == ACTION_NOTE) {
		strbuf_puts(out, t->detail);
	} else if (amount > 0) {
		text_edge(&edge, lang, t->kind, amount, t->total);
		text_say(out, lang, TEXT_ALERT, subject, detail, NULL);
	} else if (action == ACTION_ALERT || (action == ACTION_REALERT && t->again)) {
		text_say(out, lang, TEXT_ALERT, subject, t->detail, NULL);
	} else if (action == ACTION_REALERT) {
		text_say(out, lang, TEXT_REALERT, subject, t->detail, duration, NULL);
	} else if (t->farewell != FAREWELL_NONE) {
		text_say(out, lang, t->farewell == FAREWELL_GONE ? TEXT_GONE : TEXT_UNWATCHED, subject, duration, NULL);
	} else {
		text_say(out, lang, TEXT_RECOVERY, subject, t->detail, duration, NULL);
	}
}

static bool
told_late(const struct line *l, const struct setting *s)
{
	return s->at.now - l->first->decided > LATE_S;
}

static void
say_was(struct strbuf *out, const struct line *l, const struct setting *s)
{
	char subject[ALERT_KEY_MAX + 16], from[TEXT_SHORT], to[TEXT_SHORT], counted[TEXT_SHORT];
	const struct transition *first = l->first, *last = l->last;
	bool brief = last->wall - first->since_wall < FROM_TO_SECONDS;

	alert_subject(subject, sizeof(subject), last->kind, last->key);
	(brief ? text_time : text_minute)(from, sizeof(from), first->since_wall, s->at.wall);
	(brief ? text_time : text_minute)(to, sizeof(to), last->wall, s->at.wall);
	strbuf_puts(out, glyphs[ACTION_RECOVERY]);
	text_say(out, s->lang, was_texts[last->kind], subject, from, to, NULL);
	if (l->times > 1) {
		text_counted(counted, sizeof(counted), s->lang, PLURAL_TIMES, l->times);
		text_say(out, s->lang, TEXT_MORE, counted, NULL);
	}
	if (told_late(l, s))
		text_say(out, s->lang, TEXT_WAS_TOLD_LATE, NULL);
}

static enum action
line_action(const struct line *l)
{
	/* An alert that was never told is news, though it has been repeated since. */
	if (!l->was && l->last->action == ACTION_REALERT && l->opened)
		return ACTION_ALERT;
	return l->last->action;
}

static void
say_line(struct strbuf *out, const struct draft *d, const struct line *l)
{
	char text[TEXT_SHORT];

	if (l->was)
		say_was(out, l, d->setting);
	else
		say_transition(out, d->setting->lang, l->last, line_action(l), l->amount);
	if (l->more > 0 && l->amount == 0) {
		text_counted(text, sizeof(text), d->setting->lang, PLURAL_CHANGES, (uint64_t)l->more + 1);
		text_say(out, d->setting->lang, TEXT_MORE, text, NULL);
	}
	if (d->spread && !l->was) {
		text_minute(text, sizeof(text), l->last->wall, d->setting->at.wall);
		text_say(out, d->setting->lang, TEXT_MORE, text, NULL);
	}
}

static void
say_minimal(struct strbuf *out, const struct line *l)
{
	char subject[ALERT_KEY_MAX + 16];

	alert_subject(subject, sizeof(subject), l->last->kind, l->last->key);
	strbuf_puts(out, glyphs[line_action(l)]);
	strbuf_puts(out, subject);
}

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

static void
take_line(struct parcel *m, const struct draft *d, struct line *l)
{
	l->taken = true;
	/* A line about the past says itself that it comes late. */
	if (!l->was || !told_late(l, d->setting))
		m->decided = fmin(m->decided, l->first->decided);
	m->wall = fmax(m->wall, l->last->wall);
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

/* As many lines as fit, but at least one. */
static int
fill(struct parcel *m, struct draft *d)
{
	struct strbuf body = {0}, minimal = {0}, line = {0};
	size_t points = 0;

	for (size_t i = 0; i < d->line_count && !line.failed; i++) {
		strbuf_free(&line);
		say_line(&line, d, d->order[i]);
		if (line.failed)
			break;
		points += utf8_count(line.s) + 1;
		if (i > 0 && points > BODY_POINTS_MAX)
			break;
		append_line(&body, line.s);
		strbuf_free(&line);
		say_minimal(&line, d->order[i]);
		if (!line.failed)
			append_line(&minimal, line.s);
		take_line(m, d, d->order[i]);
	}
	if (line.failed)
		body.failed = true;
	strbuf_free(&line);
	m->body = strbuf_take(&body);
	m->minimal = strbuf_take(&minimal);
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

static void
draft_free(struct draft *d)
{
	free(d->t);
	free(d->owner);
	free(d->order);
	free(d->lines);
}

int
digest_compose(struct outbox *o, unsigned chat, const struct setting *s, struct parcel *m)
{
	struct draft d = {.o = o, .chat = chat, .setting = s};
	int rc = gather(&d);

	*m = (struct parcel){.present = true, .decided = s->at.now, .wall = -INFINITY};
	if (rc == 1) {
		order_lines(&d);
		rc = fill(m, &d);
	}
	if (rc == 1)
		mark_carried(&d);
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
