/*
 * Requests of control clients.  Trusts nothing of them.
 */
#include "build_config.h"

#include <string.h>

#include "control_request.h"
#include "utf8.h"

static const struct {
	const char *word;
	size_t least, most; /* words behind it */
	bool changes, roles;
	const char *usage;
} verbs[VERB_COUNT] = {
	[VERB_STATUS] = {"status", 0, 0, false, true, "status: expected nothing behind it"},
	[VERB_WATCH] = {"watch", 0, 0, false, true, "watch: expected nothing behind it"},
	[VERB_HEALTH] = {"health", 0, 0, false, true, "health: expected nothing behind it"},
	[VERB_TICK] = {"tick", 0, 0, true, false, "tick: expected nothing behind it"},
	[VERB_TEST] = {"test", 0, 0, true, false, "test: expected nothing behind it"},
	[VERB_HISTORY] = {"history", 0, 2, false, false, "history: expected a signal, or nothing"},
	[VERB_EXPLAIN] = {"explain", 1, 2, false, false, "explain: expected a signal, as status shows it"},
	[VERB_ACK] = {"ack", 1, REQUEST_WORDS_MAX, true, false, "ack: expected a signal, and a comment if you like"},
	[VERB_SILENCE] = {"silence", 2, REQUEST_WORDS_MAX, true, false,
	    "silence: expected a pattern, a time like 2h, and a comment if you like"},
	[VERB_UNSILENCE] = {"unsilence", 1, 2, true, false, "unsilence: expected the pattern of a silence"},
	[VERB_RECORD] = {"record", 0, 0, false, false, "record: expected nothing behind it"},
};

const char *
request_word(enum control_verb verb)
{
	return verbs[verb].word;
}

bool
request_changes(enum control_verb verb)
{
	return verbs[verb].changes;
}

bool
request_needs_roles(enum control_verb verb)
{
	return verbs[verb].roles;
}

static bool
is_text(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)line[i] < ' ' && line[i] != '\t') || line[i] == 0x7f)
			return false;
	return utf8_valid(line, len);
}

static const char *
cut_words(struct control_request *r, char *at)
{
	char *word;

	while ((word = strsep(&at, "\t")) != NULL) {
		if (r->nwords == REQUEST_WORDS_MAX)
			return "too many words";
		if (word[0] == '\0')
			return "expected no empty word";
		r->word[r->nwords++] = word;
	}
	return NULL;
}

const char *
request_parse(struct control_request *r, char *line, size_t len)
{
	char *rest;
	const char *why;
	size_t verb = 0;

	*r = (struct control_request){0};
	if (!is_text(line, len))
		return "expected one line of UTF-8 text";
	line[len] = '\0';
	if ((rest = strchr(line, '\t')) != NULL)
		*rest++ = '\0';
	while (verb < VERB_COUNT && strcmp(verbs[verb].word, line) != 0)
		verb++;
	if (verb == VERB_COUNT)
		return "this daemon knows no such request";
	r->verb = (enum control_verb)verb;
	if (rest != NULL && (why = cut_words(r, rest)) != NULL)
		return why;
	return r->nwords < verbs[verb].least || r->nwords > verbs[verb].most ? verbs[verb].usage : NULL;
}
