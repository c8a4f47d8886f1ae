/*
 * Bookkeeping of paths that swallow probers.  Trusts its caller for the
 * clock; indices come from probers and are held against the list.
 */
#include "build_config.h"

#include <stdlib.h>

#include "dead_paths.h"

int
dead_paths_reset(struct dead_paths *d, size_t n)
{
	double *since = calloc(n + 1, sizeof(*since));

	if (since == NULL)
		return -1;
	free(d->since);
	d->since = since;
	d->n = n;
	d->changed = false;
	for (size_t i = 0; i < d->nabandoned; i++)
		d->abandoned[i].path = SIZE_MAX;
	return 0;
}

void
dead_paths_free(struct dead_paths *d)
{
	free(d->since);
	d->since = NULL;
	d->n = 0;
}

void
dead_paths_leave_out(struct dead_paths *d, size_t path, double now)
{
	if (path < d->n)
		d->since[path] = now;
}

bool
dead_paths_is_left_out(const struct dead_paths *d, size_t path)
{
	return path < d->n && d->since[path] > 0;
}

bool
dead_paths_abandon(struct dead_paths *d, pid_t pid, size_t path)
{
	if (d->nabandoned == ABANDONED_MAX)
		return false;
	d->abandoned[d->nabandoned].pid = pid;
	d->abandoned[d->nabandoned++].path = path;
	return true;
}

static void
ask_again(struct dead_paths *d, size_t path)
{
	if (!dead_paths_is_left_out(d, path))
		return;
	d->since[path] = 0;
	d->changed = true;
}

bool
dead_paths_reaped(struct dead_paths *d, pid_t pid)
{
	for (size_t i = 0; i < d->nabandoned; i++) {
		if (d->abandoned[i].pid != pid)
			continue;
		ask_again(d, d->abandoned[i].path);
		d->abandoned[i] = d->abandoned[--d->nabandoned];
		return true;
	}
	return false;
}

static bool
holds_somebody(const struct dead_paths *d, size_t path)
{
	for (size_t i = 0; i < d->nabandoned; i++)
		if (d->abandoned[i].path == path)
			return true;
	return false;
}

void
dead_paths_retry(struct dead_paths *d, double now)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->since[i] > 0 && now - d->since[i] >= DEAD_PATH_RETRY_S && !holds_somebody(d, i))
			ask_again(d, i);
}
