/*
 * Containers as bytes: who it is, and its labels and the course of its life if there is
 * anything to remember of them.  Most just run.  The bytes are treated as
 * hostile.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include "container_identity.h"
#include "snapshot_parts.h"

#define IDENTITY_MAX (3 * NAME_MAX_LEN)

/* Behind the id and the identity, of one with a course. */
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

enum form { FORM_NONE, FORM_WHO, FORM_COURSE, FORM_COUNT };

#define FIELDS_BYTES_MAX 160 /* of the table above, at most */

/* --- encoding --- */

static bool
just_runs(const struct container *k)
{
	const struct course *c = &k->course;

	if (!isnan(k->grace) || k->expect != EXPECT_NOT_SAID || k->oneoff || k->replaced)
		return false;
	return c->class == CLASS_RUNNING && c->stand == STAND_UP && isnan(c->away) && isnan(c->asked) && isnan(c->oom) &&
	    isnan(c->settles) && isnan(c->starting) && !c->unjudged && !c->untold && !c->looping && c->recent == 0;
}

static size_t
text_size(const char *s)
{
	return s == NULL ? 3 : strlen(s) + 3;
}

/* As much as there is room for. */
static enum form
form_of(const struct container *c, size_t *room)
{
	size_t who = c == NULL ? 0 : text_size(c->id) + text_size(c->identity);
	size_t course = c == NULL ? 0 : who + FIELDS_BYTES_MAX + c->course.recent * sizeof(double);

	if (c == NULL || who > *room)
		return FORM_NONE;
	if (just_runs(c) || course > *room) {
		*room -= who;
		return FORM_WHO;
	}
	*room -= course;
	return FORM_COURSE;
}

static void
put_course(struct writer *w, const struct container *c)
{
	fields_put(w, FIELDS(container_fields), c);
	write_u32(w, (uint32_t)(c->course.exit_code + 1));
	for (uint32_t i = 0; i < c->course.recent; i++)
		write_f64(w, c->course.ends[i]);
}

void
snapshot_put_container(struct writer *w, const struct alert *a, size_t *room)
{
	const struct container *c = a->container;
	enum form form = form_of(c, room);

	write_u8(w, (uint8_t)form);
	if (form == FORM_NONE)
		return;
	write_str(w, c->id, CONTAINER_ID_MAX);
	write_str(w, c->identity == NULL ? "" : c->identity, IDENTITY_MAX);
	if (form == FORM_COURSE)
		put_course(w, c);
}

/* --- decoding --- */

static void
get_course(struct loading *l, struct container *c)
{
	fields_get(&l->r, l->version, FIELDS(container_fields), c);
	c->course.exit_code = (int32_t)get_number(&l->r, read_u32(&l->r), EXIT_CODE_MAX + 1) - 1;
	for (uint32_t i = 0; i < c->course.recent && !l->r.failed; i++)
		c->course.ends[i] = get_time(&l->r);
}

/* Events may have been missed meanwhile: it is to be looked at before its time tells anything. */
void
snapshot_get_container(struct loading *l, struct brain *b, struct alert *a)
{
	enum form form = get_number(&l->r, read_u8(&l->r), FORM_COUNT - 1);
	const char *id, *identity;

	if (form == FORM_NONE || l->r.failed)
		return;
	id = read_str(&l->r, CONTAINER_ID_MAX);
	identity = read_str(&l->r, IDENTITY_MAX);
	if (l->r.failed || a->kind != KIND_CONTAINER || container_add(&b->alerts, a, id) == NULL ||
	    container_set_identity(&b->alerts, a->container, identity) == -1) {
		l->r.failed = true;
		return;
	}
	a->container->course.class = CLASS_RUNNING;
	a->container->course.stand = STAND_UP;
	if (form == FORM_COURSE)
		get_course(l, a->container);
}
