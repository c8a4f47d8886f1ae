/*
 * The brain as a program, with the test as its parent, its collector and its
 * notifier: commit before send, death and restore, draining, the table.
 */
#include "build_config.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "role.h"
#include "role_unit.h"
#include "unit_log.h"

#define PATIENCE_S 20.0
#define LONG_ENOUGH_S 0.3 /* for something that must not come */

static struct {
	struct event_base *base;
	pid_t pid;
	struct link *parent, *collector, *notifier;
	bool confirm; /* snapshots are confirmed as they come */
	bool ready, drained, table_ended, proved;
	struct kept kept;
	unsigned messages, rows, moves;
	char text[8192], all[65536]; /* the last message; all of them */
	struct msg_message last;
	uint32_t active;
	bool may_look;       /* a collector may: this is what it was told: */
	uint64_t told, since;
	double ago;
} t;

/* --- what the brain says --- */

HANDLER(on_ready)
{
	(void)ctx, (void)id, (void)msg;
	t.ready = true;
	link_set_phase(link, PHASE_RUN);
}

static void
confirm(void)
{
	t.kept = coming;
	SEND(t.parent, SNAP_OK, snap_ok, 0, .generation = t.kept.generation);
}

HANDLER(on_snap_end)
{
	(void)ctx, (void)link, (void)id;
	coming.checksum = msg->snap_end.checksum;
	if (t.confirm)
		confirm();
}

HANDLER(on_drained)
{
	(void)ctx, (void)link, (void)id, (void)msg;
	t.drained = true;
}

HANDLER(on_report)
{
	(void)ctx, (void)link, (void)id, (void)msg;
	t.rows++;
}

HANDLER(on_report_end)
{
	(void)ctx, (void)link, (void)id;
	t.table_ended = true;
	t.active = msg->report_end.active;
}

HANDLER(on_message)
{
	(void)ctx, (void)link, (void)id;
	t.messages++;
	t.last = msg->message;
	snprintf(t.text, sizeof(t.text), "%s", msg->message.text);
	snprintf(t.all + strlen(t.all), sizeof(t.all) - strlen(t.all), "%s\n", msg->message.text);
}

HANDLER(on_proved)
{
	(void)ctx, (void)link, (void)id;
	assert_int_equal(msg->proved.proof, PROOF_HOLDS);
	t.proved = true;
}

HANDLER(on_docker_told)
{
	(void)ctx, (void)link, (void)id;
	t.told = msg->docker_told.event;
}

HANDLER(on_docker_since)
{
	(void)ctx, (void)link, (void)id;
	t.since = msg->docker_since.since;
	t.ago = msg->docker_since.ago;
	t.may_look = true;
}

HANDLER(on_moved)
{
	(void)ctx, (void)link, (void)id;
	assert_true(msg->chat_moved.new_id == -100);
	t.moves++;
}

static void
on_broken(void *ctx, struct link *link, const char *why)
{
	(void)ctx, (void)link, (void)why;
}

static link_handler *const handlers[MSG_COUNT] = {
	[MSG_READY] = on_ready, [MSG_LOG] = ignore, [MSG_PONG] = ignore, [MSG_LINK_BROKEN] = ignore,
	[MSG_SNAP_BEGIN] = on_snap_begin, [MSG_SNAP_PART] = on_snap_part, [MSG_SNAP_END] = on_snap_end,
	[MSG_DRAINED] = on_drained, [MSG_REPORT] = on_report, [MSG_REPORT_END] = on_report_end,
	[MSG_PROVED] = on_proved, [MSG_MESSAGE] = on_message, [MSG_CHAT_MOVED] = on_moved,
	[MSG_DOCKER_TOLD] = on_docker_told, [MSG_DOCKER_SINCE] = on_docker_since,
};

/* --- waiting --- */

/* Run the loop until *what is true or seconds have passed.  Returns whether it is true. */
static bool
await(const bool *what, double seconds)
{
	double end = clock_awake() + seconds;

	while (!*what && clock_awake() < end) {
		struct timeval tv = clock_timeval(0.01);

		event_base_loopexit(t.base, &tv);
		event_base_dispatch(t.base);
	}
	return *what;
}

static bool
await_message(unsigned number, double seconds)
{
	double end = clock_awake() + seconds;
	bool never = false;

	while (t.messages < number && clock_awake() < end)
		await(&never, 0.01);
	return t.messages >= number;
}

static void
settle(void)
{
	bool never = false;

	await(&never, LONG_ENOUGH_S);
}

/* --- the brain's life --- */

static struct link *
link_as(enum role_id self, int fd)
{
	return new_link(t.base, fd, self, ROLE_BRAIN, handlers, on_broken);
}

static void
exec_brain(int fd)
{
	const char *top = getenv("TOP_BUILDDIR");
	char path[4096];

	snprintf(path, sizeof(path), "%s/watchdog-brain", top == NULL ? "." : top);
	if (fd == ROLE_FD_PARENT)
		fcntl(fd, F_SETFD, 0);
	else
		dup2(fd, ROLE_FD_PARENT);
	execl(path, "watchdog-brain", (char *)NULL);
	_exit(127);
}

static struct link *
give_link(enum role_id peer)
{
	int fd[2];

	make_pair(fd);
	assert_int_equal(link_send_fd(t.parent, MSG_LINK, 0, &(struct msg_link){.peer = (uint8_t)peer}, fd[1]), 0);
	return link_as(peer, fd[0]);
}

static void
configure(const char *key, const char *value)
{
	SEND(t.parent, CONFIG, config, 0, .key = key, .value = value);
}

/* Start it, with what was kept if with_snapshot. */
static void
start(struct msg_start how, bool with_snapshot)
{
	int fd[2];

	make_pair(fd);
	if ((t.pid = fork()) == 0)
		exec_brain(fd[1]);
	close(fd[1]);
	t.ready = t.drained = false;
	t.parent = link_as(ROLE_PARENT, fd[0]);
	link_set_phase(t.parent, PHASE_SETUP);
	configure("WATCHDOG_SANDBOX", "off");
	configure("WATCHDOG_HOST_NAME", "host1");
	configure("WATCHDOG_MEM_TICKS", "1");
	configure("WATCHDOG_START_MESSAGE", "never");
	configure("WATCHDOG_MEM_CLEAR_PCT", "85");
	configure("WATCHDOG_CONTAINERS", "api");
	configure("WATCHDOG_DISK_PATHS", "/data");
	configure("WATCHDOG_DEPS", "git=tcp://192.0.2.1:22");
	if (with_snapshot) {
		SEND(t.parent, SNAP_BEGIN, snap_begin, 0, .generation = t.kept.generation, .size = (uint32_t)t.kept.len);
		SEND(t.parent, SNAP_PART, snap_part, 0, .bytes = {t.kept.bytes, (uint32_t)t.kept.len});
		SEND(t.parent, SNAP_END, snap_end, 0, .checksum = t.kept.checksum);
	}
	link_send(t.parent, MSG_START, 0, &how);
	assert_true(await(&t.ready, PATIENCE_S));
	t.collector = give_link(ROLE_COLLECTOR);
	t.notifier = give_link(ROLE_NOTIFIER);
}

static void
end(void)
{
	kill(t.pid, SIGKILL);
	waitpid(t.pid, NULL, 0);
	link_free(t.parent);
	link_free(t.collector);
	link_free(t.notifier);
}

static int
setup(void **state)
{
	struct event_base *base = event_base_new();

	(void)state;
	memset(&t, 0, sizeof(t));
	coming.len = 0;
	t.base = base;
	t.confirm = true;
	return base == NULL ? -1 : 0;
}

/* Told to stop, it keeps its state for the next one and leaves by itself. */
static void
stop(void)
{
	bool never = false;
	int status = -1;

	SEND(t.parent, STOP, stop, 0, 0);
	for (double give_up = clock_awake() + PATIENCE_S; waitpid(t.pid, &status, WNOHANG) == 0; await(&never, 0.01)) {
		if (clock_awake() > give_up)
			kill(t.pid, SIGKILL);
	}
	assert_int_equal(status, 0);
	link_free(t.parent);
	link_free(t.collector);
	link_free(t.notifier);
}

static int
teardown(void **state)
{
	(void)state;
	t.confirm = true;
	/* What it asked for while it was refused comes no more. */
	if (coming.len > 0)
		confirm();
	stop();
	event_base_free(t.base);
	return 0;
}

/* --- what the neighbours say --- */

static void
begin_tick(double mem)
{
	SEND(t.collector, TICK_BEGIN, tick_begin, 0, .tick = 1, .now = clock_boot(), .wall = clock_wall());
	SEND(t.collector, MEM, mem, 0, .used_pct = mem, .error = "");
}

static void
tick(double mem)
{
	begin_tick(mem);
	SEND(t.collector, TICK_END, tick_end, 0, .tick = 1);
}

static void
chat_ready(void)
{
	SEND(t.notifier, CHAT_READY, chat_ready, 0, .chat = 0);
}

static void
delivered(void)
{
	SEND(t.notifier, DELIVERED, delivered, 0, .seq = t.last.seq, .chat = t.last.chat, .message_id = 1);
	chat_ready();
}

/* --- claims --- */

static void
test_a_message_waits_until_the_parent_has_kept_it(void **state)
{
	(void)state;
	start((struct msg_start){.chats = 1}, false);
	settle();
	t.confirm = false;
	chat_ready();
	tick(95);
	settle();
	assert_int_equal(t.messages, 0);
	t.confirm = true;
	confirm();
	assert_true(await_message(1, PATIENCE_S));
	assert_non_null(strstr(t.text, "🔴 memory: 95 % used"));
	assert_non_null(strstr(t.text, "\nhost1 · "));
}

static void
test_a_brain_that_is_killed_neither_repeats_nor_forgets(void **state)
{
	uint64_t seq;

	(void)state;
	start((struct msg_start){.chats = 1}, false);
	chat_ready();
	tick(95);
	assert_true(await_message(1, PATIENCE_S));
	seq = t.last.seq;
	end();

	/* It died before it heard of the delivery: the same message goes out again. */
	start((struct msg_start){.chats = 1}, true);
	chat_ready();
	assert_true(await_message(2, PATIENCE_S));
	assert_true(t.last.seq == seq);
	delivered();
	settle();
	end();

	/* It had heard of it: nothing is repeated, and the recovery is told. */
	start((struct msg_start){.chats = 1}, true);
	chat_ready();
	tick(95);
	settle();
	assert_int_equal(t.messages, 2);
	tick(10);
	assert_true(await_message(3, PATIENCE_S));
	assert_non_null(strstr(t.text, "🟢 memory: recovered"));
}

static void
test_a_slow_source_delays_nothing_by_more_than_a_second(void **state)
{
	double began;

	(void)state;
	start((struct msg_start){.chats = 1}, false);
	chat_ready();
	began = clock_awake();
	begin_tick(95);
	assert_true(await_message(1, PATIENCE_S));
	assert_true(clock_awake() - began > 0.9);
}

static void
test_drained_at_once_if_nothing_waits(void **state)
{
	(void)state;
	start((struct msg_start){.chats = 1}, false);
	tick(10);
	settle();
	SEND(t.parent, DRAIN, drain, 0, 0);
	assert_true(await(&t.drained, PATIENCE_S));
}

static void
test_drained_once_what_waits_is_delivered_and_that_is_kept(void **state)
{
	(void)state;
	start((struct msg_start){.chats = 1}, false);
	chat_ready();
	tick(95);
	assert_true(await_message(1, PATIENCE_S));
	SEND(t.parent, DRAIN, drain, 0, 0);
	tick(10);
	settle();
	assert_false(t.drained);
	delivered();
	assert_true(await(&t.drained, PATIENCE_S));
	assert_int_equal(t.messages, 1);
}

static void
test_once_shows_the_table_and_sends_nothing(void **state)
{
	(void)state;
	start((struct msg_start){.once = 1}, false);
	chat_ready();
	tick(95);
	assert_true(await(&t.table_ended, PATIENCE_S));
	assert_int_equal(t.rows, 2);
	assert_int_equal(t.active, 1);
	settle();
	assert_int_equal(t.messages, 0);
	assert_int_equal(coming.len, 0);
	SEND(t.parent, DRAIN, drain, 0, 0);
	assert_true(await(&t.drained, PATIENCE_S));
}

static void
test_the_first_tick_is_shown_once(void **state)
{
	(void)state;
	start((struct msg_start){.show_first_tick = 1, .chats = 1}, false);
	tick(10);
	assert_true(await(&t.table_ended, PATIENCE_S));
	tick(10);
	settle();
	assert_int_equal(t.rows, 2);
}

static void
test_without_a_chat_messages_go_to_the_notifier_all_the_same(void **state)
{
	(void)state;
	start((struct msg_start){.chats = 0}, false);
	chat_ready();
	tick(95);
	assert_true(await_message(1, PATIENCE_S));
	assert_int_equal(t.last.chat, 0);
}

static void
test_a_new_notifier_is_told_of_a_chats_new_id_and_given_what_the_old_one_had(void **state)
{
	(void)state;
	start((struct msg_start){.chats = 1}, false);
	chat_ready();
	tick(95);
	assert_true(await_message(1, PATIENCE_S));
	SEND(t.notifier, CHAT_MOVED, chat_moved, 0, .chat = 0, .new_id = -100);
	settle();
	link_free(t.notifier);
	t.notifier = give_link(ROLE_NOTIFIER);
	settle();
	assert_int_equal(t.moves, 1);
	assert_int_equal(t.messages, 1);
	chat_ready();
	assert_true(await_message(2, PATIENCE_S));
}

static void
test_a_neighbour_that_lies_does_no_harm(void **state)
{
	(void)state;
	start((struct msg_start){.chats = 1}, false);
	SEND(t.notifier, DELIVERED, delivered, 0, .seq = 7, .chat = 3);
	SEND(t.notifier, SEND_FAILED, send_failed, 0, .seq = 7, .chat = 15, .why = SEND_POISON, .text = "");
	SEND(t.notifier, CHAT_READY, chat_ready, 0, .chat = 15);
	SEND(t.collector, AGENT, agent, 0, .run_id = "1", .name = "", .cpu_ticks = 1);
	SEND(t.collector, CONTAINERS_END, containers_end, 0, .ignored = 0);
	chat_ready();
	tick(95);
	assert_true(await_message(1, PATIENCE_S));
}

/* --- each message of the collector has its effect --- */

static void
begin_look(void)
{
	SEND(t.collector, TICK_BEGIN, tick_begin, 0, .tick = 1, .now = clock_boot(), .wall = clock_wall());
}

static void
end_look(void)
{
	SEND(t.collector, TICK_END, tick_end, 0, .tick = 1);
}

static void
say_container(const char *state, int exit_code)
{
	SEND(t.collector, CONTAINER, container, 0, .name = "api", .state = state, .health = "", .exit_code = exit_code,
	    .named = 1, .id = "a1", .project = "", .service = "", .number = "", .grace = NAN, .label_name = "");
}

static void
list_container(const char *state, int exit_code)
{
	begin_look();
	SEND(t.collector, CONTAINERS_BEGIN, containers_begin, 0, 0);
	say_container(state, exit_code);
	SEND(t.collector, CONTAINERS_END, containers_end, 0, .ignored = 0);
	end_look();
}

static void
test_an_event_and_the_check_that_follows_are_told_without_a_tick(void **state)
{
	(void)state;
	start((struct msg_start){.chats = 1}, false);
	chat_ready();
	list_container("running", -1);
	settle();
	SEND(t.collector, CONTAINER_ACT, container_act, 0, .act = ACT_DIED, .id = "a1", .name = "api", .old_name = "",
	    .project = "", .service = "", .number = "", .signal = -1, .age = 0.1);
	SEND(t.collector, CONTAINERS_ONE_BEGIN, containers_one_begin, 0, .id = "a1");
	say_container("exited", 3);
	SEND(t.collector, CONTAINERS_ONE_END, containers_one_end, 0, .id = "a1", .found = 1);
	assert_true(await_message(1, PATIENCE_S));
	assert_non_null(strstr(t.text, "🔴 container api: exited (code 3)"));
}

static void
expect_to_go_on(uint64_t since, uint64_t told)
{
	assert_true(await(&t.may_look, PATIENCE_S));
	assert_true(t.since == since && t.told == told);
	assert_true(t.ago >= 30 && t.ago < 30 + 2 * PATIENCE_S);
	t.may_look = false;
	t.told = 0;
}

static void
test_a_new_collector_goes_on_where_the_last_one_was_and_so_it_is_with_a_new_brain(void **state)
{
	uint64_t since = (uint64_t)(clock_wall() - 30) * 1000000000;

	(void)state;
	start((struct msg_start){.chats = 1}, false);
	assert_true(await(&t.may_look, PATIENCE_S));
	assert_true(t.since == 0);
	t.may_look = false;
	begin_look();
	SEND(t.collector, DOCKER_EVENTS, docker_events, 0, .live = 1, .heard = since, .why = "");
	SEND(t.collector, CONTAINER_ACT, container_act, 0, .act = ACT_STARTED, .id = "a1", .name = "api", .old_name = "",
	    .project = "", .service = "", .number = "", .signal = -1, .time = since + 5, .event = 77);
	end_look();
	settle();
	link_free(t.collector);
	t.collector = give_link(ROLE_COLLECTOR);
	expect_to_go_on(since, 77);
	end();
	start((struct msg_start){.chats = 1}, true);
	expect_to_go_on(since, 77);
}

static void
test_each_source_is_told_of(void **state)
{
	(void)state;
	start((struct msg_start){.chats = 1}, false);
	chat_ready();
	for (int i = 0; i < 3; i++) {
		begin_look();
		SEND(t.collector, METRICS_FAILED, metrics_failed, 0, .error = "connection refused");
		SEND(t.collector, DISK, disk, 0, .path = "/data", .used_pct = NAN, .missing = 1, .error = "");
		SEND(t.collector, DOCKER_FAILED, docker_failed, 0, .off = 0, .error = "no such file");
		SEND(t.collector, DEP, dep, 0, .name = "git", .ok = 0, .ms = 1, .detail = "connection refused");
		end_look();
	}
	assert_true(await_message(1, PATIENCE_S));
	delivered();
	await_message(2, LONG_ENOUGH_S);
	assert_non_null(strstr(t.all, "🔴 orchestrator: "));
	assert_non_null(strstr(t.all, "🔴 docker: "));
	assert_non_null(strstr(t.all, "🔴 dep git: "));
	assert_non_null(strstr(t.all, "disk:/data"));
}

static void
test_a_role_that_keeps_failing_is_told_of(void **state)
{
	(void)state;
	start((struct msg_start){.chats = 1}, false);
	chat_ready();
	SEND(t.parent, ROLE_STATE, role_state, 0, .role = ROLE_PROBER, .failing = 1, .restarts = 3, .why = "stuck");
	assert_true(await_message(1, PATIENCE_S));
	assert_non_null(strstr(t.text, "🔴 watchdog prober"));
}

static void
test_a_refused_message_goes_on_in_a_plainer_form(void **state)
{
	(void)state;
	start((struct msg_start){.chats = 1}, false);
	chat_ready();
	tick(95);
	assert_true(await_message(1, PATIENCE_S));
	assert_int_equal(t.last.format, FORMAT_HTML);
	SEND(t.notifier, SEND_FAILED, send_failed, 0, .seq = t.last.seq, .chat = 0, .why = SEND_POISON, .text = "400");
	chat_ready();
	assert_true(await_message(2, PATIENCE_S));
	assert_int_equal(t.last.format, FORMAT_PLAIN);
}

static void
test_it_proves_that_it_decides(void **state)
{
	(void)state;
	start((struct msg_start){.chats = 1}, false);
	SEND(t.parent, PROVE, prove, 0, 0);
	assert_true(await(&t.proved, PATIENCE_S));
}

static void
test_a_collector_that_is_gone_ends_its_lists(void **state)
{
	(void)state;
	start((struct msg_start){.chats = 1}, false);
	chat_ready();
	begin_look();
	SEND(t.collector, CONTAINERS_BEGIN, containers_begin, 0, 0);
	link_free(t.collector);
	settle();
	t.collector = give_link(ROLE_COLLECTOR);
	tick(95);
	assert_true(await_message(1, PATIENCE_S));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_message_waits_until_the_parent_has_kept_it),
		TEST(test_a_brain_that_is_killed_neither_repeats_nor_forgets),
		TEST(test_a_slow_source_delays_nothing_by_more_than_a_second),
		TEST(test_drained_at_once_if_nothing_waits),
		TEST(test_drained_once_what_waits_is_delivered_and_that_is_kept),
		TEST(test_once_shows_the_table_and_sends_nothing),
		TEST(test_the_first_tick_is_shown_once),
		TEST(test_without_a_chat_messages_go_to_the_notifier_all_the_same),
		TEST(test_a_new_notifier_is_told_of_a_chats_new_id_and_given_what_the_old_one_had),
		TEST(test_a_neighbour_that_lies_does_no_harm),
		TEST(test_an_event_and_the_check_that_follows_are_told_without_a_tick),
		TEST(test_a_new_collector_goes_on_where_the_last_one_was_and_so_it_is_with_a_new_brain),
		TEST(test_each_source_is_told_of),
		TEST(test_a_role_that_keeps_failing_is_told_of),
		TEST(test_a_refused_message_goes_on_in_a_plainer_form),
		TEST(test_it_proves_that_it_decides),
		TEST(test_a_collector_that_is_gone_ends_its_lists),
	};

	log_set(unit_quiet, LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
