/*
 * The text of a line.  Pure.  Plain text; HTML is made when it is rendered.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "digest_parts.h"
#include "message_text.h"
#include "utf8.h"

#define FROM_TO_SECONDS 120.0 /* a shorter time is told with its seconds */

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
	[KIND_NETWORK] = TEXT_WAS_CUT_OFF,
};

/* How many of a kind are told of, and what. */
static const struct {
	enum plural_id noun;
	enum text_id alert, realert, was;
} many[KIND_COUNT] = {
	[KIND_AGENT] = {PLURAL_AGENTS, TEXT_MANY_STALLED, TEXT_MANY_STILL_STALLED, TEXT_MANY_WERE_STALLED},
	[KIND_DISK] = {PLURAL_DISKS, TEXT_MANY_OVER, TEXT_MANY_STILL_OVER, TEXT_MANY_WERE_OVER},
	[KIND_CONTAINER] = {PLURAL_CONTAINERS, TEXT_MANY_DOWN, TEXT_MANY_STILL_DOWN, TEXT_MANY_WERE_DOWN},
	[KIND_DEP] = {PLURAL_DEPS, TEXT_MANY_DOWN, TEXT_MANY_STILL_DOWN, TEXT_MANY_WERE_DOWN},
	[KIND_SOURCE] = {PLURAL_SOURCES, TEXT_MANY_UNREADABLE, TEXT_MANY_STILL_UNREADABLE, TEXT_MANY_WERE_UNREADABLE},
	[KIND_WATCHDOG] = {PLURAL_ROLES, TEXT_MANY_FAILING, TEXT_MANY_STILL_FAILING, TEXT_MANY_WERE_FAILING},
};

/* "not answering (12 dependencies covered)" */
static void
say_detail(struct strbuf *out, enum language lang, const struct transition *t)
{
	bool several = t->covers_kind == KIND_COUNT || kind_is_single(t->covers_kind);
	char counted[TEXT_SHORT];

	strbuf_puts(out, t->detail);
	if (t->covers == 0)
		return;
	text_counted(counted, sizeof(counted), lang, several ? PLURAL_SIGNALS : many[t->covers_kind].noun, t->covers);
	text_say(out, lang, TEXT_COVERED, counted, NULL);
}

static const enum text_id notes[ABOUT_COUNT] = {[ABOUT_FLAPPING] = TEXT_FLAPPING, [ABOUT_ACKED] = TEXT_ACKED};

static void
say_transition(struct strbuf *out, enum language lang, const struct transition *t, enum action action, uint64_t amount)
{
	char subject[ALERT_SUBJECT_MAX], duration[TEXT_SHORT], detail[ALERT_DETAIL_MAX + 2 * TEXT_SHORT];
	struct strbuf told = STRBUF_IN(detail);

	if (amount > 0)
		text_edge(&told, lang, t->kind, amount, t->total);
	else
		say_detail(&told, lang, t);
	alert_subject_shown(subject, sizeof(subject), t->kind, t->key, t->shown);
	text_duration(duration, sizeof(duration), lang, t->lasted);
	strbuf_puts(out, glyphs[action]);
	if (action == ACTION_NOTE && t->about != ABOUT_NOBODY) {
		text_say(out, lang, notes[t->about], subject, detail, NULL);
	} else if (action == ACTION_NOTE) {
		strbuf_puts(out, t->detail);
	} else if (amount > 0 || action == ACTION_ALERT || (action == ACTION_REALERT && t->again)) {
		text_say(out, lang, TEXT_ALERT, subject, detail, NULL);
	} else if (action == ACTION_REALERT) {
		text_say(out, lang, t->kind == KIND_AGENT ? TEXT_STILL : TEXT_REALERT, subject, detail, duration, NULL);
	} else if (t->farewell != FAREWELL_NONE) {
		text_say(out, lang, t->farewell == FAREWELL_GONE ? TEXT_GONE : TEXT_UNWATCHED, subject, duration, NULL);
	} else {
		text_say(out, lang, TEXT_RECOVERY, subject, t->detail, duration, NULL);
	}
	if (t->past[0] != '\0')
		strbuf_puts(out, " ");
	strbuf_puts(out, t->past);
}

static void
say_was(struct strbuf *out, const struct line *l, const struct setting *s)
{
	char subject[ALERT_SUBJECT_MAX], from[TEXT_SHORT], to[TEXT_SHORT], counted[TEXT_SHORT];
	const struct transition *last = l->last;
	double began = wall_at(s, line_began(l)), ended = wall_at(s, last->decided);
	bool brief = ended - began < FROM_TO_SECONDS;

	alert_subject_shown(subject, sizeof(subject), last->kind, last->key, last->shown);
	(brief ? text_time : text_minute)(from, sizeof(from), began, s->at.wall);
	(brief ? text_time : text_minute)(to, sizeof(to), ended, s->at.wall);
	strbuf_puts(out, glyphs[ACTION_RECOVERY]);
	text_say(out, s->lang, was_texts[last->kind], subject, from, to, NULL);
	if (l->times > 1) {
		text_counted(counted, sizeof(counted), s->lang, PLURAL_TIMES, l->times);
		text_say(out, s->lang, TEXT_MORE, counted, NULL);
	}
	if (LATE_PAST(s, l->first))
		text_say(out, s->lang, TEXT_WAS_TOLD_LATE, NULL);
}

void
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
		text_minute(text, sizeof(text), wall_at(d->setting, l->last->decided), d->setting->at.wall);
		text_say(out, d->setting->lang, TEXT_MORE, text, NULL);
	}
}

void
say_minimal(struct strbuf *out, const struct line *l)
{
	char subject[ALERT_KEY_MAX + 16];

	alert_subject(subject, sizeof(subject), l->last->kind, l->last->key);
	strbuf_puts(out, glyphs[line_action(l)]);
	strbuf_puts(out, subject);
}

/* --- many of one kind --- */

static enum text_id
many_text(const struct group *g)
{
	if (g->was)
		return many[g->kind].was;
	if (g->farewell != FAREWELL_NONE)
		return g->farewell == FAREWELL_GONE ? TEXT_MANY_GONE : TEXT_MANY_UNWATCHED;
	if (g->action == ACTION_RECOVERY)
		return TEXT_MANY_RECOVERED;
	return g->action == ACTION_ALERT ? many[g->kind].alert : many[g->kind].realert;
}

/* Its name, how often, and how much it covers: "db (Orders) ×2 (3 covered)". */
static void
say_name(struct strbuf *out, enum language lang, const struct line *l)
{
	char name[ALERT_SUBJECT_MAX], covers[TEXT_SHORT];
	uint32_t times = l->was && l->more == 0 ? l->times : l->more + 1;

	alert_name_shown(name, sizeof(name), l->last->kind, l->key, l->last->shown);
	strbuf_puts(out, name);
	if (times > 1)
		strbuf_printf(out, " ×%u", times);
	snprintf(covers, sizeof(covers), "%u", l->last->covers);
	if (!l->was && l->last->covers > 0)
		text_say(out, lang, TEXT_COVERED, covers, NULL);
}

/* What a group spans in time, and whether it is told late. */
struct span {
	double from, to;
	bool late;
};

static void
widen(struct span *s, const struct line *l, const struct setting *setting)
{
	s->from = fmin(s->from, wall_at(setting, l->was ? line_began(l) : l->last->decided));
	s->to = fmax(s->to, wall_at(setting, l->last->decided));
	s->late = s->late || (l->was && LATE_PAST(setting, l->first));
}

/* Take and name the lines of a group.  Returns how many. */
static size_t
name_lines(struct strbuf *out, struct draft *d, size_t at, size_t points, struct span *span)
{
	const struct group *g = d->order[at]->group;
	struct strbuf name = {0};
	size_t n = 0, used = 0;

	for (; at < d->line_count && !name.failed; at++) {
		struct line *l = d->order[at];

		if (l->group != g)
			continue;
		strbuf_free(&name);
		say_name(&name, d->setting->lang, l);
		if (name.failed)
			break;
		used += utf8_count(name.s) + (n > 0 ? 2 : 0);
		if (n > 0 && used > points)
			break;
		strbuf_puts(out, n > 0 ? ", " : "");
		strbuf_puts(out, name.s);
		widen(span, l, d->setting);
		l->taken = true;
		n++;
	}
	out->failed = out->failed || name.failed;
	strbuf_free(&name);
	return n;
}

/* Of the transitions that did not come to be lines of this message. */
static size_t
beyond(const struct draft *d, const struct group *g)
{
	size_t n = 0;

	for (const struct transition *t = d->beyond; t != NULL; t = TAILQ_NEXT(t, entry))
		n += (t->waiting & 1u << d->chat) != 0 && t->batch != d->o->batch && t->kind == g->kind &&
		    t->action == g->action;
	return n;
}

static void
say_span(struct strbuf *out, const struct draft *d, const struct span *span)
{
	const struct setting *s = d->setting;
	char from[TEXT_SHORT], to[TEXT_SHORT], both[2 * TEXT_SHORT + 8];
	bool brief = span->to - span->from < FROM_TO_SECONDS;

	(brief ? text_time : text_minute)(from, sizeof(from), span->from, s->at.wall);
	(brief ? text_time : text_minute)(to, sizeof(to), span->to, s->at.wall);
	snprintf(both, sizeof(both), "%s–%s", from, to);
	text_say(out, s->lang, TEXT_MORE, both, NULL);
	if (span->late)
		text_say(out, s->lang, TEXT_WAS_TOLD_LATE, NULL);
}

void
say_group(struct strbuf *out, struct draft *d, size_t at, size_t points)
{
	const struct group *g = d->order[at]->group;
	enum language lang = d->setting->lang;
	struct span span = {INFINITY, -INFINITY, false};
	char counted[TEXT_SHORT], left[TEXT_SHORT];
	struct strbuf names = {0};
	size_t n = name_lines(&names, d, at, points, &span), rest = g->n - n + beyond(d, g);

	text_counted(counted, sizeof(counted), lang, many[g->kind].noun, n);
	strbuf_puts(out, glyphs[g->action]);
	text_say(out, lang, many_text(g), counted, names.s == NULL ? "" : names.s, NULL);
	if (g->was || d->spread)
		say_span(out, d, &span);
	snprintf(left, sizeof(left), "%zu", rest);
	if (rest > 0)
		text_say(out, lang, TEXT_MORE_FOLLOW, left, NULL);
	out->failed = out->failed || names.failed;
	strbuf_free(&names);
}
