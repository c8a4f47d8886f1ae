/*
 * What the chats know of each signal, and the reasons to say nothing.
 */
#include "build_config.h"

#include <math.h>

#include "cover.h"
#include "flap.h"
#include "hush.h"
#include "look.h"
#include "network.h"
#include "signal_text.h"
#include "trail.h"

#define MORE_MAX (128 + ORDERS_TEXT_MAX) /* bytes that follow a detail at most */

/* --- reasons --- */

static bool
is_starting(const struct brain *b, const struct alert *a, double now)
{
	(void)a;
	(void)now;
	return b->start.pending;
}

static bool
is_maintained(const struct brain *b, const struct alert *a, double now)
{
	(void)a;
	(void)now;
	return b->maintenance;
}

static bool
is_covered(const struct brain *b, const struct alert *a, double now)
{
	(void)now;
	return cover_holds(b, a);
}

static bool
is_flapping(const struct brain *b, const struct alert *a, double now)
{
	(void)b;
	(void)now;
	return a->flapping;
}

static bool
is_silenced(const struct brain *b, const struct alert *a, double now)
{
	return orders_silence_of(b, a, now) != NULL;
}

static bool
is_acked(const struct brain *b, const struct alert *a, double now)
{
	(void)now;
	return orders_ack_of(b, a) != NULL;
}

typedef bool hush_test(const struct brain *b, const struct alert *a, double now);

static const struct {
	hush_test *holds;
	bool repeats_only; /* an alert and a recovery are told all the same */
	const char *name;
} reasons[HUSH_COUNT] = {
	[HUSH_NONE] = {NULL, false, "none"},
	[HUSH_START] = {is_starting, false, "start"},
	[HUSH_MAINTENANCE] = {is_maintained, false, "maintenance"},
	[HUSH_COVERED] = {is_covered, false, "covered"},
	[HUSH_FLAPPING] = {is_flapping, false, "flapping"},
	[HUSH_SILENCED] = {is_silenced, false, "silenced"},
	[HUSH_ACKED] = {is_acked, true, "acknowledged"},
};

enum hush
hush_reason(const struct brain *b, const struct alert *a, double now)
{
	for (enum hush why = HUSH_NONE + 1; why < HUSH_COUNT; why++)
		if (reasons[why].holds(b, a, now))
			return why;
	return HUSH_NONE;
}

const char *
hush_name(enum hush why)
{
	return reasons[why].name;
}

static bool
is_hushed(const struct brain *b, const struct alert *a, enum action action)
{
	for (enum hush why = HUSH_NONE + 1; why < HUSH_COUNT; why++)
		if ((action == ACTION_REALERT || !reasons[why].repeats_only) && reasons[why].holds(b, a, b->clock.now))
			return true;
	return false;
}

/* --- telling --- */

struct transition
hush_transition(const struct brain *b, const struct alert *a, enum action action, const char *detail)
{
	return (struct transition){
		.kind = a->kind,
		.severity = a->severity,
		.action = action,
		.farewell = action == ACTION_RECOVERY ? a->farewell : FAREWELL_NONE,
		.mark = a->story->mark,
		.decided = b->clock.now,
		.wall = b->clock.wall,
		.since_wall = b->clock.wall - (b->now - a->story->bad_since),
		.lasted = action == ACTION_RECOVERY ? a->story->lasted : b->now - a->story->bad_since,
		.key = a->key,
		.detail = detail,
		.past = action != ACTION_RECOVERY && action != ACTION_NOTE && a->story->trail != NULL ? a->story->trail->text : NULL,
		.shown = signal_shown(a),
	};
}

static void
queue(struct brain *b, const struct transition *t)
{
	if (!b->options.once && outbox_add(&b->outbox, t) == -1)
		b->failed = true;
}

void
hush_note(struct brain *b, const struct alert *a, enum about about, const char *detail, bool quiet)
{
	struct transition t = hush_transition(b, a, ACTION_NOTE, detail);

	t.about = about;
	t.quiet = quiet;
	queue(b, &t);
}

/* What the chats are told beside the detail. */
static void
say_more(struct brain *b, struct alert *a, enum action action, struct strbuf *detail)
{
	if (action == ACTION_RECOVERY)
		orders_say(b, a, detail);
	if (a->steady)
		flap_say_steady(b, detail);
}

static void
tell(struct brain *b, struct alert *a, const struct transition *t)
{
	char detail[ALERT_DETAIL_MAX];
	struct strbuf text = strbuf_fixed(detail, sizeof(detail) - MORE_MAX);
	struct transition news = *t;
	uint16_t heard = outbox_there(&b->outbox, a->story->told_at); /* of the trouble: who was added since has not */
	size_t len;

	strbuf_puts(&text, t->detail);
	text.cap = sizeof(detail);
	len = text.len;
	say_more(b, a, t->action, &text);
	news.apart = text.len > len;
	news.detail = detail;
	if (t->action != ACTION_RECOVERY)
		news.covers = cover_count(b, a, &news.covers_kind);
	if (a->steady && t->action == ACTION_RECOVERY)
		news.lasted = a->story->ended - a->story->flap_since;
	a->told_steady = a->steady && t->action == ACTION_ALERT;
	a->steady = false;
	a->told = t->action != ACTION_RECOVERY;
	alert_story(b, a)->told_at = b->now;
	if (t->action == ACTION_ALERT)
		alert_story(b, a)->told_batch = b->outbox.batch;
	if (t->action == ACTION_RECOVERY)
		news.waiting = heard;
	if (t->action != ACTION_RECOVERY || heard != 0)
		queue(b, &news);
}

static void
take_edge(struct brain *b, struct alert *a, const struct transition *t)
{
	struct story *s = alert_story(b, a);
	struct transition all = *t;

	all.amount += s->held;
	if (is_hushed(b, a, t->action)) {
		s->held = all.amount;
		s->held_total = t->total;
		return;
	}
	s->held = 0;
	queue(b, &all);
}

void
hush_take(struct brain *b, struct alert *a, const struct transition *t)
{
	struct transition news = *t;

	b->changed = true;
	if (t->amount == 0 && t->action != ACTION_REALERT)
		flap_changed(b, a);
	if (t->amount > 0) {
		take_edge(b, a, t);
		return;
	}
	/* Told already, and meanwhile over and back without a word; or never told, and over. */
	if (t->action != ACTION_REALERT && a->told == (t->action == ACTION_ALERT))
		return;
	if (is_hushed(b, a, t->action))
		return;
	/* What was told late is repeated late. */
	if (t->action == ACTION_REALERT && a->told && !t->again && b->now - a->story->told_at < look_cooldown(b, a->kind))
		return;
	if (t->action == ACTION_REALERT && !a->told)
		news.action = ACTION_ALERT;
	tell(b, a, &news);
}

/* --- the end of a signal --- */

static bool
is_settled(const struct alert *a)
{
	return a->told == a->state.alerting && a->story->held == 0 && !a->steady && !a->flapping;
}

void
hush_forget(struct brain *b, struct alert *a)
{
	if (is_settled(a)) {
		alerts_forget(&b->alerts, a);
		return;
	}
	flap_ended(a);
	a->leaving = true;
	a->active = a->seen_running = a->named = a->mounted = false;
	signal_keep_detail(b, a);
	a->last = LOOK_NO_DATA;
	a->bad = a->good = 0;
	a->value = NAN;
}

void
hush_revive(struct alert *a)
{
	a->farewell = FAREWELL_NONE;
	a->leaving = false;
}

/* --- settling --- */

/* Queued, and hushed since: in the batch that is still open, or without a network over which it could have been told. */
static void
withdraw(struct brain *b, struct alert *a)
{
	if (!a->told || !a->state.alerting)
		return;
	if (a->story->told_batch == b->outbox.batch && outbox_withdraw(&b->outbox, a->key))
		a->told = false;
	else if (network_is_down(b) && network_carries(b->config, a->key) && outbox_take_back(&b->outbox, a->key))
		a->told = false;
	b->changed = b->changed || !a->told;
	if (a->told || !a->told_steady)
		return;
	/* The chats are left with the word that it flaps. */
	a->steady = true;
	a->told_steady = false;
}

static void
tell_held(struct brain *b, struct alert *a)
{
	char words[ALERT_DETAIL_MAX];
	struct transition t = hush_transition(b, a, ACTION_ALERT, signal_detail(words, sizeof(words), b, a));

	t.mark = outbox_mark(&b->outbox);
	t.since_wall = t.wall;
	t.lasted = 0;
	t.amount = a->story->held;
	t.total = a->story->held_total;
	alert_story(b, a)->held = 0;
	queue(b, &t);
}

static void
tell_flapping(struct brain *b, struct alert *a)
{
	char text[ALERT_DETAIL_MAX];
	struct strbuf line = STRBUF_IN(text);

	flap_say(b, a, &line);
	a->flap_told = true;
	hush_note(b, a, ABOUT_FLAPPING, text, false);
}

static void
settle(struct brain *b, struct alert *a)
{
	enum action action = a->state.alerting ? ACTION_ALERT : ACTION_RECOVERY;
	char words[ALERT_DETAIL_MAX];
	const char *detail = signal_detail(words, sizeof(words), b, a);
	struct transition t;

	if (a->story->held > 0)
		tell_held(b, a);
	if (a->told != a->state.alerting || a->steady) {
		/* Nobody knows it by the incident of the time when it was decided. */
		if (action == ACTION_ALERT)
			alert_story(b, a)->mark = outbox_mark(&b->outbox);
		t = hush_transition(b, a, action, detail);
		tell(b, a, &t);
		brain_remember(b, "told", a->key, "", detail);
	}
	b->changed = true;
	if (a->leaving)
		alerts_forget(&b->alerts, a);
}

/* A repeat was decided while there was a reason to say nothing, or too soon after what was told late. */
static bool
is_repeat_owed(const struct brain *b, const struct alert *a)
{
	return a->told && a->state.alerting && !a->leaving && a->state.last_alert > a->story->told_at &&
	    b->now - a->story->told_at >= look_cooldown(b, a->kind) && !is_hushed(b, a, ACTION_REALERT);
}

static void
repeat(struct brain *b, struct alert *a)
{
	char words[ALERT_DETAIL_MAX];
	const char *detail = signal_detail(words, sizeof(words), b, a);
	struct transition t = hush_transition(b, a, ACTION_REALERT, detail);

	tell(b, a, &t);
	brain_remember(b, "told", a->key, "", detail);
	b->changed = true;
}

/* After a restore nothing can be said of a signal before it has been looked at; nor that it is well while it looks bad again. */
static bool
is_known(const struct alert *a)
{
	bool doubtful = !a->state.alerting && a->last == LOOK_BAD && a->bad > 0;

	return a->leaving || (signal_has_detail(a) && !doubtful);
}

void
hush_settle(struct brain *b)
{
	struct alert *a, *next;
	enum hush why;

	if (b->draining)
		return;
	ALERTS_EACH(&b->alerts, a, next) {
		flap_turned(b, a);
		if (is_settled(a) && !a->told && !a->leaving)
			continue;
		why = hush_reason(b, a, b->clock.now);
		if (why == HUSH_FLAPPING && !a->flap_told)
			tell_flapping(b, a);
		if (is_hushed(b, a, ACTION_ALERT))
			withdraw(b, a);
		else if (is_known(a) && (!is_settled(a) || a->leaving))
			settle(b, a);
		else if (is_known(a) && is_repeat_owed(b, a))
			repeat(b, a);
	}
}
