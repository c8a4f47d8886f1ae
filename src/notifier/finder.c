/*
 * The chats that wrote to the bot.  Trusts what courier.c gives it: chats
 * that updates.c has read and cleaned, without the token.
 */
#include "build_config.h"

#include <stdio.h>

#include "finder.h"

static void
tell_end(struct role *role, bool ok, const char *text)
{
	ROLE_SEND(role, ROLE_PARENT, FOUND_END, found_end, 0, .ok = ok, .text = text);
}

static void
on_updates(void *ctx, const struct updates *u)
{
	struct role *role = ctx;

	if (u->error[0] != '\0') {
		tell_end(role, false, u->error);
		return;
	}
	for (size_t i = 0; i < u->n; i++)
		ROLE_SEND(role, ROLE_PARENT, FOUND, found, 0, .chat_id = u->chats[i].id, .kind = (uint8_t)u->chats[i].kind,
		    .name = u->chats[i].name);
	if (u->n == 0)
		tell_end(role, false, "nobody has written to this bot in the last 24 hours: write to it, or let it into the group "
		    "and write /start there, then ask again");
	else
		tell_end(role, true, "put the id of the chat that is to be told into WATCHDOG_TG_CHAT_ID, then try watchdog -t");
}

void
finder_start(struct role *role, struct courier *c)
{
	if (courier_updates(c, on_updates, role) == -1)
		tell_end(role, false, "the question could not be sent: out of memory, or another is on its way");
}
