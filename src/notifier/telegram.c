/*
 * Requests to Telegram and judgement of its replies.  Trusts the messages of
 * the brain, which the link has checked; trusts nothing in a reply: it may be
 * any bytes, from Telegram, a proxy or somebody else.
 */
#include "build_config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "telegram.h"
#include "utf8.h"

#define GENERAL_TOPIC 1
#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/* --- chats --- */

/* An optional minus and decimal digits; *end is where they stop.  Returns 0 if that is no usable number. */
static int64_t
parse_id(const char *s, const char **end)
{
	const char *digits = s + (*s == '-');
	size_t n = strspn(digits, "0123456789");
	int64_t v = n > 0 && n <= 18 ? strtoll(s, NULL, 10) : 0;

	*end = digits + n;
	return v > TELEGRAM_ID_MAX || v < -TELEGRAM_ID_MAX ? 0 : v;
}

static int
parse_name(struct telegram_chat *c, const char *text, const char **end)
{
	size_t n = 1 + strspn(text + 1, NAME_CHARS);

	*end = text + n;
	if (n == 1 || n >= sizeof(c->name))
		return -1;
	memcpy(c->name, text, n);
	return 0;
}

int
telegram_chat_parse(struct telegram_chat *c, const char *text)
{
	const char *end;

	memset(c, 0, sizeof(*c));
	if (*text == '@' && parse_name(c, text, &end) == -1)
		return -1;
	if (*text != '@' && (c->id = parse_id(text, &end)) == 0)
		return -1;
	if (*end == '\0')
		return 0;
	if (*end != ':' || (c->thread = parse_id(end + 1, &end)) <= 0 || *end != '\0')
		return -1;
	if (c->thread == GENERAL_TOPIC)
		c->thread = 0;
	return 0;
}

bool
telegram_chat_is_group(const struct telegram_chat *c)
{
	return c->id <= 0;
}

/* --- requests --- */

/* As digits: cJSON's numbers are doubles, and print with an exponent where it suits them. */
static void
add_int(cJSON *o, const char *name, int64_t v)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRId64, v);
	cJSON_AddRawToObject(o, name, digits);
}

static void
add_options(cJSON *o, const struct telegram_chat *to, const struct msg_message *m)
{
	cJSON *sub;

	if (m->format == FORMAT_HTML)
		cJSON_AddStringToObject(o, "parse_mode", "HTML");
	if (to->thread != 0)
		add_int(o, "message_thread_id", to->thread);
	if (m->silent)
		cJSON_AddTrueToObject(o, "disable_notification");
	sub = cJSON_AddObjectToObject(o, "link_preview_options");
	cJSON_AddTrueToObject(sub, "is_disabled");
	if (m->reply_to == 0)
		return;
	sub = cJSON_AddObjectToObject(o, "reply_parameters");
	add_int(sub, "message_id", m->reply_to);
	cJSON_AddTrueToObject(sub, "allow_sending_without_reply");
}

/* cJSON leaves out what it finds no memory for: a request that lacks something must not go out. */
static size_t
members(const cJSON *o)
{
	size_t n = 0;
	const cJSON *item;

	cJSON_ArrayForEach(item, o)
		n += 1 + (cJSON_IsObject(item) ? members(item) : 0);
	return n;
}

static size_t
members_wanted(const struct telegram_chat *to, const struct msg_message *m)
{
	return (size_t)(4 + (m->format == FORMAT_HTML) + (to->thread != 0) + (m->silent != 0) +
	    (m->reply_to != 0 ? 3 : 0));
}

char *
telegram_request(const struct telegram_chat *to, const struct msg_message *m)
{
	cJSON *o = cJSON_CreateObject();
	char *json = NULL;

	if (to->id != 0)
		add_int(o, "chat_id", to->id);
	else
		cJSON_AddStringToObject(o, "chat_id", to->name);
	cJSON_AddStringToObject(o, "text", m->text);
	add_options(o, to, m);
	if (members(o) == members_wanted(to, m))
		json = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	return json;
}

char *
telegram_target(const char *api, const char *token, const char *method)
{
	size_t len = strlen(api);
	char *target;

	while (len > 0 && api[len - 1] == '/')
		len--;
	return asprintf(&target, "%.*s/bot%s/%s", (int)len, api, token, method) == -1 ? NULL : target;
}

/* --- replies --- */

/* The object in a body, or NULL: it is not JSON, or more than that, or no object. */
cJSON *
telegram_body(const struct http_result *r)
{
	cJSON *root = NULL;

	if (r->body != NULL && memchr(r->body, '\0', r->body_len) == NULL)
		root = cJSON_ParseWithLengthOpts(r->body, r->body_len + 1, NULL, true);
	if (cJSON_IsObject(root))
		return root;
	cJSON_Delete(root);
	return NULL;
}

/* A member that is a whole number of at most max in size, else 0. */
int64_t
telegram_int(const cJSON *o, const char *name, double max)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, name);
	double v = cJSON_IsNumber(item) ? item->valuedouble : 0;

	return isfinite(v) && fabs(v) <= max && v == trunc(v) ? (int64_t)v : 0;
}

static double
retry_after(const cJSON *parameters, double header)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(parameters, "retry_after");
	double wait = cJSON_IsNumber(item) && item->valuedouble > 0 ? item->valuedouble : 0;

	if (header > wait)
		wait = header;
	return wait < TELEGRAM_WAIT_MAX ? wait : TELEGRAM_WAIT_MAX;
}

/*
 * What Telegram's refusals mean: the first row that fits.  Descriptions may
 * change, so a row without one stands last for each status.  hint: what a
 * person can do.
 */
static const struct rule {
	long status;
	const char *says;
	enum telegram_verdict verdict;
	const char *hint;
} rules[] = {
	{400, "message thread not found", TELEGRAM_NO_TOPIC, "the topic was deleted"},
	{400, "TOPIC_CLOSED", TELEGRAM_NO_TOPIC, "the topic was closed"},
	{400, "TOPIC_DELETED", TELEGRAM_NO_TOPIC, "the topic was deleted"},
	{400, "chat not found", TELEGRAM_BAD_CHAT, "the chat id is wrong, or the bot was never let in there"},
	{400, "chat_id is empty", TELEGRAM_BAD_CHAT, "the chat id is wrong"},
	{400, "PEER_ID_INVALID", TELEGRAM_BAD_CHAT, "the chat id is wrong"},
	{400, "group chat was ", TELEGRAM_BAD_CHAT, "the chat is no more"},
	{400, "rights", TELEGRAM_BAD_CHAT, "the bot may not write there"},
	{400, "WRITE_FORBIDDEN", TELEGRAM_BAD_CHAT, "the bot may not write there"},
	{400, "CHAT_RESTRICTED", TELEGRAM_BAD_CHAT, "the bot may not write there"},
	{400, "", TELEGRAM_POISON, NULL},
	{401, "", TELEGRAM_BAD_TOKEN, "the token is wrong or was revoked"},
	{403, "", TELEGRAM_BAD_CHAT, NULL},
	{404, "", TELEGRAM_BAD_TOKEN, "the token or WATCHDOG_TG_API_URL is wrong"},
	/* To getUpdates alone. */
	{409, "webhook", TELEGRAM_NOT_NOW, "the bot has a webhook, and only that hears who writes: use a bot of its own for watchdog"},
	{409, "", TELEGRAM_NOT_NOW, "another program asks for this bot's updates: stop it, or use a bot of its own for watchdog"},
	{413, "", TELEGRAM_POISON, NULL},
	{421, "", TELEGRAM_BAD_TOKEN, "this Bot API server does not serve this token"},
};

static const struct rule *
find_rule(long status, const char *description)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].status == status && strcasestr(description, rules[i].says) != NULL)
			return &rules[i];
	return NULL;
}

static void
say(struct telegram_reply *reply, long status, const char *description, const char *hint)
{
	char raw[sizeof(reply->text)];

	snprintf(raw, sizeof(raw), "%ld %.380s%s%s", status, description, hint == NULL ? "" : ": ",
	    hint == NULL ? "" : hint);
	utf8_clean(reply->text, sizeof(reply->text), raw, strlen(raw), false);
}

/* A refusal in Telegram's own words. */
static void
judge_refusal(struct telegram_reply *reply, long status, const cJSON *root, const char *description)
{
	const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(root, "parameters");
	const struct rule *rule = find_rule(status, description);

	say(reply, status, description, rule == NULL ? NULL : rule->hint);
	reply->verdict = rule == NULL ? TELEGRAM_NOT_NOW : rule->verdict;
	if (status != 400)
		return;
	reply->new_id = telegram_int(parameters, "migrate_to_chat_id", (double)TELEGRAM_ID_MAX);
	if (reply->new_id != 0)
		reply->verdict = TELEGRAM_MOVED;
}

/* Telegram says {"ok":false,…}; a page of some proxy says nothing about the message. */
static void
judge_error(struct telegram_reply *reply, const struct http_result *r, const cJSON *root)
{
	const cJSON *ok = cJSON_GetObjectItemCaseSensitive(root, "ok");
	const char *description = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "description"));

	if (r->status == 429) {
		reply->verdict = TELEGRAM_FLOOD;
		reply->retry_after = retry_after(cJSON_GetObjectItemCaseSensitive(root, "parameters"), r->retry_after);
		say(reply, r->status, description != NULL ? description : "Too Many Requests", NULL);
	} else if (cJSON_IsFalse(ok)) {
		judge_refusal(reply, r->status, root, description != NULL ? description : "without a reason");
	} else {
		reply->verdict = TELEGRAM_NOT_NOW;
		if (r->location != NULL)
			say(reply, r->status, "a redirect, which is never followed", NULL);
		else
			say(reply, r->status, "with a body that is not Telegram's", NULL);
	}
}

static void
judge_answer(struct telegram_reply *reply, const struct http_result *r)
{
	cJSON *root = telegram_body(r);

	if (r->status == 200 && cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "ok"))) {
		reply->verdict = TELEGRAM_DELIVERED;
		reply->message_id = telegram_int(cJSON_GetObjectItemCaseSensitive(root, "result"), "message_id",
		    (double)TELEGRAM_ID_MAX);
		snprintf(reply->text, sizeof(reply->text), "delivered");
	} else if (r->status >= 200 && r->status < 300) {
		reply->verdict = TELEGRAM_LOST;
		say(reply, r->status, "without Telegram's confirmation", NULL);
	} else {
		judge_error(reply, r, root);
	}
	cJSON_Delete(root);
}

void
telegram_judge(struct telegram_reply *reply, const struct http_result *r)
{
	static const enum telegram_verdict verdicts[] = {
		[HTTP_NOT_SENT] = TELEGRAM_UNREACHABLE,
		[HTTP_TIMEOUT_BEFORE] = TELEGRAM_UNREACHABLE,
		[HTTP_LOST] = TELEGRAM_LOST,
		[HTTP_TIMEOUT_AFTER] = TELEGRAM_LOST,
		[HTTP_TOO_LARGE] = TELEGRAM_LOST,
	};
	const char *error = r->error == NULL || *r->error == '\0' ? "no answer" : r->error;

	memset(reply, 0, sizeof(*reply));
	if (r->outcome == HTTP_ANSWERED) {
		judge_answer(reply, r);
		return;
	}
	reply->verdict = verdicts[r->outcome];
	utf8_clean(reply->text, sizeof(reply->text), error, strlen(error), false);
}

enum send_failure
telegram_failure(enum telegram_verdict verdict)
{
	static const enum send_failure failures[TELEGRAM_VERDICT_COUNT] = {
		[TELEGRAM_MOVED] = SEND_NOT_SENT,
		[TELEGRAM_NO_TOPIC] = SEND_NOT_SENT,
		[TELEGRAM_FLOOD] = SEND_NOT_SENT,
		[TELEGRAM_POISON] = SEND_POISON,
		[TELEGRAM_BAD_CHAT] = SEND_CHAT,
		[TELEGRAM_BAD_TOKEN] = SEND_CHAT,
		[TELEGRAM_UNREACHABLE] = SEND_UNREACHABLE,
		[TELEGRAM_NOT_NOW] = SEND_NOT_SENT,
		[TELEGRAM_LOST] = SEND_UNKNOWN,
	};

	return failures[verdict];
}
