/*
 * Containers as bytes: for each signal that has one, who it is and the course
 * of its life.  The bytes are treated as hostile.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include "container_identity.h"
#include "snapshot_parts.h"

#define IDENTITY_MAX (3 * NAME_MAX_LEN)

/* Behind the name, the id and the identity. */
static const struct field container_fields[] = {
	CODE(2, container, expect, EXPECT_COUNT - 1),
	MAYBE(2, container, grace),
	FLAG(2, container, oneoff),
	FLAG(2, container, replaced),
	CODE(2, container, course.stand, STAND_COUNT - 1),
	CODE(2, container, course.class, CLASS_COUNT - 1),
	CODE(2, container, course.check, CHECK_COUNT - 1),
	MAYBE(2, container, course.began),
	MAYBE(2, container, course.ended),
	MAYBE(2, container, course.ran),
	MAYBE(2, container, course.asked),
	MAYBE(2, container, course.oom),
	MAYBE(2, container, course.away),
	MAYBE(2, container, course.settles),
	MAYBE(2, container, course.starting),
	MAYBE(2, container, course.streak),
	FLAG(2, container, course.on_purpose),
	FLAG(2, container, course.by_oom),
	FLAG(2, container, course.unjudged),
	FLAG(2, container, course.untold),
	FLAG(2, container, course.looping),
	FLAG(2, container, course.loop_news),
	FLAG(2, container, course.absent),
	NUMBER(2, container, course.restarts, UINT32_MAX),
	NUMBER(2, container, course.recent, LIFE_RESTARTS_MAX),
};

/* --- encoding --- */

static void
put_container(struct writer *w, const struct alert *a)
{
	const struct container *c = a->container;

	write_str(w, a->key, ALERT_KEY_MAX);
	write_str(w, c->id, CONTAINER_ID_MAX);
	write_str(w, c->identity == NULL ? "" : c->identity, IDENTITY_MAX);
	fields_put(w, FIELDS(container_fields), c);
	write_u32(w, (uint32_t)(c->course.exit_code + 1));
	for (uint32_t i = 0; i < c->course.recent; i++)
		write_f64(w, c->course.ends[i]);
}

void
snapshot_put_containers(struct writer *w, const struct brain *b)
{
	struct alert *a, *next;

	write_u32(w, (uint32_t)b->alerts.containers);
	ALERTS_EACH(&b->alerts, a, next)
		if (a->container != NULL)
			put_container(w, a);
}

/* --- decoding --- */

static void
get_course(struct loading *l, struct course *c)
{
	c->exit_code = (int32_t)get_number(&l->r, read_u32(&l->r), INT16_MAX) - 1;
	for (uint32_t i = 0; i < c->recent && !l->r.failed; i++)
		c->ends[i] = get_time(&l->r);
}

/* Events may have been missed meanwhile: it is to be looked at before its time tells anything. */
static void
get_container(struct loading *l, struct brain *b)
{
	const char *key = snapshot_get_key(&l->r, KIND_CONTAINER);
	const char *id = read_str(&l->r, CONTAINER_ID_MAX), *identity = read_str(&l->r, IDENTITY_MAX);
	struct alert *a = l->r.failed ? NULL : alerts_find(&b->alerts, KIND_CONTAINER, alert_key_name(KIND_CONTAINER, key));

	if (a == NULL || a->container != NULL || container_add(&b->alerts, a, id) == NULL ||
	    container_set_identity(&b->alerts, a->container, identity) == -1) {
		l->r.failed = true;
		return;
	}
	fields_get(&l->r, l->version, FIELDS(container_fields), a->container);
	get_course(l, &a->container->course);
}

void
snapshot_get_containers(struct loading *l, struct brain *b)
{
	uint32_t count = get_number(&l->r, read_u32(&l->r), ALERTS_MAX);

	for (uint32_t i = 0; i < count && !l->r.failed; i++)
		get_container(l, b);
}
