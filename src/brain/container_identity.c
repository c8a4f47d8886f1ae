/*
 * Containers and who they are.  Trusts nothing of names, ids and labels.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container_identity.h"
#include "look.h"

#define KEPT_MAX 64

/* A copy of what was seen of one container; its strings stand behind it. */
struct container_kept {
	struct container_kept *next;
	struct container_seen seen;
	char text[];
};

static const char *
text_of(const char *s)
{
	return s == NULL ? "" : s;
}

/* --- what is remembered --- */

static void
set_id(struct alerts *all, struct container *c, const char *id)
{
	struct container *other;

	if (c->id[0] != '\0')
		HASH_DELETE(hh, all->by_id, c);
	c->id[0] = '\0';
	if (id[0] == '\0' || strlen(id) > CONTAINER_ID_MAX)
		return;
	HASH_FIND_STR(all->by_id, id, other);
	if (other != NULL)
		set_id(all, other, "");
	snprintf(c->id, sizeof(c->id), "%s", id);
	HASH_ADD_STR(all->by_id, id, c);
	/* Memory is short: it is known by its name alone. */
	if (c->hh.tbl == NULL)
		c->id[0] = '\0';
}

struct container *
container_add(struct alerts *all, struct alert *a, const char *id)
{
	struct container *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->alert = a;
	c->grace = NAN;
	c->due = INFINITY;
	course_init(&c->course);
	set_id(all, c, id);
	a->container = c;
	all->containers++;
	return c;
}

void
container_drop(struct alerts *all, struct alert *a)
{
	struct container *c = a->container;

	if (c == NULL)
		return;
	set_id(all, c, "");
	container_set_identity(all, c, "");
	free(c->shown);
	free(c);
	a->container = NULL;
	all->containers--;
}

static void
leave_identity(struct alerts *all, struct container *c)
{
	if (c->identity == NULL)
		return;
	if (c->indexed)
		HASH_DELETE(hh_identity, all->by_identity, c);
	all->identity_bytes -= strlen(c->identity);
	free(c->identity);
	c->identity = NULL;
	c->indexed = false;
}

/* Who is the first to have it is found by it.  Memory that is short costs no more than that. */
static void
index_identity(struct alerts *all, struct container *c)
{
	size_t len = strlen(c->identity);
	struct container *other;

	HASH_FIND(hh_identity, all->by_identity, c->identity, len, other);
	if (other != NULL)
		return;
	HASH_ADD_KEYPTR(hh_identity, all->by_identity, c->identity, len, c);
	c->indexed = c->hh_identity.tbl != NULL;
}

int
container_set_identity(struct alerts *all, struct container *c, const char *identity)
{
	size_t len = strlen(identity);

	if (c->identity != NULL && strcmp(c->identity, identity) == 0)
		return 0;
	leave_identity(all, c);
	if (len == 0 || all->identity_bytes + len > IDENTITIES_BYTES_MAX)
		return 0;
	if ((c->identity = strdup(identity)) == NULL)
		return -1;
	all->identity_bytes += len;
	index_identity(all, c);
	return 0;
}

/* "project/service/number": project and number have no slash where compose wrote them. */
static void
identity_of(char *buf, size_t cap, const struct container_seen *seen)
{
	bool whole = text_of(seen->project)[0] != '\0' && text_of(seen->service)[0] != '\0' && !seen->oneoff;

	snprintf(buf, cap, "%s", "");
	if (whole)
		snprintf(buf, cap, "%s/%s/%s", seen->project, seen->service, text_of(seen->number));
}

static int
set_shown(struct container *c, const char *shown)
{
	char *copy = NULL;

	if (c->shown != NULL && strcmp(c->shown, shown) == 0)
		return 0;
	if (shown[0] != '\0' && (copy = strdup(shown)) == NULL)
		return -1;
	free(c->shown);
	c->shown = copy;
	return 0;
}

void
container_describe(struct brain *b, struct alert *a, const struct container_seen *seen)
{
	struct container *c = a->container;
	char identity[3 * NAME_MAX_LEN];

	a->named = seen->named;
	/* What is missing says nothing of itself: what it said last counts. */
	if (strcmp(seen->state, "missing") == 0)
		return;
	identity_of(identity, sizeof(identity), seen);
	if (container_set_identity(&b->alerts, c, identity) == -1 || set_shown(c, text_of(seen->label_name)) == -1)
		b->failed = true;
	c->expect = seen->expect;
	c->grace = seen->grace;
	c->oneoff = seen->oneoff;
	a->severity = kind_severity(a->kind);
	if (seen->severity != CONTAINER_SEVERITY_NOT_SAID)
		a->severity = seen->severity == CONTAINER_WARNING ? SEVERITY_WARNING : SEVERITY_CRITICAL;
}

/* --- events before the first look --- */

static struct course *
early_course(struct brain *b, const char *id)
{
	struct early_course *e;

	for (size_t i = 0; i < EARLY_MAX; i++)
		if (strcmp(b->containers.early[i].id, id) == 0)
			return &b->containers.early[i].course;
	e = &b->containers.early[b->containers.next_early++ % EARLY_MAX];
	snprintf(e->id, sizeof(e->id), "%s", id);
	course_init(&e->course);
	return &e->course;
}

/* What events told of it; it is remembered no longer. */
static struct course
take_early(struct brain *b, const char *id)
{
	struct course c;

	course_init(&c);
	for (size_t i = 0; id[0] != '\0' && i < EARLY_MAX; i++) {
		struct early_course *e = &b->containers.early[i];

		if (strcmp(e->id, id) != 0)
			continue;
		c = e->course;
		e->id[0] = '\0';
	}
	return c;
}

struct alert *
container_of_id(const struct brain *b, const char *id, const char *name)
{
	struct container *c = NULL;
	struct alert *a;

	if (id[0] != '\0')
		HASH_FIND_STR(b->alerts.by_id, id, c);
	if (c != NULL)
		return c->alert;
	a = name[0] == '\0' ? NULL : alerts_find(&b->alerts, KIND_CONTAINER, name);
	if (a == NULL || a->container == NULL)
		return NULL;
	return id[0] == '\0' || a->container->id[0] == '\0' ? a : NULL;
}

struct course *
container_course_of(struct brain *b, const char *id, const char *name)
{
	struct alert *a = container_of_id(b, id, name);

	if (a != NULL)
		return &a->container->course;
	return id[0] == '\0' || strlen(id) > CONTAINER_ID_MAX ? NULL : early_course(b, id);
}

/* --- who is it? --- */

static bool
is_configured_name(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->containers.n; i++)
		if (strcmp(c->containers.v[i], name) == 0)
			return true;
	return false;
}

/* Whether a container that was seen earlier stands in the present list, or is known to be there. */
static bool
is_there(const struct brain *b, const struct alert *a)
{
	const struct course *c = &a->container->course;

	if (b->containers.one)
		return c->class != CLASS_MISSING && isnan(c->away);
	return a->sighting == b->containers.list;
}

/* Who had this identity and is no longer there. */
static struct alert *
of_identity(const struct brain *b, const struct container_seen *seen)
{
	char identity[3 * NAME_MAX_LEN];
	struct container *c = NULL;

	identity_of(identity, sizeof(identity), seen);
	if (identity[0] != '\0')
		HASH_FIND(hh_identity, b->alerts.by_identity, identity, strlen(identity), c);
	if (c == NULL || is_there(b, c->alert))
		return NULL;
	return is_configured_name(b->config, alert_key_name(KIND_CONTAINER, c->alert->key)) ? NULL : c->alert;
}

static struct alert *
rename_to(struct brain *b, struct alert *a, const char *name, char *renamed, size_t cap)
{
	char old[ALERT_KEY_MAX];
	struct alert *now;

	snprintf(old, sizeof(old), "%s", a->key);
	snprintf(renamed, cap, "%s", alert_key_name(KIND_CONTAINER, a->key));
	if ((now = alerts_rename(&b->alerts, a, name)) == NULL || outbox_rename(&b->outbox, old, now->key) == -1)
		b->failed = true;
	if (now != NULL)
		orders_renamed(b, old, now);
	return now;
}

/* Its id says who it is, also under a new name; a configured name stays with the configuration. */
static struct alert *
by_id(struct brain *b, const struct container_seen *seen, char *renamed, size_t cap)
{
	struct alert *a = container_of_id(b, text_of(seen->id), "");
	const char *old = a == NULL ? "" : alert_key_name(KIND_CONTAINER, a->key);

	if (a == NULL || strcmp(old, seen->name) == 0)
		return a;
	if (is_configured_name(b->config, old) || alerts_find(&b->alerts, KIND_CONTAINER, seen->name) != NULL) {
		set_id(&b->alerts, a->container, "");
		return NULL;
	}
	return rename_to(b, a, seen->name, renamed, cap);
}

static void
take_over(struct brain *b, struct alert *a, const char *id)
{
	struct course new = take_early(b, id);

	if (id[0] == '\0' || strcmp(a->container->id, id) == 0)
		return;
	if (a->container->id[0] != '\0' || new.eventful) {
		course_replace(&a->container->course, &new, b->clock.now);
		a->container->replaced = true;
	}
	set_id(&b->alerts, a->container, id);
}

/* A new container that is only created may be about to take the name of one that still runs. */
static bool
must_wait(const struct brain *b, const struct alert *a, const struct container_seen *seen)
{
	const char *id = text_of(seen->id);

	return b->containers.one && strcmp(seen->state, "created") == 0 && id[0] != '\0' &&
	    a->container->id[0] != '\0' && strcmp(a->container->id, id) != 0 && is_there(b, a);
}

static struct alert *
by_name(struct brain *b, const struct container_seen *seen)
{
	struct alert *a = alerts_find(&b->alerts, KIND_CONTAINER, seen->name);

	return a == NULL || a->container == NULL ? NULL : a;
}

static struct alert *
newly(struct brain *b, const struct container_seen *seen)
{
	struct alert *a = look_up(b, KIND_CONTAINER, seen->name);
	struct course early = take_early(b, text_of(seen->id));

	if (a == NULL)
		return NULL;
	if (a->container == NULL && container_add(&b->alerts, a, text_of(seen->id)) == NULL) {
		b->failed = true;
		return NULL;
	}
	a->container->course = early;
	a->seen_running = a->seen_running || early.stand != STAND_UNKNOWN;
	return a;
}

static bool keep(struct brain *b, const struct container_seen *seen);

struct alert *
container_identify(struct brain *b, const struct container_seen *seen, char *renamed, size_t cap)
{
	struct alert *a = by_id(b, seen, renamed, cap);

	if (a == NULL && (a = by_name(b, seen)) != NULL) {
		if (must_wait(b, a, seen))
			return NULL;
		take_over(b, a, text_of(seen->id));
	}
	if (a != NULL)
		return a;
	if ((a = of_identity(b, seen)) == NULL)
		return newly(b, seen);
	/* The one that had this identity may stand further down in the list. */
	if (!b->containers.one && b->containers.open && keep(b, seen))
		return NULL;
	if ((a = rename_to(b, a, seen->name, renamed, cap)) != NULL)
		take_over(b, a, text_of(seen->id));
	return a;
}

/* --- until the list's end --- */

static const char *
put_text(char **at, const char *s)
{
	size_t size = strlen(text_of(s)) + 1;
	char *copy = memcpy(*at, text_of(s), size);

	*at += size;
	return copy;
}

static bool
keep(struct brain *b, const struct container_seen *seen)
{
	const char *const texts[] = {
		seen->name, seen->state, seen->health, seen->id, seen->project, seen->service, seen->number, seen->label_name,
	};
	size_t size = 0;
	struct container_kept *k;
	char *at;

	if (b->containers.kept_count >= KEPT_MAX)
		return false;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		size += strlen(text_of(texts[i])) + 1;
	if ((k = malloc(sizeof(*k) + size)) == NULL)
		return false;
	k->seen = *seen;
	at = k->text;
	k->seen.name = put_text(&at, seen->name);
	k->seen.state = put_text(&at, seen->state);
	k->seen.health = put_text(&at, seen->health);
	k->seen.id = put_text(&at, seen->id);
	k->seen.project = put_text(&at, seen->project);
	k->seen.service = put_text(&at, seen->service);
	k->seen.number = put_text(&at, seen->number);
	k->seen.label_name = put_text(&at, seen->label_name);
	k->next = b->containers.kept;
	b->containers.kept = k;
	b->containers.kept_count++;
	return true;
}

static struct container_kept *
take_kept(struct brain *b)
{
	struct container_kept *k = b->containers.kept;

	b->containers.kept = NULL;
	b->containers.kept_count = 0;
	return k;
}

void
container_identify_kept(struct brain *b, void (*take)(struct brain *b, const struct container_seen *seen))
{
	struct container_kept *k = take_kept(b), *next;

	/* Told by name what is there, each gets its turn: the one that had an identity stands in the list, or not. */
	for (; k != NULL; k = next) {
		next = k->next;
		if (take != NULL)
			take(b, &k->seen);
		free(k);
	}
}

void
container_forget_kept(struct brain *b)
{
	container_identify_kept(b, NULL);
}
