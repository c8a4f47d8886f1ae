/*
 * Reading the secrets.  Trusts the parent, who wrote them; checks them all
 * the same, and names the line but never the value.
 */
#include "build_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "secret.h"

static int
refuse(char *why, size_t whylen, unsigned line, const char *key, const char *what)
{
	snprintf(why, whylen, "secrets, line %u: %s%s%s", line, key, *key == '\0' ? "" : ": ", what);
	return -1;
}

static int
set_line(struct config *c, char *text, unsigned line, char *why, size_t whylen)
{
	char *value = strchr(text, '=');
	size_t len = strlen(text);
	char reason[256];
	const struct config_key *key;
	int rc;

	if (len > 0 && text[len - 1] == '\r')
		text[len - 1] = '\0';
	if (*text == '\0')
		return 0;
	if (value == NULL)
		return refuse(why, whylen, line, "", "expected KEY=VALUE");
	*value++ = '\0';
	key = config_key_find(text);
	if (key == NULL || (key->flags & CONFIG_SECRET) == 0)
		return refuse(why, whylen, line, "", "not a secret key of the configuration");
	rc = config_set(c, key->name, value, reason, sizeof(reason));
	explicit_bzero(reason, sizeof(reason)); /* it may quote the value */
	return rc == -1 ? refuse(why, whylen, line, key->name, "not a usable value") : 0;
}

/* All of fd into buf; returns the bytes, or -1 with errno. */
static ssize_t
read_whole(int fd, char *buf, size_t cap)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = pread(fd, buf + len, cap - len, (off_t)len);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n == -1 && errno == EINTR));
	return n == -1 ? -1 : (ssize_t)len;
}

static int
set_lines(struct config *c, char *text, char *why, size_t whylen)
{
	char *line;

	for (unsigned n = 1; (line = strsep(&text, "\n")) != NULL; n++)
		if (set_line(c, line, n, why, whylen) == -1)
			return -1;
	return 0;
}

int
secret_read(struct config *c, int fd, char *why, size_t whylen)
{
	char *buf = calloc(1, SECRET_MAX + 2);
	ssize_t len = buf == NULL ? -1 : read_whole(fd, buf, SECRET_MAX + 1);
	int rc = -1;

	if (len == -1)
		snprintf(why, whylen, "secrets: cannot be read: %s", strerror(errno));
	else if (len > SECRET_MAX)
		snprintf(why, whylen, "secrets: more than %d bytes", SECRET_MAX);
	else if (memchr(buf, '\0', (size_t)len) != NULL)
		snprintf(why, whylen, "secrets: a NUL byte");
	else
		rc = set_lines(c, buf, why, whylen);
	if (buf != NULL)
		explicit_bzero(buf, SECRET_MAX + 2);
	free(buf);
	close(fd);
	return rc;
}

static void
blot_out(char *text, const char *secret)
{
	size_t len = strlen(secret);

	while (len > 0 && (text = strstr(text, secret)) != NULL)
		memset(text, '*', len);
}

void
secret_scrub(char *text, const char *token)
{
	const char *colon = strchr(token, ':');

	blot_out(text, token);
	if (colon != NULL)
		blot_out(text, colon + 1);
}
