/*
 * Sentences about containers.  Trusts nothing of names and words.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>

#include "container_text.h"
#include "look.h"
#include "message_text.h"

struct saying {
	struct strbuf *out;
	enum language lang;
	const struct course *c;
	double now;
};

static const enum text_id class_texts[CLASS_COUNT] = {
	[CLASS_UNKNOWN] = TEXT_STATE_UNKNOWN,
	[CLASS_RUNNING] = TEXT_RUNNING,
	[CLASS_UNHEALTHY] = TEXT_UNHEALTHY,
	[CLASS_RESTARTING] = TEXT_RESTARTING,
	[CLASS_PAUSED] = TEXT_PAUSED,
	[CLASS_DEAD] = TEXT_DEAD,
	[CLASS_EXITED] = TEXT_EXITED,
	[CLASS_CREATED] = TEXT_CREATED,
	[CLASS_MISSING] = TEXT_MISSING,
};

static const enum text_id check_texts[CHECK_COUNT] = {
	[CHECK_NONE] = TEXT_RUNNING,
	[CHECK_STARTING] = TEXT_RUNNING_STARTING,
	[CHECK_HEALTHY] = TEXT_RUNNING_HEALTHY,
	[CHECK_UNHEALTHY] = TEXT_UNHEALTHY,
};

/* "137, SIGKILL"; "" if it is not known. */
static void
code_text(char *buf, size_t cap, const struct course *c, bool with_signal)
{
	const char *name = exit_signal(c->exit_code);

	if (c->exit_code < 0)
		snprintf(buf, cap, "%s", "");
	else if (name == NULL || !with_signal)
		snprintf(buf, cap, "%d", (int)c->exit_code);
	else
		snprintf(buf, cap, "%d, %s", (int)c->exit_code, name);
}

static void
say_code(const struct saying *s, enum text_id without, enum text_id with)
{
	char code[32];

	code_text(code, sizeof(code), s->c, true);
	text_say(s->out, s->lang, code[0] == '\0' ? without : with, code, NULL);
}

static void
say_cause(const struct saying *s)
{
	if (s->c->by_oom)
		text_say(s->out, s->lang, TEXT_BY_OOM, NULL);
	if (s->c->on_purpose)
		text_say(s->out, s->lang, TEXT_BY_PERSON, NULL);
}

static void
say_ended(const struct saying *s)
{
	say_code(s, TEXT_EXITED, TEXT_EXITED_CODE);
	say_cause(s);
}

static void
say_came_back(const struct saying *s)
{
	say_code(s, TEXT_CAME_BACK, TEXT_CAME_BACK_CODE);
	say_cause(s);
}

/* That memory ran out says more than the signal it is done by. */
static void
say_loop(const struct saying *s, bool news)
{
	char restarts[TEXT_SHORT], duration[TEXT_SHORT], code[32];

	text_counted(restarts, sizeof(restarts), s->lang, PLURAL_RESTARTS, s->c->restarts);
	text_duration(duration, sizeof(duration), s->lang, fmax(1, s->c->ended - s->c->streak));
	code_text(code, sizeof(code), s->c, !s->c->by_oom);
	text_say(s->out, s->lang, news ? TEXT_LOOP : TEXT_LOOP_GOES_ON, restarts, duration, NULL);
	if (code[0] != '\0')
		text_say(s->out, s->lang, TEXT_LOOP_CODE, code, NULL);
	say_cause(s);
}

static void
say_starting(const struct saying *s)
{
	char duration[TEXT_SHORT];

	text_duration(duration, sizeof(duration), s->lang, s->now - s->c->starting);
	text_say(s->out, s->lang, TEXT_STILL_STARTING, duration, NULL);
}

static void
say_state(const struct saying *s, const char *state)
{
	char word[TEXT_SHORT], code[32];

	look_clean(word, sizeof(word), state);
	code_text(code, sizeof(code), s->c, true);
	switch (s->c->class) {
	case CLASS_RUNNING:
		text_say(s->out, s->lang, check_texts[s->c->check], NULL);
		break;
	case CLASS_RESTARTING:
		say_code(s, TEXT_RESTARTING, TEXT_RESTARTING_CODE);
		say_cause(s);
		break;
	case CLASS_EXITED:
		say_ended(s);
		break;
	case CLASS_CREATED:
		text_say(s->out, s->lang, s->c->exit_code > 0 ? TEXT_CREATED_CODE : TEXT_CREATED, code, NULL);
		break;
	default:
		text_say(s->out, s->lang, class_texts[s->c->class], word, NULL);
	}
}

void
container_say(struct strbuf *out, enum language lang, const struct container *c, const struct life_opinion *o,
    const char *state, double now)
{
	struct saying s = {out, lang, &c->course, now};

	if (o->reason == REASON_CAME_BACK)
		say_came_back(&s);
	else if (o->reason == REASON_ENDED)
		say_ended(&s);
	else if (o->reason == REASON_LOOP)
		say_loop(&s, o->again);
	else if (o->reason == REASON_STARTING)
		say_starting(&s);
	else
		say_state(&s, state);
}
