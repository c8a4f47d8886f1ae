/*
 * Sources of a configuration, in a folder of their own in the build tree, and
 * what is reported when they are loaded.
 */
#ifndef WATCHDOG_CONFIG_LOAD_UNIT_H
#define WATCHDOG_CONFIG_LOAD_UNIT_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_unit.h"

static char folder[] = "config-load-XXXXXX"; /* in the build tree */
static char reports[20000];
static unsigned errors;

static inline void
write_file(const char *name, const char *text, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

static inline void
note(void *ctx, bool error, const char *text)
{
	(void)ctx;
	assert_true(strlen(reports) + strlen(text) + 4 < sizeof(reports));
	strcat(strcat(strcat(reports, error ? "E " : "W "), text), "\n");
}

static inline unsigned
load_from(const struct config_source *from)
{
	config_free(&c);
	config_init(&c);
	reports[0] = '\0';
	return errors = config_load(&c, from, note, NULL);
}

/* Loads a file of these bytes and an environment, NULL at its end, that may be written to. */
static inline unsigned
load_bytes(const char *text, size_t len, const char *const *env)
{
	char *copy[20] = {NULL};
	struct config_source from = {.file = text == NULL ? NULL : "conf", .must_exist = true, .env = copy};

	for (size_t i = 0; env != NULL && env[i] != NULL; i++)
		copy[i] = strdup(env[i]);
	if (text != NULL)
		write_file("conf", text, len);
	load_from(&from);
	for (size_t i = 0; copy[i] != NULL; i++)
		free(copy[i]);
	return errors;
}

#define ENV(...) (const char *const[]){__VA_ARGS__, NULL}

static inline unsigned
load(const char *text, const char *const *env)
{
	return load_bytes(text, text == NULL ? 0 : strlen(text), env);
}

static inline void
expect(const char *text)
{
	assert_string_equal(reports, text);
}

static inline int
enter_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL || chdir(folder) == -1 ? -1 : 0;
}

static inline int
leave_folder(void **state)
{
	static const char *const files[] = {"conf", "value", "empty", "nul", "wrong", "root/etc/hostname"};

	(void)state;
	for (size_t i = 0; i < LENGTH(files); i++)
		unlink(files[i]);
	rmdir("root/etc");
	rmdir("root");
	return chdir("..") == -1 || rmdir(folder) == -1 ? -1 : 0;
}

#endif
