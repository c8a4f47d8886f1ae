/*
 * Defaults that the host itself gives.  What a file or a variable of the host
 * says goes the way of any other value, and counts as not given by the user.
 */
#include "build_config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config_assign.h"
#include "config_bytes.h"
#include "config_host.h"

const char *
config_variable(char **env, const char *name)
{
	size_t len = strlen(name);

	for (; env != NULL && *env != NULL; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=' && (*env)[len + 1] != '\0')
			return *env + len + 1;
	return NULL;
}

static bool
is_given(const struct config *c, const char *name)
{
	return (c->given & config_key_bit(config_key_find(name))) != 0;
}

/* A default is not something that the user has given. */
static int
set_default(struct config *c, const char *name, const char *value)
{
	uint64_t bit = config_key_bit(config_key_find(name)), refused = c->refused & bit;
	char why[256];
	int rc = config_set(c, name, value, why, sizeof(why));

	c->given &= ~bit;
	c->refused = (c->refused & ~bit) | refused;
	return rc;
}

static void
default_language(struct config *c, char **env)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	const char *v = NULL;

	for (size_t i = 0; v == NULL && i < sizeof(names) / sizeof(names[0]); i++)
		v = config_variable(env, names[i]);
	if (v != NULL && strncmp(v, "ru", 2) == 0 && !isalpha((unsigned char)v[2]))
		set_default(c, "WATCHDOG_LANG", "ru");
}

static void
default_docker_sock(struct config *c, char **env)
{
	const char *v = config_variable(env, "DOCKER_HOST");

	if (v != NULL && strncmp(v, "unix://", 7) == 0)
		set_default(c, "WATCHDOG_DOCKER_SOCK", v + 7);
}

/* The first line of hostname(5)'s file that is not a comment. */
static int
host_name_from_file(struct config *c)
{
	char path[4096];
	struct bytes b = {0};
	int rc = -1;

	snprintf(path, sizeof(path), "%s/etc/hostname", strcmp(c->rootfs_path, "/") == 0 ? "" : c->rootfs_path);
	if (bytes_read_file(&b, NULL, path, 4096) == -1)
		return -1;
	for (char *line = b.p, *next = line; rc == -1 && next != NULL; line = next) {
		if ((next = strchr(line, '\n')) != NULL)
			*next++ = '\0';
		line += strspn(line, CONFIG_BLANK);
		if (*line != '#' && *line != '\0')
			rc = set_default(c, "WATCHDOG_HOST_NAME", line);
	}
	bytes_free(&b);
	return rc;
}

static void
default_host_name(struct config *c)
{
	char name[256] = "";

	if (host_name_from_file(c) == 0)
		return;
	if (gethostname(name, sizeof(name) - 1) == -1 || *name == '\0' ||
	    set_default(c, "WATCHDOG_HOST_NAME", name) == -1)
		set_default(c, "WATCHDOG_HOST_NAME", "localhost");
}

void
config_host_defaults(struct config *c, char **env)
{
	if (!is_given(c, "WATCHDOG_LANG"))
		default_language(c, env);
	if (!is_given(c, "WATCHDOG_DOCKER_SOCK"))
		default_docker_sock(c, env);
	if (!is_given(c, "WATCHDOG_HOST_NAME"))
		default_host_name(c);
}
