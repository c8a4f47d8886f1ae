/*
 * A set of texts, over uthash.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "id_set.h"
#include "log.h"

static struct id_entry *
find(const struct id_set *set, const char *text)
{
	struct id_entry *e;

	HASH_FIND_STR(set->first, text, e);
	return e;
}

bool
id_set_has(const struct id_set *set, const char *text)
{
	return find(set, text) != NULL;
}

bool
id_set_add(struct id_set *set, const char *text)
{
	size_t len = strlen(text);
	struct id_entry *e;

	if (find(set, text) != NULL)
		return false;
	if ((e = malloc(sizeof(*e) + len + 1)) == NULL)
		fatal("containers");
	memcpy(e->text, text, len + 1);
	HASH_ADD_KEYPTR(hh, set->first, e->text, len, e);
	return true;
}

bool
id_set_remove(struct id_set *set, const char *text)
{
	struct id_entry *e = find(set, text);

	if (e == NULL)
		return false;
	HASH_DEL(set->first, e);
	free(e);
	return true;
}

void
id_set_clear(struct id_set *set)
{
	struct id_entry *e, *next;

	HASH_ITER(hh, set->first, e, next) {
		HASH_DEL(set->first, e);
		free(e);
	}
}
