/*
 * The signal "network", which nobody looks at: it follows from the others and
 * from what becomes of messages.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include "look.h"
#include "message_text.h"
#include "network.h"
#include "url.h"

bool
network_carries(const struct config *config, const char *key)
{
	const char *name = alert_key_name(KIND_DEP, key);

	if (strncmp(key, kind_prefix(KIND_DEP), strlen(kind_prefix(KIND_DEP))) != 0)
		return false;
	for (size_t i = 0; i < config->deps.n; i++)
		if (strcmp(config->deps.v[i].name, name) == 0)
			return !url_host_is_loopback(config->deps.v[i].url.host);
	return false;
}

bool
network_is_down(const struct brain *b)
{
	const struct alert *a = alerts_find_key(&b->alerts, NETWORK_KEY);

	return a != NULL && a->active;
}

/* True if there are dependencies on the network, and each fails; since: the last one of them. */
static bool
all_fail(const struct brain *b, double *since)
{
	const struct dep_list *deps = &b->config->deps;
	bool any = false;

	*since = -INFINITY;
	for (size_t i = 0; i < deps->n; i++) {
		const struct alert *a = alerts_find(&b->alerts, KIND_DEP, deps->v[i].name);

		if (url_host_is_loopback(deps->v[i].url.host))
			continue;
		if (a == NULL || !a->active || a->last != LOOK_BAD)
			return false;
		*since = fmax(*since, a->story->bad_since);
		any = true;
	}
	return any;
}

static void
look(struct brain *b, enum verdict verdict, double lasted, const char *detail)
{
	look_at(b, &(struct look){
		.kind = KIND_NETWORK, .name = "", .verdict = verdict, .need = 1, .recover = 1, .lasted = lasted,
		.detail = detail,
	});
}

/* While the chats are still to be told of it: nobody else looks at it, and a snapshot has no words for what is well. */
static bool
is_owed(const struct brain *b)
{
	const struct alert *a = alerts_find_key(&b->alerts, NETWORK_KEY);

	return a != NULL && (a->told || a->flapping || a->steady);
}

void
network_look(struct brain *b)
{
	char detail[ALERT_DETAIL_MAX];
	struct strbuf text = STRBUF_IN(detail);
	double since = b->now;
	bool down = b->outbox.unreachable && all_fail(b, &since);

	if (b->draining || (!down && !network_is_down(b) && !is_owed(b)))
		return;
	text_say(&text, b->config->lang, down ? TEXT_NETWORK_DOWN : TEXT_NETWORK_UP, NULL);
	look(b, down ? LOOK_BAD : LOOK_GOOD, down ? b->now - since : 0, detail);
}
