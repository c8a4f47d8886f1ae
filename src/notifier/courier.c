/*
 * Attempts at Telegram.  Trusts the configuration; a reply is judged by
 * telegram.c, and its words pass secret_scrub() before anybody sees them.
 */
#include "build_config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "courier.h"
#include "log.h"
#include "pace.h"
#include "secret.h"
#include "utf8.h"

struct attempt {
	struct courier *courier;
	unsigned chat;
	int64_t id; /* of the chat when it began */
	struct http_transfer *transfer;
	double began;
	courier_cb *cb;
	void *ctx;
};

struct chat {
	struct telegram_chat at;
	bool moved, failing;
	unsigned moves; /* since the last delivery */
	struct attempt attempts[COURIER_ERRANDS];
};

struct courier {
	const struct config *config;
	char *target;
	struct resolve *resolve;
	struct http *http;
	struct pace pace;
	courier_reached_cb *reached; /* of watchdog -T */
	void *reached_ctx;
	courier_updates_cb *updates; /* of watchdog --find-chat; NULL: none is on its way */
	void *updates_ctx;
	size_t n;
	struct chat chats[CHATS_MAX];
};

static int
take_chats(struct courier *c, char *why, size_t whylen)
{
	const struct string_list *ids = &c->config->tg_chat_ids;

	if (ids->n == 0 || ids->n > CHATS_MAX) {
		snprintf(why, whylen, "WATCHDOG_TG_CHAT_ID: expected 1 to %d chats, found %zu", CHATS_MAX, ids->n);
		return -1;
	}
	for (c->n = 0; c->n < ids->n; c->n++) {
		if (telegram_chat_parse(&c->chats[c->n].at, ids->v[c->n]) == -1) {
			snprintf(why, whylen,
			    "WATCHDOG_TG_CHAT_ID: chat %zu is neither an id like -100123 nor a name like @alerts",
			    c->n + 1);
			return -1;
		}
		c->pace.chats[c->n].group = telegram_chat_is_group(&c->chats[c->n].at);
	}
	return 0;
}

static int
courier_open(struct courier *c, struct role *role, char *why, size_t whylen)
{
	if (c->config->tg_bot_token == NULL || c->config->tg_api_url.url == NULL) {
		snprintf(why, whylen, "chats are configured, but no token or no API");
		return -1;
	}
	if (take_chats(c, why, whylen) == -1)
		return -1;
	if (c->config->tg_api_url.scheme == SCHEME_HTTPS && role->ca_fd == -1) {
		snprintf(why, whylen, "CA certificates: none were found");
		return -1;
	}
	c->target = telegram_target(c->config->tg_api_url.url, c->config->tg_bot_token, "sendMessage");
	c->resolve = resolve_new(role);
	snprintf(why, whylen, "out of memory");
	if (c->target == NULL || c->resolve == NULL)
		return -1;
	c->http = http_new(role->base, c->resolve, role->ca_fd, why, whylen);
	return c->http == NULL ? -1 : 0;
}

struct courier *
courier_new(struct role *role, char *why, size_t whylen)
{
	struct courier *c = calloc(1, sizeof(*c));
	double fraction = clock_wall();

	if (c == NULL) {
		snprintf(why, whylen, "out of memory");
		return NULL;
	}
	c->config = &role->config;
	fraction -= (double)(long)fraction;
	pace_init(&c->pace, (unsigned short)(fraction * 65535));
	if (courier_open(c, role, why, whylen) == 0)
		return c;
	courier_free(c);
	return NULL;
}

void
courier_free(struct courier *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n * COURIER_ERRANDS; i++)
		http_cancel(c->chats[i / COURIER_ERRANDS].attempts[i % COURIER_ERRANDS].transfer);
	if (c->http != NULL)
		http_free(c->http);
	if (c->resolve != NULL)
		resolve_free(c->resolve);
	if (c->target != NULL)
		explicit_bzero(c->target, strlen(c->target));
	free(c->target);
	free(c);
}

size_t
courier_chats(const struct courier *c)
{
	return c->n;
}

/* --- what a reply changes --- */

static void
chat_set_id(struct courier *c, unsigned chat, int64_t new_id)
{
	struct chat *ch = &c->chats[chat];

	ch->at.id = new_id;
	ch->at.name[0] = '\0';
	ch->moved = true;
	c->pace.chats[chat].group = telegram_chat_is_group(&ch->at);
}

/* A chat that is said to have moved to where we already asked goes nowhere. */
static void
follow_move(struct courier *c, const struct attempt *a, struct telegram_reply *reply)
{
	if (reply->new_id == a->id) {
		reply->verdict = TELEGRAM_BAD_CHAT;
		return;
	}
	chat_set_id(c, a->chat, reply->new_id);
	c->chats[a->chat].moves++;
	log_warning("chat %u: the group became a supergroup, its new id %" PRId64
	    " is used from now on: put it into WATCHDOG_TG_CHAT_ID",
	    a->chat + 1, reply->new_id);
}

/* Fall back to the chat once; a chat without a topic that complains of it is not usable. */
static void
drop_topic(struct courier *c, const struct attempt *a, struct telegram_reply *reply)
{
	struct telegram_chat *at = &c->chats[a->chat].at;

	if (at->thread == 0) {
		reply->verdict = TELEGRAM_BAD_CHAT;
		return;
	}
	at->thread = 0;
	log_warning("chat %u: its topic is gone, messages go to the chat itself from now on", a->chat + 1);
}

/* What is said of each verdict; again: at what level if the chat has been failing already. */
static const struct {
	enum log_level first, again;
	const char *phrase;
} said[TELEGRAM_VERDICT_COUNT] = {
	[TELEGRAM_DELIVERED] = {LEVEL_DEBUG, LEVEL_INFO, "Telegram took the message"},
	[TELEGRAM_MOVED] = {LEVEL_INFO, LEVEL_INFO, "not delivered"},
	[TELEGRAM_NO_TOPIC] = {LEVEL_INFO, LEVEL_INFO, "not delivered"},
	[TELEGRAM_FLOOD] = {LEVEL_WARNING, LEVEL_WARNING, "Telegram asks all chats to wait"},
	[TELEGRAM_POISON] = {LEVEL_WARNING, LEVEL_WARNING, "this text is refused"},
	/* The first time the brain says so. */
	[TELEGRAM_BAD_CHAT] = {LEVEL_DEBUG, LEVEL_ERROR, "this chat is unusable"},
	[TELEGRAM_BAD_TOKEN] = {LEVEL_DEBUG, LEVEL_ERROR, "every chat is unusable"},
	[TELEGRAM_UNREACHABLE] = {LEVEL_WARNING, LEVEL_DEBUG, "not delivered"},
	[TELEGRAM_NOT_NOW] = {LEVEL_WARNING, LEVEL_DEBUG, "not delivered"},
	[TELEGRAM_LOST] = {LEVEL_WARNING, LEVEL_DEBUG, "no confirmation"},
};

/* Whoever asked for a test message is told what came of it; what is said here is of those that wait. */
static void
say_outcome(struct courier *c, const struct attempt *a, const struct telegram_reply *reply, double now)
{
	unsigned chat = a->chat;
	struct chat *ch = &c->chats[chat];
	enum log_level level = ch->failing ? said[reply->verdict].again : said[reply->verdict].first;
	double wait = pace_due(&c->pace, chat) - now;

	if (a == &ch->attempts[COURIER_TEST])
		return;

	ch->failing = reply->verdict != TELEGRAM_DELIVERED;
	if (ch->failing)
		log_line(level, "chat %u: %s: %s; tried again in %.*f s at the earliest", chat + 1,
		    said[reply->verdict].phrase, reply->text, wait < 10 ? 1 : 0, wait > 0 ? wait : 0);
	else
		log_line(level, "chat %u: %s", chat + 1, said[reply->verdict].phrase);
}

/* A figure that is broken must not silence for good. */
static void
shout_long_flood(unsigned chat, const struct telegram_reply *reply)
{
	if (reply->verdict == TELEGRAM_FLOOD && reply->retry_after > PACE_FLOOD_MAX_S)
		log_error("chat %u: Telegram asks to wait %.0f s, over a day, which cannot be meant: it is asked again after one day",
		    chat + 1, reply->retry_after);
}

static void
attempt_end(struct attempt *a, struct telegram_reply *reply)
{
	struct courier *c = a->courier;
	struct chat *ch = &c->chats[a->chat];
	struct telegram_reply pacing;
	double now = clock_boot();

	secret_scrub(reply->text, c->config->tg_bot_token);
	if (reply->verdict == TELEGRAM_MOVED)
		follow_move(c, a, reply);
	else if (reply->verdict == TELEGRAM_NO_TOPIC)
		drop_topic(c, a, reply);
	else if (reply->verdict == TELEGRAM_DELIVERED)
		ch->moves = 0;
	pacing = *reply;
	/* One move is followed at once; a chat that is sent from place to place is not chased. */
	if (reply->verdict == TELEGRAM_MOVED && ch->moves > 1)
		pacing.verdict = TELEGRAM_NOT_NOW;
	pace_outcome(&c->pace, a->chat, &pacing, a->began, now);
	say_outcome(c, a, reply, now);
	shout_long_flood(a->chat, reply);
	a->cb(a->ctx, a->chat, reply);
}

/* --- an attempt --- */

/* Where it was that nobody answered.  A proxy's URL may hold a password. */
static void
name_peer(struct telegram_reply *reply, const struct config *config)
{
	struct telegram_reply named = *reply;

	snprintf(named.text, sizeof(named.text), "%.255s%s: %.200s", config->tg_api_url.host,
	    config->tg_proxy.url == NULL ? "" : " through the proxy", reply->text);
	utf8_clean(reply->text, sizeof(reply->text), named.text, strlen(named.text), false); /* what was cut may end inside a code point */
}

static void
on_result(void *ctx, const struct http_result *result)
{
	struct attempt *a = ctx;
	struct telegram_reply reply;

	a->transfer = NULL;
	telegram_judge(&reply, result);
	if (result->outcome != HTTP_ANSWERED)
		name_peer(&reply, a->courier->config);
	attempt_end(a, &reply);
}

static double
at_most(double seconds, double max)
{
	return seconds < max ? seconds : max;
}

/* What every request to the API has in common. */
static struct http_request
request_to_api(const struct config *config)
{
	return (struct http_request){
		.url = &config->tg_api_url,
		.proxy = config->tg_proxy.url == NULL ? NULL : &config->tg_proxy,
		.connect_timeout = at_most(config->http_timeout, COURIER_CONNECT_MAX_S),
		.timeout = at_most(2 * config->http_timeout, COURIER_TOTAL_MAX_S),
		.body_max = TELEGRAM_REPLY_MAX,
	};
}

static void
on_reach(void *ctx, const struct http_result *result)
{
	struct courier *c = ctx;

	c->reached(c->reached_ctx, result->outcome == HTTP_ANSWERED, result->error);
}

void
courier_reach(struct courier *c, courier_reached_cb *cb, void *ctx)
{
	struct http_request request = request_to_api(c->config);

	c->reached = cb;
	c->reached_ctx = ctx;
	if (http_start(c->http, &request, on_reach, c) == NULL)
		cb(ctx, false, "out of memory");
}

static void
on_updates(void *ctx, const struct http_result *result)
{
	static struct updates u; /* large, and there is one at a time */
	struct courier *c = ctx;
	courier_updates_cb *cb = c->updates;

	c->updates = NULL;
	updates_read(&u, result);
	secret_scrub(u.error, c->config->tg_bot_token);
	for (size_t i = 0; i < u.n; i++)
		secret_scrub(u.chats[i].name, c->config->tg_bot_token);
	cb(c->updates_ctx, &u);
}

int
courier_updates(struct courier *c, courier_updates_cb *cb, void *ctx)
{
	struct http_request request = request_to_api(c->config);
	char *target;

	if (c->updates != NULL ||
	    (target = telegram_target(c->config->tg_api_url.url, c->config->tg_bot_token, "getUpdates?limit=100")) == NULL)
		return -1;
	request.target = target;
	request.want_body = true;
	request.body_max = UPDATES_REPLY_MAX;
	if (http_start(c->http, &request, on_updates, c) != NULL) {
		c->updates = cb;
		c->updates_ctx = ctx;
	}
	explicit_bzero(target, strlen(target));
	free(target);
	return c->updates == NULL ? -1 : 0;
}

static struct http_transfer *
attempt_start(struct courier *c, struct attempt *a, const struct msg_message *m)
{
	struct http_request request = request_to_api(c->config);
	char *body = telegram_request(&c->chats[a->chat].at, m);
	struct http_transfer *t;

	if (body == NULL)
		return NULL;
	request.target = c->target;
	request.want_body = true;
	request.body = body;
	t = http_start(c->http, &request, on_result, a);
	free(body);
	return t;
}

void
courier_send(struct courier *c, enum courier_errand errand, unsigned chat, const struct msg_message *m, courier_cb *cb,
    void *ctx)
{
	struct attempt *a = &c->chats[chat].attempts[errand];
	struct telegram_reply failed = {.verdict = TELEGRAM_UNREACHABLE, .text = "out of memory"};

	*a = (struct attempt){
		.courier = c,
		.chat = chat,
		.id = c->chats[chat].at.id,
		.began = clock_boot(),
		.cb = cb,
		.ctx = ctx,
	};
	if ((a->transfer = attempt_start(c, a, m)) == NULL)
		attempt_end(a, &failed);
}

double
courier_due(const struct courier *c, unsigned chat)
{
	return pace_due(&c->pace, chat);
}

double
courier_flood_until(const struct courier *c)
{
	return c->pace.flood_until;
}

void
courier_forget(struct courier *c)
{
	pace_forget(&c->pace);
}

int64_t
courier_moved_to(const struct courier *c, unsigned chat)
{
	return c->chats[chat].moved ? c->chats[chat].at.id : 0;
}

void
courier_move(struct courier *c, unsigned chat, int64_t new_id)
{
	if (new_id != c->chats[chat].at.id)
		chat_set_id(c, chat, new_id);
}

void
courier_addresses(struct courier *c, const struct msg_addresses *msg)
{
	resolve_answer(c->resolve, msg);
}

void
courier_resolver_linked(struct courier *c)
{
	resolve_linked(c->resolve);
}
