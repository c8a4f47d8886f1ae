/*
 * What a recording's line says beside observations: of roles, and what a
 * person ordered.  Trusts nothing of it.
 */
#include "build_config.h"

#include <string.h>

#include "control_order.h"
#include "replay_json.h"

static void
role(struct brain *b, const cJSON *r)
{
	double restarts = replay_number(r, "restarts");
	const char *name = replay_string(r, "role", "");

	for (unsigned i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		if (strcmp(role_name(i), name) == 0)
			brain_role(b, i, cJSON_IsTrue(replay_member(r, "failing")),
			    restarts >= 0 && restarts <= UINT32_MAX ? (uint32_t)restarts : 0, replay_string(r, "why", ""));
}

/* The words as a client's line has them, so that they are judged as a client's. */
static bool
join(char *line, size_t cap, const cJSON *words)
{
	struct strbuf out = strbuf_fixed(line, cap);
	const cJSON *w;

	cJSON_ArrayForEach(w, words) {
		if (!cJSON_IsString(w) || strlen(w->valuestring) + 1 >= cap - out.len)
			return false;
		strbuf_puts(&out, out.len == 0 ? "" : "\t");
		strbuf_puts(&out, w->valuestring);
	}
	return out.len > 0;
}

static void
order(struct brain *b, const cJSON *o)
{
	char line[REQUEST_MAX];
	struct control_request r;
	struct order_result result;
	const cJSON *words = replay_member(o, "words");

	if (!cJSON_IsArray(words) || !join(line, sizeof(line), words) || request_parse(&r, line, strlen(line)) != NULL)
		return;
	if (r.verb == VERB_ACK || r.verb == VERB_SILENCE || r.verb == VERB_UNSILENCE)
		order_take(b, &r, replay_string(o, "who", "?"), &result);
}

void
replay_orders(struct brain *b, const cJSON *line)
{
	const cJSON *roles = replay_member(line, "roles"), *orders = replay_member(line, "operator"), *e;

	cJSON_ArrayForEach(e, roles)
		if (cJSON_IsArray(roles))
			role(b, e);
	cJSON_ArrayForEach(e, orders)
		if (cJSON_IsArray(orders))
			order(b, e);
}
