/*
 * The words by which a person names a signal: those of a message's subject
 * ("container api", "memory") or the key ("container:api", "mem").
 */
#ifndef WATCHDOG_CONTROL_KEY_H
#define WATCHDOG_CONTROL_KEY_H

#include "brain.h"
#include "control_request.h"

#define KEY_WORDS_MAX (ALERT_KEY_MAX + 16)

/*
 * The subject or key at the front of the request's words, joined by a blank:
 * two words where the first is one that a name follows ("container"), else
 * one.  Returns how many words that were, 0 if there are none.
 */
size_t key_words(const struct control_request *r, char *buf, size_t cap);

/* The signal of that subject or key, NULL if there is none now. */
struct alert *key_find(const struct brain *b, const char *words);

/* "no signal \"dep gti\"; did you mean dep git, dep gui?" into cap bytes at buf. */
void key_unknown(const struct brain *b, const char *words, char *buf, size_t cap);

#endif
