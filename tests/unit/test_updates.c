/*
 * The chats that are in an answer to getUpdates.
 */
#include "build_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "updates.h"
#include "utf8.h"

static struct updates u;

static int
answer(long status, const char *body)
{
	struct http_result r = {.outcome = HTTP_ANSWERED, .status = status, .body = body, .body_len = strlen(body), .error = ""};

	return updates_read(&u, &r);
}

static int
updates(const char *list)
{
	static char body[UPDATES_REPLY_MAX];

	assert_true(snprintf(body, sizeof(body), "{\"ok\":true,\"result\":[%s]}", list) < (int)sizeof(body));
	return answer(200, body);
}

#define CHAT(MEMBERS) "{\"update_id\":1,\"message\":{\"message_id\":1,\"text\":\"/start\",\"chat\":{" MEMBERS "}}}"

static void
each_kind_of_chat_has_its_id_kind_and_name(void **state)
{
	static const struct updates_chat expected[] = {
		{17, CHAT_PRIVATE, "Ann Lee @ann", false}, {-5, CHAT_GROUP, "Ops", false},
		{-1001234567890, CHAT_SUPERGROUP, "Ops alerts @ops", false}, {-1009, CHAT_CHANNEL, "News", false},
		{-3, CHAT_OTHER, "", false},
	};

	(void)state;
	assert_int_equal(updates(
	    CHAT("\"id\":17,\"type\":\"private\",\"first_name\":\"Ann\",\"last_name\":\"Lee\",\"username\":\"ann\"") ","
	    CHAT("\"id\":-5,\"type\":\"group\",\"title\":\"Ops\"") ","
	    CHAT("\"id\":-1001234567890,\"type\":\"supergroup\",\"title\":\"Ops alerts\",\"username\":\"ops\"") ","
	    "{\"update_id\":2,\"channel_post\":{\"chat\":{\"id\":-1009,\"type\":\"channel\",\"title\":\"News\"}}},"
	    "{\"update_id\":3,\"callback_query\":{\"message\":{\"chat\":{\"id\":-3,\"type\":\"hall\"}}}}"), 0);
	assert_int_equal(u.n, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < u.n; i++) {
		assert_true(u.chats[i].id == expected[i].id);
		assert_int_equal(u.chats[i].kind, expected[i].kind);
		assert_string_equal(u.chats[i].name, expected[i].name);
	}
	assert_string_equal(u.error, "");
}

static void
a_chat_is_there_once_with_its_newest_name(void **state)
{
	(void)state;
	assert_int_equal(updates(CHAT("\"id\":-5,\"type\":\"group\",\"title\":\"Old\"") ","
	    "{\"my_chat_member\":{\"chat\":{\"id\":-5,\"type\":\"group\",\"title\":\"New\"}}}"), 0);
	assert_int_equal(u.n, 1);
	assert_string_equal(u.chats[0].name, "New");
}

static void
a_group_that_became_a_supergroup_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(updates("{\"message\":{\"migrate_to_chat_id\":-1007,\"chat\":{\"id\":-5,\"type\":\"group\"}}},"
	    CHAT("\"id\":-1007,\"type\":\"supergroup\",\"title\":\"Ops\"") ","
	    CHAT("\"id\":-5,\"type\":\"group\"")), 0);
	assert_int_equal(u.n, 1);
	assert_true(u.chats[0].id == -1007);
}

static void
no_updates_are_no_error(void **state)
{
	(void)state;
	assert_int_equal(updates(""), 0);
	assert_int_equal(u.n, 0);
}

static void
what_is_no_chat_is_passed_over(void **state)
{
	static const char *const bad[] = {"7", "null", "[]", "{}", "{\"message\":null}", "{\"message\":{\"chat\":5}}",
	    "{\"message\":[[]]}", CHAT("\"id\":\"17\""), CHAT("\"id\":0"), CHAT("\"id\":1.5"), CHAT("\"id\":1e300"),
	    CHAT("\"type\":\"private\"")};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(updates(bad[i]), 0);
		assert_int_equal(u.n, 0);
	}
	assert_int_equal(updates(CHAT("\"id\":4,\"type\":9,\"title\":{\"a\":1},\"username\":null")), 0);
	assert_int_equal(u.n, 1);
	assert_string_equal(u.chats[0].name, "");
}

static void
a_name_cannot_steer_a_terminal(void **state)
{
	(void)state;
	assert_int_equal(updates(CHAT("\"id\":4,\"title\":\"a\\u001b[31m\\nb\\u202ec\xff\"")), 0);
	assert_string_equal(u.chats[0].name, "a [31m b?c?");
}

static void
a_long_name_is_cut_at_a_letter(void **state)
{
	static char list[8192];
	char title[2049];

	(void)state;
	for (size_t i = 0; i < sizeof(title) - 1; i += 2)
		memcpy(title + i, "ж", 2);
	title[sizeof(title) - 1] = '\0';
	snprintf(list, sizeof(list), CHAT("\"id\":4,\"title\":\"%s\",\"username\":\"u\""), title);
	assert_int_equal(updates(list), 0);
	assert_true(utf8_valid(u.chats[0].name, strlen(u.chats[0].name)));
	assert_in_range(strlen(u.chats[0].name), NAME_MAX_LEN - 4, NAME_MAX_LEN);
}

static void
more_chats_than_can_be_asked_for_are_cut(void **state)
{
	static char list[UPDATES_REPLY_MAX - 64];
	size_t len = 0;

	(void)state;
	for (int i = 1; i <= 3 * UPDATES_CHATS_MAX; i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s" CHAT("\"id\":%d"), i > 1 ? "," : "", i);
	assert_int_equal(updates(list), 0);
	assert_int_equal(u.n, UPDATES_CHATS_MAX);
}

static void
refused(long status, const char *body, const char *says)
{
	assert_int_equal(answer(status, body), -1);
	if (strstr(u.error, says) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", u.error, says);
	assert_int_equal(u.n, 0);
}

static void
an_answer_without_a_list_says_why(void **state)
{
	(void)state;
	refused(200, "{\"ok\":true}", "no list");
	refused(200, "{\"ok\":true,\"result\":{\"message_id\":1}}", "no list");
	refused(200, "<html>", "without Telegram's confirmation");
	refused(200, "{\"ok\":true,\"result\":[", "without Telegram's confirmation");
	refused(401, "{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}", "the token is wrong or was revoked");
	refused(502, "<html>", "not Telegram's");
}

static void
a_conflict_says_with_whom(void **state)
{
	(void)state;
	refused(409, "{\"ok\":false,\"error_code\":409,\"description\":\"Conflict: can't use getUpdates method while webhook is "
	    "active; use deleteWebhook to delete the webhook first\"}", "use a bot of its own");
	refused(409, "{\"ok\":false,\"error_code\":409,\"description\":\"Conflict: terminated by other getUpdates request; make "
	    "sure that only one bot instance is running\"}", "another program");
}

static void
no_answer_says_why(void **state)
{
	struct http_result r = {.outcome = HTTP_NOT_SENT, .error = "connection refused"};

	(void)state;
	assert_int_equal(updates_read(&u, &r), -1);
	assert_string_equal(u.error, "connection refused");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_chat_has_its_id_kind_and_name),
		cmocka_unit_test(a_chat_is_there_once_with_its_newest_name),
		cmocka_unit_test(a_group_that_became_a_supergroup_is_left_out),
		cmocka_unit_test(no_updates_are_no_error),
		cmocka_unit_test(what_is_no_chat_is_passed_over),
		cmocka_unit_test(a_name_cannot_steer_a_terminal),
		cmocka_unit_test(a_long_name_is_cut_at_a_letter),
		cmocka_unit_test(more_chats_than_can_be_asked_for_are_cut),
		cmocka_unit_test(an_answer_without_a_list_says_why),
		cmocka_unit_test(a_conflict_says_with_whom),
		cmocka_unit_test(no_answer_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
