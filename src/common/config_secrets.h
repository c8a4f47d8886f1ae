/*
 * Secrets of the environment.  They are wiped where they stood, and kept for
 * the next load in the caller's config_source.env_secrets.  For config_load.c.
 */
#ifndef WATCHDOG_CONFIG_SECRETS_H
#define WATCHDOG_CONFIG_SECRETS_H

#include "config_assign.h"

/* Assign what an earlier load has kept. */
void config_load_kept_secrets(struct load *l, const struct config_source *from);

/* Wipe the value, as it stood in the environment, of a key that has been assigned; keep it if it was good. */
void config_move_secret(struct load *l, const struct config_source *from, const struct config_key *key, char *value);

#endif
