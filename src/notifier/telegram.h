/*
 * Telegram's Bot API, as far as sendMessage goes
 * (https://core.telegram.org/bots/api#sendmessage): the request as JSON, and
 * what a reply means, which is much the same for other methods.  Pure functions; a reply is hostile input.
 */
#ifndef WATCHDOG_TELEGRAM_H
#define WATCHDOG_TELEGRAM_H

#include "http.h"
#include "messages.h"

#define TELEGRAM_REPLY_MAX 65536       /* bytes of a reply's body */
#define TELEGRAM_WAIT_MAX 2147483647.0 /* retry_after is an Integer of the API */
#define TELEGRAM_ID_MAX (1LL << 53)    /* ids have 52 bits; beyond this a JSON number is not exact */

/* Where a chat is. */
struct telegram_chat {
	int64_t id;     /* 0: by name */
	char name[66];  /* "@name" */
	int64_t thread; /* a topic's message_thread_id; 0 = none, or General, which must not be named */
};

/* Parse "-100123", "@name", either with ":45" for a topic.  Returns 0, or -1: it is neither. */
int telegram_chat_parse(struct telegram_chat *c, const char *text);

/* True where the limit of groups holds: groups, supergroups and channels. */
bool telegram_chat_is_group(const struct telegram_chat *c);

/* The body of sendMessage for m (chat and seq are not looked at), to be freed; NULL: memory is short. */
char *telegram_request(const struct telegram_chat *to, const struct msg_message *m);

/* "<api>/bot<token>/<method>", to be wiped and freed; NULL: memory is short. */
char *telegram_target(const char *api, const char *token, const char *method);

enum telegram_verdict {
	TELEGRAM_DELIVERED,
	TELEGRAM_MOVED,       /* the chat has new_id now */
	TELEGRAM_NO_TOPIC,    /* the chat is there, its topic is not */
	TELEGRAM_FLOOD,       /* 429; retry_after, 0 = not said */
	TELEGRAM_POISON,      /* this text is refused, and always will be */
	TELEGRAM_BAD_CHAT,    /* this chat is unusable until a person does something */
	TELEGRAM_BAD_TOKEN,   /* every chat is */
	TELEGRAM_UNREACHABLE, /* nothing went out */
	TELEGRAM_NOT_NOW,     /* an answer that is no judgement of the message: 5xx, a redirect, some proxy's page */
	TELEGRAM_LOST,        /* the request went out; whether it was taken is not known */
	TELEGRAM_VERDICT_COUNT
};

struct telegram_reply {
	enum telegram_verdict verdict;
	int64_t message_id; /* DELIVERED; 0 if Telegram did not say */
	int64_t new_id;     /* MOVED */
	double retry_after; /* FLOOD: seconds, 0 to TELEGRAM_WAIT_MAX */
	char text[512];     /* for a person: valid UTF-8, one line */
};

/* Judge the end of a transfer. */
void telegram_judge(struct telegram_reply *reply, const struct http_result *result);

/* For who reads more of an answer: the object in its body, to be deleted, NULL if there is none; a whole number in one, 0 if there is none. */
struct cJSON *telegram_body(const struct http_result *r);
int64_t telegram_int(const struct cJSON *o, const char *name, double max);

/* What the brain is told of a verdict other than DELIVERED. */
enum send_failure telegram_failure(enum telegram_verdict verdict);

#endif
