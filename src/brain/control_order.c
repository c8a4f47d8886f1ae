/*
 * Orders of control clients.  The words are theirs, so they are bounded and
 * checked here; who they are is the parent's word.
 */
#include "build_config.h"

#include <stdio.h>
#include <string.h>

#include "control_key.h"
#include "control_order.h"
#include "glob.h"
#include "message_text.h"
#include "order_rate.h"
#include "values.h"

#define EXIT_NO 1
#define EXIT_WORDS 64 /* EX_USAGE */
#define EXIT_LATER 75 /* EX_TEMPFAIL */

/* The words from the given one on. */
static void
join(char *buf, size_t cap, const struct control_request *r, size_t from)
{
	struct strbuf out = strbuf_fixed(buf, cap);

	for (size_t i = from; i < r->nwords; i++) {
		strbuf_puts(&out, i == from ? "" : " ");
		strbuf_puts(&out, r->word[i]);
	}
}

static bool
finish(struct order_result *result, const char *why, int exit_status)
{
	if (why == NULL)
		return true;
	result->exit_status = exit_status;
	snprintf(result->text, sizeof(result->text), "%s", why);
	return false;
}

static bool
take_ack(struct brain *b, const struct control_request *r, const char *who, struct order_result *result)
{
	char words[KEY_WORDS_MAX], comment[ORDER_COMMENT_MAX + 1];
	size_t used = key_words(r, words, sizeof(words));
	struct alert *a = key_find(b, words);

	result->exit_status = EXIT_NO;
	if (a == NULL) {
		key_unknown(b, words, result->text, sizeof(result->text));
		return false;
	}
	join(comment, sizeof(comment), r, used);
	result->exit_status = 0;
	snprintf(result->text, sizeof(result->text), "%.500s: acknowledged, it is not told again until it recovers", words);
	return finish(result, orders_ack(b, a, &(const struct order){who, comment}), EXIT_NO);
}

static unsigned
count_matches(const struct brain *b, const char *pattern)
{
	char subject[KEY_WORDS_MAX];
	struct alert *a, *next;
	unsigned n = 0;

	ALERTS_EACH(&b->alerts, a, next) {
		alert_subject(subject, sizeof(subject), a->kind, a->key);
		n += glob_match(pattern, a->key) || glob_match(pattern, subject);
	}
	return n;
}

static bool
take_silence(struct brain *b, const struct control_request *r, const char *who, struct order_result *result)
{
	char pattern[KEY_WORDS_MAX], comment[ORDER_COMMENT_MAX + 1], lasts[TEXT_SHORT], what[256];
	size_t used = key_words(r, pattern, sizeof(pattern));
	unsigned matches = count_matches(b, pattern);
	double seconds;

	if (used == r->nwords || !value_seconds(r->word[used], &seconds) || !(seconds > 0 && seconds <= SILENCE_LONGEST_S)) {
		snprintf(what, sizeof(what), "expected a time of 30 days at most (90s, 5m, 2h, 1d) behind \"%.100s\", found \"%.50s\"", pattern,
		    used == r->nwords ? "" : r->word[used]);
		return finish(result, what, EXIT_WORDS);
	}
	join(comment, sizeof(comment), r, used + 1);
	text_duration(lasts, sizeof(lasts), LANGUAGE_EN, seconds);
	snprintf(result->text, sizeof(result->text), "%.300s: silenced for %s, it matches %u signal%s now", pattern, lasts,
	    matches, matches == 1 ? "" : "s");
	return finish(result, orders_silence(b, pattern, seconds, &(const struct order){who, comment}), EXIT_NO);
}

static bool
take_unsilence(struct brain *b, const struct control_request *r, const char *who, struct order_result *result)
{
	char pattern[KEY_WORDS_MAX];

	if (key_words(r, pattern, sizeof(pattern)) != r->nwords)
		return finish(result, "unsilence: expected one pattern, as status shows it", EXIT_WORDS);
	snprintf(result->text, sizeof(result->text), "%.300s: no longer silenced", pattern);
	return finish(result, orders_unsilence(b, pattern, &(const struct order){who, ""}), EXIT_NO);
}

static bool
take(struct brain *b, const struct control_request *r, const char *who, struct order_result *result)
{
	switch (r->verb) {
	case VERB_ACK:
		return take_ack(b, r, who, result);
	case VERB_SILENCE:
		return take_silence(b, r, who, result);
	default:
		return take_unsilence(b, r, who, result);
	}
}

bool
order_take(struct brain *b, const struct control_request *r, const char *who, struct order_result *result)
{
	char what[256];

	*result = (struct order_result){0};
	if (!order_rate_allows(b, who)) {
		snprintf(what, sizeof(what), "too many orders, each of which the chats are told: one is taken every %.0f s", ORDERS_PAUSE_S);
		return finish(result, what, EXIT_LATER);
	}
	if (!take(b, r, who, result))
		return false;
	order_rate_count(b, who);
	return true;
}
