/*
 * A role and its resolver in one process, for tests of src/net.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "net_fixture.h"

static void
on_broken(void *ctx, struct link *l, const char *why)
{
	(void)ctx;
	(void)l;
	fail_msg("a link broke: %s", why);
}

static void
on_addresses(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct fixture *f = ctx;

	(void)l;
	(void)id;
	resolve_answer(f->resolve, &msg->addresses);
}

static size_t
encode_addresses(uint8_t *raw, const char *addresses)
{
	char copy[512], *rest = copy;
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", addresses);
	for (char *one; (one = strtok_r(rest, " ", &rest)) != NULL; n += ADDRESS_LEN) {
		bool six = strchr(one, ':') != NULL;

		memset(raw + n, 0, ADDRESS_LEN);
		raw[n] = six ? 6 : 4;
		assert_int_equal(inet_pton(six ? AF_INET6 : AF_INET, one, raw + n + 1), 1);
	}
	return n;
}

void
fixture_answer(struct fixture *f, int index, const char *addresses, const char *error)
{
	uint8_t raw[ADDRESS_LEN * ADDRESSES_MAX];
	size_t len = encode_addresses(raw, addresses);

	SEND(f->far, ADDRESSES, addresses, 0, .index = (uint16_t)index, .addresses = {raw, (uint32_t)len}, .error = error);
}

static void
on_resolve(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct fixture *f = ctx;
	uint16_t index = msg->resolve.index;

	(void)l;
	(void)id;
	assert_true(index < FIXTURE_NAMES);
	f->asked[index]++;
	if (f->addresses[index] != NULL)
		fixture_answer(f, index, f->addresses[index], f->addresses[index][0] == '\0' ? "Name or service not known" : "");
}

static link_handler *const near_handlers[MSG_COUNT] = {[MSG_ADDRESSES] = on_addresses};
static link_handler *const far_handlers[MSG_COUNT] = {[MSG_RESOLVE] = on_resolve};

void
fixture_link(struct fixture *f)
{
	struct link_spec near = {ROLE_COLLECTOR, ROLE_RESOLVER, near_handlers, on_broken, f};
	struct link_spec far = {ROLE_RESOLVER, ROLE_COLLECTOR, far_handlers, on_broken, f};
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	f->role.peer[ROLE_RESOLVER] = link_new(f->role.base, fds[0], &near);
	f->far = link_new(f->role.base, fds[1], &far);
	assert_non_null(f->role.peer[ROLE_RESOLVER]);
	assert_non_null(f->far);
	resolve_linked(f->resolve);
}

void
fixture_unlink(struct fixture *f)
{
	link_free(f->role.peer[ROLE_RESOLVER]);
	link_free(f->far);
	f->role.peer[ROLE_RESOLVER] = f->far = NULL;
}

void
fixture_open(struct fixture *f)
{
	*f = (struct fixture){.spec = {.id = ROLE_COLLECTOR}};
	f->role.spec = &f->spec;
	f->role.base = event_base_new();
	assert_non_null(f->role.base);
	f->resolve = resolve_new(&f->role);
	assert_non_null(f->resolve);
	signal(SIGPIPE, SIG_IGN);
	fixture_link(f);
}

void
fixture_open_http(struct fixture *f, int ca_fd)
{
	char why[256] = "";

	fixture_open(f);
	f->http = http_new(f->role.base, f->resolve, ca_fd, why, sizeof(why));
	assert_non_null(f->http);
}

void
fixture_close(struct fixture *f)
{
	http_free(f->http);
	resolve_free(f->resolve);
	fixture_unlink(f);
	event_base_free(f->role.base);
	for (int i = 0; i < FIXTURE_NAMES; i++)
		free(f->role.names[i]);
}

void
fixture_name(struct fixture *f, int index, const char *host, const char *addresses)
{
	free(f->role.names[index]);
	f->role.names[index] = strdup(host);
	assert_non_null(f->role.names[index]);
	f->addresses[index] = addresses;
}

static void
on_alarm(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

void
fixture_run(struct fixture *f, const bool *done, double seconds)
{
	struct timeval tv = clock_timeval(seconds);
	bool late = false;
	struct event *alarm = evtimer_new(f->role.base, on_alarm, &late);

	assert_non_null(alarm);
	evtimer_add(alarm, &tv);
	while (!late && (done == NULL || !*done))
		assert_int_not_equal(event_base_loop(f->role.base, EVLOOP_ONCE), -1);
	event_free(alarm);
}

void
got_result(void *ctx, const struct http_result *r)
{
	struct got *got = ctx;

	assert_non_null(r->body);
	assert_non_null(r->error);
	assert_int_equal(r->body[r->body_len], '\0');
	got->done = true;
	got->calls++;
	got->outcome = r->outcome;
	got->status = r->status;
	got->body_len = r->body_len;
	snprintf(got->body, sizeof(got->body), "%s", r->body);
	got->retry_after = r->retry_after;
	got->own = r->own;
	got->seconds = r->seconds;
	got->has_location = r->location != NULL;
	snprintf(got->location, sizeof(got->location), "%s", r->location == NULL ? "" : r->location);
	snprintf(got->error, sizeof(got->error), "%s", r->error);
}

struct http_request
fixture_request(struct url *u, char *text, size_t len, const char *scheme, const char *host, uint16_t port, const char *path)
{
	bool six = strchr(host, ':') != NULL;

	snprintf(text, len, "%s://%s%s%s:%u%s", scheme, six ? "[" : "", host, six ? "]" : "", port, path);
	*u = (struct url){
		.url = text,
		.scheme = strcmp(scheme, "https") == 0 ? SCHEME_HTTPS : strcmp(scheme, "http") == 0 ? SCHEME_HTTP : SCHEME_SOCKS5H,
		.host = (char *)(uintptr_t)host,
		.port = port,
	};
	return (struct http_request){.url = u, .connect_timeout = 5, .timeout = FIXTURE_PATIENCE_S * 4, .body_max = 65536, .want_body = true};
}

void
fixture_fetch(struct fixture *f, const struct http_request *request, struct got *got)
{
	*got = (struct got){0};
	assert_non_null(http_start(f->http, request, got_result, got));
	assert_false(got->done);
	fixture_run(f, &got->done, FIXTURE_PATIENCE_S);
	assert_true(got->done);
}
