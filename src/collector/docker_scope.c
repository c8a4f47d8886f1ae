/*
 * How much of docker's list a look needs: all of it, as much as events do
 * not tell, or nothing.
 */
#include "build_config.h"

#include <string.h>

#include "docker_look.h"

static bool
any_named(const struct docker *d, bool plainly)
{
	const struct string_list *list = &d->role->config.containers;

	for (size_t i = 0; i < list->n; i++)
		if (plainly ? docker_name_is_plain(list->v[i]) : strcmp(list->v[i], "*") != 0)
			return true;
	return false;
}

static bool
all_plain(const struct docker *d)
{
	const struct string_list *list = &d->role->config.containers;

	for (size_t i = 0; i < list->n; i++)
		if (!docker_name_is_plain(list->v[i]))
			return false;
	return true;
}

enum list_scope
docker_scope_needed(const struct docker *d)
{
	if (d->need_full || d->distrust || !docker_stream_is_live(d->stream) || all_plain(d))
		return SCOPE_ALL;
	if (d->look_at - d->full_at >= d->role->config.docker_resync)
		return SCOPE_ALL;
	return any_named(d, false) ? SCOPE_NAMED : SCOPE_NONE;
}

/*
 * With plain names only, the engine need not list the rest: for each
 * container it lists it looks up the image, which newer engines do slowly.
 */
enum gate_op
docker_list_op(const struct docker *d)
{
	return d->scope == SCOPE_NAMED || all_plain(d) ? GATE_LIST_NAMED : GATE_LIST;
}
