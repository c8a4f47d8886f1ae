/*
 * Gathering an answer.  Trusts the daemon for what its lines say, not for
 * their being JSON.
 */
#include "build_config.h"

#include <stdbool.h>
#include <string.h>

#include "gather.h"

/* A line's one member, and the list in the document that it goes to; NULL: it stands alone. */
static const struct {
	const char *member, *list;
} kinds[] = {
	{"signal", "signals"},
	{"role", "roles"},
	{"status", NULL},
};

static cJSON *
document_of(struct gather *g)
{
	if (g->document != NULL)
		return g->document;
	g->document = cJSON_CreateObject();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].list != NULL)
			cJSON_AddArrayToObject(g->document, kinds[i].list);
	return g->document;
}

static bool
take_member(struct gather *g, cJSON *json)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		cJSON *item = cJSON_DetachItemFromObjectCaseSensitive(json, kinds[i].member), *to;

		if (item == NULL)
			continue;
		to = document_of(g);
		if (kinds[i].list != NULL ? cJSON_AddItemToArray(cJSON_GetObjectItem(to, kinds[i].list), item) :
		    cJSON_AddItemToObject(to, kinds[i].member, item))
			return true;
		cJSON_Delete(item);
	}
	return false;
}

enum gathered
gather_line(struct gather *g, const char *line)
{
	cJSON *json = cJSON_Parse(line);
	enum gathered rc = GATHER_BAD;

	if (cJSON_GetObjectItemCaseSensitive(json, "end") != NULL) {
		g->end = json;
		return GATHER_END;
	}
	if (cJSON_GetObjectItemCaseSensitive(json, "frame") != NULL)
		rc = GATHER_FRAME;
	else if (cJSON_IsObject(json) && take_member(g, json))
		rc = GATHER_MORE;
	cJSON_Delete(json);
	return rc;
}

void
gather_next(struct gather *g)
{
	cJSON_Delete(g->document);
	g->document = NULL;
}

void
gather_free(struct gather *g)
{
	gather_next(g);
	cJSON_Delete(g->end);
	g->end = NULL;
}
