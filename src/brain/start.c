/*
 * When a new start has seen enough, and what it says first.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>

#include "message_text.h"
#include "start.h"

void
brain_start_anew(struct brain *b)
{
	b->start.pending = !b->options.once && b->config->start_message != START_NEVER;
	b->start.since = NAN;
}

/* Nothing more is to be expected of it: it was read, and its debounce has run out or not begun. */
static bool
is_judged(const struct alert *a)
{
	return a->last != LOOK_NO_DATA && (a->active || a->bad == 0);
}

static bool
all_judged(const struct brain *b)
{
	struct alert *a, *next;

	ALERTS_EACH(&b->alerts, a, next)
		if (!is_judged(a))
			return false;
	return true;
}

static bool
is_over(const struct brain *b)
{
	return b->clock.now - b->start.since >= START_INTERVALS * b->config->interval;
}

static void
count(const struct brain *b, uint64_t *problems, uint64_t *fine)
{
	struct alert *a, *next;

	*problems = *fine = 0;
	ALERTS_EACH(&b->alerts, a, next) {
		*problems += a->state.alerting;
		*fine += a->last == LOOK_GOOD && !a->active;
	}
}

static void
say_summary(struct brain *b)
{
	enum language lang = b->config->lang;
	char text[4 * TEXT_SHORT], counted[TEXT_SHORT], good[TEXT_SHORT];
	struct strbuf out = STRBUF_IN(text);
	uint64_t problems, fine;

	b->start.pending = false;
	b->changed = true;
	count(b, &problems, &fine);
	if (problems == 0 && b->config->start_message != START_ALWAYS)
		return;
	text_counted(counted, sizeof(counted), lang, PLURAL_PROBLEMS, problems);
	snprintf(good, sizeof(good), "%llu", (unsigned long long)fine);
	if (problems == 0)
		text_say(&out, lang, TEXT_STARTED_WELL, good, NULL);
	else
		text_say(&out, lang, TEXT_STARTED, counted, good, NULL);
	brain_note(b, "start", text);
}

void
start_looked(struct brain *b)
{
	if (!b->start.pending || b->draining)
		return;
	if (isnan(b->start.since))
		b->start.since = b->now;
	if (b->maintenance)
		return;
	if (all_judged(b) || is_over(b))
		say_summary(b);
}

/* A collector that brings no tick keeps nothing back for ever. */
void
start_turned(struct brain *b)
{
	if (!b->start.pending || b->draining)
		return;
	if (isnan(b->start.since))
		b->start.since = b->now;
	else if (is_over(b) && !b->maintenance)
		say_summary(b);
}
