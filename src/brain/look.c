/*
 * Debounce and decision for every signal that has state, and the edge that
 * has none.  Trusts its callers, the sources, for finite numbers.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "container_identity.h"
#include "hush.h"
#include "log.h"
#include "look.h"
#include "message_text.h"
#include "reason_text.h"
#include "signal_text.h"
#include "utf8.h"

#define SOURCE_LOOKS 3
#define BOOT_PERIOD_S 300.0 /* after the host's boot */
#define BOOT_GRACE_S 60.0

void
look_clean(char *buf, size_t cap, const char *s)
{
	utf8_clean(buf, cap, s, strlen(s), false);
}

double
look_cooldown(const struct brain *b, enum signal_kind kind)
{
	const struct config *c = b->config;

	return isnan(c->cooldown_kind[kind]) ? c->cooldown : c->cooldown_kind[kind];
}

void
look_reason(const struct brain *b, char *buf, size_t cap, const char *s)
{
	struct strbuf out = strbuf_fixed(buf, cap);
	char clean[ALERT_DETAIL_MAX];

	look_clean(clean, sizeof(clean), s);
	reason_say(&out, b->config->lang, clean);
}

/* Why what has just been decided was not told, as a word; "" if it was. */
static const char *
untold(const struct brain *b, const struct alert *a, const struct transition *t, bool was_told)
{
	enum hush why = hush_reason(b, a, b->clock.now);
	bool told = t->amount > 0 ? a->story->held == 0 : t->action == ACTION_RECOVERY ? was_told && !a->told : a->told;

	if (told && (t->action != ACTION_REALERT || a->story->told_at == b->now))
		return "";
	if (t->action == ACTION_RECOVERY && !was_told)
		return "never told";
	return why == HUSH_NONE ? "told before" : hush_name(why);
}

static void
remember(struct brain *b, const struct alert *a, const struct transition *t, bool was_told)
{
	brain_remember(b, action_name(t->action), a->key, untold(b, a, t, was_told), t->detail);
}

/* Tell whoever listens, and the chats if nothing is against it. */
static void
hand_on(struct brain *b, struct alert *a, const struct transition *t)
{
	char subject[ALERT_SUBJECT_MAX];
	bool was_told = a->told;
	struct decision d = {
		.now = b->now,
		.key = a->key,
		.action = t->action,
		.severity = a->severity,
		.title = subject,
		.detail = t->detail,
	};

	signal_subject(subject, sizeof(subject), a);
	if (b->options.decided != NULL)
		b->options.decided(b->options.ctx, &d);
	orders_decided(b, a, t->action);
	hush_take(b, a, t);
	remember(b, a, t, was_told);
}

static void
transition_of(struct brain *b, struct alert *a, enum action action, bool again, const char *detail)
{
	struct transition t;

	/* What the chats know to be down stays one incident for them. */
	if (action == ACTION_ALERT && !a->told)
		alert_story(b, a)->mark = outbox_mark(&b->outbox);
	if (action == ACTION_RECOVERY) {
		struct story *s = alert_story(b, a);

		s->ended = b->now;
		s->ended_look = b->looks;
		s->lasted = b->now - s->bad_since;
	}
	t = hush_transition(b, a, action, detail);
	t.again = again;
	hand_on(b, a, &t);
}

/* While the host is starting. */
static bool
is_given_time(const struct brain *b, const struct alert *a, const struct look *l)
{
	double ripe = a->story->ripe;

	return b->options.boot_grace && l->grace && ripe - b->booted < BOOT_PERIOD_S && b->now < ripe + BOOT_GRACE_S;
}

static void
count_bad(struct brain *b, struct alert *a, const struct look *l)
{
	a->good = 0;
	/* What the chats know to be down, and were not told the end of, goes on. */
	if (a->bad == 0 && !a->active && (!a->told || a->flapping || a->steady))
		alert_story(b, a)->bad_since = b->now - l->lasted;
	if (a->bad < UINT32_MAX)
		a->bad++;
	if (a->bad == a->need)
		alert_story(b, a)->ripe = b->now;
	if (a->bad < a->need)
		return;
	if (!is_given_time(b, a, l))
		a->active = true;
}

static void
count_good(struct brain *b, struct alert *a, const struct look *l)
{
	unsigned recover = l->recover == 0 ? b->config->recover_ticks : l->recover;

	a->bad = 0;
	if (a->good < UINT32_MAX)
		a->good++;
	if (a->good >= (b->options.once ? 1 : recover))
		a->active = false;
}

/* The rest has no looks to be confirmed, or wants its time: docker may be starting anew. */
static const bool confirmable[KIND_COUNT] = {
	[KIND_ORCHESTRATOR] = true, [KIND_MEM] = true, [KIND_DISK] = true, [KIND_CONTAINER] = true, [KIND_DEP] = true,
};

static void
say_unsure(struct brain *b, const struct alert *a, const struct look *l)
{
	bool unsure = l->verdict == LOOK_BAD ? a->bad < a->need && !a->active : a->active;

	if (unsure && confirmable[a->kind] && b->options.unsure != NULL)
		b->options.unsure(b->options.ctx, a->kind, l->name);
}

/* detail: what this look says; NULL = what the signal said before. */
static void
decide_on(struct brain *b, struct alert *a, bool again, const char *detail)
{
	enum action action = decide(a->active, &a->state, b->now, again ? 0 : look_cooldown(b, a->kind));
	char words[ALERT_DETAIL_MAX];

	if (action == ACTION_NONE)
		return;
	transition_of(b, a, action, again, detail != NULL ? detail : signal_detail(words, sizeof(words), b, a));
}

static void
show(struct brain *b, struct alert *a, const struct look *l, bool says_nothing)
{
	if (says_nothing)
		signal_keep_detail(b, a);
	else if (alert_set_detail(&b->alerts, a, l->detail) == -1)
		b->failed = true;
	a->last = l->verdict;
	a->value = l->value == NULL ? NAN : *l->value;
}

static void
count(struct brain *b, struct alert *a, const struct look *l)
{
	a->looked = ++b->looks;
	a->need = b->options.once || l->need == 0 ? 1 : l->need;
	if (l->verdict == LOOK_BAD)
		count_bad(b, a, l);
	else if (l->verdict == LOOK_GOOD)
		count_good(b, a, l);
}

struct alert *
look_up(struct brain *b, enum signal_kind kind, const char *name)
{
	bool full = false;
	struct alert *a = b->draining ? NULL : alerts_get(&b->alerts, kind, name, &full);

	if (b->draining)
		return NULL;
	if (a == NULL && !full)
		b->failed = true;
	if (full && !b->alerts.overflowed) {
		b->alerts.overflowed = true;
		log_warning("too many signals to watch: %s%.100s and others are ignored", kind_prefix(kind), name);
	}
	if (a != NULL && a->leaving)
		hush_revive(a);
	return a;
}

/* What could not be looked at (brain_unseen()) can be again.  After a restore nobody knows that it could not. */
static void
say_seen(struct brain *b, const struct alert *a, const struct look *l)
{
	static const bool may_be_unseen[KIND_COUNT] = {[KIND_ORCHESTRATOR] = true, [KIND_DOCKER] = true, [KIND_DEP] = true};
	char detail[ALERT_DETAIL_MAX];
	struct strbuf text = STRBUF_IN(detail);

	if (a->last != LOOK_NO_DATA || l->verdict == LOOK_NO_DATA || !may_be_unseen[a->kind])
		return;
	text_say(&text, b->config->lang, TEXT_SEEN_AGAIN, NULL);
	look_at_source(b, a->key, true, false, detail);
}

/* Nothing of it waits to be decided: what a look adds is an age, a count of good looks, a value to be shown. */
static bool
is_quiet(const struct alert *a)
{
	return a->looked > 0 && a->bad == 0 && !a->active && !a->state.alerting && a->container == NULL;
}

struct alert *
look_at(struct brain *b, const struct look *l)
{
	struct alert *a = look_up(b, l->kind, l->name);
	bool lasts, quiet;

	if (a == NULL)
		return NULL;
	say_seen(b, a, l);
	quiet = is_quiet(a) && a->last == l->verdict;
	b->aged = true;
	if (l->verdict != LOOK_NO_DATA)
		count(b, a, l);
	b->changed = b->changed || !quiet || !is_quiet(a);
	/* Still active though it looks well: it is the trouble that lasts, not the good look. */
	lasts = l->verdict == LOOK_GOOD && a->active;
	show(b, a, l, lasts || l->verdict == LOOK_NO_DATA);
	if (l->verdict == LOOK_NO_DATA || l->verdict == LOOK_SHOWN)
		return a;
	orders_looked(b, a);
	say_unsure(b, a, l);
	decide_on(b, a, l->again, lasts ? NULL : l->detail);
	return a;
}

void
look_at_source(struct brain *b, const char *name, bool readable, bool at_once, const char *detail)
{
	struct look l = {
		.kind = KIND_SOURCE,
		.name = name,
		.verdict = readable ? LOOK_GOOD : LOOK_BAD,
		.need = at_once ? 1 : SOURCE_LOOKS,
		.detail = detail,
	};
	struct alert *a = alerts_find(&b->alerts, KIND_SOURCE, name);

	if (readable && (a == NULL || b->draining))
		return;
	a = look_at(b, &l);
	/* One that can be read again needs no row of its own. */
	if (readable && a != NULL && !a->active)
		hush_forget(b, a);
}

void
look_at_edge(struct brain *b, enum signal_kind kind, uint64_t amount, uint64_t total, const char *detail)
{
	struct look l = {.kind = kind, .name = "", .verdict = LOOK_SHOWN, .detail = detail};
	struct alert *a = look_at(b, &l);

	if (a == NULL || amount == 0)
		return;
	hand_on(b, a, &(struct transition){
		.kind = kind,
		.severity = a->severity,
		.action = ACTION_ALERT,
		.mark = outbox_mark(&b->outbox),
		.decided = b->clock.now,
		.wall = b->clock.wall,
		.since_wall = b->clock.wall,
		.amount = amount,
		.total = total,
		.key = a->key,
		.detail = detail,
	});
}

static void
leave(struct brain *b, struct alert *a, enum farewell why)
{
	char detail[TEXT_SHORT];
	struct strbuf text = STRBUF_IN(detail);

	text_say(&text, b->config->lang, why == FAREWELL_GONE ? TEXT_IS_GONE : TEXT_IS_UNWATCHED, NULL);
	a->farewell = why;
	if (a->state.alerting) {
		a->state.alerting = false;
		transition_of(b, a, ACTION_RECOVERY, false, detail);
	}
	container_drop(&b->alerts, a);
	hush_forget(b, a);
	b->changed = true;
}

void
look_gone(struct brain *b, struct alert *a)
{
	leave(b, a, FAREWELL_GONE);
}

void
look_unwatched(struct brain *b, struct alert *a)
{
	leave(b, a, FAREWELL_UNWATCHED);
}
