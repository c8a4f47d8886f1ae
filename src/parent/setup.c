/*
 * What a new child is told, and which children there are.
 */
#include "build_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "parent.h"

static void
count_name(void *ctx, uint16_t index, const char *host)
{
	(void)index;
	(void)host;
	++*(size_t *)ctx;
}

static bool
any_name(const struct config *c)
{
	size_t n = 0;

	config_names(c, ROLE_RESOLVER, count_name, &n);
	return n > 0;
}

/* Whether all that is wanted is a word with Telegram, which the kill switch does not forbid. */
static bool
only_speaks(const struct parent *p)
{
	return p->options.mode == MODE_TEST_MESSAGE || p->options.mode == MODE_FIND_CHAT;
}

unsigned
setup_roles(const struct parent *p)
{
	unsigned roles = ROLE_BIT(ROLE_COLLECTOR) | ROLE_BIT(ROLE_BRAIN) | ROLE_BIT(ROLE_NOTIFIER);

	if (!p->config.enabled && !only_speaks(p))
		return 0;
	if (p->config.disk_paths.n > 0)
		roles |= ROLE_BIT(ROLE_PROBER);
	if (p->options.mode == MODE_ONCE)
		roles &= ~ROLE_BIT(ROLE_NOTIFIER);
	if (only_speaks(p))
		roles = ROLE_BIT(ROLE_NOTIFIER);
	if (any_name(&p->config))
		roles |= ROLE_BIT(ROLE_RESOLVER);
	return roles;
}

/* What http_event.c cannot do: https, a proxy, a user name. */
static void
note_needs_curl(void *ctx, const struct url *where)
{
	bool *any = ctx;

	*any = *any || where->scheme == SCHEME_HTTPS || (where->scheme == SCHEME_HTTP && strchr(where->url, '@') != NULL);
}

bool
setup_needs_https(const struct parent *p, enum role_id role)
{
	bool needed = role == ROLE_NOTIFIER && p->chats > 0 &&
	    (p->config.tg_proxy.url != NULL || p->config.tg_api_url.scheme == SCHEME_HTTPS);

	if (role == ROLE_COLLECTOR || role == ROLE_NOTIFIER)
		config_endpoints(&p->config, role, note_needs_curl, &needed);
	return needed;
}

const char *
setup_test_text(const struct parent *p)
{
	static char text[512];

	snprintf(text, sizeof(text), p->config.lang == LANGUAGE_RU ? "watchdog на %s: это проверочное сообщение" :
	    "watchdog on %s: this is a test message", p->config.host_name);
	return text;
}

/*
 * A path whose file system has swallowed a prober is not asked again: another
 * stands in its place, which keeps the indices as they are.  Returns -1 if
 * the list no longer fits.
 */
static int
leave_out_abandoned(const struct parent *p, char *value, size_t cap)
{
	size_t at = 0;

	for (size_t i = 0; i < p->config.disk_paths.n; i++) {
		const char *comma = i > 0 ? "," : "";

		if (dead_paths_is_left_out(&p->dead_paths, i))
			at += (size_t)snprintf(value + at, cap - at, "%s" ABANDONED_PATH "%zu", comma, i);
		else
			at += (size_t)snprintf(value + at, cap - at, "%s%s", comma, p->config.disk_paths.v[i]);
		if (at >= cap)
			return -1;
	}
	return 0;
}

static int
send_key(struct child *c, size_t i)
{
	static char value[CONFIG_VALUE_MAX + 1];
	const struct parent *p = c->parent;
	const struct config_key *key = config_key_at(i);
	int rc;

	if ((key->roles & ROLE_BIT(c->role)) == 0 || (key->flags & CONFIG_SECRET))
		return 0;
	/* Sending an unset one empty would say "none" where the default is meant. */
	if ((rc = config_value(&p->config, i, value, sizeof(value))) != 0)
		return rc == 1 ? 0 : -1;
	if (c->role == ROLE_PROBER && strcmp(key->name, "WATCHDOG_DISK_PATHS") == 0 &&
	    leave_out_abandoned(p, value, sizeof(value)) == -1)
		return -1;
	return SEND(c->link, CONFIG, config, 0, .key = key->name, .value = value);
}

static void
send_name(void *ctx, uint16_t index, const char *host)
{
	struct child *c = ctx;

	SEND(c->link, NAME, name, 0, .index = index, .host = host);
}

/* The first 16 hexadecimal digits of the kernel's identifier; random(4). */
static uint64_t
boot_number(void)
{
	char id[64] = "", digits[17];
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd == -1 ? 0 : read(fd, id, sizeof(id) - 1);
	size_t n = 0;

	if (fd != -1)
		close(fd);
	for (ssize_t i = 0; i < len && n < sizeof(digits) - 1; i++)
		if (id[i] != '-')
			digits[n++] = id[i];
	digits[n] = '\0';
	return strtoull(digits, NULL, 16);
}

static int
send_start(struct child *c)
{
	const struct parent *p = c->parent;

	config_names(&p->config, c->role, send_name, c);
	return SEND(c->link, START, start, 0,
	    .once = p->options.mode == MODE_ONCE || p->options.mode == MODE_SELF_TEST,
	    .show_first_tick = p->options.verbose > 0 && c->role == ROLE_BRAIN && c->restarts == 0,
	    .chats = p->chats,
	    .new_chats = p->new_chats,
	    .chat_was = seating_was(&p->seating),
	    .added_chats = p->seating.added,
	    .boot = boot_number());
}

/* Returns 1 if there may be more to say, 0 if all is said, -1 if it could not be. */
static int
say_next(struct child *c)
{
	struct told *told = &c->told;
	int rc;

	if (told->keys < config_key_count())
		return send_key(c, told->keys++) == -1 ? -1 : 1;
	if (c->role == ROLE_BRAIN && !told->snapshot) {
		rc = keeper_restore(c->parent->keeper, c->link, &told->restore);
		c->restored = told->restore.begun;
		told->snapshot = rc == 0;
		return rc == -1 ? -1 : 1;
	}
	if (told->all)
		return 0;
	told->all = true;
	return send_start(c);
}

int
setup_go_on(struct child *c)
{
	int rc = 1;

	while (rc == 1 && link_queued(c->link) < SETUP_AHEAD)
		rc = say_next(c);
	return rc == -1 ? -1 : 0;
}

int
setup_begin(struct child *c)
{
	c->told = (struct told){0};
	c->restored = false;
	return setup_go_on(c);
}
