/*
 * What the parts of the replay share: a line's members, and who reads which.
 */
#ifndef WATCHDOG_REPLAY_JSON_H
#define WATCHDOG_REPLAY_JSON_H

#include <cjson/cJSON.h>

#include "brain.h"

/* A member of object; NULL if there is none or object is none. */
const cJSON *replay_member(const cJSON *object, const char *name);

/* Its value if it is a finite number, else NaN. */
double replay_number(const cJSON *object, const char *name);

/* Its value if it is a string, else other. */
const char *replay_string(const cJSON *object, const char *name, const char *other);

/*
 * The members docker, events, checks and containers of a line, in this order.
 * The list is the whole list, unless docker is said to have given none.
 */
void replay_docker(struct brain *b, const cJSON *line);

/* The members roles and operator. */
void replay_orders(struct brain *b, const cJSON *line);

#endif
