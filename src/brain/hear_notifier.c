/*
 * What the notifier says of chats and messages, handed to the outbox.  Trusts
 * it for nothing but the form of its messages.
 */
#include "build_config.h"

#include "log.h"
#include "mind.h"

static void
delivered(struct mind *m, const struct msg_delivered *d)
{
	outbox_told_as(&m->brain.outbox, d->seq, d->chat, d->message_id);
	if (outbox_delivered(&m->brain.outbox, d->seq, d->chat) == -1)
		log_warning("the notifier has delivered a message that it was not given");
	else
		m->urgent = true;
	control_facts(m->control)->delivered_wall = m->brain.clock.wall;
}

static void
send_failed(struct mind *m, const struct msg_send_failed *f)
{
	outbox_flooded(&m->brain.outbox, f->flood_until + m->brain.booted, m->brain.clock.now);
	if (outbox_failed(&m->brain.outbox, f->seq, f->chat, (enum send_failure)f->why, f->text) == -1)
		log_warning("the notifier has failed at a message that it was not given");
	else
		m->urgent = true;
}

static void
chat_moved(struct mind *m, const struct msg_chat_moved *c)
{
	brain_chat_moved(&m->brain, c->chat, c->new_id);
	m->urgent = true;
}

HANDLER(on_chat_ready, outbox_credit(&b->outbox, msg->chat_ready.chat))
HANDLER(on_delivered, delivered(m, &msg->delivered))
HANDLER(on_send_failed, send_failed(m, &msg->send_failed))
HANDLER(on_chat_moved, chat_moved(m, &msg->chat_moved))

void
mind_notifier_linked(struct mind *m)
{
	for (unsigned i = 0; i < m->brain.outbox.chats; i++) {
		const struct chat *c = &m->brain.outbox.chat[i];

		if (c->moved)
			ROLE_SEND(m->role, ROLE_NOTIFIER, CHAT_MOVED, chat_moved, 0, .chat = (uint16_t)i, .new_id = c->new_id);
	}
}

void
mind_notifier_lost(struct mind *m)
{
	outbox_notifier_lost(&m->brain.outbox);
	control_tested(m->control, false, "the notifier was lost: the message may or may not have been sent");
}
