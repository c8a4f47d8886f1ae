/*
 * Requests to Telegram and the meaning of its replies.
 */
#include "build_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "telegram.h"
#include "utf8.h"

/* --- chats --- */

static struct telegram_chat
chat(const char *text)
{
	struct telegram_chat c;

	assert_int_equal(telegram_chat_parse(&c, text), 0);
	return c;
}

static void
a_chat_is_a_number_or_a_name(void **state)
{
	(void)state;
	assert_true(chat("4503599627370495").id == 4503599627370495);
	assert_true(chat("-1001234567890").id == -1001234567890);
	assert_string_equal(chat("@alerts_1").name, "@alerts_1");
	assert_int_equal(chat("@alerts_1").id, 0);
}

static void
a_topic_follows_a_colon(void **state)
{
	(void)state;
	assert_int_equal(chat("-100123:45").thread, 45);
	assert_int_equal(chat("@forum:45").thread, 45);
	assert_int_equal(chat("-100123").thread, 0);
}

static void
the_general_topic_is_not_named(void **state)
{
	(void)state;
	assert_int_equal(chat("-100123:1").thread, 0);
}

static void
what_is_no_chat_is_refused(void **state)
{
	static const char *const bad[] = {"", "0", "-", "12a", "1 2", "+5", "@", "@a b", "alerts", "-100123:",
	    "-100123:x", "-100123:0",
	    "-100123:-4", "-100123:4:5", "99999999999999999999", "9007199254740993", "@a:", " 1"};
	struct telegram_chat c;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (telegram_chat_parse(&c, bad[i]) != -1)
			fail_msg("\"%s\" was taken", bad[i]);
}

static void
a_name_too_long_is_refused(void **state)
{
	char name[200];
	struct telegram_chat c;

	(void)state;
	memset(name, 'a', sizeof(name));
	name[0] = '@';
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(telegram_chat_parse(&c, name), -1);
}

static void
groups_and_channels_are_groups_people_are_not(void **state)
{
	struct telegram_chat person = chat("12345"), group = chat("-100123"), channel = chat("@news");

	(void)state;
	assert_false(telegram_chat_is_group(&person));
	assert_true(telegram_chat_is_group(&group));
	assert_true(telegram_chat_is_group(&channel));
}

/* --- requests --- */

#define PREVIEW_OFF "\"link_preview_options\":{\"is_disabled\":true}"

static void
assert_request(const char *to, struct msg_message m, const char *expected)
{
	struct telegram_chat c = chat(to);
	char *json = telegram_request(&c, &m);

	assert_non_null(json);
	assert_string_equal(json, expected);
	free(json);
}

static void
a_plain_message_has_chat_and_text_and_no_preview(void **state)
{
	(void)state;
	assert_request("-1001234567890", (struct msg_message){.format = FORMAT_PLAIN, .text = "hi"},
	    "{\"chat_id\":-1001234567890,\"text\":\"hi\"," PREVIEW_OFF "}");
	assert_request("1", (struct msg_message){.format = FORMAT_MINIMAL, .text = "hi"},
	    "{\"chat_id\":1,\"text\":\"hi\"," PREVIEW_OFF "}");
}

static void
html_is_said_for_html_alone(void **state)
{
	(void)state;
	assert_request("1", (struct msg_message){.format = FORMAT_HTML, .text = "<b>x</b>"},
	    "{\"chat_id\":1,\"text\":\"<b>x</b>\",\"parse_mode\":\"HTML\"," PREVIEW_OFF "}");
}

static void
a_name_goes_as_a_string(void **state)
{
	(void)state;
	assert_request("@news", (struct msg_message){.format = FORMAT_PLAIN, .text = "x"},
	    "{\"chat_id\":\"@news\",\"text\":\"x\"," PREVIEW_OFF "}");
}

static void
a_topic_is_named_by_its_thread(void **state)
{
	(void)state;
	assert_request("-100123:45", (struct msg_message){.format = FORMAT_PLAIN, .text = "x"},
	    "{\"chat_id\":-100123,\"text\":\"x\",\"message_thread_id\":45," PREVIEW_OFF "}");
}

static void
silence_and_reply_are_asked_for(void **state)
{
	(void)state;
	assert_request("1", (struct msg_message){.format = FORMAT_PLAIN, .text = "x", .silent = 1, .reply_to = 77},
	    "{\"chat_id\":1,\"text\":\"x\",\"disable_notification\":true," PREVIEW_OFF
	    ",\"reply_parameters\":{\"message_id\":77,\"allow_sending_without_reply\":true}}");
}

static void
large_ids_are_written_as_digits(void **state)
{
	(void)state;
	assert_request("-4503599627370496", (struct msg_message){.format = FORMAT_PLAIN, .text = "x",
	    .reply_to = 1000000000000000},
	    "{\"chat_id\":-4503599627370496,\"text\":\"x\"," PREVIEW_OFF
	    ",\"reply_parameters\":{\"message_id\":1000000000000000,\"allow_sending_without_reply\":true}}");
}

static void
text_is_escaped_as_json(void **state)
{
	(void)state;
	assert_request("1", (struct msg_message){.format = FORMAT_PLAIN, .text = "a\"b\\c\nd\x01🔴"},
	    "{\"chat_id\":1,\"text\":\"a\\\"b\\\\c\\nd\\u0001🔴\"," PREVIEW_OFF "}");
}

static void
the_target_joins_api_and_token(void **state)
{
	char *t = telegram_target("https://api.telegram.org", "1:a", "sendMessage"),
	    *slash = telegram_target("http://127.0.0.1:8081/x//", "1:a", "sendMessage");

	(void)state;
	assert_string_equal(t, "https://api.telegram.org/bot1:a/sendMessage");
	assert_string_equal(slash, "http://127.0.0.1:8081/x/bot1:a/sendMessage");
	free(t);
	free(slash);
}

/* --- replies --- */

static struct telegram_reply
judge(long status, const char *body)
{
	struct http_result r = {.outcome = HTTP_ANSWERED, .status = status, .body = body, .body_len = strlen(body),
	    .error = ""};
	struct telegram_reply reply;

	telegram_judge(&reply, &r);
	assert_true(utf8_valid(reply.text, strlen(reply.text)));
	return reply;
}

#define REFUSED(code, description) "{\"ok\":false,\"error_code\":" #code ",\"description\":\"" description "\"}"

static const struct {
	long status;
	const char *body;
	enum telegram_verdict verdict;
	const char *text; /* what a person reads begins so */
} table[] = {
	{200, "{\"ok\":true,\"result\":{\"message_id\":123}}", TELEGRAM_DELIVERED, "delivered"},
	{200, " {\"result\":{\"message_id\":123},\"ok\":true} \n", TELEGRAM_DELIVERED, "delivered"},
	/* A 200 that does not say ok is a lost reply. */
	{200, "", TELEGRAM_LOST, "200 without Telegram's confirmation"},
	{200, "<html>ok</html>", TELEGRAM_LOST, "200 without"},
	{200, "{\"ok\":false}", TELEGRAM_LOST, "200 without"},
	{200, "{\"ok\":1}", TELEGRAM_LOST, "200 without"},
	{200, "{\"ok\":\"true\"}", TELEGRAM_LOST, "200 without"},
	{200, "{\"ok\":null}", TELEGRAM_LOST, "200 without"},
	{200, "[{\"ok\":true}]", TELEGRAM_LOST, "200 without"},
	{200, "true", TELEGRAM_LOST, "200 without"},
	{200, "{\"ok\":true", TELEGRAM_LOST, "200 without"},
	{200, "{\"ok\":true}{\"ok\":true}", TELEGRAM_LOST, "200 without"},
	{200, "{\"OK\":true}", TELEGRAM_LOST, "200 without"},
	{200, "{\"ok\":false,\"ok\":true}", TELEGRAM_LOST, "200 without"},
	{204, "{\"ok\":true}", TELEGRAM_LOST, "204 without"},
	/* About this text. */
	{400, REFUSED(400, "Bad Request: can't parse entities: Unsupported start tag \\\"x\\\" at byte offset 3"),
	    TELEGRAM_POISON,
	    "400 Bad Request: can't parse entities: Unsupported start tag \"x\" at byte offset 3"},
	{400, REFUSED(400, "Bad Request: message is too long"), TELEGRAM_POISON,
	    "400 Bad Request: message is too long"},
	{400, REFUSED(400, "Bad Request: message text is empty"), TELEGRAM_POISON, "400 Bad Request"},
	{400, REFUSED(400, "Bad Request: strings must be encoded in UTF-8"), TELEGRAM_POISON, "400 Bad Request"},
	{400, REFUSED(400, "something new"), TELEGRAM_POISON, "400 something new"},
	{400, "{\"ok\":false}", TELEGRAM_POISON, "400 without a reason"},
	{400, "{\"ok\":false,\"description\":17}", TELEGRAM_POISON, "400 without a reason"},
	{413, REFUSED(413, "Request Entity Too Large"), TELEGRAM_POISON, "413 Request Entity Too Large"},
	/* About the chat. */
	{400, REFUSED(400, "Bad Request: chat not found"), TELEGRAM_BAD_CHAT,
	    "400 Bad Request: chat not found: the chat id is wrong"},
	{400, REFUSED(400, "Bad Request: chat_id is empty"), TELEGRAM_BAD_CHAT, "400 Bad Request: chat_id is empty"},
	{400, REFUSED(400, "Bad Request: not enough rights to send text messages to the chat"), TELEGRAM_BAD_CHAT,
	    "400 Bad Request"},
	{400, REFUSED(400, "Bad Request: CHAT_WRITE_FORBIDDEN"), TELEGRAM_BAD_CHAT, "400 Bad Request"},
	{400, REFUSED(400, "Bad Request: group chat was upgraded to a supergroup chat"), TELEGRAM_BAD_CHAT,
	    "400 Bad Request"},
	{403, REFUSED(403, "Forbidden: bot was blocked by the user"), TELEGRAM_BAD_CHAT,
	    "403 Forbidden: bot was blocked by the user"},
	{403, REFUSED(403, "Forbidden: bot was kicked from the supergroup chat"), TELEGRAM_BAD_CHAT, "403 Forbidden"},
	{400, REFUSED(400, "Bad Request: message thread not found"), TELEGRAM_NO_TOPIC,
	    "400 Bad Request: message thread not found"},
	{400, REFUSED(400, "Bad Request: TOPIC_CLOSED"), TELEGRAM_NO_TOPIC, "400 Bad Request: TOPIC_CLOSED"},
	/* About the token. */
	{401, REFUSED(401, "Unauthorized"), TELEGRAM_BAD_TOKEN, "401 Unauthorized: the token is wrong or was revoked"},
	{404, REFUSED(404, "Not Found"), TELEGRAM_BAD_TOKEN,
	    "404 Not Found: the token or WATCHDOG_TG_API_URL is wrong"},
	{421, REFUSED(421, "Misdirected Request: unallowed token specified"), TELEGRAM_BAD_TOKEN, "421 Misdirected"},
	/* Not now. */
	{500, REFUSED(500, "Internal Server Error: restart"), TELEGRAM_NOT_NOW, "500 Internal Server Error: restart"},
	{502, REFUSED(502, "Bad Gateway"), TELEGRAM_NOT_NOW, "502 Bad Gateway"},
	{502, "<html><h1>502 Bad Gateway</h1></html>", TELEGRAM_NOT_NOW, "502 with a body that is not Telegram's"},
	{503, "", TELEGRAM_NOT_NOW, "503 with a body that is not Telegram's"},
	{500, "{\"ok\":true}", TELEGRAM_NOT_NOW, "500 with a body"},
	{409, REFUSED(409, "Conflict: terminated by other getUpdates request"), TELEGRAM_NOT_NOW, "409 Conflict"},
	{302, "", TELEGRAM_NOT_NOW, "302 with a body"},
	/* A proxy's page says nothing about the message or the chat. */
	{400, "<html>400 Bad Request</html>", TELEGRAM_NOT_NOW, "400 with a body that is not Telegram's"},
	{403, "<html>access denied</html>", TELEGRAM_NOT_NOW, "403 with a body that is not Telegram's"},
	{404, "", TELEGRAM_NOT_NOW, "404 with a body that is not Telegram's"},
	{400, "{\"error\":\"chat not found\"}", TELEGRAM_NOT_NOW, "400 with a body that is not Telegram's"},
	/* Flood. */
	{429, REFUSED(429, "Too Many Requests: retry after 5"), TELEGRAM_FLOOD, "429 Too Many Requests: retry after 5"},
	{429, "<html>slow down</html>", TELEGRAM_FLOOD, "429 Too Many Requests"},
};

static void
each_reply_means_what_the_table_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct telegram_reply reply = judge(table[i].status, table[i].body);

		if (reply.verdict != table[i].verdict || strncmp(reply.text, table[i].text, strlen(table[i].text)) != 0)
			fail_msg("%ld %s: verdict %d, \"%s\"", table[i].status, table[i].body, (int)reply.verdict,
			    reply.text);
	}
}

static void
each_end_without_an_answer_means_what_the_table_says(void **state)
{
	static const struct {
		enum http_outcome outcome;
		enum telegram_verdict verdict;
	} ends[] = {
		{HTTP_NOT_SENT, TELEGRAM_UNREACHABLE},
		{HTTP_TIMEOUT_BEFORE, TELEGRAM_UNREACHABLE},
		{HTTP_LOST, TELEGRAM_LOST},
		{HTTP_TIMEOUT_AFTER, TELEGRAM_LOST},
		{HTTP_TOO_LARGE, TELEGRAM_LOST},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct http_result r = {.outcome = ends[i].outcome, .error = "connection refused"};
		struct telegram_reply reply;

		telegram_judge(&reply, &r);
		assert_int_equal(reply.verdict, ends[i].verdict);
		assert_string_equal(reply.text, "connection refused");
	}
}

static void
the_message_id_is_kept_exactly(void **state)
{
	(void)state;
	assert_int_equal(judge(200, "{\"ok\":true,\"result\":{\"message_id\":123}}").message_id, 123);
	assert_true(judge(200,
	    "{\"ok\":true,\"result\":{\"message_id\":4503599627370497}}").message_id == 4503599627370497);
}

static void
a_message_id_of_a_wrong_type_costs_the_id_alone(void **state)
{
	static const char *const odd[] = {"{\"ok\":true}", "{\"ok\":true,\"result\":true}",
	    "{\"ok\":true,\"result\":[]}",
	    "{\"ok\":true,\"result\":{\"message_id\":\"1\"}}", "{\"ok\":true,\"result\":{\"message_id\":1.5}}",
	    "{\"ok\":true,\"result\":{\"message_id\":1e300}}", "{\"ok\":true,\"result\":{\"message_id\":-1e999}}",
	    "{\"ok\":true,\"result\":{\"message_id\":null}}"};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		assert_int_equal(judge(200, odd[i]).verdict, TELEGRAM_DELIVERED);
		assert_int_equal(judge(200, odd[i]).message_id, 0);
	}
}

static struct telegram_reply
judge_flood(const char *body, double header)
{
	struct http_result r = {.outcome = HTTP_ANSWERED, .status = 429, .body = body, .body_len = strlen(body),
	    .retry_after = header, .error = ""};
	struct telegram_reply reply;

	telegram_judge(&reply, &r);
	assert_int_equal(reply.verdict, TELEGRAM_FLOOD);
	return reply;
}

#define RETRY_AFTER(n) "{\"ok\":false,\"parameters\":{\"retry_after\":" #n "}}"

static void
the_wait_comes_from_body_or_header_the_larger(void **state)
{
	(void)state;
	assert_true(judge_flood(RETRY_AFTER(7), 0).retry_after == 7);
	assert_true(judge_flood("<html>", 9).retry_after == 9);
	assert_true(judge_flood(RETRY_AFTER(7), 9).retry_after == 9);
	assert_true(judge_flood(RETRY_AFTER(70), 9).retry_after == 70);
	assert_true(judge_flood(RETRY_AFTER(86401), 0).retry_after == 86401);
}

static void
an_absurd_wait_is_none_or_the_longest(void **state)
{
	(void)state;
	assert_true(judge_flood(RETRY_AFTER(-5), 0).retry_after == 0);
	assert_true(judge_flood(RETRY_AFTER("5"), 0).retry_after == 0);
	assert_true(judge_flood(RETRY_AFTER(1e999), 0).retry_after == TELEGRAM_WAIT_MAX);
	assert_true(judge_flood("{\"ok\":false,\"parameters\":7}", 0).retry_after == 0);
}

static void
a_move_gives_the_new_id(void **state)
{
	struct telegram_reply reply = judge(400,
	    "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: group chat was upgraded to a "
	    "supergroup chat\",\"parameters\":{\"migrate_to_chat_id\":-1001234567890123}}");

	(void)state;
	assert_int_equal(reply.verdict, TELEGRAM_MOVED);
	assert_true(reply.new_id == -1001234567890123);
}

static void
a_move_to_nowhere_is_none(void **state)
{
	static const char *const odd[] = {"\"-100\"", "0", "-1.5", "1e300", "null", "{}"};
	char body[200];

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		snprintf(body, sizeof(body),
		    "{\"ok\":false,\"description\":\"chat not found\",\"parameters\":{\"migrate_to_chat_id\":%s}}",
		    odd[i]);
		assert_int_equal(judge(400, body).verdict, TELEGRAM_BAD_CHAT);
	}
	assert_int_equal(judge(403, "{\"ok\":false,\"parameters\":{\"migrate_to_chat_id\":-5}}").verdict,
	    TELEGRAM_BAD_CHAT);
}

static void
words_of_a_reply_are_cleaned_and_cut(void **state)
{
	char body[3000] = "{\"ok\":false,\"description\":\"a\\nb\\u001b[31m\xff ";
	size_t len = strlen(body);

	(void)state;
	memset(body + len, 'z', 2000);
	strcpy(body + len + 2000, "\"}");
	assert_true(strncmp(judge(403, body).text, "403 a b [31m? zzz", 17) == 0);
	assert_true(strlen(judge(403, body).text) < 400);
}

static void
a_nul_in_the_body_is_no_json(void **state)
{
	struct http_result r = {.outcome = HTTP_ANSWERED, .status = 200, .body = "{\"ok\":true}\0x", .body_len = 13,
	    .error = ""};
	struct telegram_reply reply;

	(void)state;
	telegram_judge(&reply, &r);
	assert_int_equal(reply.verdict, TELEGRAM_LOST);
}

static void
a_deep_or_wide_body_does_no_harm(void **state)
{
	char *body = malloc(TELEGRAM_REPLY_MAX + 1);

	(void)state;
	assert_non_null(body);
	memset(body, '[', TELEGRAM_REPLY_MAX);
	body[TELEGRAM_REPLY_MAX] = '\0';
	assert_int_equal(judge(200, body).verdict, TELEGRAM_LOST);
	for (size_t i = 0; i + 4 < TELEGRAM_REPLY_MAX; i += 5)
		memcpy(body + i, "{\"a\":", 5);
	assert_int_equal(judge(403, body).verdict, TELEGRAM_NOT_NOW);
	free(body);
}

static void
the_brain_hears_what_it_can_act_on(void **state)
{
	(void)state;
	assert_int_equal(telegram_failure(TELEGRAM_UNREACHABLE), SEND_UNREACHABLE);
	assert_int_equal(telegram_failure(TELEGRAM_NOT_NOW), SEND_NOT_SENT);
	assert_int_equal(telegram_failure(TELEGRAM_FLOOD), SEND_NOT_SENT);
	assert_int_equal(telegram_failure(TELEGRAM_MOVED), SEND_NOT_SENT);
	assert_int_equal(telegram_failure(TELEGRAM_NO_TOPIC), SEND_NOT_SENT);
	assert_int_equal(telegram_failure(TELEGRAM_LOST), SEND_UNKNOWN);
	assert_int_equal(telegram_failure(TELEGRAM_POISON), SEND_POISON);
	assert_int_equal(telegram_failure(TELEGRAM_BAD_CHAT), SEND_CHAT);
	assert_int_equal(telegram_failure(TELEGRAM_BAD_TOKEN), SEND_CHAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chat_is_a_number_or_a_name),
		cmocka_unit_test(a_topic_follows_a_colon),
		cmocka_unit_test(the_general_topic_is_not_named),
		cmocka_unit_test(what_is_no_chat_is_refused),
		cmocka_unit_test(a_name_too_long_is_refused),
		cmocka_unit_test(groups_and_channels_are_groups_people_are_not),
		cmocka_unit_test(a_plain_message_has_chat_and_text_and_no_preview),
		cmocka_unit_test(html_is_said_for_html_alone),
		cmocka_unit_test(a_name_goes_as_a_string),
		cmocka_unit_test(a_topic_is_named_by_its_thread),
		cmocka_unit_test(silence_and_reply_are_asked_for),
		cmocka_unit_test(large_ids_are_written_as_digits),
		cmocka_unit_test(text_is_escaped_as_json),
		cmocka_unit_test(the_target_joins_api_and_token),
		cmocka_unit_test(each_reply_means_what_the_table_says),
		cmocka_unit_test(each_end_without_an_answer_means_what_the_table_says),
		cmocka_unit_test(the_message_id_is_kept_exactly),
		cmocka_unit_test(a_message_id_of_a_wrong_type_costs_the_id_alone),
		cmocka_unit_test(the_wait_comes_from_body_or_header_the_larger),
		cmocka_unit_test(an_absurd_wait_is_none_or_the_longest),
		cmocka_unit_test(a_move_gives_the_new_id),
		cmocka_unit_test(a_move_to_nowhere_is_none),
		cmocka_unit_test(words_of_a_reply_are_cleaned_and_cut),
		cmocka_unit_test(a_nul_in_the_body_is_no_json),
		cmocka_unit_test(a_deep_or_wide_body_does_no_harm),
		cmocka_unit_test(the_brain_hears_what_it_can_act_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
