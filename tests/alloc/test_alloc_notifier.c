/*
 * The n-th allocation of the notifier fails, for every n of a run that
 * delivers one message.  The test is its parent, which starts it again, its
 * brain, which keeps the message until it is told of its delivery, and
 * Telegram.  The notifier may end, in order, or say that it failed; it must
 * not crash or hang, and what it sends is whole.
 */
#include "build_config.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/http.h>
#include <event2/buffer.h>

#include "clock.h"
#include "failing.h"
#include "role.h"
#include "role_unit.h"

#define PATIENCE_S 60.0
#define ATTEMPTS_MAX 10
#define TOKEN "123456:AAbbCCddEEffGGhhIIjjKKll"
#define TEXT "🔴 memory: 99 % used"

#ifdef WITH_SANITIZERS
#define SANDBOX "off"
#define STRIDE 5
#else
#define SANDBOX "enforce"
#define STRIDE 1
#endif

static struct {
	struct event_base *base;
	struct evhttp *telegram;
	uint16_t port;
	struct failing *failing;
	int failing_fd;
	uint64_t n; /* of the allocation that fails */
	pid_t pid;
	struct link *parent, *brain;
	bool ready, gone, unlinked, chat_ready, delivered, failed;
	unsigned requests, deaths, refusals;
} t;

/* --- Telegram --- */

static void
on_request(struct evhttp_request *request, void *ctx)
{
	static const char expected[] = "{\"chat_id\":1001,\"text\":\"" TEXT "\",\"parse_mode\":\"HTML\","
	    "\"link_preview_options\":{\"is_disabled\":true}}";
	struct evbuffer *in = evhttp_request_get_input_buffer(request), *out = evbuffer_new();
	char body[1024] = "";

	(void)ctx;
	evbuffer_copyout(in, body, sizeof(body) - 1);
	if (strcmp(body, expected) != 0 || strcmp(evhttp_request_get_uri(request), "/bot" TOKEN "/sendMessage") != 0)
		fail_msg("allocation %lu: sent to %s: %s", (unsigned long)t.n, evhttp_request_get_uri(request), body);
	t.requests++;
	evbuffer_add_printf(out, "{\"ok\":true,\"result\":{\"message_id\":%u}}", t.requests);
	evhttp_send_reply(request, 200, "OK", out);
	evbuffer_free(out);
}

static void
open_telegram(void)
{
	struct evhttp_bound_socket *s;
	struct sockaddr_in a = {0};
	socklen_t len = sizeof(a);

	t.telegram = evhttp_new(t.base);
	assert_non_null(t.telegram);
	s = evhttp_bind_socket_with_handle(t.telegram, "127.0.0.1", 0);
	assert_non_null(s);
	assert_int_equal(getsockname(evhttp_bound_socket_get_fd(s), (struct sockaddr *)&a, &len), 0);
	t.port = ntohs(a.sin_port);
	evhttp_set_gencb(t.telegram, on_request, NULL);
}

/* --- what the notifier says --- */

#define ON(name, statement) \
	HANDLER(name) \
	{ \
		(void)ctx, (void)link, (void)id, (void)msg; \
		statement; \
	}

ON(on_ready, t.ready = true; link_set_phase(link, PHASE_RUN))
ON(on_chat_ready, t.chat_ready = true)
ON(on_delivered, assert_true(t.requests > 0); t.delivered = true)
ON(on_send_failed, t.failed = true)
ON(on_link_broken, t.unlinked = true)

static link_handler *const handlers[MSG_COUNT] = {
	[MSG_LOG] = ignore, [MSG_READY] = on_ready, [MSG_CHAT_READY] = on_chat_ready,
	[MSG_DELIVERED] = on_delivered, [MSG_SEND_FAILED] = on_send_failed, [MSG_LINK_BROKEN] = on_link_broken,
};

static void
on_broken(void *ctx, struct link *link, const char *why)
{
	(void)ctx, (void)why;
	t.gone = t.gone || link == t.parent;
}

/* --- its life --- */

static struct link *
link_as(enum role_id self, int fd)
{
	return new_link(t.base, fd, self, ROLE_NOTIFIER, handlers, on_broken);
}

static int
new_secrets(void)
{
	int fd = memfd_create("secrets", MFD_CLOEXEC);

	assert_true(dprintf(fd, "WATCHDOG_TG_BOT_TOKEN=" TOKEN "\nWATCHDOG_TG_CHAT_ID=1001\n") > 0);
	return fd;
}

static void
exec_notifier(int fd, int secrets)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/alloc/failing_notifier",
	    getenv("TOP_BUILDDIR") == NULL ? "." : getenv("TOP_BUILDDIR"));
	setenv("ASAN_OPTIONS", "exitcode=99:detect_leaks=0", 1);
	if (dup2(fd, 20) == -1 || dup2(secrets, 21) == -1 || dup2(t.failing_fd, FAILING_FD) == -1 ||
	    dup2(20, ROLE_FD_PARENT) == -1 || dup2(21, ROLE_FD_SECRET) == -1)
		_exit(126);
	close(20);
	close(21);
	execl(path, "watchdog-notifier", (char *)NULL);
	_exit(127);
}

static void
turn(double seconds)
{
	struct timeval tv = clock_timeval(seconds);

	event_base_loopexit(t.base, &tv);
	event_base_loop(t.base, EVLOOP_ONCE);
}

static void
await(const bool *a, const bool *b)
{
	double end = clock_awake() + PATIENCE_S;

	while (!*a && !*b && !t.gone && !t.unlinked && clock_awake() < end)
		turn(0.05);
	if (!*a && !*b && !t.gone && !t.unlinked) {
		kill(t.pid, SIGKILL);
		fail_msg("allocation %lu: the notifier hangs", (unsigned long)t.n);
	}
}

static void
bury(void)
{
	int status = 0;

	/* What was sent last leaves with a turn of the loop. */
	for (double end = clock_awake() + PATIENCE_S; waitpid(t.pid, &status, WNOHANG) == 0; turn(0.0005))
		if (clock_awake() > end) {
			kill(t.pid, SIGKILL);
			fail_msg("allocation %lu: the notifier does not end", (unsigned long)t.n);
		}
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		fail_msg("allocation %lu: the notifier died with wait status %#x", (unsigned long)t.n, (unsigned)status);
	link_free(t.parent);
	link_free(t.brain);
	t.parent = t.brain = NULL;
}

static void
give_brain(void)
{
	int fd[2];

	link_free(t.brain);
	make_pair(fd);
	t.unlinked = t.chat_ready = false;
	link_send_fd(t.parent, MSG_LINK, 0, &(struct msg_link){.peer = ROLE_BRAIN}, fd[1]);
	t.brain = link_as(ROLE_BRAIN, fd[0]);
}

static void
spawn(void)
{
	char url[64];
	int fd[2], secrets = new_secrets();

	make_pair(fd);
	fflush(NULL);
	if ((t.pid = fork()) == 0)
		exec_notifier(fd[1], secrets);
	close(fd[1]);
	close(secrets);
	t.ready = t.gone = t.unlinked = false;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", t.port);
	t.parent = link_as(ROLE_PARENT, fd[0]);
	link_set_phase(t.parent, PHASE_SETUP);
	SEND(t.parent, CONFIG, config, 0, .key = "WATCHDOG_TG_API_URL", .value = url);
	SEND(t.parent, CONFIG, config, 0, .key = "WATCHDOG_HTTP_TIMEOUT_S", .value = "1");
	SEND(t.parent, CONFIG, config, 0, .key = "WATCHDOG_SANDBOX", .value = SANDBOX);
	SEND(t.parent, START, start, 0, .chats = 1);
	await(&t.ready, &t.ready);
	if (!t.gone)
		give_brain();
}

/* As the supervisor does it; the second one is spared. */
static void
mend(void)
{
	if (t.gone) {
		bury();
		t.deaths++;
		t.failing->fail_at = 0;
		spawn();
		assert_false(t.gone);
	} else if (t.unlinked) {
		give_brain();
	}
}

/* --- the script --- */

static void
attempt(void)
{
	await(&t.chat_ready, &t.chat_ready);
	if (t.gone || t.unlinked) {
		mend();
		return;
	}
	t.chat_ready = t.failed = false;
	SEND(t.brain, MESSAGE, message, 0, .seq = 7, .chat = 0, .format = FORMAT_HTML, .text = TEXT);
	await(&t.delivered, &t.failed);
	if (t.failed) {
		t.refusals++;
		/* It holds off by itself; what a person asks for undoes that. */
		SEND(t.parent, RETRY, retry, 0, 0);
	}
	if (!t.delivered)
		mend();
}

/* Returns false if the run does not have that many allocations. */
static bool
run_with(uint64_t n, bool ever_after)
{
	bool reached;

	*t.failing = (struct failing){.fail_at = n, .ever_after = ever_after};
	t.n = n;
	t.requests = 0;
	t.delivered = false;
	spawn();
	mend();
	for (int i = 0; i < ATTEMPTS_MAX && !t.delivered; i++)
		attempt();
	if (!t.delivered)
		fail_msg("allocation %lu: not delivered", (unsigned long)n);
	reached = t.failing->failed;
	t.failing->fail_at = 0;
	SEND(t.parent, STOP, stop, 0, 0);
	bury();
	return reached;
}

static void
test_one_allocation_fails(void **state)
{
	uint64_t n = 1;

	(void)state;
	for (; run_with(n, false); n += STRIDE)
		continue;
	print_message("%lu allocations, %u deaths in order, %u attempts given up\n", (unsigned long)n - 1, t.deaths,
	    t.refusals);
	assert_true(n > 100 && t.deaths > 0 && t.refusals > 0);
}

static int
setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	t.base = event_base_new();
	if (t.base == NULL)
		return -1;
	t.failing = failing_share(&t.failing_fd);
	open_telegram();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_allocation_fails),
	};

	return cmocka_run_group_tests_name("alloc_notifier", tests, setup, NULL);
}
