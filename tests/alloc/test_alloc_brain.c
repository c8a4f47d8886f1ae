/*
 * The n-th allocation of the brain fails, for every n of a run in which
 * signals alert and recover.  The test is its parent, which starts it again
 * from the snapshot, its collector and its notifier.  It may end, in order;
 * it must not crash, hang, or keep anything from the chat.
 */
#include "build_config.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "config.h"
#include "failing.h"
#include "log.h"
#include "role.h"
#include "role_unit.h"

#define PATIENCE_S 60.0
#define TOLD_MAX 65536
#define PINGS 34

#ifdef WITH_SANITIZERS
#define SANDBOX "off"
#define STRIDE 5 /* such a build is slow, and looks for what the other cannot see */
#else
#define SANDBOX "enforce"
#define STRIDE 1
#endif

static struct {
	struct event_base *base;
	struct failing *failing;
	int failing_fd;
	uint64_t n; /* of the allocation that fails */
	pid_t pid;
	struct link *parent, *collector, *notifier;
	bool ready, gone;
	unsigned pongs, deaths, relinked, heard; /* heard: snapshots and messages */
	unsigned waiting;              /* messages that came and are not answered */
	struct msg_message last;
	struct kept kept;
	char told[TOLD_MAX]; /* every message, one after the other */
} t;

/* --- what the brain says --- */

HANDLER(on_ready)
{
	(void)ctx, (void)id, (void)msg;
	t.ready = true;
	link_set_phase(link, PHASE_RUN);
}

HANDLER(on_pong)
{
	(void)ctx, (void)link, (void)id, (void)msg;
	t.pongs++;
}

HANDLER(on_snap_end)
{
	(void)ctx, (void)id;
	coming.checksum = msg->snap_end.checksum;
	t.kept = coming;
	t.heard++;
	SEND(link, SNAP_OK, snap_ok, 0, .generation = t.kept.generation);
}

HANDLER(on_message)
{
	size_t len = strlen(t.told);

	(void)ctx, (void)link, (void)id;
	snprintf(t.told + len, sizeof(t.told) - len, "%s\n", msg->message.text);
	t.last = msg->message;
	t.waiting++;
	t.heard++;
}

static void
on_broken(void *ctx, struct link *link, const char *why)
{
	(void)ctx, (void)why;
	t.gone = t.gone || link == t.parent;
}

/* It says which of its links it has given up; the parent then makes another. */
static bool broken_peer[ROLE_COUNT];

HANDLER(on_link_broken)
{
	(void)ctx, (void)link, (void)id;
	broken_peer[msg->link_broken.peer] = true;
}

static link_handler *const handlers[MSG_COUNT] = {
	[MSG_READY] = on_ready, [MSG_LOG] = ignore, [MSG_PONG] = on_pong, [MSG_LINK_BROKEN] = on_link_broken,
	[MSG_SNAP_BEGIN] = on_snap_begin, [MSG_SNAP_PART] = on_snap_part, [MSG_SNAP_END] = on_snap_end,
	[MSG_MESSAGE] = on_message, [MSG_CHAT_MOVED] = ignore,
	[MSG_DOCKER_TOLD] = ignore, [MSG_DOCKER_SINCE] = ignore,
};

/* --- its life --- */

static struct link *
link_as(enum role_id self, int fd)
{
	return new_link(t.base, fd, self, ROLE_BRAIN, handlers, on_broken);
}

static void
give_link(struct link **slot, enum role_id peer)
{
	int fd[2];

	link_free(*slot);
	make_pair(fd);
	link_send_fd(t.parent, MSG_LINK, 0, &(struct msg_link){.peer = (uint8_t)peer}, fd[1]);
	*slot = link_as(peer, fd[0]);
	broken_peer[peer] = false;
}

static void
exec_brain(int fd, int page)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/alloc/failing_brain",
	    getenv("TOP_BUILDDIR") == NULL ? "." : getenv("TOP_BUILDDIR"));
	setenv("ASAN_OPTIONS", geteuid() == 0 ? "exitcode=99" : "exitcode=99:detect_leaks=0", 1);
	if (dup2(fd, 20) == -1 || dup2(page, FAILING_FD) == -1 || dup2(20, ROLE_FD_PARENT) == -1)
		_exit(126);
	close(20);
	execl(path, "watchdog-brain", (char *)NULL);
	_exit(127);
}

static void
configure(const char *key, const char *value)
{
	/* Some keys may not be there yet, or no more. */
	if (config_key_find(key) != NULL)
		SEND(t.parent, CONFIG, config, 0, .key = key, .value = value);
}

static void
send_snapshot(void)
{
	const struct kept *k = &t.kept;

	if (k->len == 0)
		return;
	SEND(t.parent, SNAP_BEGIN, snap_begin, 0, .generation = k->generation, .size = (uint32_t)k->len);
	for (size_t at = 0, n; at < k->len; at += n) {
		n = k->len - at < SNAP_PART_MAX ? k->len - at : SNAP_PART_MAX;
		SEND(t.parent, SNAP_PART, snap_part, 0, .bytes = {k->bytes + at, (uint32_t)n});
	}
	SEND(t.parent, SNAP_END, snap_end, 0, .checksum = k->checksum);
}

static void
turn(void)
{
	struct timeval tv = clock_timeval(0.05);

	event_base_loopexit(t.base, &tv);
	event_base_loop(t.base, EVLOOP_ONCE);
}

static void
await(const bool *what)
{
	double end = clock_awake() + PATIENCE_S;

	while (!*what && !t.gone && clock_awake() < end)
		turn();
	if (!*what && !t.gone) {
		kill(t.pid, SIGKILL);
		fail_msg("allocation %lu: the brain hangs", (unsigned long)t.n);
	}
}

static void
bury(void)
{
	int status = 0;

	/* Told to stop, it leaves once its last snapshot is confirmed. */
	for (double end = clock_awake() + PATIENCE_S; waitpid(t.pid, &status, WNOHANG) == 0; t.gone ? usleep(500) : turn())
		if (clock_awake() > end) {
			kill(t.pid, SIGKILL);
			fail_msg("allocation %lu: the brain does not end", (unsigned long)t.n);
		}
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		fail_msg("allocation %lu: the brain died with wait status %#x", (unsigned long)t.n, (unsigned)status);
	link_free(t.parent);
	link_free(t.collector);
	link_free(t.notifier);
	t.parent = t.collector = t.notifier = NULL;
}

static bool
spawn(void)
{
	int fd[2];

	make_pair(fd);
	fflush(NULL);
	if ((t.pid = fork()) == 0)
		exec_brain(fd[1], t.failing_fd);
	close(fd[1]);
	t.ready = t.gone = false;
	t.waiting = 0;
	t.parent = link_as(ROLE_PARENT, fd[0]);
	link_set_phase(t.parent, PHASE_SETUP);
	configure("WATCHDOG_SANDBOX", SANDBOX);
	configure("WATCHDOG_HOST_NAME", "host1");
	configure("WATCHDOG_MEM_TICKS", "1");
	configure("WATCHDOG_DEP_DOWN_TICKS", "1");
	configure("WATCHDOG_CONTAINER_DOWN_TICKS", "1");
	configure("WATCHDOG_START_MESSAGE", "never");
	configure("WATCHDOG_DEPS", "git=tcp://192.0.2.1:22");
	configure("WATCHDOG_DISK_CRIT_ENABLED", "true");
	send_snapshot();
	link_send(t.parent, MSG_START, 0, &(struct msg_start){.chats = 1});
	await(&t.ready);
	if (t.gone)
		return false;
	give_link(&t.collector, ROLE_COLLECTOR);
	give_link(&t.notifier, ROLE_NOTIFIER);
	SEND(t.notifier, CHAT_READY, chat_ready, 0, .chat = 0);
	return true;
}

/* As the supervisor does it; the second one is spared. */
static void
replace(void)
{
	bury();
	t.deaths++;
	t.failing->fail_at = 0;
	assert_true(spawn());
}

/*
 * Until the brain has dealt with all that was sent before.  It reads a link
 * up to sixteen times before it turns to another, so that many pings may be
 * answered while what came from the collector still waits; twice that if its
 * link is new.
 */
static void
settle(void)
{
	double end = clock_awake() + PATIENCE_S;

	for (int i = 0; i < PINGS && !t.gone; i++) {
		unsigned before = t.pongs;

		SEND(t.parent, PING, ping, 0, 0);
		while (t.pongs == before && !t.gone && clock_awake() < end)
			turn();
		if (t.pongs == before && !t.gone)
			fail_msg("allocation %lu: the brain hangs", (unsigned long)t.n);
	}
	if (!t.gone && broken_peer[ROLE_COLLECTOR]) {
		t.relinked++;
		give_link(&t.collector, ROLE_COLLECTOR);
	}
	if (!t.gone && broken_peer[ROLE_NOTIFIER]) {
		t.relinked++;
		give_link(&t.notifier, ROLE_NOTIFIER);
		SEND(t.notifier, CHAT_READY, chat_ready, 0, .chat = 0);
		t.waiting = 0;
	}
}

/* --- the script --- */

static void
look(bool bad)
{
	SEND(t.collector, TICK_BEGIN, tick_begin, 0, .tick = 1, .now = clock_boot(), .wall = clock_wall());
	SEND(t.collector, METRICS_BEGIN, metrics_begin, 0, .generated_at = clock_wall(), .failed = 3);
	SEND(t.collector, AGENT, agent, 0, .run_id = "41", .name = "developer", .cpu_ticks = 7);
	SEND(t.collector, METRICS_END, metrics_end, 0, .listed = 1);
	SEND(t.collector, MEM, mem, 0, .used_pct = bad ? 99 : 10, .error = "");
	SEND(t.collector, DISK, disk, 0, .path = "/", .used_pct = bad ? 99 : 10, .inodes_pct = 1, .mount = MOUNT_THERE, .error = "");
	SEND(t.collector, DEP, dep, 0, .name = "git", .ok = !bad, .ms = 5, .detail = bad ? "connection refused" : "");
	SEND(t.collector, TICK_END, tick_end, 0, .tick = 1);
}

/* Until nothing more comes of what was sent; what the chat is told is delivered. */
static void
quiesce(void)
{
	unsigned before;

	do {
		before = t.heard;
		settle();
		if (!t.gone && t.waiting > 0) {
			t.waiting = 0;
			SEND(t.notifier, DELIVERED, delivered, 0, .seq = t.last.seq, .chat = t.last.chat, .message_id = 1);
			SEND(t.notifier, CHAT_READY, chat_ready, 0, .chat = 0);
		}
	} while (!t.gone && t.heard != before);
}

/* A tick, and another if the brain died in it, or gave up a link. */
static void
tick(bool bad)
{
	for (unsigned before = t.relinked;; before = t.relinked) {
		/* It comes on another link: before the tick, whose end sends it on its way. */
		SEND(t.parent, ROLE_STATE, role_state, 0, .role = ROLE_PROBER, .failing = bad, .restarts = 3, .why = "stuck");
		settle();
		look(bad);
		quiesce();
		if (t.gone)
			replace();
		else if (t.relinked == before)
			return;
	}
}

static void
assert_told(const char *alert, const char *recovery)
{
	const char *at = strstr(t.told, alert);

	if (at == NULL || strstr(at, recovery) == NULL)
		fail_msg("allocation %lu (%u deaths): not told: %s … %s; the chat has:\n%s", (unsigned long)t.n, t.deaths,
		    alert, recovery, t.told);
}

/* Returns false if the run does not have that many allocations. */
static bool
run_with(uint64_t n, bool ever_after)
{
	bool reached;

	*t.failing = (struct failing){.fail_at = n, .ever_after = ever_after};
	t.n = n;
	t.deaths = 0;
	t.kept.len = 0;
	t.told[0] = '\0';
	if (!spawn())
		replace();
	tick(false);
	tick(true);
	tick(false);
	assert_told("🔴 memory", "🟢 memory");
	assert_told("🔴 disk /", "🟢 disk /");
	assert_told("🔴 dep git", "🟢 dep git");
	assert_told("🔴 watchdog prober", "🟢 watchdog prober");
	reached = t.failing->failed;
	/* Where memory ended with the last tick, the next one needs it. */
	if (reached && ever_after && t.deaths == 0)
		tick(false);
	t.failing->fail_at = 0;
	SEND(t.parent, STOP, stop, 0, 0);
	bury();
	return reached;
}

static void
test_one_allocation_fails(void **state)
{
	uint64_t n = 1;
	unsigned died = 0;

	(void)state;
	for (; run_with(n, false); n += STRIDE)
		died += t.deaths;
	print_message("%lu allocations, %u deaths in order\n", (unsigned long)n - 1, died);
	assert_true(n > 100 && died > 0);
}

static void
test_none_succeeds_from_one_on(void **state)
{
	uint64_t n = 1;

	(void)state;
	for (; run_with(n, true); n += 7 * STRIDE)
		if (t.deaths == 0)
			fail_msg("allocation %lu: a brain without memory must not go on", (unsigned long)n);
	assert_true(n > 100);
}

static int
setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	t.base = event_base_new();
	t.failing = failing_share(&t.failing_fd);
	return t.base == NULL ? -1 : 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_allocation_fails),
		cmocka_unit_test(test_none_succeeds_from_one_on),
	};

	return cmocka_run_group_tests_name("alloc_brain", tests, setup, NULL);
}
