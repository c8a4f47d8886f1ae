/*
 * What the watched application says of itself: orchestrator, job_failed,
 * agents.  Trusts nothing of the envelope; a field that is absurd costs its
 * own signal.
 *
 * An agent's sample is the count of its cpu_ticks and the envelope's clock
 * when they last moved.  When that clock cannot be trusted the samples start
 * anew, which proves nothing: an agent that alerts then goes on alerting
 * until its ticks move.  When it was set together with this host's, which is
 * the same if the application runs here, the samples are moved along; so they
 * are by the time for which this host has slept, and everybody with it.
 */
#include "build_config.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "log.h"
#include "look.h"
#include "message_text.h"

#define STANDSTILL_S 300.0 /* of generated_at, by our clock */
#define AHEAD_S 60.0       /* that generated_at may run ahead of our clock */
#define SLEPT_S 1.0        /* by less the two clocks differ that it is reckoned from */
#define SET_S 60.0         /* by less than that no clock was set, and generated_at is no more exact */
#define COUNT_MAX 9007199254740992.0 /* 2^53: past it a double no longer counts */

static double
usable(double v, double max)
{
	return v >= 0 && v <= max ? v : NAN;
}

static void
orchestrator(struct brain *b, bool ok, const char *detail)
{
	look_at(b, &(struct look){
		.kind = KIND_ORCHESTRATOR,
		.name = "",
		.verdict = ok ? LOOK_GOOD : LOOK_BAD,
		.need = b->config->orch_down_ticks,
		.grace = true,
		.detail = detail,
	});
}

void
brain_metrics_failed(struct brain *b, const char *error)
{
	char why[ALERT_DETAIL_MAX], detail[ALERT_DETAIL_MAX];
	struct strbuf text = STRBUF_IN(detail);

	b->metrics.open = false;
	b->metrics.seen = true;
	look_reason(b, why, sizeof(why), error);
	text_say(&text, b->config->lang, why[0] == '\0' ? TEXT_SILENT_WHY_UNKNOWN : TEXT_SILENT, why, NULL);
	orchestrator(b, false, detail);
}

/* For how long this host has slept since generated_at last moved; 0 if that is not known, or was before another boot. */
static double
slept_since(const struct brain *b)
{
	double slept = b->slept - b->metrics.slept;

	return slept >= SLEPT_S ? slept : 0;
}

/* True if the envelope is an old one, served again and again. */
static bool
stands_still(struct brain *b, double generated_at)
{
	double still = b->now - b->metrics.changed_at - slept_since(b);
	char detail[ALERT_DETAIL_MAX], duration[TEXT_SHORT];
	struct strbuf text = STRBUF_IN(detail);

	if (isnan(generated_at) || generated_at != b->metrics.generated_at)
		return false;
	if (still <= STANDSTILL_S)
		return false;
	text_duration(duration, sizeof(duration), b->config->lang, still);
	text_say(&text, b->config->lang, TEXT_STANDS_STILL, duration, NULL);
	orchestrator(b, false, detail);
	return true;
}

static void
samples_anew(struct brain *b)
{
	struct alert *a, *next;

	ALERTS_EACH(&b->alerts, a, next)
		if (a->kind == KIND_AGENT)
			alert_story(b, a)->moved_at = NAN;
}

static void
samples_move(struct brain *b, double seconds)
{
	struct alert *a, *next;

	ALERTS_EACH(&b->alerts, a, next)
		if (a->kind == KIND_AGENT)
			alert_story(b, a)->moved_at += seconds;
}

/*
 * By how much this host's clock was set since the last envelope, if this one
 * was made by a clock that was set likewise; else 0.  Until there is such an
 * envelope it is asked again: this one may have been made a moment before.
 */
static double
clock_set_by(struct brain *b, double generated_at)
{
	double offset = b->clock.wall - b->clock.now, set = offset - b->metrics.offset;
	double leap = generated_at - b->metrics.generated_at - (b->now - b->metrics.changed_at);
	bool was_set = fabs(set) > SET_S;

	if (was_set && !(fabs(leap - set) <= SET_S))
		return 0;
	b->metrics.offset = offset;
	return was_set ? set : 0;
}

static void
take_clock(struct brain *b, double generated_at)
{
	bool ahead = generated_at > b->clock.wall + AHEAD_S;
	double set = generated_at != b->metrics.generated_at ? clock_set_by(b, generated_at) : 0;

	if (set != 0)
		samples_move(b, set);
	if (ahead && !b->metrics.ahead)
		log_warning("/metrics: generated_at is ahead of this host's clock by over a minute: agents cannot be judged");
	b->metrics.ahead = ahead;
	if (ahead || generated_at < b->metrics.generated_at + set)
		samples_anew(b);
	if (generated_at != b->metrics.generated_at) {
		if (slept_since(b) > 0)
			samples_move(b, slept_since(b));
		b->metrics.generated_at = generated_at;
		b->metrics.changed_at = b->now;
		b->metrics.slept = b->slept;
	}
}

static void
count_failed_jobs(struct brain *b, double failed)
{
	double before = b->metrics.failed, more = failed - before;
	char detail[ALERT_DETAIL_MAX];
	struct strbuf text = STRBUF_IN(detail);
	uint64_t rise = more >= 1 ? (uint64_t)more : 0;

	if (isnan(failed))
		return;
	b->changed = b->changed || failed != before;
	b->metrics.failed = failed;
	text_edge(&text, b->config->lang, KIND_JOB_FAILED, rise, (uint64_t)failed);
	look_at_edge(b, KIND_JOB_FAILED, rise, (uint64_t)failed, detail);
}

/* Its clock, its jobs and its agents are others: none of them can be held against what was seen of the one before. */
static void
begin_anew(struct brain *b)
{
	struct alert *a, *next;

	b->metrics.generated_at = b->metrics.changed_at = b->metrics.slept = b->metrics.offset = b->metrics.failed = NAN;
	samples_anew(b);
	ALERTS_EACH(&b->alerts, a, next)
		if (a->kind == KIND_AGENT)
			look_unwatched(b, a);
}

void
brain_application(struct brain *b, uint32_t application)
{
	uint32_t before = b->metrics.application;

	if (application == 0 || application == before || b->draining)
		return;
	b->metrics.application = application;
	b->changed = true;
	if (before != 0)
		begin_anew(b);
}

void
brain_metrics_begin(struct brain *b, double generated_at, double failed)
{
	char detail[TEXT_SHORT];
	struct strbuf text = STRBUF_IN(detail);

	b->metrics.open = false;
	b->metrics.seen = true;
	generated_at = usable(generated_at, DBL_MAX);
	if (b->draining || stands_still(b, generated_at))
		return;
	text_say(&text, b->config->lang, TEXT_ANSWERS, NULL);
	orchestrator(b, true, detail);
	count_failed_jobs(b, usable(floor(failed), COUNT_MAX));
	b->metrics.open = true;
	b->metrics.usable = !isnan(generated_at);
	b->metrics.list++;
	b->metrics.taken = 0;
	if (b->metrics.usable)
		take_clock(b, generated_at);
}

static void
agent_detail(struct brain *b, char *buf, size_t cap, const char *name, double still)
{
	char said[TEXT_SHORT * 2], duration[TEXT_SHORT], clean[ALERT_DETAIL_MAX / 2];
	struct strbuf short_text = STRBUF_IN(said), text = strbuf_fixed(buf, cap);
	enum language lang = b->config->lang;

	text_duration(duration, sizeof(duration), lang, still);
	text_say(&short_text, lang, still > 0 ? TEXT_NO_PROGRESS : TEXT_PROGRESS, duration, NULL);
	look_clean(clean, sizeof(clean), name);
	if (clean[0] == '\0')
		strbuf_puts(&text, said);
	else
		text_say(&text, lang, TEXT_NAMED_BEHIND, said, clean, NULL);
}

/* Bring the sample up to date; returns what this look says. */
static enum verdict
judge_agent(struct brain *b, struct alert *a, double ticks)
{
	struct story *s = alert_story(b, a);
	bool sampled = !isnan(s->moved_at), moved = ticks != s->ticks;

	if (!b->metrics.usable || isnan(ticks))
		return LOOK_NO_DATA;
	if (b->metrics.ahead || !sampled || moved) {
		s->moved = sampled && moved && !b->metrics.ahead;
		s->ticks = ticks;
		s->moved_at = b->metrics.generated_at;
		s->moved_now = b->now;
	}
	if (b->config->agent_stall <= 0)
		return LOOK_SHOWN;
	if (b->metrics.generated_at - s->moved_at >= b->config->agent_stall)
		return LOOK_BAD;
	return a->active && !s->moved ? LOOK_NO_DATA : LOOK_GOOD;
}

void
brain_agent(struct brain *b, const char *run_id, const char *name, double cpu_ticks)
{
	char detail[ALERT_DETAIL_MAX];
	struct look l = {.kind = KIND_AGENT, .name = run_id, .verdict = LOOK_NO_DATA, .need = 1, .detail = detail};
	struct alert *a;
	double still;

	if (!b->metrics.open || b->draining || run_id[0] == '\0' || b->metrics.taken >= BRAIN_AGENTS_MAX)
		return;
	if ((a = look_up(b, KIND_AGENT, run_id)) == NULL || a->sighting == b->metrics.list)
		return;
	a->sighting = b->metrics.list;
	b->metrics.taken++;
	l.verdict = judge_agent(b, a, usable(cpu_ticks, DBL_MAX));
	still = l.verdict == LOOK_NO_DATA ? 0 : b->metrics.generated_at - a->story->moved_at;
	agent_detail(b, detail, sizeof(detail), name, still);
	l.value = l.verdict == LOOK_NO_DATA ? NULL : &cpu_ticks;
	l.lasted = b->now - a->story->moved_now;
	look_at(b, &l);
}

void
brain_metrics_end(struct brain *b, bool complete)
{
	struct alert *a, *next;

	if (!b->metrics.open)
		return;
	b->metrics.open = false;
	if (!complete)
		return;
	ALERTS_EACH(&b->alerts, a, next)
		if (a->kind == KIND_AGENT && a->sighting != b->metrics.list)
			look_gone(b, a);
}
