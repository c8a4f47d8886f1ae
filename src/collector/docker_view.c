/*
 * From a list's elements to CONTAINER messages, while they come.  Memory does
 * not grow with the list; with Podman, which must be asked apart for them, it
 * does with those that are unhealthy.
 */
#include "build_config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker_view.h"
#include "id_set.h"
#include "log.h"

#define BAD_LABELS_MAX 1024 /* warned of; more are not */

struct docker_view {
	struct source *source;
	const struct config *config;
	char own_id[CONTAINER_ID_LEN + 1];
	bool own_is_shared;      /* another container lives in the network of what looks like ours: see is_own() */
	bool *listed;            /* for each configured name: it was in this list */
	uint32_t told;           /* in this list */
	struct id_set unhealthy; /* ids, where the list does not tell; lives from look to look */
	struct id_set warned_of; /* "name label": labels that make no sense, said once */
	uint64_t digest;         /* of what this look has seen */
	struct batch *provisional;
	enum list_scope scope;
	uint32_t ignored;
	bool warned;
};

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
	v->listed = calloc(config->containers.n + 1, sizeof(*v->listed));
	if (v->listed == NULL)
		fatal("containers");
	return v;
}

static void
forget(struct docker_view *v)
{
	memset(v->listed, 0, v->config->containers.n * sizeof(*v->listed));
	v->told = 0;
	batch_clear(v->provisional);
}

void
docker_view_free(struct docker_view *v)
{
	if (v == NULL)
		return;
	forget(v);
	id_set_clear(&v->unhealthy);
	id_set_clear(&v->warned_of);
	batch_free(v->provisional);
	free(v->listed);
	free(v);
}

void
docker_view_begin(struct docker_view *v, enum list_scope scope)
{
	forget(v);
	v->ignored = 0;
	v->digest = 0;
	v->scope = scope;
	SOURCE_SAY(v->source, CONTAINERS_BEGIN, containers_begin, .scope = (uint8_t)scope);
}

void
docker_view_unhealthy_begin(struct docker_view *v)
{
	id_set_clear(&v->unhealthy);
}

bool
docker_view_health(struct docker_view *v, const char *id, bool healthy)
{
	if (healthy)
		return id_set_remove(&v->unhealthy, id);
	return ID_SET_COUNT(&v->unhealthy) < DOCKER_CONTAINERS_MAX && id_set_add(&v->unhealthy, id);
}

void
docker_view_unhealthy(struct docker_view *v, struct span element)
{
	struct container c;

	if (docker_container_read(&c, element))
		docker_view_health(v, c.id, false);
}

uint64_t
docker_view_digest(const struct docker_view *v)
{
	return v->digest;
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

/* One that stands in the list twice is told twice: the first counts for the brain. */
static void
say_container(struct docker_view *v, const struct msg_container *msg)
{
	const struct string_list *list = &v->config->containers;

	if (v->told >= DOCKER_CONTAINERS_MAX || source_say(v->source, MSG_CONTAINER, msg) == -1) {
		v->ignored++;
		return;
	}
	v->told++;
	for (size_t i = 0; msg->named && i < list->n; i++)
		if (strcmp(list->v[i], msg->name) == 0)
			v->listed[i] = true;
}

/* Once for each container and label. */
static void
warn_of_label(void *ctx, const char *name, const char *label, const char *expected, const char *found)
{
	struct docker_view *v = ctx;
	char both[NAME_MAX_LEN + 64];

	snprintf(both, sizeof(both), "%s %s", name, label);
	if (ID_SET_COUNT(&v->warned_of) < BAD_LABELS_MAX && id_set_add(&v->warned_of, both))
		log_warning("container %s: label %s: expected %s, found \"%s\"", name, label, expected, found);
}

static enum watched
is_watched(struct docker_view *v, const struct container *c)
{
	enum watched watched = docker_container_watched(v->config, c);

	/* Who names our own container wants it watched. */
	return is_own(v, c) && watched != NAMED_PLAINLY ? NOT_WATCHED : watched;
}

bool
docker_view_watches(struct docker_view *v, const struct container *c)
{
	return is_watched(v, c) != NOT_WATCHED;
}

/* What is so of a container that is watched, as a message; its texts are c's. */
static struct msg_container
message_of(struct docker_view *v, struct container *c, enum watched watched)
{
	docker_labels_complain(&c->labels, c->name, warn_of_label, v);
	if (strcmp(c->state, "running") == 0 && id_set_has(&v->unhealthy, c->id))
		snprintf(c->health, sizeof(c->health), "unhealthy");
	return (struct msg_container){
		.name = c->name, .state = c->state, .health = c->health, .exit_code = c->exit_code,
		.named = watched >= NAMED_BY_PATTERN, .id = c->id, .project = c->project, .service = c->service,
		.number = c->number, .oneoff = c->oneoff, .expect = (uint8_t)c->labels.expect,
		.severity = (uint8_t)c->labels.severity, .grace = c->labels.grace, .label_name = c->labels.name,
	};
}

void
docker_view_one(struct docker_view *v, struct container *c, struct batch *said)
{
	enum watched watched = is_watched(v, c);
	struct msg_container msg;

	if (watched == NOT_WATCHED || c->provisional)
		return;
	msg = message_of(v, c, watched);
	batch_add(said, MSG_CONTAINER, &msg);
}

/* The order of the list does not matter. */
static void
digest_add(struct docker_view *v, const struct container *c)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (const char *p = c->id; *p != '\0'; p++)
		hash = (hash ^ (uint8_t)*p) * 0x100000001b3u;
	for (const char *p = c->state; *p != '\0'; p++)
		hash = (hash ^ (uint8_t)*p) * 0x100000001b3u;
	v->digest += hash;
}

void
docker_view_element(struct docker_view *v, struct span element)
{
	struct msg_container msg;
	struct container c;
	enum watched watched;

	if (!docker_container_read(&c, element))
		return;
	watched = is_watched(v, &c);
	if (watched == NOT_WATCHED || (v->scope == SCOPE_NAMED && watched < NAMED_BY_PATTERN))
		return;
	digest_add(v, &c);
	msg = message_of(v, &c, watched);
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

		if (docker_name_is_plain(name) && !v->listed[i])
			say_container(v, &msg);
	}
}

void
docker_view_end(struct docker_view *v, uint32_t skipped)
{
	batch_drain(v->provisional, say_provisional, v);
	v->ignored += skipped;
	if (v->scope != SCOPE_NONE)
		say_absent(v, v->ignored > 0 ? "unknown" : "missing");
	SOURCE_SAY(v->source, CONTAINERS_END, containers_end, .ignored = v->ignored);
	if (v->ignored > 0 && !v->warned)
		log_warning("docker: %" PRIu32 " containers are ignored: more than %d, or an entry that cannot be read",
		    v->ignored, DOCKER_CONTAINERS_MAX);
	v->warned = v->warned || v->ignored > 0;
	forget(v);
}
