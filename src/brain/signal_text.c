/*
 * The words of values and details.  Trusts the looks for sane numbers.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>

#include "container_identity.h"
#include "message_text.h"
#include "signal_text.h"

typedef void value_text(struct strbuf *out, enum language lang, double v);
typedef void value_detail(struct strbuf *out, const struct brain *b, const struct alert *a);

/* --- names --- */

const char *
signal_shown(const struct alert *a)
{
	return a->container == NULL || a->container->shown == NULL ? "" : a->container->shown;
}

void
signal_subject(char *buf, size_t cap, const struct alert *a)
{
	alert_subject_shown(buf, cap, a->kind, a->key, signal_shown(a));
}

/* --- values --- */

static void
milliseconds(struct strbuf *out, enum language lang, double v)
{
	char ms[TEXT_SHORT];

	snprintf(ms, sizeof(ms), "%.0f", v);
	text_say(out, lang, TEXT_VALUE_MS, ms, NULL);
}

static void
percentage(struct strbuf *out, enum language lang, double v)
{
	char percent[TEXT_SHORT];

	text_percent(percent, sizeof(percent), lang, v);
	strbuf_puts(out, percent);
}

static void
plain_number(struct strbuf *out, enum language lang, double v)
{
	(void)lang;
	strbuf_printf(out, "%.10g", v);
}

static double
mark_of(const struct config *c, enum signal_kind kind)
{
	return kind == KIND_MEM ? c->mem_pct : kind == KIND_DISK ? c->disk_crit_pct : NAN;
}

/* --- details --- */

static void
say_answer(struct strbuf *out, const struct brain *b, const struct alert *a)
{
	char ms[TEXT_SHORT];

	snprintf(ms, sizeof(ms), "%.0f", a->value);
	text_say(out, b->config->lang, TEXT_ANSWERS_IN, ms, NULL);
}

static void
say_used(struct strbuf *out, const struct brain *b, const struct alert *a)
{
	enum language lang = b->config->lang;
	char value[TEXT_SHORT], mark[TEXT_SHORT];

	text_percent(value, sizeof(value), lang, a->value);
	text_percent(mark, sizeof(mark), lang, mark_of(b->config, a->kind));
	if (a->last == LOOK_SHOWN)
		text_say(out, lang, TEXT_NOT_WATCHED, NULL);
	else
		text_say(out, lang, a->last == LOOK_BAD ? TEXT_USED_MARK : TEXT_USED, value, mark, NULL);
}

/* The kinds that have a value. */
static const struct {
	value_text *value;
	value_detail *detail; /* NULL = a look says it in words of its own */
} forms[KIND_COUNT] = {
	[KIND_AGENT] = {plain_number, NULL},
	[KIND_MEM] = {percentage, say_used},
	[KIND_DISK] = {percentage, say_used},
	[KIND_DEP] = {milliseconds, say_answer},
};

void
signal_value(struct strbuf *out, const struct brain *b, const struct alert *a)
{
	if (!isnan(a->value) && forms[a->kind].value != NULL)
		forms[a->kind].value(out, b->config->lang, a->value);
}

void
signal_mark(struct strbuf *out, const struct brain *b, const struct alert *a)
{
	if (!isnan(a->value) && !isnan(mark_of(b->config, a->kind)))
		percentage(out, b->config->lang, mark_of(b->config, a->kind));
}

bool
signal_has_detail(const struct alert *a)
{
	return a->detail != NULL || (!isnan(a->value) && forms[a->kind].detail != NULL);
}

const char *
signal_detail(char *buf, size_t cap, const struct brain *b, const struct alert *a)
{
	struct strbuf text = strbuf_fixed(buf, cap);

	if (a->detail != NULL)
		return a->detail;
	if (signal_has_detail(a))
		forms[a->kind].detail(&text, b, a);
	return buf;
}

void
signal_keep_detail(struct brain *b, struct alert *a)
{
	char text[ALERT_DETAIL_MAX];

	if (alert_set_detail(&b->alerts, a, signal_detail(text, sizeof(text), b, a)) == -1)
		b->failed = true;
}
