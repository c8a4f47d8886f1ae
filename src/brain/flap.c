/*
 * Counting changes.  Trusts its callers for times that do not go back.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "flap.h"
#include "message_text.h"

static void
forget(struct brain *b, struct alert *a)
{
	if (a->story->flaps == NULL)
		return;
	free(a->story->flaps);
	alert_story(b, a)->flaps = NULL;
	b->alerts.with_flaps--;
}

struct flaps *
flap_of(struct brain *b, struct alert *a)
{
	struct story *s = alert_story(b, a);

	if (s != a->story || s->flaps != NULL || b->alerts.with_flaps >= FLAP_SIGNALS_MAX)
		return s->flaps;
	if ((s->flaps = calloc(1, sizeof(*s->flaps))) == NULL)
		b->failed = true;
	else
		b->alerts.with_flaps++;
	return s->flaps;
}

static void
drop_oldest(struct flaps *f)
{
	f->n--;
	memmove(f->at, f->at + 1, f->n * sizeof(f->at[0]));
}

/* Only as many as it takes to flap. */
static void
note_change(struct brain *b, struct flaps *f)
{
	while (f->n > b->config->flap_changes || f->n > FLAP_CHANGES_MOST)
		drop_oldest(f);
	f->at[f->n++] = b->now;
}

/* A word on how it is, whatever that is, is owed as if the chats knew the opposite. */
static void
owe(struct alert *a)
{
	a->steady = true;
	a->told = !a->state.alerting;
}

void
flap_changed(struct brain *b, struct alert *a)
{
	struct story *s = alert_story(b, a);
	struct flaps *f;

	flap_turned(b, a);
	if (a->steady)
		owe(a);
	if (b->config->flap_changes == 0 || (f = flap_of(b, a)) == NULL)
		return;
	note_change(b, f);
	if (a->flapping && s->flap_count < UINT32_MAX)
		s->flap_count++;
	if (f->n <= b->config->flap_changes || a->flapping)
		return;
	s->flap_count = f->n;
	a->flapping = true;
	/* To the chats it never ceased, if its end was still to be told. */
	a->flap_told = a->steady;
	if (!a->steady)
		s->flap_since = f->at[0];
	a->steady = false;
}

void
flap_ended(struct alert *a)
{
	if (a->flap_told)
		owe(a);
	a->flapping = a->flap_told = false;
}

void
flap_turned(struct brain *b, struct alert *a)
{
	struct flaps *f = a->story->flaps;

	while (f != NULL && f->n > 0 && (b->config->flap_changes == 0 || b->now - f->at[0] >= b->config->flap_window))
		drop_oldest(f);
	if (f != NULL && f->n > 0)
		return;
	forget(b, a);
	if (a->flapping)
		flap_ended(a);
}

void
flap_say(const struct brain *b, const struct alert *a, struct strbuf *out)
{
	char counted[TEXT_SHORT], lasted[TEXT_SHORT], window[TEXT_SHORT];
	enum language lang = b->config->lang;

	text_counted(counted, sizeof(counted), lang, PLURAL_CHANGES, a->story->flap_count);
	text_duration(lasted, sizeof(lasted), lang, b->now - a->story->flap_since);
	text_duration(window, sizeof(window), lang, b->config->flap_window);
	text_say(out, lang, TEXT_FLAPS, counted, lasted, window, NULL);
}

void
flap_say_steady(const struct brain *b, struct strbuf *out)
{
	char window[TEXT_SHORT];

	if (b->config->flap_changes == 0)
		return;
	text_duration(window, sizeof(window), b->config->lang, b->config->flap_window);
	text_say(out, b->config->lang, TEXT_STEADY, window, NULL);
}
