/*
 * A document (gather.h) as a person reads it.
 */
#ifndef WATCHDOG_CTL_SHOW_H
#define WATCHDOG_CTL_SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include <cjson/cJSON.h>

/* Signals, roles, and what there is to say of delivery. */
void show_status(const cJSON *document, FILE *out, bool colours);

/* What is known of one signal, and what happened to it. */
void show_explain(const cJSON *document, FILE *out, bool colours);

/* What happened, oldest first. */
void show_history(const cJSON *document, FILE *out, bool colours);

#endif
