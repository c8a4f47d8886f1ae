/*
 * How far docker's events have been told.  Pure.  Time stamps are the
 * engine's, whose clock may be set: only how long ago it said one is ours.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include "docker_told.h"

#define NS 1e9
#define EPOCH_MAX_S 9e9 /* its nanoseconds fit 63 bits */

void
docker_told_event(struct docker_told *t, uint64_t time, uint64_t event)
{
	if (t->count == TOLD_MAX)
		memmove(t->v, t->v + 1, --t->count * sizeof(t->v[0]));
	t->v[t->count++] = (struct told_event){time, event};
}

void
docker_told_until(struct docker_told *t, uint64_t heard, struct moment now)
{
	uint32_t kept = 0;

	if (heard == 0)
		return;
	t->since = heard;
	t->since_at = now.now - fmax(now.wall - (double)heard / NS, 0);
	for (uint32_t i = 0; i < t->count; i++)
		if (t->v[i].time >= heard)
			t->v[kept++] = t->v[i];
	t->count = kept;
}

uint64_t
docker_told_since(const struct docker_told *t, struct moment now, double *ago)
{
	*ago = fmax(now.now - t->since_at, 0);
	if (t->since == 0 || *ago <= TOLD_AGE_MAX_S)
		return t->since;
	*ago = TOLD_AGE_MAX_S;
	return (uint64_t)(fmin(fmax(now.wall - TOLD_AGE_MAX_S, 0), EPOCH_MAX_S) * NS);
}
