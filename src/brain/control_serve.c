/*
 * Clients of the control socket.  Trusts none of them for anything; what it
 * knows of one is what the parent says.  Only recv and send are used, which
 * links need too, so that this takes no more of the kernel.
 */
#include "build_config.h"

#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>

#include "clock.h"
#include "control_explain.h"
#include "control_key.h"
#include "control_order.h"
#include "control_serve.h"
#include "log.h"

#define LONGEST_PAUSE_S 5.0

enum client_state {
	CLIENT_ASKING,  /* its request is not whole yet */
	CLIENT_WAITING, /* to be answered */
	CLIENT_TESTING, /* its test message is on its way */
	CLIENT_WATCHING,
	CLIENT_RECORDING,
	CLIENT_LEAVING  /* when it has read its answer */
};

struct client {
	TAILQ_ENTRY(client) entry;
	struct control *control;
	enum client_state state;
	uint32_t id;
	int fd;
	uint8_t rights;
	char user[USER_MAX_LEN + 1];
	struct event *readable, *writable, *deadline;
	struct evbuffer *out;
	struct control_request request;
	bool broken; /* to be freed, but not from inside its own answer */
	size_t got;
	char in[REQUEST_MAX];
};

TAILQ_HEAD(clients, client);

struct control {
	struct control_host host;
	struct control_facts facts;
	struct clients clients; /* in the order in which they are answered */
	size_t queued;          /* bytes for all of them */
	struct event *serve;    /* the next answer */
	double pause_until;     /* boot clock */
	bool roles_asked, frame_due;
	unsigned recorders;
	double no_test_before;  /* boot clock: one test message at a time, and not one behind the other */
};

/* --- a client's end --- */

static void
client_free(struct client *k)
{
	struct control *c = k->control;

	TAILQ_REMOVE(&c->clients, k, entry);
	if (k->state == CLIENT_RECORDING && --c->recorders == 0)
		c->host.recording(c->host.ctx, false);
	c->host.tell_parent(c->host.ctx, MSG_CONTROL_GONE, k->id, &(const struct msg_control_gone){0});
	c->queued -= k->out == NULL ? 0 : evbuffer_get_length(k->out);
	if (k->readable != NULL)
		event_free(k->readable);
	if (k->writable != NULL)
		event_free(k->writable);
	if (k->deadline != NULL)
		event_free(k->deadline);
	if (k->out != NULL)
		evbuffer_free(k->out);
	close(k->fd);
	free(k);
}

/* Its own fault, so it is worth a line for whoever looks for one, and no more. */
static void
client_drop(struct client *k, const char *why)
{
	log_debug("control: the connection of %s is closed: %s", k->user, why);
	client_free(k);
}

static void
client_deadline(struct client *k, double seconds)
{
	struct timeval tv = clock_timeval(seconds);

	event_add(k->deadline, &tv);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct client *k = arg;

	(void)fd;
	(void)what;
	client_drop(k, k->state == CLIENT_ASKING ? "no whole request in time" : "it does not read its answer");
}

/* --- writing --- */

/* Returns the bytes that the kernel took, -1 if the client is gone. */
static ssize_t
send_some(struct client *k)
{
	struct evbuffer_iovec vec;
	ssize_t n;

	if (evbuffer_peek(k->out, -1, NULL, &vec, 1) < 1)
		return 0;
	if ((n = send(k->fd, vec.iov_base, vec.iov_len, MSG_NOSIGNAL)) == -1)
		return errno == EAGAIN || errno == EINTR || errno == ENOBUFS ? 0 : -1;
	evbuffer_drain(k->out, (size_t)n);
	k->control->queued -= (size_t)n;
	return n;
}

/* May free k. */
static void
client_flush(struct client *k)
{
	ssize_t n = 0;
	bool moved = false;

	while (evbuffer_get_length(k->out) > 0 && (n = send_some(k)) > 0)
		moved = true;
	if (n == -1) {
		client_drop(k, "it is gone");
	} else if (evbuffer_get_length(k->out) == 0) {
		event_del(k->deadline);
		if (k->state == CLIENT_LEAVING)
			client_free(k);
	} else {
		event_add(k->writable, NULL);
		if (moved || !evtimer_pending(k->deadline, NULL))
			client_deadline(k, k->control->host.stall_s);
	}
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	client_flush(arg);
}

static bool
room_for(const struct client *k, size_t len)
{
	return evbuffer_get_length(k->out) + len <= CLIENT_QUEUE_MAX && k->control->queued + len <= CLIENTS_QUEUE_MAX;
}

/* A line of an answer; one that cannot be kept breaks the client, who then sees an answer without an end. */
static void
client_line(void *ctx, const char *line)
{
	struct client *k = ctx;
	size_t len = line == NULL ? 0 : strlen(line);

	if (k->broken || line == NULL || !room_for(k, len + 1) || evbuffer_expand(k->out, len + 1) == -1) {
		k->broken = true;
		return;
	}
	evbuffer_add(k->out, line, len);
	evbuffer_add(k->out, "\n", 1);
	k->control->queued += len + 1;
}

/* What was answered goes out.  May free k. */
static void
client_answered(struct client *k)
{
	if (k->broken)
		client_drop(k, "its answer has no room");
	else
		client_flush(k);
}

static void
client_end(struct client *k, int exit_status, const char *member, const char *text)
{
	answer_end(&(const struct answer){client_line, k}, exit_status, member, text);
	k->state = CLIENT_LEAVING;
	client_answered(k);
}

/* --- answers, one function a verb; each may free k --- */

static void
show_status(struct client *k)
{
	struct control *c = k->control;

	answer_status(&(const struct answer){client_line, k}, c->host.brain, &c->facts);
	client_end(k, 0, NULL, NULL);
}

static void
show_frame(struct client *k)
{
	struct control *c = k->control;

	/* Whoever does not keep up sees fewer frames, and after CLIENT_STALL_S none. */
	if (evbuffer_get_length(k->out) == 0) {
		answer_status(&(const struct answer){client_line, k}, c->host.brain, &c->facts);
		client_line(k, "{\"frame\":true}");
	}
	client_answered(k);
}

static void
watch(struct client *k)
{
	k->state = CLIENT_WATCHING;
	show_frame(k);
}

static void
show_health(struct client *k)
{
	char what[256];
	bool well = answer_health(k->control->host.brain, &k->control->facts, what, sizeof(what));

	client_end(k, well ? 0 : 1, "text", what);
}

static void
look_now(struct client *k)
{
	struct control_host *h = &k->control->host;

	h->tell_parent(h->ctx, MSG_CONTROL_TICK, 0, &(const struct msg_control_tick){0});
	client_end(k, 0, NULL, NULL);
}

static void
send_test(struct client *k)
{
	struct control_host *h = &k->control->host;

	if (clock_boot() < k->control->no_test_before) {
		client_end(k, 1, "text", "another test message is on its way, or was a moment ago: try again");
		return;
	}
	k->control->no_test_before = clock_boot() + TESTED_S;
	k->state = CLIENT_TESTING;
	client_deadline(k, TESTED_S);
	log_info("a test message was asked for by %s", k->user);
	h->tell_parent(h->ctx, MSG_CONTROL_TEST, 0, &(const struct msg_control_test){0});
}

/* The words are a signal and nothing else; else the client hears so. */
static bool
only_a_key(struct client *k, char *words, size_t cap)
{
	if (key_words(&k->request, words, cap) == k->request.nwords)
		return true;
	client_end(k, 64, "error", "expected one signal, as status shows it");
	return false;
}

static void
show_history(struct client *k)
{
	char words[KEY_WORDS_MAX];
	bool all = k->request.nwords == 0;

	if (!all && !only_a_key(k, words, sizeof(words)))
		return;
	answer_history(&(const struct answer){client_line, k}, k->control->host.brain, all ? NULL : words);
	client_end(k, 0, NULL, NULL);
}

static void
explain(struct client *k)
{
	const struct brain *b = k->control->host.brain;
	char words[KEY_WORDS_MAX], what[1024];
	const struct alert *a;

	if (!only_a_key(k, words, sizeof(words)))
		return;
	if ((a = key_find(b, words)) == NULL) {
		key_unknown(b, words, what, sizeof(what));
		client_end(k, 1, "error", what);
		return;
	}
	answer_explain(&(const struct answer){client_line, k}, b, a);
	client_end(k, 0, NULL, NULL);
}

static void
take_order(struct client *k)
{
	struct control_host *h = &k->control->host;
	struct order_result result;

	h->ordered(h->ctx, &k->request, k->user);
	if (order_take(h->brain, &k->request, k->user, &result)) {
		log_info("%s, by %s", result.text, k->user);
		h->changed(h->ctx);
	}
	client_end(k, result.exit_status, result.exit_status == 0 ? "text" : "error", result.text);
}

static void
record(struct client *k)
{
	struct control_host *h = &k->control->host;

	k->state = CLIENT_RECORDING;
	if (k->control->recorders++ == 0)
		h->recording(h->ctx, true);
}

static void (*const answers[VERB_COUNT])(struct client *) = {
	[VERB_STATUS] = show_status,
	[VERB_WATCH] = watch,
	[VERB_HEALTH] = show_health,
	[VERB_TICK] = look_now,
	[VERB_TEST] = send_test,
	[VERB_HISTORY] = show_history,
	[VERB_EXPLAIN] = explain,
	[VERB_ACK] = take_order,
	[VERB_SILENCE] = take_order,
	[VERB_UNSILENCE] = take_order,
	[VERB_RECORD] = record,
};

/* --- one at a time --- */

/* Has the parent say how everybody is; who is answered next hears it fresh. */
static void
ask_roles(struct control *c)
{
	if (c->roles_asked)
		return;
	c->roles_asked = true;
	c->host.tell_parent(c->host.ctx, MSG_ROLES_ASK, 0, &(const struct msg_roles_ask){0});
}

static struct client *
next_waiting(struct control *c)
{
	struct client *k;

	TAILQ_FOREACH(k, &c->clients, entry)
		if (k->state == CLIENT_WAITING)
			return k;
	return NULL;
}

static void
serve_soon(struct control *c)
{
	struct timeval tv = clock_timeval(fmax(0, c->pause_until - clock_boot()));

	if (next_waiting(c) != NULL && !evtimer_pending(c->serve, NULL))
		event_add(c->serve, &tv);
}

static void
answer_one(struct client *k)
{
	struct control *c = k->control;
	double began = clock_boot();

	c->host.wake(c->host.ctx);
	answers[k->request.verb](k);
	c->pause_until = clock_boot() + fmin(PAUSE_FACTOR * (clock_boot() - began), LONGEST_PAUSE_S);
}

static void
on_serve(evutil_socket_t fd, short what, void *arg)
{
	struct control *c = arg;
	struct client *k = next_waiting(c);

	(void)fd;
	(void)what;
	if (k == NULL)
		return;
	if (request_needs_roles(k->request.verb)) {
		ask_roles(c);
		return;
	}
	answer_one(k);
	serve_soon(c);
}

void
control_role_info(struct control *c, const struct msg_role_info *info)
{
	if (info->role == ROLE_PARENT)
		memset(c->facts.known, 0, sizeof(c->facts.known));
	c->facts.role[info->role] = *info;
	c->facts.known[info->role] = true;
}

static void
show_watchers(struct control *c)
{
	struct client *k, *next;

	for (k = TAILQ_FIRST(&c->clients); k != NULL; k = next) {
		next = TAILQ_NEXT(k, entry);
		if (k->state == CLIENT_WATCHING)
			show_frame(k);
	}
}

void
control_roles_end(struct control *c)
{
	struct client *k = next_waiting(c);

	c->roles_asked = false;
	if (c->frame_due) {
		c->frame_due = false;
		show_watchers(c);
	}
	if (k != NULL && request_needs_roles(k->request.verb))
		answer_one(k);
	serve_soon(c);
}

void
control_tested(struct control *c, bool ok, const char *text)
{
	struct client *k, *next;

	c->no_test_before = clock_boot() + TEST_GAP_S;
	for (k = TAILQ_FIRST(&c->clients); k != NULL; k = next) {
		next = TAILQ_NEXT(k, entry);
		if (k->state == CLIENT_TESTING)
			client_end(k, ok ? 0 : 1, "text", text);
	}
}

void
control_recorded(struct control *c, const char *line)
{
	struct client *k, *next;

	for (k = TAILQ_FIRST(&c->clients); k != NULL; k = next) {
		next = TAILQ_NEXT(k, entry);
		if (k->state != CLIENT_RECORDING)
			continue;
		client_line(k, line);
		client_answered(k);
	}
}

void
control_tick_ended(struct control *c)
{
	struct client *k;

	c->facts.ticked = c->host.brain->clock.now;
	TAILQ_FOREACH(k, &c->clients, entry)
		c->frame_due = c->frame_due || k->state == CLIENT_WATCHING;
	if (c->frame_due)
		ask_roles(c);
}

/* --- reading --- */

static void
take_request(struct client *k, size_t len)
{
	const char *why = request_parse(&k->request, k->in, len);

	event_del(k->deadline);
	if (why != NULL) {
		client_end(k, 64, "error", why);
	} else if (request_changes(k->request.verb) && (k->rights & CONTROL_MAY_CHANGE) == 0) {
		client_end(k, 77, "error", "only root, the daemon's user and members of the socket's group may do that");
	} else {
		k->state = CLIENT_WAITING;
		serve_soon(k->control);
	}
}

static void
look_for_request(struct client *k)
{
	char *end = memchr(k->in, '\n', k->got);

	if (end != NULL && end != k->in + k->got - 1)
		client_drop(k, "it sends more than one request");
	else if (end != NULL)
		take_request(k, (size_t)(end - k->in));
	else if (k->got == sizeof(k->in))
		client_drop(k, "its request is too long");
}

/* Behind its request a client may close its side, and nothing else. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct client *k = arg;
	bool asking = k->state == CLIENT_ASKING;
	char more;
	ssize_t n = recv(fd, asking ? k->in + k->got : &more, asking ? sizeof(k->in) - k->got : 1, 0);

	(void)what;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1 || (n == 0 && asking)) {
		client_drop(k, "it left");
	} else if (n == 0) {
		event_del(k->readable);
	} else if (!asking) {
		client_drop(k, "it sends more than one request");
	} else {
		k->got += (size_t)n;
		look_for_request(k);
	}
}

/* --- the whole --- */

void
control_client(struct control *c, uint32_t id, const struct msg_control_client *who, int fd)
{
	struct client *k = calloc(1, sizeof(*k));

	if (k == NULL) {
		close(fd);
		c->host.tell_parent(c->host.ctx, MSG_CONTROL_GONE, id, &(const struct msg_control_gone){0});
		return;
	}
	k->control = c;
	k->id = id;
	k->fd = fd;
	k->rights = who->rights;
	strcpy(k->user, who->user); /* at most USER_MAX_LEN, by the table */
	TAILQ_INSERT_TAIL(&c->clients, k, entry);
	k->out = evbuffer_new();
	k->readable = event_new(c->host.base, fd, EV_READ | EV_PERSIST, on_readable, k);
	k->writable = event_new(c->host.base, fd, EV_WRITE, on_writable, k);
	k->deadline = evtimer_new(c->host.base, on_deadline, k);
	if (k->out == NULL || k->readable == NULL || k->writable == NULL || k->deadline == NULL ||
	    event_add(k->readable, NULL) == -1)
		client_drop(k, "memory is short");
	else
		client_deadline(k, c->host.request_s);
}

struct control *
control_new(const struct control_host *host)
{
	struct control *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->serve = evtimer_new(host->base, on_serve, c)) == NULL) {
		free(c);
		return NULL;
	}
	TAILQ_INIT(&c->clients);
	c->host = *host;
	c->host.request_s = host->request_s == 0 ? CLIENT_REQUEST_S : host->request_s;
	c->host.stall_s = host->stall_s == 0 ? CLIENT_STALL_S : host->stall_s;
	c->facts.started = clock_boot();
	c->facts.ticked = c->facts.delivered_wall = NAN;
	return c;
}

void
control_free(struct control *c)
{
	while (!TAILQ_EMPTY(&c->clients))
		client_free(TAILQ_FIRST(&c->clients));
	event_free(c->serve);
	free(c);
}

struct control_facts *
control_facts(struct control *c)
{
	return &c->facts;
}
