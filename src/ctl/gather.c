/*
 * Gathering an answer.  Trusts the daemon for what its lines say, not for
 * their being JSON, nor for texts that a terminal would only show: a brain
 * that was taken over may have written them.
 */
#include "build_config.h"

#include <stdbool.h>
#include <string.h>

#include "gather.h"
#include "utf8.h"

#define ANSWER_MAX (64u << 20) /* bytes of one document's lines */

/*
 * A line's one member, the list in the document that it goes to (NULL: it
 * stands alone), and the lists that there are beside it, empty or not.
 */
static const struct {
	const char *member, *list, *beside[3];
} kinds[] = {
	{"signal", "signals", {NULL}},
	{"role", "roles", {NULL}},
	{"silence", "silences", {NULL}},
	{"status", NULL, {"signals", "roles", "silences"}},
	{"explain", NULL, {"history"}},
	{"remembered", NULL, {"history"}},
	{"past", "history", {NULL}},
};

static cJSON *
list_of(cJSON *document, const char *name)
{
	cJSON *list = cJSON_GetObjectItemCaseSensitive(document, name);

	return list != NULL ? list : cJSON_AddArrayToObject(document, name);
}

static bool
put(cJSON *document, size_t kind, cJSON *item)
{
	for (size_t i = 0; i < 3 && kinds[kind].beside[i] != NULL; i++)
		list_of(document, kinds[kind].beside[i]);
	if (kinds[kind].list != NULL)
		return cJSON_AddItemToArray(list_of(document, kinds[kind].list), item);
	return cJSON_AddItemToObject(document, kinds[kind].member, item);
}

static bool
take_member(struct gather *g, cJSON *json)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		cJSON *item = cJSON_DetachItemFromObjectCaseSensitive(json, kinds[i].member);

		if (item == NULL)
			continue;
		if (g->document == NULL)
			g->document = cJSON_CreateObject();
		if (put(g->document, i, item))
			return true;
		cJSON_Delete(item);
	}
	return false;
}

/* cJSON has bounded how deep it is. */
static void
clean_all(cJSON *json)
{
	for (; json != NULL; json = json->next) {
		if (json->string != NULL)
			utf8_clean_here(json->string);
		if (json->valuestring != NULL)
			utf8_clean_here(json->valuestring);
		clean_all(json->child);
	}
}

enum gathered
gather_line(struct gather *g, const char *line)
{
	cJSON *json = (g->taken += strlen(line)) > ANSWER_MAX ? NULL : cJSON_Parse(line);
	enum gathered rc = GATHER_BAD;

	clean_all(json);
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
	g->taken = 0;
}

void
gather_free(struct gather *g)
{
	gather_next(g);
	cJSON_Delete(g->end);
	g->end = NULL;
}
