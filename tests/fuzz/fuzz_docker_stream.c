/*
 * Docker's event stream, head and lines, cut anywhere: the first byte says
 * how long the pieces are.  However it is cut, the same events must be told,
 * the same number of lines be missed, and it must be refused for the same.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "docker_stream.h"
#include "fuzz.h"

struct told {
	uint64_t hash;
	unsigned ups, downs, events, missed;
};

/* --- in the way of gate_client.c (--wrap): the bytes are ours --- */

static struct {
	const struct gate_sink *sink;
	void *ctx;
} call;

struct gate_call *__wrap_gate_call_start(struct gate_client *g, const struct msg_gate_ask *ask, const struct gate_sink *sink,
    void *ctx);
void __wrap_gate_call_cancel(struct gate_call *c);

struct gate_call *
__wrap_gate_call_start(struct gate_client *g, const struct msg_gate_ask *ask, const struct gate_sink *sink, void *ctx)
{
	(void)g;
	FUZZ_CHECK(ask->op == GATE_EVENTS && ask->since_ns < 1000000000);
	call.sink = sink;
	call.ctx = ctx;
	return (struct gate_call *)(void *)&call;
}

void
__wrap_gate_call_cancel(struct gate_call *c)
{
	if (c != NULL)
		call.sink = NULL;
}

/* --- who listens --- */

static void
up(void *ctx)
{
	struct told *t = ctx;

	FUZZ_CHECK(t->ups++ == 0 && t->downs == 0);
}

static void
down(void *ctx, const char *why)
{
	struct told *t = ctx;

	FUZZ_CHECK(t->downs++ == 0);
	fuzz_check_clean(why, TEXT_MAX_LEN);
	t->hash = fuzz_hash(t->hash, why, strlen(why));
}

static void
event(void *ctx, const struct docker_event *e, double age)
{
	struct told *t = ctx;

	FUZZ_CHECK(t->ups == 1 && t->downs == 0 && age >= 0);
	t->events++;
	t->hash = fuzz_hash(t->hash, &e->key, sizeof(e->key));
}

static void
missed(void *ctx)
{
	struct told *t = ctx;

	FUZZ_CHECK(t->ups == 1 && t->downs == 0);
	t->missed++;
}

static const struct docker_stream_sink sink = {.up = up, .down = down, .event = event, .missed = missed};

static void
feed(struct role *role, struct told *t, const char *bytes, size_t len, size_t piece)
{
	struct docker_stream *s = docker_stream_new(role, NULL, &sink, t);
	bool goes_on = true;

	FUZZ_CHECK(docker_stream_open(s, 44) == 0);
	for (size_t at = 0; at < len && goes_on; at += piece)
		goes_on = call.sink->bytes(call.ctx, bytes + at, len - at < piece ? len - at : piece);
	FUZZ_CHECK(goes_on == (t->downs == 0));
	if (goes_on)
		call.sink->end(call.ctx, &(const struct msg_gate_end){.how = GATE_COMPLETE, .group = ""});
	FUZZ_CHECK(t->downs == 1 && !docker_stream_is_live(s));
	docker_stream_free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct role role;
	struct told whole = {0}, pieces = {0};

	if (size < 2)
		return 0;
	fuzz_quiet_log();
	if (role.base == NULL) {
		FUZZ_CHECK((role.base = event_base_new()) != NULL);
		config_init(&role.config);
	}
	feed(&role, &whole, (const char *)data + 1, size - 1, size);
	feed(&role, &pieces, (const char *)data + 1, size - 1, 1 + data[0]);
	FUZZ_CHECK(memcmp(&whole, &pieces, sizeof(whole)) == 0);
	return 0;
}
