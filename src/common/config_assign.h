/*
 * One assignment, wherever it stands.  For config_load.c and its kin.
 */
#ifndef WATCHDOG_CONFIG_ASSIGN_H
#define WATCHDOG_CONFIG_ASSIGN_H

#include "config.h"

#define CONFIG_PREFIX "WATCHDOG_"
#define CONFIG_FILE_SUFFIX "_FILE" /* a key with it names the file that holds the value */
#define CONFIG_NAME_MOST 64        /* bytes of a key's name, its suffix included */
#define CONFIG_KEYS_MOST 64
#define CONFIG_BLANK " \t\r\n"

/* Where an assignment stands. */
struct place {
	const char *file; /* NULL = the environment */
	unsigned line;    /* 0 = the file as a whole */
};

/* A load under way. */
struct load {
	struct config *c;
	config_report *report; /* NULL = nobody is told */
	void *ctx;
	const char *folder;    /* as of struct config_source */
	unsigned errors;
	/* What this source has given so far, by key: the line (1 in the environment), 0 = nothing. */
	unsigned by_value[CONFIG_KEYS_MOST], by_file[CONFIG_KEYS_MOST];
};

/* Report a problem; at: NULL = nowhere in particular.  Errors are counted. */
void config_say(struct load *l, bool error, const struct place *at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Set the key called name, or say what is wrong.  The value may be changed in place. */
void config_assign(struct load *l, const struct place *at, const char *name, char *value);

/* What comes now is another source: each may give a key once, and wins over those before it. */
void config_next_source(struct load *l);

#endif
