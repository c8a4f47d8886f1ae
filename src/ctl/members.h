/*
 * Members of an answer's objects.  One that is missing, or of another type,
 * is as nothing: a client may be newer than its daemon.
 */
#ifndef WATCHDOG_CTL_MEMBERS_H
#define WATCHDOG_CTL_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

/* "" if there is none. */
const char *string_of(const cJSON *o, const char *name);

/* NaN if there is none. */
double number_of(const cJSON *o, const char *name);

/* 0 if there is none. */
double count_of(const cJSON *o, const char *name);

/* False if there is none. */
bool flag_of(const cJSON *o, const char *name);

/* A signal as messages call it: its subject, and the name that its label gives it behind it. */
void subject_of(const cJSON *signal, char *buf, size_t cap);

#endif
