/*
 * Why a signal did, or did not, fire: what is known of it, and what happened.
 */
#ifndef WATCHDOG_CONTROL_EXPLAIN_H
#define WATCHDOG_CONTROL_EXPLAIN_H

#include "control_json.h"

#define EXPLAIN_PASTS 10 /* the last ones of a signal that explain shows */

/* {"explain": …}, then {"past": …} for the last that happened to it, oldest first. */
void answer_explain(const struct answer *to, const struct brain *b, const struct alert *a);

/*
 * {"remembered": N}, for all signals, then {"past": …} for each, oldest
 * first; words: only what happened to that subject or key, NULL = all.
 */
void answer_history(const struct answer *to, const struct brain *b, const char *words);

#endif
