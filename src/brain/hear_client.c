/*
 * What the parent says of clients of the control socket, and what they ask of
 * the role.
 */
#include "build_config.h"

#include <string.h>

#include "mind.h"

static void
tell_parent(void *ctx, enum message_type type, uint32_t id, const void *msg)
{
	struct mind *m = ctx;

	role_send(m->role, ROLE_PARENT, type, id, msg);
}

static void
wake_for_client(void *ctx)
{
	mind_wake(ctx);
}

static void
recording(void *ctx, bool on)
{
	struct mind *m = ctx;

	if (on)
		recorder_start(&m->recorder, m->brain.booted);
	else
		recorder_stop(&m->recorder);
}

static void
recorded(void *ctx, const char *line)
{
	struct mind *m = ctx;

	control_recorded(m->control, line);
}

static void
ordered(void *ctx, const struct control_request *r, const char *who)
{
	const char *words[REQUEST_WORDS_MAX + 1] = {request_word(r->verb)};
	struct mind *m = ctx;

	memcpy(words + 1, r->word, r->nwords * sizeof(r->word[0]));
	recorder_order(&m->recorder, who, words, r->nwords + 1, m->brain.clock);
}

static void
changed_by_client(void *ctx)
{
	struct mind *m = ctx;

	m->urgent = true;
	mind_flush(m);
	mind_pump(m);
}

HANDLER(on_control_client, control_client(m->control, id, &msg->control_client, link_take_fd(link)))
HANDLER(on_role_info, control_role_info(m->control, &msg->role_info))
HANDLER(on_roles_end, control_roles_end(m->control))
HANDLER(on_control_tested, control_tested(m->control, msg->control_tested.ok, msg->control_tested.text))

int
mind_serve(struct mind *m)
{
	const struct control_host host = {
		.base = m->role->base, .brain = &m->brain, .tell_parent = tell_parent, .wake = wake_for_client,
		.changed = changed_by_client, .recording = recording, .ordered = ordered, .ctx = m,
	};

	m->recorder.line = recorded;
	m->recorder.ctx = m;
	m->recorder.unreachable = &m->brain.outbox.unreachable;
	m->recorder.slept = &m->brain.slept;
	m->recorder.docker_missed = &m->brain.docker_missed;
	if ((m->control = control_new(&host)) == NULL)
		return -1;
	control_facts(m->control)->channel = m->role->start.chats > 0;
	control_facts(m->control)->started = m->brain.clock.now;
	return 0;
}
