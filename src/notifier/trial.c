/*
 * The test message.  Trusts what courier.c gives it: judged replies, cleaned
 * and without the token.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "trial.h"
#include "utf8.h"

static void
add_failure(struct trial *t, unsigned chat, const char *what)
{
	size_t len = strlen(t->failures);

	snprintf(t->failures + len, sizeof(t->failures) - len, "%schat %u: %s", len == 0 ? "" : "; ", chat + 1, what);
}

static void
trial_end(struct trial *t)
{
	size_t n = courier_chats(t->courier);
	char text[TEXT_MAX_LEN + 1], clean[TEXT_MAX_LEN + 1];

	free(t->message);
	t->message = NULL;
	if (t->delivered == n)
		snprintf(text, sizeof(text), "delivered to %zu chat%s", n, n == 1 ? "" : "s");
	else if (t->delivered == 0)
		snprintf(text, sizeof(text), "%s", t->failures);
	else
		snprintf(text, sizeof(text), "%s; delivered to %u of %zu chats", t->failures, t->delivered, n);
	utf8_clean(clean, sizeof(clean), text, strlen(text), false); /* a full buffer may end inside a code point */
	t->cb(t->ctx, t->delivered == n, clean);
}

static courier_cb on_reply;

static void
try_chat(struct trial *t, unsigned chat)
{
	struct msg_message m = {.format = FORMAT_PLAIN, .text = t->message};

	t->tries[chat]++;
	courier_send(t->courier, COURIER_TEST, chat, &m, on_reply, t);
}

static void
on_reply(void *ctx, unsigned chat, const struct telegram_reply *reply)
{
	struct trial *t = ctx;
	bool elsewhere = reply->verdict == TELEGRAM_MOVED || reply->verdict == TELEGRAM_NO_TOPIC;

	if (elsewhere && t->tries[chat] < TRIAL_TRIES) {
		try_chat(t, chat);
		return;
	}
	if (reply->verdict == TELEGRAM_DELIVERED)
		t->delivered++;
	else
		add_failure(t, chat, reply->text);
	if (--t->pending == 0)
		trial_end(t);
}

void
trial_start(struct trial *t, struct courier *c, const char *message, trial_cb *cb, void *ctx)
{
	double wait = courier_flood_until(c) - clock_boot();
	char text[128];

	if (t->message != NULL) {
		cb(ctx, false, "another test message is on its way");
		return;
	}
	if (wait > 0) {
		snprintf(text, sizeof(text), "Telegram asked to wait %.0f s more", wait);
		cb(ctx, false, text);
		return;
	}
	*t = (struct trial){
		.courier = c,
		.message = strdup(message),
		.pending = (unsigned)courier_chats(c),
		.cb = cb,
		.ctx = ctx,
	};
	if (t->message == NULL) {
		cb(ctx, false, "out of memory");
		return;
	}
	for (unsigned i = 0, n = t->pending; i < n; i++)
		try_chat(t, i);
}
