/*
 * How far docker's events have been told, in a snapshot.
 */
#include "build_config.h"

#include <string.h>

#include "snapshot_parts.h"

static const struct field told_fields[] = {
	NUMBER(2, docker_told, since, INT64_MAX),
	TIME(2, docker_told, since_at),
	NUMBER(2, docker_told, count, TOLD_MAX),
};

static const struct field event_fields[] = {
	NUMBER(2, told_event, time, INT64_MAX),
	NUMBER(2, told_event, event, UINT64_MAX),
};

void
snapshot_put_told(struct writer *w, const struct brain *b)
{
	const struct docker_told *t = &b->told;

	fields_put(w, FIELDS(told_fields), t);
	for (uint32_t i = 0; i < t->count; i++)
		fields_put(w, FIELDS(event_fields), &t->v[i]);
}

/* An engine keeps its events in memory: after another boot of the host there are none to ask for. */
void
snapshot_get_told(struct loading *l, struct brain *b)
{
	struct docker_told *t = &b->told;

	fields_get(&l->r, l->version, FIELDS(told_fields), t);
	for (uint32_t i = 0; i < t->count && !l->r.failed; i++)
		fields_get(&l->r, l->version, FIELDS(event_fields), &t->v[i]);
	if (l->rebooted || l->r.failed)
		memset(t, 0, sizeof(*t));
}
