/*
 * Loading the configuration, at start and at SIGHUP.  A bad one is refused
 * whole; of a good one only those roles hear whom it concerns.
 */
#include "build_config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "log.h"
#include "log_writer.h"
#include "parent.h"
#include "secrets.h"

#define DEFAULT_FILE SYSCONFDIR "/watchdog.conf"

extern char **environ;

static void
report(void *ctx, bool error, const char *text)
{
	(void)ctx;
	if (error)
		log_error("%s", text);
	else
		log_warning("%s", text);
}

/* Without what such a file holds its role could only end, again and again. */
static unsigned
unreadable(const char *key, const char *path)
{
	if (path == NULL || access(path, R_OK) == 0)
		return 0;
	log_error("%s: %s: %s", key, path, strerror(errno));
	return 1;
}

static unsigned
load(const struct parent *p, struct config *c)
{
	struct config_source from = {
		.file = p->options.file == NULL ? DEFAULT_FILE : p->options.file,
		.folder = p->folder,
		.must_exist = p->options.file != NULL,
		.env = environ,
		.env_secrets = p->env_secrets,
		.token_alone = p->options.mode == MODE_FIND_CHAT,
	};

	return config_load(c, &from, report, NULL) + unreadable("WATCHDOG_CA_FILE", c->ca_file) +
	    unreadable("WATCHDOG_TG_CA_FILE", c->tg_ca_file);
}

/* -v says more than the configuration does, a single tick for a person less; -n shows what the daemon would do. */
static void
apply_options(const struct parent *p, struct config *c)
{
	if (p->options.verbose > 1)
		c->log_level = LEVEL_DEBUG;
	else if (p->options.verbose == 1 && c->log_level < LEVEL_INFO)
		c->log_level = LEVEL_INFO;
	else if (p->options.verbose == 0 && p->options.mode != MODE_DAEMON && p->options.mode != MODE_CHECK_CONFIG &&
	    c->log_level > LEVEL_WARNING)
		c->log_level = LEVEL_WARNING;
}

static int
take_secrets(struct config *c, uint16_t *chats, struct seating *seating)
{
	*chats = c->tg_bot_token == NULL ? 0 : (uint16_t)c->tg_chat_ids.n;
	seating_of(seating, &c->tg_chat_ids);
	return secrets_store(c);
}

static void
new_paths(struct parent *p)
{
	if (dead_paths_reset(&p->dead_paths, p->config.disk_paths.n) == -1)
		fatalx("out of memory");
}

/*
 * A disk that is not there yet keeps nobody from watching.  But Landlock's
 * rules are for what is there at the start, so that the folder cannot be
 * written if it is made later.
 */
static void
look_for_state_folder(const struct config *c)
{
	char folder[PATH_MAX];
	int fd;

	if (c->state_file == NULL || snprintf(folder, sizeof(folder), "%s", c->state_file) >= (int)sizeof(folder))
		return;
	*strrchr(folder, '/') = '\0';
	/* As the rule is made: unlike stat(2) it asks no disk that hangs. */
	if ((fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC)) != -1)
		close(fd);
	else if (errno == ENOENT || errno == ENOTDIR)
		log_warning("WATCHDOG_STATE_FILE: expected a folder that exists, found no %s: make it, and start the daemon again; "
		    "until then no state is kept", folder);
}

int
reload_first(struct parent *p)
{
	if ((p->env_secrets = secrets_new("watchdog-env-secrets")) == -1) {
		log_error("no memory file for the secrets: %s", strerror(errno));
		return EX_OSERR;
	}
	if (load(p, &p->config) > 0)
		return EX_CONFIG;
	apply_options(p, &p->config);
	log_set(NULL, p->config.log_level);
	if (p->options.mode == MODE_DAEMON || p->options.mode == MODE_CHECK_CONFIG)
		look_for_state_folder(&p->config);
	if (p->options.mode == MODE_CHECK_CONFIG)
		return 0;
	if ((p->secret_fd = take_secrets(&p->config, &p->chats, &p->seating)) == -2) {
		log_error("no memory file for the secrets: %s", strerror(errno));
		return EX_OSERR;
	}
	new_paths(p);
	return 0;
}

/* Returns the number of keys that only a restart can change and that differ; each is said. */
static unsigned
count_refused(const struct config *old, const struct config *new)
{
	unsigned refused = 0;

	for (size_t i = 0; i < config_key_count(); i++) {
		if ((config_key_at(i)->flags & CONFIG_RESTART) == 0 || config_same(old, new, i))
			continue;
		log_error("%s: only a restart can change it", config_key_at(i)->name);
		refused++;
	}
	return refused;
}

/* An index stands for a host only as long as everybody has the same list. */
struct name_list {
	char *text;
	size_t len;
	FILE *out;
};

static void
list_name(void *ctx, uint16_t index, const char *host)
{
	struct name_list *list = ctx;

	fprintf(list->out, "%u=%s\n", index, host);
}

static bool
same_names(const struct config *old, const struct config *new, enum role_id role)
{
	const struct config *which[2] = {old, new};
	struct name_list list[2] = {0};
	bool same;

	for (int i = 0; i < 2; i++) {
		if ((list[i].out = open_memstream(&list[i].text, &list[i].len)) == NULL)
			fatalx("out of memory");
		config_names(which[i], role, list_name, &list[i]);
		if (fclose(list[i].out) == EOF)
			fatalx("out of memory");
	}
	same = strcmp(list[0].text, list[1].text) == 0;
	free(list[0].text);
	free(list[1].text);
	return same;
}

/* The roles that a change of configuration concerns. */
static unsigned
concerned(const struct config *old, const struct config *new)
{
	unsigned roles = 0;

	for (size_t i = 0; i < config_key_count(); i++)
		if (!config_same(old, new, i))
			roles |= config_key_at(i)->roles;
	for (int role = ROLE_PARENT + 1; role < ROLE_COUNT; role++)
		if (!same_names(old, new, (enum role_id)role))
			roles |= ROLE_BIT(role);
	return roles;
}

static void
swap_config(struct parent *p, const struct config *new, int secret_fd, uint16_t chats)
{
	bool same_paths = config_same(&p->config, new, config_key_index(config_key_find("WATCHDOG_DISK_PATHS")));

	config_free(&p->config);
	p->config = *new;
	if (p->secret_fd != -1)
		close(p->secret_fd);
	p->secret_fd = secret_fd;
	p->chats = chats;
	if (!same_paths)
		new_paths(p);
	gate_configure(p->gate, &p->config);
	log_set_level(p->config.log_level);
	log_writer_set_format(p->config.log_format);
}

/* Under the same name there may lie other certificates. */
static unsigned
given_other_certificates(struct parent *p)
{
	unsigned roles = 0;

	for (int role = ROLE_PARENT + 1; role < ROLE_COUNT; role++)
		if (p->child[role].state != CHILD_OFF && certificates_replaced(&p->child[role]))
			roles |= ROLE_BIT(role);
	return roles;
}

static void
restart_concerned(struct parent *p, unsigned roles)
{
	unsigned wanted = setup_roles(p);

	for (int role = ROLE_PARENT + 1; role < ROLE_COUNT; role++)
		if ((roles & wanted & ROLE_BIT(role)) && p->child[role].state != CHILD_OFF)
			child_stop(&p->child[role]);
	children_start(p);
	if ((roles & ROLE_BIT(ROLE_NOTIFIER)) == 0 && p->child[ROLE_NOTIFIER].state == CHILD_RUNNING)
		SEND(p->child[ROLE_NOTIFIER].link, RETRY, retry, 0, 0);
}

static void
refuse(struct parent *p, struct config *new)
{
	log_error("the new configuration is refused, the old one goes on");
	config_free(new);
	manager_reloaded(p, true);
}

void
reload(struct parent *p)
{
	struct config new;
	struct seating seating;
	bool other_secrets;
	uint16_t chats;
	unsigned roles;
	int fd;

	manager_reloading(p);
	config_init(&new);
	if (load(p, &new) > 0 || count_refused(&p->config, &new) > 0 || (fd = take_secrets(&new, &chats, &seating)) == -2) {
		refuse(p, &new);
		return;
	}
	apply_options(p, &new);
	/* Which of the secrets has changed cannot be told: they were wiped. */
	other_secrets = !secrets_same(p->secret_fd, fd);
	roles = concerned(&p->config, &new) | (other_secrets ? ROLE_BIT(ROLE_BRAIN) | ROLE_BIT(ROLE_NOTIFIER) : 0);
	if (new.enabled && (roles & ROLE_BIT(ROLE_NOTIFIER)) && certificates_silence(&new, chats)) {
		if (fd != -1)
			close(fd);
		refuse(p, &new);
		return;
	}
	if (other_secrets) {
		p->new_chats = true; /* until a brain has heard of it: another reload may come first */
		seating_follow(&seating, &p->seating);
		p->seating = seating;
	}
	swap_config(p, &new, fd, chats);
	log_info("configuration reloaded");
	if (!p->config.enabled)
		log_warning("WATCHDOG_ENABLED is false: nothing is watched");
	restart_concerned(p, roles | given_other_certificates(p));
	manager_reloaded(p, false);
}
