/*
 * Builds the requests that go to docker.  Of what the collector sends only
 * numbers and 32 raw bytes of an id are used, each written out anew.
 */
#include "build_config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "gate_request.h"
#include "strbuf.h"

#define MIB (1u << 20)

/*
 * Only what changes a container's state: the exec events of health probes,
 * with their command lines, stay out.  "died" and "remove" are podman's.
 */
static const char events_filter[] =
	"{\"type\":[\"container\"],\"event\":[\"create\",\"start\",\"die\",\"died\",\"oom\",\"kill\",\"stop\",\"restart\","
	"\"pause\",\"unpause\",\"rename\",\"destroy\",\"remove\",\"health_status\"]}";

typedef int filter_builder(struct strbuf *filter, const struct msg_gate_ask *ask, const struct config *config);

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
add_pattern(struct strbuf *filter, const char *pattern)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	strbuf_puts(filter, "\"^/?");
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '.')
			strbuf_puts(filter, "\\\\.");
		else if (*pattern == '*')
			strbuf_puts(filter, ".*");
		else if (*pattern == '?')
			strbuf_puts(filter, ".");
		else if (strchr(plain, *pattern) != NULL)
			strbuf_add(filter, pattern, 1);
		else
			return -1;
	}
	strbuf_puts(filter, "$\"");
	return 0;
}

/* A lone "*" stands for discovery and names nothing. */
static int
filter_names(struct strbuf *filter, const struct msg_gate_ask *ask, const struct config *config)
{
	size_t names = 0;

	(void)ask;
	strbuf_puts(filter, "{\"name\":[");
	for (size_t i = 0; i < config->containers.n; i++) {
		if (strcmp(config->containers.v[i], "*") == 0)
			continue;
		if (names++ > 0)
			strbuf_puts(filter, ",");
		if (add_pattern(filter, config->containers.v[i]) == -1)
			return -1;
	}
	strbuf_puts(filter, "]}");
	return names == 0 ? -1 : 0;
}

static int
filter_unhealthy(struct strbuf *filter, const struct msg_gate_ask *ask, const struct config *config)
{
	(void)ask;
	(void)config;
	strbuf_puts(filter, "{\"health\":[\"unhealthy\"]}");
	return 0;
}

static int
add_id(struct strbuf *filter, const struct msg_gate_ask *ask, const char *tail)
{
	if (ask->container.len != 32)
		return -1;
	strbuf_puts(filter, "{\"id\":[\"");
	for (size_t i = 0; i < ask->container.len; i++)
		strbuf_printf(filter, "%02x", ask->container.p[i]);
	strbuf_puts(filter, tail);
	return 0;
}

static int
filter_id(struct strbuf *filter, const struct msg_gate_ask *ask, const struct config *config)
{
	(void)config;
	return add_id(filter, ask, "\"]}");
}

static int
filter_id_unhealthy(struct strbuf *filter, const struct msg_gate_ask *ask, const struct config *config)
{
	(void)config;
	return add_id(filter, ask, "\"],\"health\":[\"unhealthy\"]}");
}

static int
filter_events(struct strbuf *filter, const struct msg_gate_ask *ask, const struct config *config)
{
	(void)ask;
	(void)config;
	strbuf_puts(filter, events_filter);
	return 0;
}

/* RFC 3986, 2.1.  libevent has this too, and leaves out what it finds no memory for. */
static void
add_encoded(struct strbuf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (isascii((unsigned char)*s) && (isalnum((unsigned char)*s) || strchr("-._~", *s) != NULL))
			strbuf_add(out, s, 1);
		else
			strbuf_printf(out, "%%%02X", (unsigned char)*s);
	}
}

/* Returns 0 or an errno, as add_request(). */
static int
add_filter(struct strbuf *out, const struct operation *op, const struct msg_gate_ask *ask, const struct config *config)
{
	struct strbuf filter = {0};
	int error = op->filter(&filter, ask, config) == -1 ? EINVAL : filter.failed ? ENOMEM : 0;

	if (error == 0) {
		strbuf_puts(out, "&filters=");
		add_encoded(out, filter.s);
	}
	strbuf_free(&filter);
	return error;
}

static int
add_request(struct strbuf *out, const struct operation *op, const struct msg_gate_ask *ask, const struct config *config)
{
	int error = 0;

	strbuf_puts(out, "GET ");
	if (op->versioned && ask->api_minor > 0)
		strbuf_printf(out, "/v1.%u", ask->api_minor);
	strbuf_puts(out, op->path);
	if (ask->op == GATE_EVENTS)
		strbuf_printf(out, "since=%" PRIu64 ".%09" PRIu32, ask->since_s, ask->since_ns);
	if (op->filter != NULL)
		error = add_filter(out, op, ask, config);
	strbuf_puts(out, " HTTP/1.0\r\nUser-Agent: watchdog/" PACKAGE_VERSION "\r\n\r\n");
	return error == 0 && out->failed ? ENOMEM : error;
}

int
gate_request_build(struct evbuffer *out, const struct msg_gate_ask *ask, const struct config *config)
{
	struct strbuf text = {0};
	bool one = ask->op == GATE_LIST_ONE || ask->op == GATE_LIST_ONE_UNHEALTHY;
	int error = EINVAL;

	if (ask->op < GATE_OP_COUNT && (ask->container.len != 0) == one)
		error = add_request(&text, &operations[ask->op], ask, config);
	if (error == 0 && evbuffer_add(out, text.s, text.len) == -1)
		error = ENOMEM;
	strbuf_free(&text);
	errno = error;
	return error == 0 ? 0 : -1;
}
