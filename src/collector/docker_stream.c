/*
 * Reads docker's event stream.  Trusts nothing of its bytes: a line has a
 * limit, and what is no event is passed over.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "docker_head.h"
#include "docker_stream.h"
#include "log.h"
#include "loop.h"

#define FIRST_SIZE 4096
#define SEEN_MAX 512 /* events remembered; an engine sends at most its last 256 anew */
#define SLACK_NS 1000000000u
#define NS 1e9

enum state { CLOSED, OPENING, LIVE };

struct docker_stream {
	struct role *role;
	struct gate_client *gate;
	const struct docker_stream_sink *sink;
	void *ctx;
	enum state state;
	struct gate_call *call;
	struct event *deadline; /* of the head */
	char *text;             /* the head, then the line so far */
	size_t len, cap;
	bool too_long;          /* the rest of this line is passed over */
	uint64_t seen[SEEN_MAX]; /* keys, a ring */
	size_t next_seen;
	uint64_t last_ns;       /* the last event's own time, or that of the first opening; 0 = none yet */
	double last_at;         /* the boot clock then */
};

static void on_deadline(evutil_socket_t fd, short what, void *arg);

struct docker_stream *
docker_stream_new(struct role *role, struct gate_client *gate, const struct docker_stream_sink *sink, void *ctx)
{
	struct docker_stream *s = calloc(1, sizeof(*s));

	if (s == NULL || (s->deadline = evtimer_new(role->base, on_deadline, s)) == NULL)
		fatal("docker's events");
	s->role = role;
	s->gate = gate;
	s->sink = sink;
	s->ctx = ctx;
	return s;
}

void
docker_stream_close(struct docker_stream *s)
{
	gate_call_cancel(s->call);
	s->call = NULL;
	event_del(s->deadline);
	free(s->text);
	s->text = NULL;
	s->len = s->cap = 0;
	s->too_long = false;
	s->state = CLOSED;
}

void
docker_stream_free(struct docker_stream *s)
{
	if (s == NULL)
		return;
	docker_stream_close(s);
	event_free(s->deadline);
	free(s);
}

bool
docker_stream_is_live(const struct docker_stream *s)
{
	return s->state == LIVE;
}

uint64_t
docker_stream_heard(const struct docker_stream *s)
{
	return s->last_ns;
}

void
docker_stream_forget(struct docker_stream *s)
{
	memset(s->seen, 0, sizeof(s->seen));
}

void
docker_stream_told(struct docker_stream *s, uint64_t key)
{
	s->seen[s->next_seen++ % SEEN_MAX] = key;
}

void
docker_stream_resume(struct docker_stream *s, uint64_t since, double ago)
{
	docker_stream_close(s);
	s->last_ns = since;
	s->last_at = clock_boot() - ago;
}

static void
end_stream(struct docker_stream *s, const char *why)
{
	docker_stream_close(s);
	s->sink->down(s->ctx, why);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	end_stream(arg, "the engine does not begin it in time");
}

/* --- events --- */

static bool
seen_before(struct docker_stream *s, uint64_t key)
{
	for (size_t i = 0; i < SEEN_MAX; i++)
		if (s->seen[i] == key)
			return true;
	docker_stream_told(s, key);
	return false;
}

static void
take_line(struct docker_stream *s, struct span line)
{
	struct docker_event e;
	double age;

	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	if (line.len == 0)
		return;
	if (!json_check(line) || !json_is_object(line)) {
		s->sink->missed(s->ctx);
		return;
	}
	if (!docker_event_read(&e, line) || seen_before(s, e.key))
		return;
	if (e.time_ns > 0) {
		s->last_ns = e.time_ns;
		s->last_at = clock_boot();
	}
	age = e.time_ns == 0 ? 0 : clock_wall() - (double)e.time_ns / NS;
	s->sink->event(s->ctx, &e, age > 0 ? age : 0);
}

/* Returns false if memory is short. */
static bool
keep(struct docker_stream *s, const char *bytes, size_t len)
{
	size_t cap = s->cap == 0 ? FIRST_SIZE : s->cap;
	char *grown;

	if (s->too_long || len > STREAM_LINE_MAX - s->len) {
		s->too_long = true;
		return true;
	}
	while (cap < s->len + len)
		cap *= 2;
	if (cap != s->cap) {
		if ((grown = realloc(s->text, cap)) == NULL)
			return false;
		s->text = grown;
		s->cap = cap;
	}
	memcpy(s->text + s->len, bytes, len);
	s->len += len;
	return true;
}

/* A line's end has come.  A long line's memory is given back. */
static void
end_line(struct docker_stream *s)
{
	bool too_long = s->too_long;
	struct span line = {s->text, s->len};
	char *text = s->text;

	s->text = NULL;
	s->len = s->cap = 0;
	s->too_long = false;
	if (too_long)
		s->sink->missed(s->ctx);
	else
		take_line(s, line);
	free(text);
}

static bool
refuse(struct docker_stream *s, const char *why)
{
	s->call = NULL; /* ends by our saying so */
	end_stream(s, why);
	return false;
}

/* Lines, cut anywhere. */
static bool
take_bytes(struct docker_stream *s, const char *bytes, size_t len)
{
	while (len > 0) {
		const char *nl = memchr(bytes, '\n', len);
		size_t n = nl == NULL ? len : (size_t)(nl - bytes);

		if (!keep(s, bytes, n))
			return refuse(s, "out of memory");
		if (nl == NULL)
			break;
		end_line(s);
		bytes = nl + 1;
		len -= n + 1;
	}
	return true;
}

/* --- the head --- */

static bool
take_head(struct docker_stream *s, const char *bytes, size_t len)
{
	struct docker_head head;
	size_t before = s->len, room = DOCKER_HEAD_MAX - s->len, taken = len < room ? len : room;
	const char *why;
	char text[64];
	int n;

	if (!keep(s, bytes, taken))
		return refuse(s, "out of memory");
	if ((n = docker_head_parse(&head, s->text, s->len, &why)) == 0)
		return true;
	if (n == -1)
		return refuse(s, why);
	if (head.status != 200) {
		snprintf(text, sizeof(text), "status %u", head.status);
		return refuse(s, text);
	}
	s->len = 0;
	event_del(s->deadline);
	s->state = LIVE;
	s->sink->up(s->ctx);
	return take_bytes(s, bytes + ((size_t)n - before), len - ((size_t)n - before));
}

static bool
on_bytes(void *ctx, const char *bytes, size_t len)
{
	struct docker_stream *s = ctx;

	return s->state == OPENING ? take_head(s, bytes, len) : take_bytes(s, bytes, len);
}

static const char *const reasons[GATE_END_COUNT] = {
	[GATE_COMPLETE] = "the engine has ended it",
	[GATE_NO_SOCKET] = "no socket",
	[GATE_DENIED] = "permission denied",
	[GATE_REFUSED] = "connection refused",
	[GATE_BUSY] = "too many requests at once",
	[GATE_DEADLINE] = "the engine does not take the request",
};

static void
on_end(void *ctx, const struct msg_gate_end *end)
{
	struct docker_stream *s = ctx;

	s->call = NULL;
	end_stream(s, reasons[end->how] != NULL ? reasons[end->how] : "it broke off");
}

static const struct gate_sink gate_sink = {.bytes = on_bytes, .end = on_end};

/* --- opening --- */

uint64_t
docker_stream_since(uint64_t last_ns, uint64_t wall_ns, uint64_t since_ns)
{
	uint64_t came = wall_ns > since_ns ? wall_ns - since_ns : 0;

	if (last_ns == 0)
		return wall_ns;
	if (last_ns <= came)
		return last_ns;
	return came > SLACK_NS ? came - SLACK_NS : 0;
}

int
docker_stream_open(struct docker_stream *s, unsigned api_minor)
{
	struct timeval timeout = clock_timeval(s->role->config.http_timeout);
	uint64_t since = docker_stream_since(s->last_ns, (uint64_t)(clock_wall() * NS),
	    (uint64_t)((clock_boot() - s->last_at) * NS));
	struct msg_gate_ask ask = {
		.op = GATE_EVENTS, .api_minor = (uint8_t)api_minor,
		.since_s = since / 1000000000, .since_ns = (uint32_t)(since % 1000000000),
	};

	if (s->state != CLOSED)
		return 0;
	if ((s->call = gate_call_start(s->gate, &ask, &gate_sink, s)) == NULL)
		return -1;
	if (s->last_ns == 0) {
		s->last_ns = since;
		s->last_at = clock_boot();
	}
	s->state = OPENING;
	loop_add(s->deadline, &timeout);
	return 0;
}
