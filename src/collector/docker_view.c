/*
 * From a list's elements to CONTAINER messages.  Memory grows only with what
 * is watched, up to DOCKER_CONTAINERS_MAX names and the batch's limit.
 */
#include "build_config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "docker_view.h"
#include "log.h"

#define BAD_LABELS_MAX 1024 /* warned of; more are not */

struct known {
	UT_hash_handle hh;
	char text[];
};

struct docker_view {
	struct source *source;
	const struct config *config;
	char own_id[CONTAINER_ID_LEN + 1];
	bool own_is_shared;      /* another container lives in the network of what looks like ours: see is_own() */
	struct known *names;     /* said in this look */
	struct known *unhealthy; /* ids */
	struct known *warned_of; /* "name label": labels that make no sense, said once */
	struct batch *provisional;
	uint32_t ignored;
	bool warned;
};

static bool
known_has(const struct known *set, const char *text)
{
	struct known *k;

	HASH_FIND_STR(set, text, k);
	return k != NULL;
}

static void
known_add(struct known **set, const char *text)
{
	size_t len = strlen(text);
	struct known *k = malloc(sizeof(*k) + len + 1);

	if (k == NULL)
		fatal("containers");
	memcpy(k->text, text, len + 1);
	HASH_ADD_KEYPTR(hh, *set, k->text, len, k);
}

static void
known_clear(struct known **set)
{
	struct known *k, *next;

	HASH_ITER(hh, *set, k, next) {
		HASH_DEL(*set, k);
		free(k);
	}
}

struct docker_view *
docker_view_new(struct source *source, const struct config *config, const char *own_id)
{
	struct docker_view *v = calloc(1, sizeof(*v));
	size_t len = strlen(own_id);

	if (v == NULL)
		fatal("containers");
	v->source = source;
	v->config = config;
	memcpy(v->own_id, own_id, len < sizeof(v->own_id) ? len : sizeof(v->own_id) - 1);
	v->provisional = batch_new();
	return v;
}

static void
forget(struct docker_view *v)
{
	known_clear(&v->names);
	known_clear(&v->unhealthy);
	batch_clear(v->provisional);
}

void
docker_view_free(struct docker_view *v)
{
	if (v == NULL)
		return;
	forget(v);
	known_clear(&v->warned_of);
	batch_free(v->provisional);
	free(v);
}

void
docker_view_begin(struct docker_view *v)
{
	forget(v);
	v->ignored = 0;
	SOURCE_SAY(v->source, CONTAINERS_BEGIN, containers_begin, 0);
}

void
docker_view_unhealthy(struct docker_view *v, struct span element)
{
	struct container c;

	if (docker_container_read(&c, element) && HASH_COUNT(v->unhealthy) < DOCKER_CONTAINERS_MAX &&
	    !known_has(v->unhealthy, c.id))
		known_add(&v->unhealthy, c.id);
}

static bool
id_begins_with(const char *id, const char *prefix)
{
	return *prefix != '\0' && strncmp(id, prefix, strlen(prefix)) == 0;
}

/*
 * A container that shares another's network also has that one's host name
 * and files in /etc.  If there is such a one, what looks like our own
 * container may be the very one we are to watch: then none is left out.
 */
static bool
is_own(struct docker_view *v, const struct container *c)
{
	if (id_begins_with(c->network_of, v->own_id))
		v->own_is_shared = true;
	return !v->own_is_shared && id_begins_with(c->id, v->own_id);
}

static void
say_container(struct docker_view *v, const struct msg_container *msg)
{
	if (known_has(v->names, msg->name))
		return;
	if (HASH_COUNT(v->names) >= DOCKER_CONTAINERS_MAX || source_say(v->source, MSG_CONTAINER, msg) == -1)
		v->ignored++;
	else
		known_add(&v->names, msg->name);
}

/* Once for each container and label. */
static void
warn_of_label(void *ctx, const char *name, const char *label, const char *expected, const char *found)
{
	struct docker_view *v = ctx;
	char both[NAME_MAX_LEN + 64];

	snprintf(both, sizeof(both), "%s %s", name, label);
	if (HASH_COUNT(v->warned_of) >= BAD_LABELS_MAX || known_has(v->warned_of, both))
		return;
	known_add(&v->warned_of, both);
	log_warning("container %s: label %s: expected %s, found \"%s\"", name, label, expected, found);
}

void
docker_view_element(struct docker_view *v, struct span element)
{
	struct container c;
	enum watched watched;
	bool own;

	if (!docker_container_read(&c, element))
		return;
	own = is_own(v, &c);
	watched = docker_container_watched(v->config, &c);
	/* Who names our own container wants it watched. */
	if (watched == NOT_WATCHED || (own && watched != NAMED_PLAINLY))
		return;
	docker_labels_complain(&c.labels, c.name, warn_of_label, v);
	if (strcmp(c.state, "running") == 0 && known_has(v->unhealthy, c.id))
		snprintf(c.health, sizeof(c.health), "unhealthy");
	struct msg_container msg = {
		.name = c.name, .state = c.state, .health = c.health, .exit_code = c.exit_code,
		.named = watched >= NAMED_BY_PATTERN, .id = c.id, .project = c.project, .service = c.service,
		.number = c.number, .oneoff = c.oneoff, .expect = (uint8_t)c.labels.expect,
		.severity = (uint8_t)c.labels.severity, .grace = c.labels.grace, .label_name = c.labels.name,
	};
	/* It counts only if its name is free at the end: before, the old container still stands under it. */
	if (!c.provisional)
		say_container(v, &msg);
	else if (batch_add(v->provisional, MSG_CONTAINER, &msg) == -1)
		v->ignored++;
}

static void
say_provisional(void *ctx, enum message_type type, const union message *msg)
{
	(void)type;
	say_container(ctx, &msg->container);
}

static void
say_absent(struct docker_view *v, const char *state)
{
	for (size_t i = 0; i < v->config->containers.n; i++) {
		const char *name = v->config->containers.v[i];
		struct msg_container msg = {
			.name = name, .state = state, .health = "", .exit_code = -1, .named = 1,
			.id = "", .project = "", .service = "", .number = "", .grace = NAN, .label_name = "",
		};

		if (docker_name_is_plain(name))
			say_container(v, &msg);
	}
}

void
docker_view_end(struct docker_view *v, uint32_t skipped)
{
	batch_drain(v->provisional, say_provisional, v);
	v->ignored += skipped;
	say_absent(v, v->ignored > 0 ? "unknown" : "missing");
	SOURCE_SAY(v->source, CONTAINERS_END, containers_end, .ignored = v->ignored);
	if (v->ignored > 0 && !v->warned)
		log_warning("docker: %" PRIu32 " containers are ignored: more than %d, or an entry that cannot be read",
		    v->ignored, DOCKER_CONTAINERS_MAX);
	v->warned = v->warned || v->ignored > 0;
	forget(v);
}
