/*
 * Secrets on their way: to the notifier, through a file without a name, and
 * from the environment, where they are wiped, to the next load.
 */
#include "build_config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config_bytes.h"
#include "config_secrets.h"

/* --- to the notifier --- */

static int
write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
write_secret(const struct config *c, size_t i, int fd)
{
	const char *name = config_key_at(i)->name;
	size_t len = strlen(name);
	struct bytes b;
	int rc = 0;

	bytes_new(&b, len + CONFIG_VALUE_MAX + 2);
	memcpy(b.p, name, len);
	b.p[len] = '=';
	if (config_value(c, i, b.p + len + 1, CONFIG_VALUE_MAX + 1) == 0) {
		len = strlen(b.p);
		b.p[len] = '\n';
		rc = write_all(fd, b.p, len + 1);
	}
	bytes_free(&b);
	return rc;
}

int
config_write_secrets(const struct config *c, int fd)
{
	for (size_t i = 0; i < config_key_count(); i++)
		if ((config_key_at(i)->flags & CONFIG_SECRET) != 0 && write_secret(c, i, fd) == -1)
			return -1;
	return 0;
}

static int
take_secret(struct config *c, char *line, char *why, size_t whylen)
{
	char *equals = strchr(line, '=');
	const struct config_key *key;

	if (equals == NULL) {
		snprintf(why, whylen, "expected KEY=VALUE");
		return -1;
	}
	*equals = '\0';
	if ((key = config_key_find(line)) == NULL || (key->flags & CONFIG_SECRET) == 0) {
		snprintf(why, whylen, "expected the key of a secret");
		return -1;
	}
	return config_set(c, line, equals + 1, why, whylen);
}

int
config_read_secrets(struct config *c, int fd, char *why, size_t whylen)
{
	struct bytes b = {0};
	int rc = 0;

	*why = '\0';
	if (bytes_read_from_start(&b, fd, CONFIG_FILE_MAX) == -1) {
		snprintf(why, whylen, "%s", bytes_read_error(CONFIG_FILE_MAX));
		rc = -1;
	}
	for (char *line = b.p, *end; rc == 0 && (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		rc = take_secret(c, line, why, whylen);
	}
	bytes_free(&b);
	return rc;
}

/* --- to the next load --- */

static void
assign_kept(struct load *l, char *line)
{
	const struct place at = {NULL, 0};
	char *equals = strchr(line, '=');

	if (equals == NULL)
		return;
	*equals = '\0';
	config_assign(l, &at, line, equals + 1);
}

void
config_load_kept_secrets(struct load *l, const struct config_source *from)
{
	const struct place at = {NULL, 0};
	struct bytes b = {0};

	if (from->env_secrets <= 0)
		return;
	if (bytes_read_from_start(&b, from->env_secrets, CONFIG_FILE_MAX) == -1)
		config_say(l, true, &at, "its secrets, which were kept, cannot be read: %s", bytes_read_error(CONFIG_FILE_MAX));
	else
		for (char *line = b.p, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
			*end = '\0';
			assign_kept(l, line);
		}
	bytes_free(&b);
}

void
config_move_secret(struct load *l, const struct config_source *from, const struct config_key *key, char *value)
{
	const struct place at = {NULL, 0};
	size_t i = config_key_index(key);

	explicit_bzero(value, strlen(value));
	if (from->env_secrets <= 0 || l->by_value[i] == 0 || (l->c->refused & config_key_bit(key)) != 0)
		return;
	if (lseek(from->env_secrets, 0, SEEK_END) == -1 || write_secret(l->c, i, from->env_secrets) == -1)
		config_say(l, true, &at, "%s: cannot be kept: %s", key->name, strerror(errno));
}
