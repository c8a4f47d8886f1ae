/*
 * The notifier's side of its links.  Trusts the parent; the brain may be
 * mistaken, so every chat number and every use of a credit is checked.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "finder.h"
#include "log.h"
#include "loop.h"
#include "notifier.h"
#include "plain_text.h"

#define LOG_PIECE 1800     /* bytes of a message's line in one line of the log */
#define TIMER_MAX_S 30     /* the timer stands still while the host sleeps, the boot clock does not */
#define LAST_WORDS_S 0.2
#define NO_CREDIT "the chat was not ready for a message"

/* --- the end --- */

static bool
is_busy(const struct notifier *n)
{
	for (unsigned i = 0; i < n->n; i++)
		if (n->chats[i].busy)
			return true;
	return false;
}

/* The outcome of what is in flight is waited for, as long as there is somebody to tell. */
static void
leave_if_done(struct notifier *n)
{
	struct link *brain = n->role->peer[ROLE_BRAIN];

	if (!n->stopping || (brain != NULL && is_busy(n)))
		return;
	if (brain != NULL)
		link_flush(brain, LAST_WORDS_S);
	role_leave(n->role);
}

static void
lingered(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	role_leave(((struct notifier *)arg)->role);
}

void
notifier_stop(struct role *role)
{
	struct notifier *n = role->self;
	struct timeval patience = clock_timeval(ROLE_LINGER_S);

	n->stopping = true;
	if (evtimer_add(n->linger, &patience) == -1)
		role_leave(role);
	leave_if_done(n);
}

/* --- credit --- */

static double
chat_due(const struct notifier *n, unsigned chat)
{
	return n->courier == NULL ? 0 : courier_due(n->courier, chat);
}

static void
arm_timer(struct notifier *n, double seconds)
{
	struct timeval tv = clock_timeval(seconds < TIMER_MAX_S ? seconds : TIMER_MAX_S);

	/* Without it no chat would ever be ready again. */
	loop_add(n->timer, &tv);
}

/* Give every chat its credit that may have it now, and come again when the next one may. */
static void
offer_credit(struct notifier *n)
{
	double now = clock_boot(), next = INFINITY;

	if (n->role->peer[ROLE_BRAIN] == NULL || n->stopping)
		return;
	for (unsigned i = 0; i < n->n; i++) {
		struct notifier_chat *chat = &n->chats[i];
		double due = chat_due(n, i);

		if (chat->busy || chat->credited)
			continue;
		if (due > now)
			next = due < next ? due : next;
		else
			chat->credited = ROLE_SEND(n->role, ROLE_BRAIN, CHAT_READY, chat_ready, 0,
			    .chat = (uint16_t)i) == 0;
	}
	if (isfinite(next))
		arm_timer(n, next - now);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	offer_credit(arg);
}

/* --- messages --- */

static void
log_message(const struct msg_message *m)
{
	char *text = strdup(m->text), *rest = text, *line;

	if (text == NULL) {
		log_error("out of memory: a message could not be written to the log");
		return;
	}
	if (m->format == FORMAT_HTML)
		plain_text(text);
	while ((line = strsep(&rest, "\n")) != NULL) {
		do {
			size_t len = plain_text_break(line, LOG_PIECE);

			log_always("notify: %.*s", (int)len, line);
			line += len;
		} while (*line != '\0');
	}
	free(text);
}

static void
fail(struct notifier *n, const struct msg_message *m, enum send_failure why, const char *text)
{
	ROLE_SEND(n->role, ROLE_BRAIN, SEND_FAILED, send_failed, 0, .seq = m->seq, .chat = m->chat,
	    .why = (uint8_t)why, .flood_until = n->courier == NULL ? 0 : courier_flood_until(n->courier), .text = text);
}

static void
tell_moved(struct notifier *n, unsigned chat)
{
	int64_t new_id = courier_moved_to(n->courier, chat);

	if (new_id != 0 && n->role->peer[ROLE_BRAIN] != NULL)
		ROLE_SEND(n->role, ROLE_BRAIN, CHAT_MOVED, chat_moved, 0, .chat = (uint16_t)chat, .new_id = new_id);
}

static void
on_attempt(void *ctx, unsigned chat, const struct telegram_reply *reply)
{
	struct notifier *n = ctx;
	struct notifier_chat *c = &n->chats[chat];

	c->busy = false;
	if (reply->verdict == TELEGRAM_MOVED)
		tell_moved(n, chat);
	/* A brain that was started anew knows nothing of this attempt and will send the message again. */
	if (c->brain == n->brain && n->role->peer[ROLE_BRAIN] != NULL) {
		if (reply->verdict == TELEGRAM_DELIVERED)
			ROLE_SEND(n->role, ROLE_BRAIN, DELIVERED, delivered, 0, .seq = c->seq, .chat = (uint16_t)chat,
			    .message_id = reply->message_id);
		else
			fail(n, &(struct msg_message){.seq = c->seq, .chat = (uint16_t)chat},
			    telegram_failure(reply->verdict), reply->text);
	}
	offer_credit(n);
	leave_if_done(n);
}

static void
send_message(struct notifier *n, const struct msg_message *m)
{
	struct notifier_chat *c = &n->chats[m->chat];

	/* What holds back all chats may have come after the credit was given. */
	if (chat_due(n, m->chat) > clock_boot()) {
		fail(n, m, SEND_NOT_SENT, "waiting: another chat's message was refused or could not be sent");
		return;
	}
	c->busy = true;
	c->seq = m->seq;
	c->brain = n->brain;
	courier_send(n->courier, COURIER_MESSAGE, m->chat, m, on_attempt, n);
}

static void
on_message(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct notifier *n = ((struct role *)ctx)->self;
	const struct msg_message *m = &msg->message;

	(void)l;
	(void)id;
	if (m->chat >= n->n) {
		log_error("a message for chat %u, but there are %zu", m->chat + 1u, n->n);
		fail(n, m, SEND_CHAT, "no such chat");
		return;
	}
	if (n->stopping) {
		fail(n, m, SEND_NOT_SENT, "the notifier is being started anew");
		return;
	}
	if (!n->chats[m->chat].credited) {
		log_error("a message for chat %u: " NO_CREDIT, m->chat + 1u);
		fail(n, m, SEND_NOT_SENT, NO_CREDIT);
		return;
	}
	n->chats[m->chat].credited = false;
	if (n->courier != NULL) {
		send_message(n, m);
	} else {
		log_message(m);
		ROLE_SEND(n->role, ROLE_BRAIN, DELIVERED, delivered, 0, .seq = m->seq, .chat = m->chat);
	}
	offer_credit(n);
}

/* The brain remembers across our death where a chat has moved to. */
static void
on_chat_moved(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct notifier *n = ((struct role *)ctx)->self;
	int64_t new_id = msg->chat_moved.new_id;

	(void)l;
	(void)id;
	if (n->courier == NULL)
		return;
	if (msg->chat_moved.chat >= n->n || new_id == 0 || new_id > TELEGRAM_ID_MAX || new_id < -TELEGRAM_ID_MAX)
		log_error("the brain's new id for chat %u is not usable", msg->chat_moved.chat + 1u);
	else
		courier_move(n->courier, msg->chat_moved.chat, new_id);
}

/* --- the parent's wishes --- */

static void
on_retry(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct notifier *n = ((struct role *)ctx)->self;

	(void)l;
	(void)id;
	(void)msg;
	if (n->courier != NULL)
		courier_forget(n->courier);
	offer_credit(n);
}

static void
on_trial_end(void *ctx, bool ok, const char *text)
{
	struct notifier *n = ctx;

	for (unsigned i = 0; i < n->n && n->courier != NULL; i++)
		tell_moved(n, i);
	ROLE_SEND(n->role, ROLE_PARENT, TEST_RESULT, test_result, 0, .ok = ok, .text = text);
	offer_credit(n);
}

static void
on_test(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct notifier *n = ((struct role *)ctx)->self;

	(void)l;
	(void)id;
	if (n->courier != NULL) {
		trial_start(&n->trial, n->courier, msg->test.text, on_trial_end, n);
		return;
	}
	log_message(&(struct msg_message){.format = FORMAT_PLAIN, .text = msg->test.text});
	on_trial_end(n, false, "nothing was sent: WATCHDOG_TG_BOT_TOKEN is not set, so messages go to the log");
}

static void
on_find(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct notifier *n = ((struct role *)ctx)->self;

	(void)l;
	(void)id;
	(void)msg;
	if (n->courier != NULL)
		finder_start(n->role, n->courier);
	else
		ROLE_SEND(n->role, ROLE_PARENT, FOUND_END, found_end, 0, .text = "WATCHDOG_TG_BOT_TOKEN is not set");
}

/* --- the resolver --- */

static void
on_addresses(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct notifier *n = ((struct role *)ctx)->self;

	(void)l;
	(void)id;
	if (n->courier != NULL)
		courier_addresses(n->courier, &msg->addresses);
}

link_handler *const notifier_handlers[MSG_COUNT] = {
	[MSG_MESSAGE] = on_message,
	[MSG_CHAT_MOVED] = on_chat_moved,
	[MSG_RETRY] = on_retry,
	[MSG_TEST] = on_test,
	[MSG_FIND] = on_find,
	[MSG_ADDRESSES] = on_addresses,
};

/* --- watchdog -T --- */

static void
on_reached(void *ctx, bool answered, const char *error)
{
	struct notifier *n = ctx;
	const struct url *api = &n->role->config.tg_api_url;

	role_proved(n->role, answered ? PROOF_HOLDS : PROOF_FAILED, "%s: %s", api->host,
	    !answered ? error : api->scheme == SCHEME_HTTPS ? "connected, certificate verified" : "connected");
}

void
notifier_prove(struct role *role)
{
	struct notifier *n = role->self;

	if (n->courier == NULL)
		role_proved(role, PROOF_SKIPPED, "no token is configured");
	else
		courier_reach(n->courier, on_reached, n);
}

/* --- a role's life --- */

static int
open_channel(struct notifier *n)
{
	char why[512];

	if (config_read_secrets(&n->role->config, n->role->secret_fd, why, sizeof(why)) == -1 ||
	    (n->courier = courier_new(n->role, why, sizeof(why))) == NULL) {
		log_error("%s", why);
		return -1;
	}
	close(n->role->secret_fd);
	n->n = courier_chats(n->courier);
	if (n->n != n->role->start.chats)
		log_error("the parent speaks of %u chats, its secrets hold %zu", n->role->start.chats, n->n);
	return 0;
}

/* Whether a token is there is START's to say: without one, descriptor 4 may be anything of our own. */
int
notifier_prepare(struct role *role)
{
	struct notifier *n = role->self;

	n->role = role;
	n->n = 1;
	n->timer = evtimer_new(role->base, on_timer, n);
	n->linger = evtimer_new(role->base, lingered, n);
	if (n->timer == NULL || n->linger == NULL) {
		log_error("timer: out of memory");
		return -1;
	}
	return role->start.chats == 0 ? 0 : open_channel(n);
}

void
notifier_linked(struct role *role, enum role_id peer)
{
	struct notifier *n = role->self;

	if (peer == ROLE_RESOLVER && n->courier != NULL)
		courier_resolver_linked(n->courier);
	if (peer != ROLE_BRAIN)
		return;
	n->brain++;
	for (unsigned i = 0; i < n->n; i++) {
		n->chats[i].credited = false;
		if (n->courier != NULL)
			tell_moved(n, i);
	}
	offer_credit(n);
}

void
notifier_unlinked(struct role *role, enum role_id peer)
{
	struct notifier *n = role->self;

	if (peer != ROLE_BRAIN)
		return;
	for (unsigned i = 0; i < n->n; i++)
		n->chats[i].credited = false;
	leave_if_done(n);
}
