/*
 * Members of an answer's objects.  One that is missing, or of another type,
 * is as nothing: a client may be newer than its daemon.
 */
#ifndef WATCHDOG_CTL_MEMBERS_H
#define WATCHDOG_CTL_MEMBERS_H

#include <stdbool.h>

#include <cjson/cJSON.h>

/* "" if there is none. */
const char *string_of(const cJSON *o, const char *name);

/* NaN if there is none. */
double number_of(const cJSON *o, const char *name);

/* 0 if there is none. */
double count_of(const cJSON *o, const char *name);

/* False if there is none. */
bool flag_of(const cJSON *o, const char *name);

#endif
