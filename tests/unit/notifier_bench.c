/*
 * The notifier's bench.
 */
#include "build_config.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "clock.h"
#include "link.h"
#include "role.h"

#include "notifier_bench.h"

#define READY_S 20
#define LEAVE_S 10
#define SCRIPT_MAX 16

struct bench bench;

static struct event_base *base;
static struct link *child, *brain;
static pid_t pid;
static struct evconnlistener *listener;
static unsigned port;

static struct {
	enum reaction how;
	char text[2048];
} script[SCRIPT_MAX];
static unsigned scripted, played;

/* --- the scripted Telegram --- */

static void
conn_close(struct bufferevent *bev, bool reset)
{
	struct linger now = {.l_onoff = 1};

	if (reset)
		setsockopt(bufferevent_getfd(bev), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	bufferevent_free(bev);
}

static void
conn_event(struct bufferevent *bev, short what, void *arg)
{
	(void)arg;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		conn_close(bev, false);
}

static void
conn_written(struct bufferevent *bev, void *arg)
{
	(void)arg;
	conn_close(bev, false);
}

static void
react(struct bufferevent *bev, enum reaction how, const char *text)
{
	char body[128], ok[256];

	switch (how) {
	case OK:
		snprintf(body, sizeof(body), "{\"ok\":true,\"result\":{\"message_id\":%u}}", bench.nrequests);
		snprintf(ok, sizeof(ok), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
		bufferevent_write(bev, ok, strlen(ok));
		break;
	case TRUNCATE:
		bufferevent_setcb(bev, NULL, conn_written, conn_event, NULL);
		bufferevent_write(bev, text, strlen(text));
		break;
	case ANSWER:
		bufferevent_write(bev, text, strlen(text));
		break;
	case RESET:
		conn_close(bev, true);
		break;
	case HANG:
		break;
	}
}

static void
take_request(struct bufferevent *bev, size_t head, size_t body)
{
	struct bench_request *r = &bench.requests[bench.nrequests];

	assert_true(bench.nrequests < BENCH_REQUESTS_MAX && head < sizeof(r->head) && body < sizeof(r->body));
	bufferevent_read(bev, r->head, head);
	bufferevent_read(bev, r->body, body);
	r->when = clock_boot();
	bench.nrequests++;
	if (played < scripted) {
		played++;
		react(bev, script[played - 1].how, script[played - 1].text);
	} else {
		react(bev, OK, NULL);
	}
}

static void
conn_readable(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(in), body = 0;
	const char *text, *length;
	char *copy = calloc(1, len + 1), *end;

	(void)arg;
	assert_non_null(copy);
	evbuffer_copyout(in, copy, len);
	text = copy;
	if ((end = strstr(copy, "\r\n\r\n")) != NULL) {
		size_t head = (size_t)(end - text) + 4;

		if ((length = strcasestr(copy, "content-length:")) != NULL && length < end)
			body = strtoul(length + 15, NULL, 10);
		if (len >= head + body)
			take_request(bev, head, body);
	}
	free(copy);
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *addr, int len, void *arg)
{
	struct bufferevent *bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);

	(void)l;
	(void)addr;
	(void)len;
	(void)arg;
	bufferevent_setcb(bev, conn_readable, NULL, conn_event, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

static void
server_open(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);

	listener = evconnlistener_new_bind(base, on_accept, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 16,
	    (struct sockaddr *)&a, sizeof(a));
	assert_non_null(listener);
	assert_int_equal(getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&a, &len), 0);
	port = ntohs(a.sin_port);
}

void
bench_script(enum reaction how, const char *text)
{
	assert_true(scripted < SCRIPT_MAX);
	script[scripted].how = how;
	snprintf(script[scripted].text, sizeof(script[scripted].text), "%s", text == NULL ? "" : text);
	scripted++;
}

void
bench_answer(int status, const char *headers, const char *body)
{
	char text[2048];

	snprintf(text, sizeof(text), "HTTP/1.1 %d x\r\n%sContent-Length: %zu\r\n\r\n%s", status, headers, strlen(body),
	    body);
	bench_script(ANSWER, text);
}

/* --- what the program says --- */

static struct bench_event *
add_event(unsigned type)
{
	struct bench_event *e = &bench.events[bench.nevents];

	assert_true(bench.nevents < BENCH_EVENTS_MAX);
	bench.nevents++;
	e->type = type;
	e->when = clock_boot();
	return e;
}

static void
on_log(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	size_t len = strlen(bench.log);

	(void)ctx;
	(void)l;
	(void)id;
	snprintf(bench.log + len, sizeof(bench.log) - len, "%u %s\n", msg->log.level, msg->log.text);
}

static void
on_ready(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	(void)ctx;
	(void)id;
	(void)msg;
	link_set_phase(l, PHASE_RUN);
	add_event(MSG_READY);
}

static void
on_chat_ready(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	(void)ctx;
	(void)l;
	(void)id;
	add_event(MSG_CHAT_READY)->chat = msg->chat_ready.chat;
}

static void
on_delivered(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct bench_event *e = add_event(MSG_DELIVERED);

	(void)ctx;
	(void)l;
	(void)id;
	e->chat = msg->delivered.chat;
	e->seq = msg->delivered.seq;
	e->number = msg->delivered.message_id;
}

static void
on_send_failed(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct bench_event *e = add_event(MSG_SEND_FAILED);

	(void)ctx;
	(void)l;
	(void)id;
	e->chat = msg->send_failed.chat;
	e->seq = msg->send_failed.seq;
	e->why = msg->send_failed.why;
	e->number = (int64_t)msg->send_failed.flood_until;
	snprintf(e->text, sizeof(e->text), "%s", msg->send_failed.text);
}

static void
on_chat_moved(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct bench_event *e = add_event(MSG_CHAT_MOVED);

	(void)ctx;
	(void)l;
	(void)id;
	e->chat = msg->chat_moved.chat;
	e->number = msg->chat_moved.new_id;
}

static void
on_test_result(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct bench_event *e = add_event(MSG_TEST_RESULT);

	(void)ctx;
	(void)l;
	(void)id;
	e->number = msg->test_result.ok;
	snprintf(e->text, sizeof(e->text), "%s", msg->test_result.text);
}

static void
on_link_broken(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	(void)ctx;
	(void)l;
	(void)id;
	snprintf(add_event(MSG_LINK_BROKEN)->text, sizeof(bench.events[0].text), "%s", msg->link_broken.why);
}

static link_handler *const handlers[MSG_COUNT] = {
	[MSG_LOG] = on_log,
	[MSG_READY] = on_ready,
	[MSG_CHAT_READY] = on_chat_ready,
	[MSG_DELIVERED] = on_delivered,
	[MSG_SEND_FAILED] = on_send_failed,
	[MSG_CHAT_MOVED] = on_chat_moved,
	[MSG_TEST_RESULT] = on_test_result,
	[MSG_LINK_BROKEN] = on_link_broken,
};

static void
on_broken(void *ctx, struct link *l, const char *why)
{
	(void)ctx;
	if (*why != '\0')
		fail_msg("the program broke its link: %s", why);
	if (l == child)
		bench.ended = true;
	event_base_loopbreak(base);
}

static struct link *
open_link(enum role_id self, int fd)
{
	struct link_spec spec = {.self = self, .peer = ROLE_NOTIFIER, .handlers = handlers, .broken = on_broken};
	struct link *l = link_new(base, fd, &spec);

	assert_non_null(l);
	return l;
}

/* --- its life --- */

/*
 * The leak check of a sanitizer build reads /proc and traces the process, so
 * such a build runs without the sandbox; and a process that is not dumpable
 * can be traced by root alone.
 */
#ifdef WITH_SANITIZERS
#define SANDBOX "off"
#else
#define SANDBOX "enforce"
#endif

static void
run_program(int link_fd, int secret_fd, int ca_fd)
{
	char path[4096];
	char name[] = "watchdog-notifier", *argv[] = {name, NULL};

	/* The program that the parent would take. */
	snprintf(path, sizeof(path), "%s/watchdog-notifier%s",
	    getenv("TOP_BUILDDIR") == NULL ? "." : getenv("TOP_BUILDDIR"), ca_fd == -1 ? "" : "-https");
	if (geteuid() != 0)
		setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	if (dup2(link_fd, ROLE_FD_PARENT) == -1 || (secret_fd != -1 && dup2(secret_fd, ROLE_FD_SECRET) == -1) ||
	    (ca_fd != -1 && dup2(ca_fd, ROLE_FD_CA) == -1))
		_exit(126);
	execv(path, argv);
	perror(path);
	_exit(127);
}

static int
secret_file(const char *chats)
{
	int fd;

	if (chats == NULL)
		return -1;
	fd = memfd_create("secret", MFD_CLOEXEC);
	assert_true(dprintf(fd, "WATCHDOG_TG_BOT_TOKEN=%s\nWATCHDOG_TG_CHAT_ID=%s\n", BENCH_TOKEN, chats) > 0);
	return fd;
}

static uint16_t
count_chats(const char *chats)
{
	uint16_t n = chats != NULL;

	for (; chats != NULL && (chats = strchr(chats, ',')) != NULL; chats++)
		n++;
	return n;
}

static int
high(int fd)
{
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, 100);

	assert_true(moved != -1);
	close(fd);
	return moved;
}

static void
spawn(const char *chats, int ca_fd)
{
	int pair[2], secret = secret_file(chats);

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	pair[1] = high(pair[1]);
	if (secret != -1)
		secret = high(secret);
	if (ca_fd != -1)
		ca_fd = high(ca_fd);
	if ((pid = fork()) == 0)
		run_program(pair[1], secret, ca_fd);
	assert_true(pid > 0);
	close(pair[1]);
	if (secret != -1)
		close(secret);
	if (ca_fd != -1)
		close(ca_fd);
	child = open_link(ROLE_PARENT, pair[0]);
	link_set_phase(child, PHASE_SETUP);
}

static void
configure(const char *chats, const char *scheme)
{
	char url[64];

	snprintf(url, sizeof(url), "%s://127.0.0.1:%u", scheme, port);
	SEND(child, CONFIG, config, 0, .key = "WATCHDOG_TG_API_URL", .value = url);
	SEND(child, CONFIG, config, 0, .key = "WATCHDOG_HTTP_TIMEOUT_S", .value = "1");
	SEND(child, CONFIG, config, 0, .key = "WATCHDOG_LOG_LEVEL", .value = "debug");
	SEND(child, CONFIG, config, 0, .key = "WATCHDOG_SANDBOX", .value = SANDBOX);
	SEND(child, START, start, 0, .chats = count_chats(chats));
	bench_wait(MSG_READY, 1, READY_S);
}

static void
bench_open(void)
{
	signal(SIGPIPE, SIG_IGN);
	memset(&bench, 0, sizeof(bench));
	scripted = played = 0;
	base = event_base_new();
	assert_non_null(base);
}

void
bench_start(const char *chats)
{
	bench_open();
	server_open();
	spawn(chats, -1);
	configure(chats, "http");
}

void
bench_start_tls(const char *chats, uint16_t server_port, int ca_fd)
{
	bench_open();
	port = server_port;
	spawn(chats, ca_fd);
	configure(chats, "https");
}

void
bench_start_alone(const char *chats)
{
	bench_start(chats);
	evconnlistener_free(listener);
	listener = NULL;
}

static void
assert_nothing_secret(const char *text)
{
	if (strstr(text, BENCH_SECRET) != NULL)
		fail_msg("the token is in: %s", text);
}

void
bench_stop(void)
{
	if (!bench.ended)
		SEND(child, STOP, stop, 0, 0);
	for (double end = clock_boot() + LEAVE_S; !bench.ended && clock_boot() < end;)
		bench_run(0.05);
	if (!bench.ended)
		kill(pid, SIGKILL);
	waitpid(pid, &bench.status, 0);
	bench_unlink_brain();
	link_free(child);
	child = NULL;
	if (listener != NULL)
		evconnlistener_free(listener);
	listener = NULL;
	event_base_free(base);
	assert_int_equal(bench.status, 0);
	assert_nothing_secret(bench.log);
	for (unsigned i = 0; i < bench.nevents; i++)
		assert_nothing_secret(bench.events[i].text);
}

void
bench_unlink_brain(void)
{
	link_free(brain);
	brain = NULL;
}

void
bench_link_brain(void)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	bench_unlink_brain();
	brain = open_link(ROLE_BRAIN, pair[0]);
	assert_int_equal(link_send_fd(child, MSG_LINK, 0, &(struct msg_link){.peer = ROLE_BRAIN}, pair[1]), 0);
}

void
bench_message(uint64_t seq, unsigned chat, unsigned format, const char *text)
{
	SEND(brain, MESSAGE, message, 0, .seq = seq, .chat = (uint16_t)chat, .format = (uint8_t)format, .text = text);
}

void
bench_moved(unsigned chat, int64_t new_id)
{
	SEND(brain, CHAT_MOVED, chat_moved, 0, .chat = (uint16_t)chat, .new_id = new_id);
}

void
bench_retry(void)
{
	SEND(child, RETRY, retry, 0, 0);
}

void
bench_test(const char *text)
{
	SEND(child, TEST, test, 0, .text = text);
}

/* --- waiting --- */

static void
on_pause(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

void
bench_run(double seconds)
{
	struct timeval tv = clock_timeval(seconds);
	struct event *pause = evtimer_new(base, on_pause, NULL);

	assert_non_null(pause);
	evtimer_add(pause, &tv);
	for (double end = clock_boot() + seconds; evtimer_pending(pause, NULL) && clock_boot() < end && !bench.ended;)
		event_base_loop(base, EVLOOP_ONCE);
	event_free(pause);
}

unsigned
bench_count(unsigned type)
{
	unsigned n = 0;

	for (unsigned i = 0; i < bench.nevents; i++)
		n += bench.events[i].type == type;
	return n;
}

const struct bench_event *
bench_wait(unsigned type, unsigned count, double seconds)
{
	double end = clock_boot() + seconds;
	unsigned n = 0;

	while (bench_count(type) < count && clock_boot() < end && !bench.ended)
		bench_run(0.02);
	for (unsigned i = 0; i < bench.nevents; i++)
		if (bench.events[i].type == type && ++n == count)
			return &bench.events[i];
	fail_msg("%u of %u %s in %.1f s%s; the log says:\n%s", n, count, message_name(type), seconds,
	    bench.ended ? ", and it ended" : "", bench.log);
	return NULL;
}

const struct bench_request *
bench_wait_request(unsigned count, double seconds)
{
	double end = clock_boot() + seconds;

	while (bench.nrequests < count && clock_boot() < end && !bench.ended)
		bench_run(0.02);
	if (bench.nrequests < count)
		fail_msg("%u of %u requests in %.1f s; the log says:\n%s", bench.nrequests, count, seconds, bench.log);
	return &bench.requests[count - 1];
}

bool
bench_logged(const char *text)
{
	return strstr(bench.log, text) != NULL;
}
