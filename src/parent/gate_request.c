/*
 * Builds the requests that go to docker.  Of what the collector sends only
 * numbers and 32 raw bytes of an id are used, each written out anew.
 */
#include "build_config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <event2/http.h>

#include "gate_request.h"

#define MIB (1u << 20)

/*
 * Only what changes a container's state: the exec events of health probes,
 * with their command lines, stay out.  "died" and "remove" are podman's.
 */
static const char events_filter[] =
	"{\"type\":[\"container\"],\"event\":[\"create\",\"start\",\"die\",\"died\",\"oom\",\"kill\",\"stop\",\"restart\","
	"\"pause\",\"unpause\",\"rename\",\"destroy\",\"remove\",\"health_status\"]}";

typedef int filter_builder(struct evbuffer *filter, const struct msg_gate_ask *ask, const struct config *config);

static filter_builder filter_names, filter_unhealthy, filter_id, filter_id_unhealthy, filter_events;

static const struct operation {
	const char *path;   /* below /v1.NN if versioned */
	bool versioned;
	filter_builder *filter;
	struct gate_limits limits;
} operations[GATE_OP_COUNT] = {
	[GATE_PING] = {"/_ping", false, NULL, {true, MIB}},
	[GATE_VERSION] = {"/version", false, NULL, {true, MIB}},
	[GATE_LIST] = {"/containers/json?all=1", true, NULL, {true, 64 * MIB}},
	[GATE_LIST_NAMED] = {"/containers/json?all=1", true, filter_names, {true, 64 * MIB}},
	[GATE_LIST_UNHEALTHY] = {"/containers/json?all=1", true, filter_unhealthy, {true, 64 * MIB}},
	[GATE_LIST_ONE] = {"/containers/json?all=1", true, filter_id, {true, 4 * MIB}},
	[GATE_LIST_ONE_UNHEALTHY] = {"/containers/json?all=1", true, filter_id_unhealthy, {true, 4 * MIB}},
	[GATE_EVENTS] = {"/events?", true, filter_events, {false, 0}},
};

const struct gate_limits *
gate_limits(enum gate_op op)
{
	return &operations[op].limits;
}

/*
 * A configured name or glob as an anchored regular expression, inside a JSON
 * string.  Its characters were checked when the configuration was read; one
 * that is not known here is refused all the same.
 */
static int
add_pattern(struct evbuffer *filter, const char *pattern)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	evbuffer_add_printf(filter, "\"^/?");
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '.')
			evbuffer_add_printf(filter, "\\\\.");
		else if (*pattern == '*')
			evbuffer_add_printf(filter, ".*");
		else if (*pattern == '?')
			evbuffer_add_printf(filter, ".");
		else if (strchr(plain, *pattern) != NULL)
			evbuffer_add(filter, pattern, 1);
		else
			return -1;
	}
	evbuffer_add_printf(filter, "$\"");
	return 0;
}

/* A lone "*" stands for discovery and names nothing. */
static int
filter_names(struct evbuffer *filter, const struct msg_gate_ask *ask, const struct config *config)
{
	size_t names = 0;

	(void)ask;
	evbuffer_add_printf(filter, "{\"name\":[");
	for (size_t i = 0; i < config->containers.n; i++) {
		if (strcmp(config->containers.v[i], "*") == 0)
			continue;
		if (names++ > 0)
			evbuffer_add_printf(filter, ",");
		if (add_pattern(filter, config->containers.v[i]) == -1)
			return -1;
	}
	evbuffer_add_printf(filter, "]}");
	return names == 0 ? -1 : 0;
}

static int
filter_unhealthy(struct evbuffer *filter, const struct msg_gate_ask *ask, const struct config *config)
{
	(void)ask;
	(void)config;
	return evbuffer_add_printf(filter, "{\"health\":[\"unhealthy\"]}") == -1 ? -1 : 0;
}

static int
add_id(struct evbuffer *filter, const struct msg_gate_ask *ask, const char *tail)
{
	if (ask->container.len != 32)
		return -1;
	evbuffer_add_printf(filter, "{\"id\":[\"");
	for (size_t i = 0; i < ask->container.len; i++)
		evbuffer_add_printf(filter, "%02x", ask->container.p[i]);
	return evbuffer_add_printf(filter, "%s", tail) == -1 ? -1 : 0;
}

static int
filter_id(struct evbuffer *filter, const struct msg_gate_ask *ask, const struct config *config)
{
	(void)config;
	return add_id(filter, ask, "\"]}");
}

static int
filter_id_unhealthy(struct evbuffer *filter, const struct msg_gate_ask *ask, const struct config *config)
{
	(void)config;
	return add_id(filter, ask, "\"],\"health\":[\"unhealthy\"]}");
}

static int
filter_events(struct evbuffer *filter, const struct msg_gate_ask *ask, const struct config *config)
{
	(void)ask;
	(void)config;
	return evbuffer_add(filter, events_filter, sizeof(events_filter) - 1);
}

static int
add_filter(struct evbuffer *out, const struct operation *op, const struct msg_gate_ask *ask, const struct config *config)
{
	struct evbuffer *filter = evbuffer_new();
	char *encoded = NULL;
	int rc = -1;

	if (filter != NULL && op->filter(filter, ask, config) == 0 && evbuffer_add(filter, "", 1) == 0 &&
	    (encoded = evhttp_uriencode((const char *)evbuffer_pullup(filter, -1), -1, 0)) != NULL)
		rc = evbuffer_add_printf(out, "&filters=%s", encoded) == -1 ? -1 : 0;
	free(encoded);
	if (filter != NULL)
		evbuffer_free(filter);
	return rc;
}

int
gate_request_build(struct evbuffer *out, const struct msg_gate_ask *ask, const struct config *config)
{
	const struct operation *op;

	if (ask->op >= GATE_OP_COUNT ||
	    (ask->container.len != 0) != (ask->op == GATE_LIST_ONE || ask->op == GATE_LIST_ONE_UNHEALTHY))
		return -1;
	op = &operations[ask->op];
	evbuffer_add_printf(out, "GET ");
	if (op->versioned && ask->api_minor > 0)
		evbuffer_add_printf(out, "/v1.%u", ask->api_minor);
	evbuffer_add_printf(out, "%s", op->path);
	if (ask->op == GATE_EVENTS)
		evbuffer_add_printf(out, "since=%" PRIu64 ".%09" PRIu32, ask->since_s, ask->since_ns);
	if (op->filter != NULL && add_filter(out, op, ask, config) == -1)
		return -1;
	return evbuffer_add_printf(out, " HTTP/1.0\r\nUser-Agent: watchdog/" PACKAGE_VERSION "\r\n\r\n") == -1 ? -1 : 0;
}
