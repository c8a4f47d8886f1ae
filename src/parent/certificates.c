/*
 * Which CA bundle a role is given, and whether it is still the one that lies
 * there.  Distributions renew theirs, a private CA ends: a notifier that went
 * on with the old one could one day tell nobody anything, not even that.
 */
#include "build_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "parent.h"

static void
note_https(void *ctx, const struct url *where)
{
	bool *any = ctx;

	*any = *any || where->scheme == SCHEME_HTTPS;
}

static bool
needs_ca(const struct config *config, uint16_t chats, enum role_id role)
{
	bool https = false;

	/* The API may be behind a proxy, which is then the notifier's only endpoint. */
	if (role == ROLE_NOTIFIER)
		return chats > 0 && config->tg_api_url.scheme == SCHEME_HTTPS;
	if (role == ROLE_COLLECTOR)
		config_endpoints(config, role, note_https, &https);
	return https;
}

/* Where the distributions keep their bundle: Debian and Alpine, Fedora, openSUSE, older Alpine. */
static const char *const system_bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
};

struct bundle {
	const char *path; /* NULL: the system's, of which there is none */
	int fd;           /* -1 = none */
	int error;        /* why not */
};

static struct bundle
bundle_open(const struct config *config, enum role_id role)
{
	const char *given = role == ROLE_NOTIFIER && config->tg_ca_file != NULL ? config->tg_ca_file : config->ca_file;
	struct bundle b = {.path = given, .fd = -1};

	/* Should it be a pipe, nobody waits here for who writes to it. */
	if (given != NULL)
		b.fd = open(given, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	else
		for (size_t i = 0; b.fd == -1 && i < sizeof(system_bundles) / sizeof(system_bundles[0]); i++)
			if ((b.fd = open(system_bundles[i], O_RDONLY | O_CLOEXEC)) != -1)
				b.path = system_bundles[i];
	b.error = b.fd == -1 ? errno : 0;
	return b;
}

static void
bundle_close(const struct bundle *b)
{
	if (b->fd != -1)
		close(b->fd);
}

int
certificates_open(const struct parent *p, enum role_id role)
{
	struct bundle b;

	if (!needs_ca(&p->config, p->chats, role))
		return -1;
	b = bundle_open(&p->config, role);
	if (b.fd == -1 && b.path != NULL)
		log_error("%s: %s: https cannot be verified", b.path, strerror(b.error));
	else if (b.fd == -1)
		log_error("no CA certificates found (install ca-certificates, or set WATCHDOG_CA_FILE): https cannot be verified");
	return b.fd;
}

void
certificates_given(struct child *c, int fd)
{
	c->ca = c->ca_seen = ca_stamp(fd);
	c->ca_refused = false;
}

static bool
is_usable(const struct bundle *b, char *why, size_t whylen)
{
	if (b->fd != -1)
		return ca_file_check(b->fd, why, whylen) == 0;
	snprintf(why, whylen, "%s", strerror(b->error));
	return false;
}

static const char *
path_of(const struct bundle *b)
{
	return b->path == NULL ? system_bundles[0] : b->path;
}

/* False: what lies there now cannot be used, and is not judged again until it is another file. */
static bool
may_be_taken(struct child *c, const struct bundle *b)
{
	char why[128];

	c->ca_seen = ca_stamp(b->fd);
	c->ca_refused = !is_usable(b, why, sizeof(why));
	if (c->ca_refused)
		log_warning("%s: %s: not taken, the %s goes on with the certificates of before", path_of(b), why, role_name(c->role));
	return !c->ca_refused;
}

bool
certificates_silence(const struct config *config, uint16_t chats)
{
	struct bundle b;
	char why[128];
	bool usable;

	if (!needs_ca(config, chats, ROLE_NOTIFIER))
		return false;
	b = bundle_open(config, ROLE_NOTIFIER);
	usable = is_usable(&b, why, sizeof(why));
	bundle_close(&b);
	if (!usable)
		log_error("%s: %s: with these certificates nothing could be sent", path_of(&b), why);
	return !usable;
}

bool
certificates_replaced(struct child *c)
{
	struct ca_stamp now;
	struct bundle b;
	bool other;

	if (!needs_ca(&c->parent->config, c->parent->chats, c->role))
		return false;
	b = bundle_open(&c->parent->config, c->role);
	now = ca_stamp(b.fd);
	other = !ca_stamp_same(&now, &c->ca) && may_be_taken(c, &b);
	bundle_close(&b);
	return other;
}

/* True: there is another file than when we last looked, which may still be written. */
static bool
has_just_changed(struct child *c)
{
	struct bundle b = bundle_open(&c->parent->config, c->role);
	struct ca_stamp now = ca_stamp(b.fd);

	bundle_close(&b);
	if (ca_stamp_same(&now, &c->ca_seen))
		return false;
	c->ca_seen = now;
	c->ca_refused = false;
	return true;
}

void
certificates_beat(struct parent *p, double now)
{
	bool changing = false;

	if (now - p->certificates_looked < ASK_S)
		return;
	for (int role = ROLE_PARENT + 1; role < ROLE_COUNT; role++) {
		struct child *c = &p->child[role];

		if (c->state != CHILD_RUNNING || !needs_ca(&p->config, p->chats, c->role))
			continue;
		if (has_just_changed(c))
			changing = true;
		else if (!ca_stamp_same(&c->ca_seen, &c->ca) && !c->ca_refused && certificates_replaced(c)) {
			log_info("the CA certificates have been replaced: the %s is started anew", role_name(c->role));
			child_stop(c);
		}
	}
	/* What is being written is looked at again at the next beat. */
	if (!changing)
		p->certificates_looked = now;
}
