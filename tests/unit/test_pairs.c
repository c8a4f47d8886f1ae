/*
 * Links between children: brain and notifier, as far as the parent sees them.
 */
#include "build_config.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "parent_unit.h"

static struct parent p;
static struct child *const brain = &p.child[ROLE_BRAIN], *const notifier = &p.child[ROLE_NOTIFIER];
static struct link *theirs[ROLE_COUNT];
static struct heard {
	unsigned links;
	uint32_t number; /* of the last one */
} heard[ROLE_COUNT];

/* What LINK brings is closed after the handler. */
static void
on_link(void *ctx, struct link *link, uint32_t id, const union message *msg)
{
	struct heard *h = ctx;

	(void)link;
	(void)msg;
	h->links++;
	h->number = id;
}

static void
on_broken(void *ctx, struct link *link, const char *why)
{
	(void)ctx;
	(void)link;
	fail_msg("the link to the parent broke: %s", why);
}

/* A process that does nothing, with a link to the parent that this one has in its place. */
static void
run_child(struct child *c, enum role_id role)
{
	static link_handler *const handlers[MSG_COUNT] = {[MSG_LINK] = on_link};
	struct link_spec ours = {.self = ROLE_PARENT, .peer = role, .handlers = parent_handlers, .broken = on_broken, .ctx = c};
	struct link_spec its = {.self = role, .peer = ROLE_PARENT, .handlers = handlers, .broken = on_broken, .ctx = &heard[role]};
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
	c->parent = &p;
	c->role = role;
	c->state = CHILD_RUNNING;
	assert_non_null(c->link = link_new(p.base, fd[0], &ours));
	assert_non_null(theirs[role] = link_new(p.base, fd[1], &its));
	assert_int_not_equal(c->pid = fork(), -1);
	if (c->pid == 0)
		unit_exit(pause());
}

static void
end_child(struct child *c)
{
	kill(c->pid, SIGKILL);
	assert_int_equal(waitpid(c->pid, NULL, 0), c->pid);
	if (c->timer != NULL)
		event_free(c->timer);
	link_free(c->link);
	link_free(theirs[c->role]);
}

static void
run_loop(void)
{
	for (int turn = 0; turn < 5; turn++)
		event_base_loop(p.base, EVLOOP_NONBLOCK);
}

static int
setup(void **state)
{
	(void)state;
	memset(&p, 0, sizeof(p));
	memset(heard, 0, sizeof(heard));
	log_set(unit_quiet, LEVEL_ERROR);
	assert_non_null(p.base = event_base_new());
	run_child(brain, ROLE_BRAIN);
	run_child(notifier, ROLE_NOTIFIER);
	pairs_connect(notifier);
	run_loop();
	assert_int_equal(heard[ROLE_BRAIN].links, 1);
	assert_int_equal(heard[ROLE_NOTIFIER].links, 1);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	end_child(brain);
	end_child(notifier);
	event_base_free(p.base);
	return 0;
}

static void
both_ends_of_a_link_have_its_number(void **state)
{
	uint32_t first = heard[ROLE_BRAIN].number;

	(void)state;
	assert_int_equal(heard[ROLE_NOTIFIER].number, first);
	pairs_connect(notifier);
	run_loop();
	assert_int_equal(heard[ROLE_NOTIFIER].number, heard[ROLE_BRAIN].number);
	assert_int_not_equal(heard[ROLE_BRAIN].number, first);
}

static void
a_link_that_broke_is_renewed(void **state)
{
	(void)state;
	pairs_broken(brain, ROLE_NOTIFIER, heard[ROLE_BRAIN].number, "");
	pairs_mend(&p);
	run_loop();
	assert_int_equal(heard[ROLE_BRAIN].links, 2);
	assert_int_equal(heard[ROLE_NOTIFIER].links, 2);
}

/* The brain was slow: when it hears of the end of the old link the new notifier's is there already. */
static void
that_one_which_was_replaced_is_gone_is_no_news(void **state)
{
	uint32_t old = heard[ROLE_BRAIN].number;

	(void)state;
	pairs_connect(notifier);
	pairs_broken(brain, ROLE_NOTIFIER, old, "");
	pairs_mend(&p);
	run_loop();
	assert_int_equal(heard[ROLE_BRAIN].links, 2);
	assert_int_equal(heard[ROLE_NOTIFIER].links, 2);
}

static void
nobody_answers_for_what_his_predecessor_said(void **state)
{
	uint32_t old = heard[ROLE_BRAIN].number;

	(void)state;
	pairs_connect(notifier);
	pairs_broken(brain, ROLE_NOTIFIER, old, "malformed DELIVERED");
	assert_int_equal(notifier->state, CHILD_RUNNING);
	run_loop();
	pairs_broken(brain, ROLE_NOTIFIER, heard[ROLE_BRAIN].number, "malformed DELIVERED");
	assert_int_equal(notifier->state, CHILD_KILLED);
	assert_int_equal(brain->state, CHILD_RUNNING);
}

static void
who_accuses_a_stranger_is_killed_himself(void **state)
{
	(void)state;
	pairs_broken(notifier, ROLE_COLLECTOR, heard[ROLE_NOTIFIER].number, "it lies");
	assert_int_equal(notifier->state, CHILD_KILLED);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(both_ends_of_a_link_have_its_number),
		TEST(a_link_that_broke_is_renewed),
		TEST(that_one_which_was_replaced_is_gone_is_no_news),
		TEST(nobody_answers_for_what_his_predecessor_said),
		TEST(who_accuses_a_stranger_is_killed_himself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
