/*
 * JSON for clients of the control socket, a line at a time.
 */
#ifndef WATCHDOG_CONTROL_JSON_H
#define WATCHDOG_CONTROL_JSON_H

#include <cjson/cJSON.h>

#include "brain.h"

/* line: without its newline; lives until the function returns.  NULL: memory was short. */
typedef void answer_line(void *ctx, const char *line);

/* Where an answer goes. */
struct answer {
	answer_line *line;
	void *ctx;
};

/* Give one line away, {"name": object}; the object is used up, NULL is memory that was short. */
void json_say(const struct answer *to, const char *name, cJSON *object);

/* A number, or null for what is not finite, so not known; a text. */
void json_number(cJSON *o, const char *name, double value);
void json_text(cJSON *o, const char *name, const char *value);

/* A boot clock's time as the wall clock had it. */
double json_wall(const struct brain *b, double at);

/* A container that is away on purpose and may still come back without an alarm. */
bool control_in_grace(const struct alert *a);

/* A signal as status shows it. */
cJSON *json_signal(const struct brain *b, const struct alert *a);

/* A silence likewise. */
cJSON *json_silence(const struct brain *b, const struct silence *s);

#endif
