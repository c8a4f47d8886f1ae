/*
 * Acknowledgements and silences.  Trusts the texts to be valid UTF-8, and
 * nothing else of them.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "brain.h"
#include "glob.h"
#include "hush.h"
#include "message_text.h"
#include "orders.h"

static void
cut(char *buf, size_t cap, const char *text)
{
	struct strbuf out = strbuf_fixed(buf, cap);

	strbuf_puts(&out, text);
}

/* " (being rebuilt)" where there is a comment. */
static void
who_and_why(struct strbuf *out, const char *who, const char *comment)
{
	strbuf_puts(out, who);
	if (comment[0] != '\0')
		strbuf_printf(out, ": %s", comment);
}


/* In the chats, the log and the history. */
static void
announce(struct brain *b, const char *what, const char *key, const struct order *by, const char *text)
{
	char detail[ORDERS_TEXT_MAX];
	struct strbuf out = STRBUF_IN(detail);

	who_and_why(&out, by->who, by->comment);
	brain_remember(b, what, key, "", detail);
	brain_note_silently(b, what, text);
	b->changed = true;
}

/* --- acknowledgements --- */

static struct ack *
find_ack(const struct orders *o, const char *key, size_t *at)
{
	for (size_t i = 0; i < o->acks; i++)
		if (strcmp(o->ack[i]->key, key) == 0) {
			*at = i;
			return o->ack[i];
		}
	return NULL;
}

static void
forget_ack(struct brain *b, const char *key)
{
	struct orders *o = &b->orders;
	size_t at;

	if (find_ack(o, key, &at) == NULL)
		return;
	free(o->ack[at]);
	o->ack[at] = o->ack[--o->acks];
	b->changed = true;
}

int
orders_restore_ack(struct orders *o, const struct ack *k)
{
	struct ack *copy;

	if (o->acks == ACKS_MAX || (copy = malloc(sizeof(*copy))) == NULL)
		return -1;
	*copy = *k;
	o->ack[o->acks++] = copy;
	return 0;
}

/* In the chats, where it may be told late and the signal be called otherwise by then, the log and the history. */
static void
announce_ack(struct brain *b, const struct alert *a, const struct ack *k)
{
	char why[ORDERS_TEXT_MAX];
	struct strbuf who = STRBUF_IN(why);

	who_and_why(&who, k->who, k->comment);
	brain_remember(b, "ack", a->key, "", why);
	hush_note(b, a, ABOUT_ACKED, why, true);
	b->changed = true;
}

const char *
orders_ack(struct brain *b, struct alert *a, const struct order *by)
{
	struct ack k = {.wall = b->clock.wall, .severity = a->severity};

	if (!a->state.alerting)
		return "it is not alerting: there is nothing to acknowledge (silence keeps an alert from being told)";
	if (strlen(a->key) > ORDER_ACK_KEY_MAX)
		return "its name is too long to be acknowledged";
	forget_ack(b, a->key);
	cut(k.key, sizeof(k.key), a->key);
	cut(k.who, sizeof(k.who), by->who);
	cut(k.comment, sizeof(k.comment), by->comment);
	if (orders_restore_ack(&b->orders, &k) == -1)
		return "as many signals are acknowledged as can be";
	announce_ack(b, a, &k);
	return NULL;
}

const struct ack *
orders_ack_of(const struct brain *b, const struct alert *a)
{
	size_t at;
	const struct ack *k = b->orders.acks == 0 ? NULL : find_ack(&b->orders, a->key, &at);

	return k != NULL && !k->over ? k : NULL;
}

void
orders_looked(struct brain *b, const struct alert *a)
{
	const struct ack *k = orders_ack_of(b, a);

	if (k == NULL || a->severity <= k->severity)
		return;
	brain_remember(b, "ack broken", a->key, "", "it has become worse");
	forget_ack(b, a->key);
}

void
orders_decided(struct brain *b, const struct alert *a, enum action action)
{
	size_t at;
	struct ack *k = b->orders.acks == 0 ? NULL : find_ack(&b->orders, a->key, &at);

	if (k == NULL)
		return;
	if (action == ACTION_RECOVERY)
		k->over = true;
	/* Nobody will hear of its end, or it is another incident, before a word was said of the end of the last. */
	if (action == ACTION_ALERT || (action == ACTION_RECOVERY && !a->told))
		forget_ack(b, a->key);
}

void
orders_renamed(struct brain *b, const char *old, const struct alert *a)
{
	size_t at;
	struct ack *k = b->orders.acks == 0 ? NULL : find_ack(&b->orders, old, &at);

	if (k == NULL)
		return;
	if (strlen(a->key) > ORDER_ACK_KEY_MAX)
		forget_ack(b, old);
	else
		cut(k->key, sizeof(k->key), a->key);
}

void
orders_say(struct brain *b, const struct alert *a, struct strbuf *out)
{
	size_t at;
	const struct ack *k = b->orders.acks == 0 ? NULL : find_ack(&b->orders, a->key, &at);
	char why[ORDERS_TEXT_MAX];
	struct strbuf who = STRBUF_IN(why);

	if (k == NULL)
		return;
	who_and_why(&who, k->who, k->comment);
	text_say(out, b->config->lang, TEXT_WAS_ACKED, why, NULL);
	forget_ack(b, a->key);
}

/* --- silences --- */

int
orders_restore_silence(struct orders *o, const struct silence *s)
{
	struct silence *copy;

	if (o->silences == SILENCES_MAX || (copy = malloc(sizeof(*copy))) == NULL)
		return -1;
	*copy = *s;
	o->silence[o->silences++] = copy;
	return 0;
}

static void
forget_silence(struct brain *b, size_t at)
{
	struct orders *o = &b->orders;

	free(o->silence[at]);
	o->silence[at] = o->silence[--o->silences];
	b->changed = true;
}

static size_t
find_silence(const struct orders *o, const char *pattern)
{
	size_t i = 0;

	while (i < o->silences && strcmp(o->silence[i]->pattern, pattern) != 0)
		i++;
	return i;
}

static void
announce_silence(struct brain *b, const struct silence *s, double seconds, const struct order *by)
{
	char text[ALERT_DETAIL_MAX], why[ORDERS_TEXT_MAX], lasts[TEXT_SHORT];
	struct strbuf out = STRBUF_IN(text), who = STRBUF_IN(why);

	who_and_why(&who, s->who, s->comment);
	text_duration(lasts, sizeof(lasts), b->config->lang, seconds);
	text_say(&out, b->config->lang, TEXT_SILENCED, s->pattern, lasts, why, NULL);
	announce(b, "silence", s->pattern, by, text);
}

const char *
orders_silence(struct brain *b, const char *pattern, double seconds, const struct order *by)
{
	struct silence s = {.until = b->clock.now + seconds, .wall = b->clock.wall};
	size_t at = find_silence(&b->orders, pattern);

	if (strlen(pattern) > ORDER_PATTERN_MAX)
		return "the pattern is too long";
	if (!(seconds > 0 && seconds <= SILENCE_LONGEST_S))
		return "expected a time over 0 and of 30 days at most (90s, 5m, 2h, 1d)";
	if (at < b->orders.silences)
		forget_silence(b, at);
	cut(s.pattern, sizeof(s.pattern), pattern);
	cut(s.who, sizeof(s.who), by->who);
	cut(s.comment, sizeof(s.comment), by->comment);
	if (orders_restore_silence(&b->orders, &s) == -1)
		return "as many silences are ordered as can be";
	announce_silence(b, &s, seconds, by);
	return NULL;
}

const char *
orders_unsilence(struct brain *b, const char *pattern, const struct order *by)
{
	size_t at = find_silence(&b->orders, pattern);
	char text[ALERT_DETAIL_MAX];
	struct strbuf out = STRBUF_IN(text);

	if (at == b->orders.silences)
		return "there is no such silence: watchdogctl status shows them all";
	forget_silence(b, at);
	text_say(&out, b->config->lang, TEXT_UNSILENCED, pattern, by->who, NULL);
	announce(b, "unsilence", pattern, by, text);
	return NULL;
}

const struct silence *
orders_silence_of(const struct brain *b, const struct alert *a, double now)
{
	const struct orders *o = &b->orders;
	char subject[ALERT_KEY_MAX + 16];

	if (o->silences == 0)
		return NULL;
	alert_subject(subject, sizeof(subject), a->kind, a->key);
	for (size_t i = 0; i < o->silences; i++) {
		const struct silence *s = o->silence[i];

		if (s->until > now && (glob_match(s->pattern, a->key) || glob_match(s->pattern, subject)))
			return s;
	}
	return NULL;
}

double
orders_due(const struct orders *o)
{
	double due = INFINITY;

	for (size_t i = 0; i < o->silences; i++)
		due = fmin(due, o->silence[i]->until);
	return due;
}

void
orders_expire(struct brain *b)
{
	for (size_t i = b->orders.silences; i > 0; i--) {
		const struct silence *s = b->orders.silence[i - 1];

		if (s->until > b->clock.now)
			continue;
		brain_remember(b, "silence over", s->pattern, "", "");
		forget_silence(b, i - 1);
	}
}

void
orders_free(struct orders *o)
{
	while (o->acks > 0)
		free(o->ack[--o->acks]);
	while (o->silences > 0)
		free(o->silence[--o->silences]);
}
