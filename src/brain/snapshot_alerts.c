/*
 * Signals as bytes.  Most are well and have nothing to tell: only what
 * differs from a signal just met is written.  The bytes are treated as
 * hostile.
 */
#include "build_config.h"

#include <math.h>

#include "signal_text.h"
#include "snapshot_parts.h"

/* Behind the kind and the key.  New lines at the end: a member is told by its line's number. */
static const struct field alert_fields[] = {
	FLAG(2, alert, active),
	FLAG(2, alert, state.alerting),
	TIME(2, alert, state.last_alert),
	FLAG(2, alert, named),
	FLAG(2, alert, seen_running),
	NUMBER(2, alert, bad, UINT32_MAX),
	NUMBER(2, alert, good, UINT32_MAX),
	NUMBER(2, alert, looked, UINT64_MAX),
	NUMBER(2, alert, severity, SEVERITY_CRITICAL),
	FLAG(2, alert, told),
	NUMBER(2, alert, farewell, FAREWELL_COUNT - 1),
	FLAG(2, alert, leaving),
	FLAG(2, alert, flapping),
	FLAG(2, alert, flap_told),
	FLAG(2, alert, steady),
	FLAG(2, alert, told_steady),
	NUMBER(2, alert, last, VERDICT_COUNT - 1),
	FLAG(2, alert, mounted),
};

static const struct field story_fields[] = {
	TIME(2, story, bad_since),
	TIME(2, story, ripe),
	TIME(2, story, ended),
	NUMBER(2, story, ended_look, UINT64_MAX),
	NUMBER(2, story, mark, MARKS - 1),
	TIME(2, story, told_at),
	TIME(2, story, flap_since),
	NUMBER(2, story, flap_count, UINT32_MAX),
	NUMBER(2, story, held, UINT64_MAX),
	NUMBER(2, story, held_total, UINT64_MAX),
	MAYBE(2, story, ticks),
	MAYBE(2, story, moved_at),
	TIME(2, story, moved_now),
	FLAG(2, story, moved),
	TIME(2, story, lasted),
};

/* A signal of version 1, in the order of its bytes. */
struct first_alert {
	bool active, alerting, moved, named, seen_running;
	uint32_t bad, good, mark;
	double bad_since, ripe, last_alert, ticks, moved_at, moved_now;
};

static const struct field first_fields[] = {
	FLAG(1, first_alert, active),
	FLAG(1, first_alert, alerting),
	FLAG(1, first_alert, moved),
	FLAG(1, first_alert, named),
	FLAG(1, first_alert, seen_running),
	NUMBER(1, first_alert, bad, UINT32_MAX),
	NUMBER(1, first_alert, good, UINT32_MAX),
	NUMBER(1, first_alert, mark, MARKS - 1),
	TIME(1, first_alert, bad_since),
	TIME(1, first_alert, ripe),
	TIME(1, first_alert, last_alert),
	MAYBE(1, first_alert, ticks),
	MAYBE(1, first_alert, moved_at),
	TIME(1, first_alert, moved_now),
};

/* --- encoding --- */

/*
 * Nobody looks again at a signal that is leaving, and one that is active may
 * look well next and still be told to be down: their details are kept; short,
 * so that there is room for all.
 */
static bool
has_last_words(const struct alert *a)
{
	return a->leaving || a->active;
}

static void
put_last_words(struct writer *w, const struct brain *b, const struct alert *a)
{
	char text[ALERT_DETAIL_SHORT], detail[ALERT_DETAIL_MAX];
	struct strbuf words = STRBUF_IN(text);

	strbuf_puts(&words, signal_detail(detail, sizeof(detail), b, a));
	write_str(w, text, sizeof(text) - 1);
}

static void
put_alert(struct writer *w, const struct brain *b, const struct alert *a, size_t *room)
{
	const struct alert blank = {.severity = kind_severity(a->kind), .last = LOOK_NO_DATA};

	write_u8(w, a->kind);
	write_str(w, a->key, ALERT_KEY_MAX);
	fields_put_changed(w, FIELDS(alert_fields), a, &blank);
	fields_put_changed(w, FIELDS(story_fields), a->story, &story_none);
	if (has_last_words(a))
		put_last_words(w, b, a);
	if (a->kind == KIND_CONTAINER)
		snapshot_put_container(w, a, room);
}

void
snapshot_put_alerts(struct writer *w, const struct brain *b)
{
	size_t room = SNAPSHOT_CONTAINERS_MAX;
	const struct alert *a;

	write_u32(w, HASH_COUNT(b->alerts.by_key));
	for (a = b->alerts.by_key; a != NULL; a = a->hh.next)
		put_alert(w, b, a, &room);
}

/* --- decoding --- */

static void
get_last_words(struct reader *r, struct brain *b, struct alert *a)
{
	const char *words = read_str(r, ALERT_DETAIL_SHORT - 1);

	if (words != NULL && alert_set_detail(&b->alerts, a, words) == -1)
		r->failed = true;
}

static void
get_members(struct loading *l, struct brain *b, struct alert *a)
{
	uint32_t which = read_u32(&l->r);

	fields_get_changed(&l->r, which, FIELDS(alert_fields), a);
	which = read_u32(&l->r);
	if (which != 0)
		fields_get_changed(&l->r, which, FIELDS(story_fields), alert_story(b, a));
	if (has_last_words(a))
		get_last_words(&l->r, b, a);
	if (a->kind == KIND_CONTAINER)
		snapshot_get_container(l, b, a);
}

/* There was nothing yet that left a chat untold. */
static void
get_first_members(struct loading *l, struct brain *b, struct alert *a)
{
	struct story *s = alert_story(b, a);
	struct first_alert first = {0};

	fields_get(&l->r, l->version, FIELDS(first_fields), &first);
	a->active = first.active;
	a->told = first.alerting;
	a->state = (struct alert_state){.alerting = first.alerting, .last_alert = first.last_alert};
	a->named = first.named;
	a->seen_running = first.seen_running;
	a->bad = first.bad;
	a->good = first.good;
	s->mark = first.mark;
	s->bad_since = first.bad_since;
	s->told_at = first.last_alert;
	s->ripe = first.ripe;
	s->ticks = first.ticks;
	s->moved_at = first.moved_at;
	s->moved_now = first.moved_now;
	s->moved = first.moved;
}

static void
get_alert(struct loading *l, struct brain *b)
{
	enum signal_kind kind = get_number(&l->r, read_u8(&l->r), KIND_COUNT - 1);
	const char *key = snapshot_get_key(&l->r, kind);
	const char *name = key == NULL ? NULL : alert_key_name(kind, key);
	bool full;
	struct alert *a;

	if (name == NULL || alerts_find(&b->alerts, kind, name) != NULL ||
	    (a = alerts_get(&b->alerts, kind, name, &full)) == NULL) {
		l->r.failed = true;
		return;
	}
	if (l->version < 2)
		get_first_members(l, b, a);
	else
		get_members(l, b, a);
	a->state.last_alert = fmin(a->state.last_alert, b->clock.now);
	/* Nobody worked meanwhile: its sample proves nothing. */
	if (l->rebooted && a->kind == KIND_AGENT)
		alert_story(b, a)->moved_at = NAN;
	l->r.failed = l->r.failed || b->failed;
}

void
snapshot_get_alerts(struct loading *l, struct brain *b)
{
	uint32_t count = get_number(&l->r, read_u32(&l->r), ALERTS_MAX);

	for (uint32_t i = 0; i < count && !l->r.failed; i++)
		get_alert(l, b);
}
