/*
 * The chats of getUpdates.  Trusts nothing in an answer: it may be any
 * bytes, from Telegram, a proxy or somebody else.
 */
#include "build_config.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "telegram.h"
#include "updates.h"
#include "utf8.h"

/* Telegram's words for what a chat is; anything else is a chat all the same. */
static const char *const kinds[CHAT_KIND_COUNT] = {
	[CHAT_OTHER] = "",
	[CHAT_PRIVATE] = "private",
	[CHAT_GROUP] = "group",
	[CHAT_SUPERGROUP] = "supergroup",
	[CHAT_CHANNEL] = "channel",
};

static const cJSON *
member(const cJSON *o, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(o, name);
}

static const char *
text_member(const cJSON *o, const char *name)
{
	const char *text = cJSON_GetStringValue(member(o, name));

	return text == NULL ? "" : text;
}

static enum chat_kind
kind_of(const cJSON *chat)
{
	const char *type = text_member(chat, "type");

	for (int i = CHAT_OTHER + 1; i < CHAT_KIND_COUNT; i++)
		if (strcmp(kinds[i], type) == 0)
			return (enum chat_kind)i;
	return CHAT_OTHER;
}

/* One word more behind what is there, as far as it fits. */
static void
add_word(char *name, size_t cap, const char *before, const char *word)
{
	char raw[NAME_MAX_LEN + 1];
	size_t len = strlen(name);

	if (*word == '\0' || len + 2 >= cap)
		return;
	snprintf(raw, sizeof(raw), "%s%s%s", len > 0 ? " " : "", before, word);
	utf8_clean(name + len, cap - len, raw, strlen(raw), false);
}

static void
name_chat(struct updates_chat *c, const cJSON *chat)
{
	c->name[0] = '\0';
	add_word(c->name, sizeof(c->name), "", text_member(chat, "title"));
	add_word(c->name, sizeof(c->name), "", text_member(chat, "first_name"));
	add_word(c->name, sizeof(c->name), "", text_member(chat, "last_name"));
	add_word(c->name, sizeof(c->name), "@", text_member(chat, "username"));
}

static struct updates_chat *
chat_with(struct updates *u, int64_t id)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->chats[i].id == id)
			return &u->chats[i];
	if (u->n == UPDATES_CHATS_MAX)
		return NULL;
	u->chats[u->n] = (struct updates_chat){.id = id};
	return &u->chats[u->n++];
}

/* The newest update knows the newest name. */
static void
take_chat(struct updates *u, const cJSON *said)
{
	const cJSON *chat = member(said, "chat");
	int64_t id = telegram_int(chat, "id", (double)TELEGRAM_ID_MAX);
	struct updates_chat *c = id == 0 ? NULL : chat_with(u, id);

	if (c == NULL)
		return;
	c->kind = kind_of(chat);
	c->moved = c->moved || telegram_int(said, "migrate_to_chat_id", (double)TELEGRAM_ID_MAX) != 0;
	name_chat(c, chat);
}

/* Whatever the update is called (message, channel_post, my_chat_member …), what happened is a member that names its chat. */
static void
take_update(struct updates *u, const cJSON *update)
{
	const cJSON *said;

	cJSON_ArrayForEach(said, update) {
		take_chat(u, said);
		take_chat(u, member(said, "message")); /* of a callback_query */
	}
}

static void
leave_out_moved(struct updates *u)
{
	size_t kept = 0;

	for (size_t i = 0; i < u->n; i++)
		if (!u->chats[i].moved)
			u->chats[kept++] = u->chats[i];
	u->n = kept;
}

int
updates_read(struct updates *u, const struct http_result *r)
{
	struct telegram_reply reply;
	const cJSON *update, *result;
	cJSON *root;
	int rc = -1;

	u->n = 0;
	telegram_judge(&reply, r);
	snprintf(u->error, sizeof(u->error), "%s", reply.text);
	if (reply.verdict != TELEGRAM_DELIVERED)
		return -1;
	root = telegram_body(r);
	result = member(root, "result");
	snprintf(u->error, sizeof(u->error), "Telegram's answer has no list of updates");
	if (cJSON_IsArray(result)) {
		cJSON_ArrayForEach(update, result)
			take_update(u, update);
		leave_out_moved(u);
		u->error[0] = '\0';
		rc = 0;
	}
	cJSON_Delete(root);
	return rc;
}
