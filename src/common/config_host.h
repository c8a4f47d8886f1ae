/*
 * What the host says where the user has said nothing.  For config_load.c.
 */
#ifndef WATCHDOG_CONFIG_HOST_H
#define WATCHDOG_CONFIG_HOST_H

#include "config.h"

/* The value of a variable of env (NULL = none), a part of env; NULL if it is not there or empty. */
const char *config_variable(char **env, const char *name);

/* Language, docker's socket and the host's name, where they have not been given. */
void config_host_defaults(struct config *c, char **env);

#endif
