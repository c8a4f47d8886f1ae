/*
 * Containers: what lists, checks and events say becomes looks at signals.
 * Trusts the collector for the form of its words only.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "container_globs.h"
#include "container_identity.h"
#include "container_text.h"
#include "hush.h"
#include "log.h"
#include "look.h"
#include "message_text.h"

#define ACT_AGE_MAX_S 1e10 /* an engine whose clock stands at its beginning says less */

/* --- judging one container --- */

static struct life_rules
rules_of(const struct brain *b, const struct alert *a)
{
	const struct config *c = b->config;
	const struct container *k = a->container;
	bool insisted = a->named ? k->expect == EXPECT_NOT_SAID || k->expect == EXPECT_RUNNING : k->expect == EXPECT_RUNNING;

	return (struct life_rules){
		.must_run = insisted && !k->course.absent,
		.any_state = k->expect == EXPECT_ANY || (!a->named && k->expect == EXPECT_NOT_SAID && k->oneoff),
		.seen_running = a->seen_running,
		.expects_end = k->expect == EXPECT_EXITED,
		.grace = isnan(k->grace) ? c->recreate_grace : k->grace,
		.stable = c->container_stable,
		.window = c->loop_window,
		.loop_restarts = c->loop_restarts,
		.starting_max = c->starting_max,
	};
}

static void
note(struct brain *b, const struct alert *a, enum text_id id, const char *what)
{
	char text[ALERT_DETAIL_MAX];
	struct strbuf out = STRBUF_IN(text);

	text_say(&out, b->config->lang, id, what, NULL);
	brain_remember(b, "note", a->key, "", text);
	if (b->options.noted != NULL)
		b->options.noted(b->options.ctx, &(struct note){.now = b->now, .key = a->key, .text = text});
}

/* A deploy is worth a line of history, unless it ends what was told to be wrong. */
static void
note_return(struct brain *b, struct alert *a, double away)
{
	char duration[TEXT_SHORT];

	text_duration(duration, sizeof(duration), b->config->lang, away);
	if (!isnan(away) && !a->active && a->container->replaced)
		note(b, a, TEXT_REPLACED, duration);
	else if (!isnan(away) && !a->active && !isnan(a->container->course.ended))
		note(b, a, TEXT_RETURNED, duration);
	if (class_is_up(a->container->course.class))
		a->container->replaced = false;
}

static void
set_due(struct brain *b, struct alert *a, double due)
{
	a->container->due = due;
	b->containers.due = fmin(b->containers.due, due);
}

/* state: docker's word, "" if nothing was seen now. */
static void
judge(struct brain *b, struct alert *a, const char *state)
{
	struct life_rules rules = rules_of(b, a);
	struct life_opinion o = course_judge(&a->container->course, &rules, a->active, b->clock.now);
	const char *name = alert_key_name(KIND_CONTAINER, a->key);
	char detail[ALERT_DETAIL_MAX];
	struct strbuf text = STRBUF_IN(detail);
	struct look l = {.kind = KIND_CONTAINER, .name = name, .verdict = o.verdict, .detail = detail};

	if (o.gone) {
		look_gone(b, a);
		return;
	}
	note_return(b, a, o.away);
	set_due(b, a, o.due);
	container_say(&text, b->config->lang, a->container, &o, state, b->clock.now);
	l.need = o.reason == REASON_LOOP ? 1 : b->config->container_down_ticks;
	l.grace = a->named;
	l.again = o.again;
	l.lasted = o.lasted;
	/* What waits for its time is shown as it is. */
	if (o.verdict == LOOK_NO_DATA && !a->active && alert_set_detail(&b->alerts, a, detail) == -1)
		b->failed = true;
	look_at(b, &l);
}

/* One state that cannot be told, again and again, is worth a word of its own. */
static void
source_of_container(struct brain *b, const char *name, const char *state, bool known)
{
	char source[NAME_MAX_LEN + 16], detail[ALERT_DETAIL_MAX], word[TEXT_SHORT];
	struct strbuf text = STRBUF_IN(detail);

	snprintf(source, sizeof(source), "container:%s", name);
	look_clean(word, sizeof(word), state);
	text_say(&text, b->config->lang, known ? TEXT_READABLE : TEXT_STATE_UNKNOWN, word, NULL);
	look_at_source(b, source, known, false, detail);
}

/* --- what was seen of one --- */

/* Back after its grace: a new one, as if nobody had known it, unless it is told to be down. */
static void
forget_if_late(struct brain *b, struct alert *a)
{
	struct course *c = &a->container->course;
	struct life_rules rules = rules_of(b, a);

	if (!c->absent || a->active || a->state.alerting || b->clock.now < c->away + rules.grace)
		return;
	course_init(c);
	a->seen_running = false;
}

static void
look_container(struct brain *b, struct alert *a, const struct container_seen *seen)
{
	struct course *c = &a->container->course;
	struct life_look look = {.exit_code = seen->exit_code};
	struct life_rules rules;

	forget_if_late(b, a);
	container_describe(b, a, seen);
	look.class = container_classify(seen->state, seen->health, &look.check);
	rules = rules_of(b, a);
	if (look.class == CLASS_MISSING)
		course_missing(c, &rules, b->clock.now);
	else
		course_look(c, &look, &rules, b->clock.now);
	if (class_is_up(look.class) || look.class == CLASS_RESTARTING)
		a->seen_running = true;
	if (look.class == CLASS_UNKNOWN)
		look_at(b, &(struct look){.kind = KIND_CONTAINER, .name = seen->name, .verdict = LOOK_NO_DATA});
	else
		judge(b, a, seen->state);
	source_of_container(b, seen->name, seen->state, look.class != CLASS_UNKNOWN);
}

static void
see(struct brain *b, const struct container_seen *seen)
{
	char renamed[NAME_MAX_LEN + 1] = "", clean[ALERT_DETAIL_MAX / 2];
	struct alert *a = container_identify(b, seen, renamed, sizeof(renamed));

	if (a == NULL || (!b->containers.one && a->sighting == b->containers.list))
		return;
	look_clean(clean, sizeof(clean), renamed);
	if (renamed[0] != '\0')
		note(b, a, TEXT_RENAMED, clean);
	if (b->containers.one)
		b->containers.one_seen = true;
	else
		b->containers.taken++;
	a->sighting = b->containers.list;
	look_container(b, a, seen);
}

/* What is absurd is as if it had not been said. */
static struct container_seen
believable(const struct container_seen *seen)
{
	struct container_seen s = *seen;

	if (s.exit_code < 0 || s.exit_code > EXIT_CODE_MAX)
		s.exit_code = -1;
	if (!(s.grace >= 0 && s.grace <= CONTAINER_GRACE_MAX_S))
		s.grace = NAN;
	return s;
}

void
brain_container(struct brain *b, const struct container_seen *said)
{
	const struct container_seen seen = believable(said);

	if (b->draining || (!b->containers.open && !b->containers.one))
		return;
	if (seen.name[0] == '\0' || strlen(seen.name) > NAME_MAX_LEN)
		return;
	if (b->containers.one || b->containers.taken < BRAIN_CONTAINERS_MAX) {
		see(b, &seen);
	} else if (!b->containers.overflowed) {
		b->containers.overflowed = true;
		log_warning("over %d containers: %.100s and others are not watched", BRAIN_CONTAINERS_MAX, seen.name);
	}
}

/* --- a list --- */

void
brain_containers_begin(struct brain *b)
{
	if (b->draining)
		return;
	container_forget_kept(b);
	b->containers.open = true;
	b->containers.one = false;
	b->containers.list++;
	b->containers.taken = 0;
}

static bool
has_no_room(const struct brain *b)
{
	return b->alerts.containers > CONTAINERS_KEPT_MAX;
}

static void
miss(struct brain *b, struct alert *a, struct globs_asked *asked)
{
	struct course *c = &a->container->course;
	struct life_rules rules = rules_of(b, a);

	course_missing(c, &rules, b->clock.now);
	c->absent = !container_is_missed(b, a, asked);
	if (c->absent && has_no_room(b))
		look_gone(b, a);
	else
		judge(b, a, "missing");
}

/* Each pass frees none but its own entry: a loop over alerts survives no more than that. */
static void
miss_others(struct brain *b)
{
	struct globs_asked asked = {0};
	struct alert *a, *next;

	ALERTS_EACH(&b->alerts, a, next) {
		if (a->kind != KIND_CONTAINER || a->leaving || a->sighting == b->containers.list)
			continue;
		if (a->container != NULL)
			miss(b, a, &asked);
		else
			look_gone(b, a);
	}
}

static void
forget_their_sources(struct brain *b)
{
	static const char prefix[] = "container:";
	struct alert *a, *next, *of;

	ALERTS_EACH(&b->alerts, a, next) {
		const char *name = a->kind == KIND_SOURCE ? alert_key_name(KIND_SOURCE, a->key) : "";

		if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
			continue;
		of = alerts_find(&b->alerts, KIND_CONTAINER, name + sizeof(prefix) - 1);
		if (of == NULL || of->leaving || of->container == NULL || of->container->course.absent)
			look_gone(b, a);
	}
}

void
brain_containers_end(struct brain *b, bool complete)
{
	if (!b->containers.open)
		return;
	b->containers.open = b->containers.one = false;
	container_identify_kept(b, see);
	if (b->containers.lost)
		b->containers.back = b->clock.now;
	b->containers.lost = false;
	if (!complete)
		return;
	container_judge_globs(b);
	miss_others(b);
	forget_their_sources(b);
}

/* --- a check of one --- */

void
brain_containers_one_begin(struct brain *b, const char *id)
{
	(void)id;
	if (b->draining)
		return;
	b->now = fmax(b->now, b->clock.now);
	b->containers.one = true;
	b->containers.one_seen = false;
}

void
brain_containers_one_end(struct brain *b, const char *id, bool found)
{
	struct alert *a = container_of_id(b, id, "");
	struct globs_asked asked = {0};

	(void)found;
	if (!b->containers.one)
		return;
	b->containers.one = false;
	/* Removed, or no longer one that is watched. */
	if (id[0] != '\0' && a != NULL && !b->containers.one_seen)
		miss(b, a, &asked);
	brain_flush(b);
}

/* --- events --- */

void
brain_container_act(struct brain *b, const struct container_hint *hint)
{
	double age = hint->age >= 0 ? fmin(hint->age, ACT_AGE_MAX_S) : 0, at = b->clock.now - age;
	struct alert *a = container_of_id(b, hint->id, hint->name);
	struct course *c;

	docker_told_event(&b->told, hint->time, hint->event);
	/* What an engine that goes, or comes, says of ends is its own doing: the next list tells. */
	if (b->draining || b->containers.lost || at < b->containers.back)
		return;
	if ((c = container_course_of(b, hint->id, hint->name)) == NULL)
		return;
	course_act(c, hint->act, hint->signal, at, b->clock.now);
	if (hint->act == ACT_DIED && hint->ended > 0 && hint->ended <= EXIT_CODE_MAX + 1)
		c->said_code = (int32_t)hint->ended - 1;
	if (a != NULL && (hint->act == ACT_STARTED || hint->act == ACT_DIED))
		a->seen_running = true;
	b->changed = true;
}

/* --- time --- */

double
brain_due(const struct brain *b)
{
	return b->draining ? INFINITY : fmin(b->containers.due, orders_due(&b->orders));
}

static void
judge_due(struct brain *b)
{
	struct alert *a, *next;

	b->containers.due = INFINITY;
	ALERTS_EACH(&b->alerts, a, next) {
		if (a->container == NULL)
			continue;
		if (a->container->due <= b->clock.now)
			judge(b, a, "");
		else
			set_due(b, a, a->container->due);
	}
}

void
brain_expire(struct brain *b)
{
	if (b->clock.now < brain_due(b))
		return;
	b->now = fmax(b->now, b->clock.now);
	/* Nobody knows what they are doing: the next list tells. */
	if (b->containers.lost)
		b->containers.due = INFINITY;
	else
		judge_due(b);
	brain_flush(b);
}
