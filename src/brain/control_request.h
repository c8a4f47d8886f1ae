/*
 * What a client of the control socket asks: one line of words, separated by
 * tabs, ended by a newline.  The first says what is wanted.
 */
#ifndef WATCHDOG_CONTROL_REQUEST_H
#define WATCHDOG_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "alert.h"

#define REQUEST_MAX 8192   /* bytes of a line, its newline too */
#define REQUEST_WORDS_MAX 64

enum control_verb { VERB_STATUS, VERB_WATCH, VERB_HEALTH, VERB_TICK, VERB_TEST, VERB_HISTORY, VERB_EXPLAIN, VERB_ACK, VERB_SILENCE, VERB_UNSILENCE, VERB_RECORD, VERB_COUNT };

struct control_request {
	enum control_verb verb;
	size_t nwords; /* behind the verb */
	const char *word[REQUEST_WORDS_MAX];
};

/*
 * Take a line of len bytes, without its newline; it is cut into words where
 * it lies.  Returns NULL, or a sentence for the client: what is wrong and
 * what would be right.
 */
const char *request_parse(struct control_request *r, char *line, size_t len);

/* Its word. */
const char *request_word(enum control_verb verb);

/* True if the verb changes something, so that it takes the right to. */
bool request_changes(enum control_verb verb);

/* True if its answer tells of the roles, which only the parent knows. */
bool request_needs_roles(enum control_verb verb);

#endif
