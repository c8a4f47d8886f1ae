/*
 * What children say to the parent.  link.c has held each message against the
 * table; what is left to check is its meaning.
 */
#include "build_config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "log_writer.h"
#include "parent.h"
#include "self_test.h"
#include "utf8.h"

#define REPORT_MAX 8193 /* bytes of a line of REPORT, its NUL with them */

#define HANDLER(name) static void name(void *ctx, struct link *link, uint32_t id, const union message *msg)

static void
write_line(struct child *c, unsigned level, const char *text)
{
	bool first;

	if (level > log_level())
		return;
	if (log_quota_take(&c->log_quota, strlen(text), clock_awake(), &first))
		log_writer_line(c->role, level, text);
	else if (first)
		log_warning("the %s floods the log: most of its lines are left out", role_name(c->role));
}

HANDLER(on_log)
{
	(void)link;
	(void)id;
	write_line(ctx, msg->log.level, msg->log.text);
}

static const char *
confinement_fault(const struct child *c)
{
	const struct msg_ready *r = &c->ready;

	if (r->cap_eff != 0)
		return "it has capabilities";
	if (c->parent->identity.separate && r->uid != c->parent->identity.uid)
		return "it has the wrong uid";
	if (!r->no_new_privs)
		return "it may gain privileges";
	if (c->parent->config.sandbox == SANDBOX_ENFORCE && !child_is_filtered(c))
		return "it has no system call filter";
	return NULL;
}

HANDLER(on_ready)
{
	struct child *c = ctx;
	const char *fault;

	(void)link;
	(void)id;
	c->ready = msg->ready;
	if ((fault = confinement_fault(c)) != NULL) {
		child_kill(c, fault);
		return;
	}
	if (!child_ready(c))
		return;
	if (c->role == ROLE_NOTIFIER && c->parent->options.mode == MODE_TEST_MESSAGE)
		SEND(c->link, TEST, test, 0, .text = setup_test_text(c->parent));
	if (c->role == ROLE_NOTIFIER && c->parent->options.mode == MODE_FIND_CHAT)
		SEND(c->link, FIND, find, 0, 0);
	if (c->parent->options.mode == MODE_SELF_TEST)
		self_test_ready(c);
	if (c->role == ROLE_BRAIN) {
		c->parent->new_chats = false;
		seating_told(&c->parent->seating);
		children_tell_brain(c->parent);
	}
	manager_update(c->parent);
}

HANDLER(on_pong)
{
	struct child *c = ctx;

	(void)link;
	(void)id;
	(void)msg;
	c->pinged = 0;
}

HANDLER(on_busy)
{
	(void)link;
	(void)id;
	child_busy(ctx, msg->busy.index);
}

HANDLER(on_idle)
{
	(void)link;
	(void)id;
	(void)msg;
	child_idle(ctx);
	child_heard(ctx);
}

HANDLER(on_peer_broken)
{
	(void)link;
	pairs_broken(ctx, msg->link_broken.peer, id, msg->link_broken.why);
}

HANDLER(on_gate_ask)
{
	struct child *c = ctx;

	gate_ask(c->parent->gate, link, id, &msg->gate_ask);
	child_heard(c);
}

HANDLER(on_snap_begin)
{
	struct child *c = ctx;

	(void)link;
	(void)id;
	c->parent->untold = msg->snap_begin.untold;
	if (keeper_begin(c->parent->keeper, &msg->snap_begin) == -1)
		child_kill(c, "its snapshot is out of order or too large");
}

HANDLER(on_snap_part)
{
	struct child *c = ctx;

	(void)link;
	(void)id;
	if (keeper_part(c->parent->keeper, &msg->snap_part) == -1)
		child_kill(c, "its snapshot could not be kept");
}

HANDLER(on_snap_end)
{
	struct child *c = ctx;
	uint64_t generation;

	(void)id;
	if (keeper_end(c->parent->keeper, &msg->snap_end, &generation) == -1) {
		child_kill(c, "its snapshot is incomplete or damaged");
	} else {
		state_file_changed(c->parent->state_file);
		SEND(link, SNAP_OK, snap_ok, 0, .generation = generation);
	}
}

HANDLER(on_drained)
{
	struct child *c = ctx;

	(void)link;
	(void)id;
	(void)msg;
	/* All roles end by it. */
	if (c->parent->stopping)
		parent_drained(c->parent);
	else
		child_kill(c, "it says that it has drained, which nobody asked of it");
}

/* For a terminal: a child that was taken over may say anything. */
static void
say_on_stdout(const char *text)
{
	char clean[REPORT_MAX];

	utf8_clean(clean, sizeof(clean), text, strlen(text), false);
	printf("%s\n", clean);
}

/* For a person: on stdout where the table is what was asked for, else in the log. */
HANDLER(on_report)
{
	struct child *c = ctx;

	(void)link;
	(void)id;
	if (c->parent->options.mode == MODE_ONCE)
		say_on_stdout(msg->report.line);
	else if (c->parent->options.mode == MODE_DAEMON)
		write_line(c, LEVEL_INFO, msg->report.line);
}

HANDLER(on_report_end)
{
	struct child *c = ctx;

	(void)link;
	(void)id;
	if (c->parent->options.mode == MODE_ONCE)
		parent_stop(c->parent, msg->report_end.active > 0 ? 1 : 0);
}

static void
tell_tested(struct parent *p, bool ok, const char *text)
{
	struct child *brain = &p->child[ROLE_BRAIN];

	if (brain->state == CHILD_RUNNING)
		SEND(brain->link, CONTROL_TESTED, control_tested, 0, .ok = ok, .text = text);
}

HANDLER(on_test_result)
{
	struct child *c = ctx;

	(void)link;
	(void)id;
	if (c->parent->options.mode != MODE_TEST_MESSAGE) {
		tell_tested(c->parent, msg->test_result.ok, msg->test_result.text);
		return;
	}
	say_on_stdout(msg->test_result.text);
	parent_stop(c->parent, msg->test_result.ok ? 0 : 1);
}

HANDLER(on_found)
{
	static const char *const kinds[CHAT_KIND_COUNT] = {"chat", "private", "group", "supergroup", "channel"};
	struct child *c = ctx;
	char name[NAME_MAX_LEN + 1];

	(void)link;
	(void)id;
	if (c->parent->options.mode != MODE_FIND_CHAT)
		return;
	utf8_clean(name, sizeof(name), msg->found.name, strlen(msg->found.name), false);
	printf("%-16" PRId64 "  %-10s  %s\n", msg->found.chat_id, kinds[msg->found.kind], name);
}

HANDLER(on_found_end)
{
	struct child *c = ctx;
	char text[TEXT_MAX_LEN + 1];

	(void)link;
	(void)id;
	if (c->parent->options.mode != MODE_FIND_CHAT)
		return;
	utf8_clean(text, sizeof(text), msg->found_end.text, strlen(msg->found_end.text), false);
	fprintf(stderr, "watchdog: %s\n", text);
	parent_stop(c->parent, msg->found_end.ok ? 0 : 1);
}

HANDLER(on_control_test)
{
	struct parent *p = ((struct child *)ctx)->parent;
	struct child *notifier = &p->child[ROLE_NOTIFIER];

	(void)link;
	(void)id;
	(void)msg;
	notifier->asked = 0;
	if (notifier->state != CHILD_RUNNING || SEND(notifier->link, TEST, test, 0, .text = setup_test_text(p)) == -1)
		tell_tested(p, false, "nothing was sent: the notifier is not running now");
}

HANDLER(on_control_tick)
{
	(void)link;
	(void)id;
	(void)msg;
	tick_now(((struct child *)ctx)->parent);
}

HANDLER(on_control_gone)
{
	(void)link;
	(void)msg;
	control_gone(((struct child *)ctx)->parent->control, id);
}

HANDLER(on_roles_ask)
{
	(void)id;
	(void)msg;
	roster_tell(((struct child *)ctx)->parent, link);
}

HANDLER(on_proved)
{
	struct child *c = ctx;

	(void)link;
	(void)id;
	if (c->parent->options.mode == MODE_SELF_TEST)
		self_test_proved(c, &msg->proved);
}

link_handler *const parent_handlers[MSG_COUNT] = {
	[MSG_READY] = on_ready,
	[MSG_LOG] = on_log,
	[MSG_PONG] = on_pong,
	[MSG_BUSY] = on_busy,
	[MSG_IDLE] = on_idle,
	[MSG_LINK_BROKEN] = on_peer_broken,
	[MSG_GATE_ASK] = on_gate_ask,
	[MSG_SNAP_BEGIN] = on_snap_begin,
	[MSG_SNAP_PART] = on_snap_part,
	[MSG_SNAP_END] = on_snap_end,
	[MSG_DRAINED] = on_drained,
	[MSG_REPORT] = on_report,
	[MSG_REPORT_END] = on_report_end,
	[MSG_TEST_RESULT] = on_test_result,
	[MSG_FOUND] = on_found,
	[MSG_FOUND_END] = on_found_end,
	[MSG_PROVED] = on_proved,
	[MSG_CONTROL_TEST] = on_control_test,
	[MSG_CONTROL_TICK] = on_control_tick,
	[MSG_CONTROL_GONE] = on_control_gone,
	[MSG_ROLES_ASK] = on_roles_ask,
};
