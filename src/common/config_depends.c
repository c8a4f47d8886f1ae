/*
 * WATCHDOG_DEPENDS: "dep:api>dep:router, container:web>container:db", the
 * first depends on the second.  Text of a person's; all of it is checked, and
 * a circle is refused.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "config_types.h"

#define KEY_MOST 256
#define SHOWN_MOST 160 /* bytes of a circle */

/* Whose signals may stand here. */
static const enum signal_kind kinds[] = {
	KIND_ORCHESTRATOR, KIND_AGENT, KIND_JOB_FAILED, KIND_MEM, KIND_DISK, KIND_CONTAINER, KIND_DOCKER, KIND_DEP,
};

static const struct {
	enum signal_kind kind, parent;
} natural[] = {
	{KIND_CONTAINER, KIND_DOCKER}, {KIND_AGENT, KIND_ORCHESTRATOR}, {KIND_JOB_FAILED, KIND_ORCHESTRATOR},
};

const char *
config_natural_parent(const char *key)
{
	for (size_t i = 0; i < sizeof(natural) / sizeof(natural[0]); i++)
		if (kind_has_key(natural[i].kind, key))
			return kind_prefix(natural[i].parent);
	return NULL;
}

static bool
is_key(const char *key)
{
	for (size_t i = 0; strlen(key) <= KEY_MOST && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kind_has_key(kinds[i], key))
			return true;
	return false;
}

/* --- circles --- */

/* A key that one comes to, and from which; the first comes from itself. */
struct step {
	const char *key;
	size_t from;
};

struct walk {
	struct step *v;
	size_t n;
};

static void
step_to(struct walk *w, const char *key, size_t from)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->v[i].key, key) == 0)
			return;
	w->v[w->n++] = (struct step){key, from};
}

/* All that key depends on, each once, nearest first. */
static void
walk_up(struct walk *w, const struct dependence_list *list, const char *key)
{
	step_to(w, key, 0);
	for (size_t at = 0; at < w->n; at++) {
		const char *up = config_natural_parent(w->v[at].key);

		if (up != NULL)
			step_to(w, up, at);
		for (size_t i = 0; i < list->n; i++)
			if (strcmp(list->v[i].child, w->v[at].key) == 0)
				step_to(w, list->v[i].parent, at);
	}
}

/* From the end of the walk back to its beginning, so that it reads as it was written. */
static void
show_way(struct text *out, const struct walk *w, size_t at)
{
	if (at != 0)
		show_way(out, w, w->v[at].from);
	text_add(out, ">");
	text_add(out, w->v[at].key);
}

/* What is in the list already has no circle, so each new entry is asked alone. */
static int
refuse_circle(const struct dependence_list *list, const struct dependence *d, struct refusal *r)
{
	struct walk w = {.v = calloc(2 * list->n + 3, sizeof(*w.v))};
	char shown[SHOWN_MOST] = "";
	struct text path = {.buf = shown, .cap = sizeof(shown)};
	int rc = 0;

	if (w.v == NULL)
		fatal("configuration");
	walk_up(&w, list, d->parent);
	text_add(&path, d->child);
	for (size_t i = 0; i < w.n && rc == 0; i++)
		if (strcmp(w.v[i].key, d->child) == 0) {
			show_way(&path, &w, i);
			rc = refuse(r, "no circle of what depends on what", shown);
		}
	free(w.v);
	return rc;
}

/* --- the type --- */

static void
drop(struct dependence *d)
{
	free_text(d->child);
	free_text(d->parent);
}

static int
check(const struct dependence_list *list, const struct dependence *d, const char *entry, struct refusal *r)
{
	if (!is_key(d->child) || !is_key(d->parent))
		return refuse(r, "keys of signals on both sides of >, like dep:api, container:web, docker, orchestrator", entry);
	if (list->n >= (size_t)r->row->key.max)
		return refuse_plainly(r, "expected at most %.0f entries, found more", r->row->key.max);
	return refuse_circle(list, d, r);
}

static int
add_dependence(void *member, const char *entry, struct refusal *r)
{
	struct dependence_list *list = member;
	const char *sign = strchr(entry, '>');
	struct dependence d;

	if (sign == NULL || strchr(sign + 1, '>') != NULL)
		return refuse(r, "entries like dep:api>dep:router: the first depends on the second", entry);
	d.child = copy_text(entry, (size_t)(sign - entry));
	d.parent = copy_text(sign + 1, strlen(sign + 1));
	if (check(list, &d, entry, r) == -1) {
		drop(&d);
		return -1;
	}
	list->v = grow(list->v, list->n, sizeof(*list->v));
	list->v[list->n++] = d;
	return 0;
}

static void
clear_depends(void *member)
{
	struct dependence_list *list = member;

	for (size_t i = 0; i < list->n; i++)
		drop(&list->v[i]);
	free(list->v);
	*list = (struct dependence_list){0};
}

static int
parse_depends(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	struct dependence_list list = {0};

	(void)row;
	if (for_each_entry(text, r, &list, add_dependence) == -1) {
		clear_depends(&list);
		return -1;
	}
	clear_depends(member);
	*(struct dependence_list *)member = list;
	return 0;
}

static bool
print_depends(const void *member, struct text *out)
{
	const struct dependence_list *list = member;

	for (size_t i = 0; i < list->n; i++) {
		text_add(out, i == 0 ? "" : ", ");
		text_add(out, list->v[i].child);
		text_add(out, ">");
		text_add(out, list->v[i].parent);
	}
	return list->n > 0;
}

const struct config_type config_type_DEPENDS = {
	"list of dependences", "entries like dep:api>dep:router: the first depends on the second", false,
	parse_depends, print_depends, clear_depends,
};
