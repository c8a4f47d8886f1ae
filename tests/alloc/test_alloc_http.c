/*
 * The n-th allocation of the plain HTTP client fails, for every n of a run
 * with all that it does: an address that refuses, a kept connection, one that
 * was closed, a post, a redirect, a ping, a long answer.  Each request is
 * answered rightly or ends in an error that says why, and those after it are
 * answered; or the process ends and says that memory is short.  Nothing is
 * lost, nothing hangs.
 */
#include "build_config.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "clock.h"
#include "failing.h"
#include "http.h"
#include "unit.h"

#define PATIENCE_S 60
#define ATTEMPTS_MAX 20
#define LONG 20000 /* bytes of the long answer */
#define WRONG 3    /* exit status: what must not be; stderr says what */

#ifdef WITH_SANITIZERS
#define STRIDE 3
#else
#define STRIDE 1
#endif

int __wrap_role_send(struct role *role, enum role_id peer, enum message_type type, uint32_t id, const void *msg);
void __wrap_exit(int status) __attribute__((noreturn));

static struct failing *failing;
static uint16_t port;
static pid_t server;

/* --- the server, a process of its own whose memory is not short --- */

static void
answer(struct evhttp_request *request, void *ctx)
{
	const char *path = evhttp_request_get_uri(request);
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	struct evbuffer *out = evbuffer_new();
	int status = 200;

	(void)ctx;
	if (strcmp(path, "/long") == 0) {
		for (int i = 0; i < LONG; i++)
			evbuffer_add(out, "x", 1);
	} else if (strcmp(path, "/moved") == 0) {
		evhttp_add_header(headers, "Location", "/elsewhere");
		status = 302;
	} else if (strcmp(path, "/last") == 0) {
		evhttp_add_header(headers, "Connection", "close");
	}
	evbuffer_add_buffer(out, evhttp_request_get_input_buffer(request));
	evbuffer_add_printf(out, "%s", path);
	evhttp_send_reply(request, status, "so it is", out);
	evbuffer_free(out);
}

static void
start_server(void)
{
	struct event_base *base = event_base_new();
	struct evhttp *http = evhttp_new(base);
	struct evhttp_bound_socket *s = evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
	struct sockaddr_in a = {0};
	socklen_t len = sizeof(a);

	assert_non_null(s);
	assert_int_equal(getsockname(evhttp_bound_socket_get_fd(s), (struct sockaddr *)&a, &len), 0);
	port = ntohs(a.sin_port);
	evhttp_set_gencb(http, answer, NULL);
	server = fork();
	assert_int_not_equal(server, -1);
	if (server == 0) {
		event_reinit(base);
		event_base_dispatch(base);
		_exit(0);
	}
	evhttp_free(http);
	event_base_free(base);
}

/* --- one run --- */

struct step {
	const char *host, *path, *post, *body;
	long status;
};

static const struct step steps[] = {
	{"app.test", "/first", NULL, "/first", 200}, /* its first address refuses */
	{"app.test", "/again", NULL, "/again", 200}, /* on the connection that was kept */
	{"127.0.0.1", "/post", "{\"a\":1}", "{\"a\":1}/post", 200},
	{"127.0.0.1", "/moved", NULL, "/moved", 302},
	{"app.test", "/last", NULL, "/last", 200},
	{"app.test", "/long", NULL, NULL, 200},
	{"app.test", "/ping", NULL, NULL, 200},
};

struct client {
	struct role role;
	struct role_spec spec;
	struct resolve *resolve;
	struct http *http;
	const struct step *step;
	bool done, answered;
	char error[256]; /* the last */
};

static void
wrong(const struct client *c, const char *what)
{
	fprintf(stderr, "%s: %s\n", c->step->path, what);
	unit_exit(WRONG);
}

static bool
is_right(const struct step *step, const struct http_result *r)
{
	if (r->status != step->status || (step->status == 302) != (r->location != NULL))
		return false;
	if (step->body != NULL)
		return strcmp(r->body, step->body) == 0;
	if (strcmp(step->path, "/ping") == 0)
		return true; /* it may have come with the head */
	return r->body_len == LONG + strlen(step->path) && strspn(r->body, "x") == LONG;
}

static void
on_result(void *ctx, const struct http_result *r)
{
	struct client *c = ctx;

	if (c->done)
		wrong(c, "told twice");
	c->done = true;
	/* libevent leaves out what it finds no memory for, and half a request is a bad one. */
	c->answered = r->outcome == HTTP_ANSWERED && r->status != 400;
	if (c->answered && !is_right(c->step, r))
		wrong(c, r->body);
	if (r->outcome != HTTP_ANSWERED && r->error[0] == '\0')
		wrong(c, "an error without a word");
	snprintf(c->error, sizeof(c->error), "never answered: %s", r->error);
}

/* Of fatalx(), and of libevent, in a child: cmocka's end of all tests is not for it. */
void
__wrap_exit(int status)
{
	unit_exit(status);
}

static void
on_fatal(int error)
{
	(void)error;
	unit_exit(1);
}

static bool asked; /* for the addresses of app.test */

/* The way to the resolver. */
int
__wrap_role_send(struct role *role, enum role_id peer, enum message_type type, uint32_t id, const void *msg)
{
	(void)role, (void)id, (void)msg;
	asked = asked || (peer == ROLE_RESOLVER && type == MSG_RESOLVE);
	return 0;
}

/* Two addresses, of which the first has nobody who listens. */
static void
resolver_answers(struct client *c)
{
	static const uint8_t raw[2 * ADDRESS_LEN] = {4, 127, 0, 0, 2, [ADDRESS_LEN] = 4, 127, 0, 0, 1};

	asked = false;
	resolve_answer(c->resolve, &(struct msg_addresses){.addresses = {raw, sizeof(raw)}, .error = ""});
}

/* Ends with the transfer, whose deadlines are its own. */
static void
attempt(struct client *c)
{
	char text[64];
	struct url u = {.url = text, .scheme = SCHEME_HTTP, .host = (char *)(uintptr_t)c->step->host, .port = port};
	struct http_request request = {.url = &u, .body = c->step->post, .connect_timeout = 1, .timeout = 2,
	    .body_max = 65536, .want_body = strcmp(c->step->path, "/ping") != 0};

	snprintf(text, sizeof(text), "http://%s:%u%s", c->step->host, port, c->step->path);
	c->done = c->answered = false;
	if (http_start(c->http, &request, on_result, c) == NULL)
		return;
	if (asked)
		resolver_answers(c);
	while (!c->done)
		if (event_base_loop(c->role.base, EVLOOP_ONCE) != 0 && !c->done)
			wrong(c, "nothing is waited for, and nothing was told");
}

static void
all_steps(struct client *c)
{
	for (size_t i = 0; i < LENGTH(steps); i++) {
		c->step = &steps[i];
		c->answered = false;
		for (int n = 0; n < ATTEMPTS_MAX && !c->answered; n++)
			attempt(c);
		if (!c->answered)
			wrong(c, c->error);
	}
}

static void
run(uint64_t n, bool ever_after)
{
	static struct client c = {.spec = {.id = ROLE_COLLECTOR}};
	int64_t live = failing->live;
	char why[128];

	alarm(PATIENCE_S);
	/* cmocka would take them for its own. */
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, sig == SIGPIPE ? SIG_IGN : SIG_DFL);
	event_set_fatal_callback(on_fatal);
	c.role.spec = &c.spec;
	c.step = &steps[0];
	c.role.base = event_base_new();
	c.resolve = resolve_new(&c.role);
	c.http = http_new(c.role.base, c.resolve, -1, why, sizeof(why));
	c.role.names[0] = strdup("app.test");
	*failing = (struct failing){.fail_at = n, .ever_after = ever_after, .live = failing->live};
	all_steps(&c);
	failing->fail_at = 0;
	http_free(c.http);
	resolve_free(c.resolve);
	event_base_free(c.role.base);
	free(c.role.names[0]);
	if (failing->live != live) {
		fprintf(stderr, "%ld allocations were not freed\n", (long)(failing->live - live));
		unit_exit(WRONG);
	}
	unit_exit(0);
}

/*
 * Where libevent 2.1 finds no memory for an object of its own, it frees what
 * it has not set up yet and crashes.  There is no other way to make one; the
 * process ends as it does in other places, and its successor begins anew.
 */
static bool
is_libevents(int status, const char *said)
{
	static const char *const makers[] = {
		"evhttp_connection_base_bufferevent_new: strdup failed",
		"evhttp_request_new: calloc",
	};

	for (size_t i = 0; i < LENGTH(makers); i++)
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV && strstr(said, makers[i]) != NULL)
			return true;
	return false;
}

/* Returns false if the run does not have that many allocations. */
static bool
run_with(uint64_t n, bool ever_after, unsigned *deaths)
{
	static char said[65536];
	int status = 0, out = memfd_create("stderr", MFD_CLOEXEC);
	ssize_t len;
	pid_t pid;

	*failing = (struct failing){0};
	assert_int_not_equal(out, -1);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		dup2(out, STDERR_FILENO);
		run(n, ever_after);
	}
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	len = pread(out, said, sizeof(said) - 1, 0);
	said[len < 0 ? 0 : len] = '\0';
	close(out);
	if (is_libevents(status, said)) {
		++*deaths;
		return true;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		fail_msg("allocation %lu: wait status %#x: %s", (unsigned long)n, (unsigned)status, said);
	if (WEXITSTATUS(status) == 1 && strstr(said, "memory") == NULL)
		fail_msg("allocation %lu: it does not say why it ended: %s", (unsigned long)n, said);
	*deaths += WEXITSTATUS(status) == 1;
	return failing->failed;
}

static void
test_one_allocation_fails(void **state)
{
	unsigned deaths = 0;
	uint64_t n = 1;

	(void)state;
	assert_false(run_with(0, false, &deaths));
	assert_int_equal(deaths, 0);
	for (; run_with(n, false, &deaths); n += STRIDE)
		continue;
	print_message("%lu allocations, %u deaths in order\n", (unsigned long)n - 1, deaths);
	assert_true(n > 100);
}

static int
setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	start_server();
	failing = failing_here();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_allocation_fails),
	};

	return cmocka_run_group_tests_name("alloc_http", tests, setup, teardown);
}
