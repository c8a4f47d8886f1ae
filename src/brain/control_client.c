/*
 * Connections of control clients.  Trusts none of them for anything; what it
 * knows of one is what the parent says.  Only recv and send are used, which
 * links need too, so that this takes no more of the kernel.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "control_client.h"
#include "log.h"
#include "loop.h"

/* --- a client's end --- */

void
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
void
client_drop(struct client *k, const char *why)
{
	log_debug("control: the connection of %s is closed: %s", k->user, why);
	client_free(k);
}

void
client_deadline(struct client *k, double seconds)
{
	struct timeval tv = clock_timeval(seconds);

	loop_add(k->deadline, &tv);
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
	} else if (event_add(k->writable, NULL) == -1) {
		client_drop(k, "memory is short");
	} else if (moved || !evtimer_pending(k->deadline, NULL)) {
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

void
client_line(void *ctx, const char *line)
{
	struct client *k = ctx;
	size_t len = line == NULL ? 0 : strlen(line);
	int added = -1;

	if (!k->broken && line != NULL && room_for(k, len + 1))
		added = evbuffer_add_printf(k->out, "%s\n", line);
	if (added == -1)
		k->broken = true;
	else
		k->control->queued += (size_t)added;
}

void
client_answered(struct client *k)
{
	if (k->broken)
		client_drop(k, "its answer has no room");
	else
		client_flush(k);
}

void
client_end(struct client *k, int exit_status, const char *member, const char *text)
{
	answer_end(&(const struct answer){client_line, k}, exit_status, member, text);
	k->state = CLIENT_LEAVING;
	client_answered(k);
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

void
control_client(struct control *c, uint32_t id, const struct msg_control_client *who, int fd)
{
	struct client *k = fd == -1 ? NULL : calloc(1, sizeof(*k));

	if (fd == -1)
		log_warning("control: no descriptor is left for a client, who is turned away");
	if (k == NULL) {
		if (fd != -1)
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
