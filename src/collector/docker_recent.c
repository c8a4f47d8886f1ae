/*
 * A small table of containers to look at again.
 */
#include "build_config.h"

#include <string.h>

#include "docker_recent.h"

void
docker_recent_add(struct docker_recent *r, const char *id, unsigned ticks)
{
	size_t best = 0;

	if (ticks == 0)
		return;
	for (size_t i = 0; i < RECENT_MAX; i++) {
		if (r->slot[i].left > 0 && strcmp(r->slot[i].id, id) == 0) {
			best = i;
			break;
		}
		if (r->slot[i].left < r->slot[best].left)
			best = i;
	}
	memcpy(r->slot[best].id, id, sizeof(r->slot[best].id));
	r->slot[best].left = ticks;
}

const char *
docker_recent_next(struct docker_recent *r, size_t *at)
{
	while (*at < RECENT_MAX) {
		size_t i = (*at)++;

		if (r->slot[i].left == 0)
			continue;
		r->slot[i].left--;
		return r->slot[i].id;
	}
	return NULL;
}
