/*
 * The resolver program, spoken to as its parent and its peers do.
 */
#include "build_config.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "link.h"
#include "role.h"

#define PEERS 2

static const enum role_id peer_ids[PEERS] = {ROLE_COLLECTOR, ROLE_NOTIFIER};

static struct event_base *base;
static struct link *parent, *peers[PEERS];
static pid_t pid;
static bool ready;
static unsigned busy, idle;
static uint32_t last_busy;

static struct {
	unsigned n;
	uint32_t id;
	uint16_t index;
	char first[INET6_ADDRSTRLEN], error[256];
} answers[PEERS];

static void
on_ready(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	(void)ctx;
	(void)id;
	(void)msg;
	ready = true;
	link_set_phase(l, PHASE_RUN);
}

static void
on_log(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	(void)ctx;
	(void)l;
	(void)id;
	print_message("%s\n", msg->log.text);
}

static void
on_busy(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	(void)ctx;
	(void)l;
	(void)id;
	assert_int_equal(busy, idle);
	busy++;
	last_busy = msg->busy.index;
}

static void
on_idle(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	(void)ctx;
	(void)l;
	(void)id;
	(void)msg;
	idle++;
	assert_int_equal(busy, idle);
}

static void
on_addresses(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	size_t i = *(const size_t *)ctx;
	const uint8_t *raw = msg->addresses.addresses.p;

	(void)l;
	answers[i].n++;
	answers[i].id = id;
	answers[i].index = msg->addresses.index;
	assert_int_equal(msg->addresses.addresses.len % ADDRESS_LEN, 0);
	answers[i].first[0] = '\0';
	if (msg->addresses.addresses.len > 0)
		inet_ntop(raw[0] == 4 ? AF_INET : AF_INET6, raw + 1, answers[i].first, sizeof(answers[i].first));
	snprintf(answers[i].error, sizeof(answers[i].error), "%s", msg->addresses.error);
}

static void
on_broken(void *ctx, struct link *l, const char *why)
{
	(void)ctx;
	(void)l;
	fail_msg("the resolver broke a link: %s", why);
}

static link_handler *const parent_handlers[MSG_COUNT] = {
	[MSG_READY] = on_ready, [MSG_LOG] = on_log, [MSG_BUSY] = on_busy, [MSG_IDLE] = on_idle,
};
static link_handler *const peer_handlers[MSG_COUNT] = {[MSG_ADDRESSES] = on_addresses};

static void
run_until(const unsigned *count, unsigned wanted)
{
	double end = clock_awake() + 10;
	struct timeval tick = {0, 20000};

	while (*count < wanted && clock_awake() < end) {
		event_base_loopexit(base, &tick);
		event_base_dispatch(base);
	}
	assert_int_equal(*count, wanted);
}

/* What its parent leaves open for it: descriptor 3. */
static void
become_resolver(int fd)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/watchdog-resolver", getenv("TOP_BUILDDIR") == NULL ? "." : getenv("TOP_BUILDDIR"));
	if (fd != ROLE_FD_PARENT && dup2(fd, ROLE_FD_PARENT) == -1)
		_exit(126);
	fcntl(ROLE_FD_PARENT, F_SETFD, 0);
#ifdef WITH_SANITIZERS
	/* The search for leaks attaches to the process, which a role does not allow. */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
#endif
	execl(path, path, (char *)NULL);
	_exit(127);
}

static void
link_peer_to_resolver(size_t i)
{
	static const size_t numbers[PEERS] = {0, 1};
	struct link_spec spec = {peer_ids[i], ROLE_RESOLVER, peer_handlers, on_broken, (void *)(uintptr_t)&numbers[i]};
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	peers[i] = link_new(base, fds[0], &spec);
	assert_non_null(peers[i]);
	assert_int_equal(link_send_fd(parent, MSG_LINK, 0, &(struct msg_link){.peer = (uint8_t)peer_ids[i]}, fds[1]), 0);
}

static int
setup(void **state)
{
	struct link_spec spec = {ROLE_PARENT, ROLE_RESOLVER, parent_handlers, on_broken, NULL};
	int fds[2];
	unsigned n = 0;

	(void)state;
	ready = false;
	busy = idle = 0;
	memset(answers, 0, sizeof(answers));
	base = event_base_new();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	if ((pid = fork()) == 0)
		become_resolver(fds[1]);
	close(fds[1]);
	parent = link_new(base, fds[0], &spec);
	assert_non_null(parent);
	link_set_phase(parent, PHASE_SETUP);
	SEND(parent, NAME, name, 0, .index = 0, .host = "localhost");
	SEND(parent, NAME, name, 0, .index = 7, .host = "no such name");
#ifdef WITH_SANITIZERS
	/* The search for leaks traces the process at its end, which the filter does not allow. */
	SEND(parent, CONFIG, config, 0, .key = "WATCHDOG_SANDBOX", .value = "off");
#endif
	SEND(parent, START, start, 0, 0);
	for (; !ready && n < 500; n++) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		usleep(10000);
	}
	assert_true(ready);
	for (size_t i = 0; i < PEERS; i++)
		link_peer_to_resolver(i);
	return 0;
}

static int
teardown(void **state)
{
	int status = -1;

	(void)state;
	SEND(parent, STOP, stop, 0, 0);
	link_push(parent);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	for (size_t i = 0; i < PEERS; i++)
		link_free(peers[i]);
	link_free(parent);
	event_base_free(base);
	return 0;
}

static void
ask(size_t i, uint16_t index, uint32_t id)
{
	assert_int_equal(SEND(peers[i], RESOLVE, resolve, id, .index = index), 0);
	link_push(peers[i]);
}

static void
test_name_is_answered_with_the_id_of_the_question(void **state)
{
	(void)state;
	ask(0, 0, 41);
	run_until(&answers[0].n, 1);
	assert_int_equal(answers[0].id, 41);
	assert_int_equal(answers[0].index, 0);
	assert_true(strcmp(answers[0].first, "127.0.0.1") == 0 || strcmp(answers[0].first, "::1") == 0);
	assert_string_equal(answers[0].error, "");
	assert_int_equal(answers[1].n, 0);
}

static void
test_parent_hears_of_each_look_up(void **state)
{
	(void)state;
	ask(1, 7, 1);
	run_until(&answers[1].n, 1);
	run_until(&idle, 1);
	assert_int_equal(busy, 1);
	assert_int_equal(last_busy, 7);
}

static void
test_failure_says_why(void **state)
{
	(void)state;
	ask(1, 7, 2);
	run_until(&answers[1].n, 1);
	assert_string_equal(answers[1].first, "");
	assert_string_not_equal(answers[1].error, "");
}

static void
test_number_without_a_name_is_refused(void **state)
{
	(void)state;
	ask(0, 3, 5);
	run_until(&answers[0].n, 1);
	assert_int_equal(answers[0].index, 3);
	assert_string_equal(answers[0].error, "this name is not in the configuration");
	assert_int_equal(busy, 0);
}

static void
test_both_peers_are_answered(void **state)
{
	(void)state;
	ask(0, 0, 10);
	ask(1, 0, 20);
	run_until(&answers[0].n, 1);
	run_until(&answers[1].n, 1);
	assert_int_equal(answers[0].id, 10);
	assert_int_equal(answers[1].id, 20);
}

static void
test_question_queued_twice_is_looked_up_once(void **state)
{
	(void)state;
	assert_int_equal(kill(pid, SIGSTOP), 0);
	for (uint32_t id = 1; id <= 5; id++) {
		ask(0, 0, id);
		ask(1, 0, id);
	}
	assert_int_equal(kill(pid, SIGCONT), 0);
	run_until(&answers[1].n, 1);
	run_until(&answers[0].n, 1);
	ask(0, 3, 99);
	run_until(&answers[0].n, 2);
	assert_true(busy <= 2);
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(name_is_answered_with_the_id_of_the_question),
		T(parent_hears_of_each_look_up),
		T(failure_says_why),
		T(number_without_a_name_is_refused),
		T(both_peers_are_answered),
		T(question_queued_twice_is_looked_up_once),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
