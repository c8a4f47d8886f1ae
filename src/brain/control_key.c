/*
 * Finding what a person means.
 */
#include "build_config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "control_key.h"
#include "nearest.h"
#include "signal_text.h"
#include "strbuf.h"

#define SUGGESTIONS 3
#define QUOTED_MAX 200 /* bytes of a name */
#define FAR 4 /* letters that may differ, and no more than a third */

size_t
key_words(const struct control_request *r, char *buf, size_t cap)
{
	struct strbuf out = strbuf_fixed(buf, cap);
	size_t n = r->nwords > 1 && kind_word_takes_name(r->word[0]) ? 2 : r->nwords > 0;

	for (size_t i = 0; i < n; i++) {
		strbuf_puts(&out, i == 0 ? "" : " ");
		strbuf_puts(&out, r->word[i]);
	}
	return n;
}

/* As its key has it, or as a message calls it, with the name that its label gives it or without. */
static bool
is_called(const struct alert *a, const char *words)
{
	char subject[ALERT_SUBJECT_MAX];

	alert_subject(subject, sizeof(subject), a->kind, a->key);
	if (strcmp(subject, words) == 0 || strcmp(a->key, words) == 0)
		return true;
	signal_subject(subject, sizeof(subject), a);
	return strcmp(subject, words) == 0;
}

struct alert *
key_find(const struct brain *b, const char *words)
{
	struct alert *a, *next;

	ALERTS_EACH(&b->alerts, a, next)
		if (is_called(a, words))
			return a;
	return NULL;
}

struct suggestion {
	const struct alert *a;
	unsigned far;
};

/* A part of the name is nearer than any slip of the finger. */
static unsigned
distance_to(const struct alert *a, const char *words)
{
	char subject[KEY_WORDS_MAX];
	unsigned by_key = word_distance(words, a->key), by_subject;

	alert_subject(subject, sizeof(subject), a->kind, a->key);
	if (strstr(subject, words) != NULL || strstr(a->key, words) != NULL)
		return 0;
	by_subject = word_distance(words, subject);
	return by_key < by_subject ? by_key : by_subject;
}

static void
suggest(struct suggestion *best, const struct alert *a, unsigned far, unsigned most)
{
	size_t i = SUGGESTIONS;

	while (i > 0 && far < best[i - 1].far)
		i--;
	if (far > most || i == SUGGESTIONS)
		return;
	memmove(&best[i + 1], &best[i], (SUGGESTIONS - 1 - i) * sizeof(*best));
	best[i] = (struct suggestion){a, far};
}

static void
quote(struct strbuf *out, const char *text)
{
	strbuf_puts(out, "\"");
	strbuf_cut(out, text, QUOTED_MAX);
	strbuf_puts(out, "\"");
}

void
key_unknown(const struct brain *b, const char *words, char *buf, size_t cap)
{
	struct suggestion best[SUGGESTIONS];
	struct strbuf out = strbuf_fixed(buf, cap);
	char subject[KEY_WORDS_MAX];
	size_t third = 1 + strlen(words) / 3;
	struct alert *a, *next;

	for (size_t i = 0; i < SUGGESTIONS; i++)
		best[i] = (struct suggestion){NULL, UINT_MAX};
	ALERTS_EACH(&b->alerts, a, next)
		suggest(best, a, distance_to(a, words), third < FAR ? (unsigned)third : FAR);
	strbuf_puts(&out, "there is no signal ");
	quote(&out, words);
	strbuf_puts(&out, " now");
	for (size_t i = 0; i < SUGGESTIONS && best[i].a != NULL; i++) {
		alert_subject(subject, sizeof(subject), best[i].a->kind, best[i].a->key);
		strbuf_puts(&out, i == 0 ? "; did you mean " : ", ");
		quote(&out, subject);
	}
	strbuf_puts(&out, best[0].a == NULL ? "; watchdogctl status shows them all" : "?");
}
