/*
 * What getUpdates answers (https://core.telegram.org/bots/api#getupdates):
 * the chats in which somebody has written to the bot, or which have let it
 * in.  Pure; the answer is hostile input.
 */
#ifndef WATCHDOG_UPDATES_H
#define WATCHDOG_UPDATES_H

#include "http.h"
#include "messages.h"

#define UPDATES_REPLY_MAX (1u << 20) /* bytes of an answer's body */
#define UPDATES_CHATS_MAX 100        /* that many updates come at the most */

struct updates_chat {
	int64_t id;
	enum chat_kind kind;
	char name[NAME_MAX_LEN + 1]; /* its title, or a person's name, with "@name" behind it: valid UTF-8, one line; may be empty */
	bool moved;                  /* the group is a supergroup now, which has another id */
};

struct updates {
	size_t n;
	struct updates_chat chats[UPDATES_CHATS_MAX]; /* each once, in the order of their first update */
	char error[512];                              /* for a person: why there is no list; "" = there is one */
};

/* Read the end of a transfer.  Returns 0, or -1 with the reason in u->error. */
int updates_read(struct updates *u, const struct http_result *r);

#endif
