/*
 * The notifier as a process: what it sends, what it tells its brain and
 * parent, and when.
 */
#include "build_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "messages.h"
#include "net_server.h"
#include "notifier_bench.h"

#define SOON 5.0
#define FORBIDDEN "{\"ok\":false,\"error_code\":403,\"description\":\"Forbidden: bot was blocked by the user\"}"

static int
down(void **state)
{
	(void)state;
	bench_stop();
	return 0;
}

static int
up_one(void **state)
{
	(void)state;
	bench_start("1001");
	bench_link_brain();
	bench_wait(MSG_CHAT_READY, 1, SOON);
	return 0;
}

static int
up_two(void **state)
{
	(void)state;
	bench_start("1001,-100222:45");
	bench_link_brain();
	bench_wait(MSG_CHAT_READY, 2, SOON);
	return 0;
}

static int
up_without_token(void **state)
{
	(void)state;
	bench_start(NULL);
	bench_link_brain();
	bench_wait(MSG_CHAT_READY, 1, SOON);
	return 0;
}

static int
up_without_server(void **state)
{
	(void)state;
	bench_start_alone("1001");
	bench_link_brain();
	bench_wait(MSG_CHAT_READY, 1, SOON);
	return 0;
}

static void
assert_failed(unsigned nth, unsigned why, const char *text)
{
	const struct bench_event *e = bench_wait(MSG_SEND_FAILED, nth, SOON);

	assert_int_equal(e->why, why);
	if (strstr(e->text, text) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", text, e->text);
}

/* --- credit --- */

static void
each_chat_is_ready_once_after_a_link(void **state)
{
	(void)state;
	bench_run(0.3);
	assert_int_equal(bench_count(MSG_CHAT_READY), 2);
	assert_int_equal(bench.events[1].chat + bench.events[2].chat, 1);
}

static void
a_message_is_delivered_and_then_the_chat_is_ready_again(void **state)
{
	const struct bench_event *e;
	double sent;

	(void)state;
	bench_message(7, 0, FORMAT_HTML, "<b>hello</b>");
	e = bench_wait(MSG_DELIVERED, 1, SOON);
	assert_int_equal(e->seq, 7);
	assert_int_equal(e->number, 1);
	sent = e->when;
	e = bench_wait(MSG_CHAT_READY, 2, SOON);
	assert_true(e->when - sent > 1.0);
	assert_true(e->when - sent < 2.0);
}

static void
the_request_is_a_post_of_json(void **state)
{
	const struct bench_request *r;

	(void)state;
	bench_message(7, 0, FORMAT_HTML, "<b>hello</b>");
	r = bench_wait_request(1, SOON);
	assert_ptr_equal(strstr(r->head, "POST /bot" BENCH_TOKEN "/sendMessage HTTP/1.1\r\n"), r->head);
	assert_non_null(strstr(r->head, "\r\nContent-Type: application/json\r\n"));
	assert_string_equal(r->body,
	    "{\"chat_id\":1001,\"text\":\"<b>hello</b>\",\"parse_mode\":\"HTML\","
	    "\"link_preview_options\":{\"is_disabled\":true}}");
}

static void
a_message_without_credit_is_refused(void **state)
{
	(void)state;
	bench_script(HANG, NULL);
	bench_message(7, 0, FORMAT_PLAIN, "a");
	bench_message(8, 0, FORMAT_PLAIN, "b");
	assert_failed(1, SEND_NOT_SENT, "not ready");
	assert_int_equal(bench_wait(MSG_SEND_FAILED, 1, SOON)->seq, 8);
	bench_wait_request(1, SOON);
	bench_run(0.3);
	assert_int_equal(bench.nrequests, 1);
}

static void
a_message_for_no_chat_is_refused(void **state)
{
	(void)state;
	bench_message(7, 9, FORMAT_PLAIN, "a");
	assert_failed(1, SEND_CHAT, "no such chat");
}

/* --- failures --- */

static void
a_refused_connection_is_not_sent_and_tried_after_a_backoff(void **state)
{
	double first, second;

	(void)state;
	bench_message(7, 0, FORMAT_PLAIN, "a");
	assert_failed(1, SEND_UNREACHABLE, "refused");
	first = bench_wait(MSG_CHAT_READY, 2, SOON)->when - bench_wait(MSG_SEND_FAILED, 1, 0)->when;
	bench_message(7, 0, FORMAT_PLAIN, "a");
	assert_failed(2, SEND_UNREACHABLE, "refused");
	second = bench_wait(MSG_CHAT_READY, 3, SOON)->when - bench_wait(MSG_SEND_FAILED, 2, 0)->when;
	assert_true(first > 0.7 && first < 1.5);
	assert_true(second > 1.4 && second < 2.5);
}

static void
retry_forgets_the_backoff(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= 3; i++) {
		bench_message(7, 0, FORMAT_PLAIN, "a");
		bench_wait(MSG_SEND_FAILED, i, SOON);
		if (i < 3)
			bench_wait(MSG_CHAT_READY, i + 1, SOON);
	}
	bench_retry();
	bench_wait(MSG_CHAT_READY, 4, 0.5);
}

static void
a_hanging_server_costs_its_deadline_and_may_have_taken_it(void **state)
{
	double asked;

	(void)state;
	bench_script(HANG, NULL);
	bench_message(7, 0, FORMAT_PLAIN, "a");
	asked = clock_boot();
	assert_failed(1, SEND_UNKNOWN, "timeout");
	assert_true(bench_wait(MSG_SEND_FAILED, 1, 0)->when - asked < 3);
}

static void
a_reset_after_the_request_may_have_taken_it(void **state)
{
	(void)state;
	bench_script(RESET, NULL);
	bench_message(7, 0, FORMAT_PLAIN, "a");
	assert_failed(1, SEND_UNKNOWN, "");
	bench_wait(MSG_CHAT_READY, 2, SOON);
}

static void
a_truncated_reply_may_have_taken_it(void **state)
{
	(void)state;
	bench_script(TRUNCATE, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"ok\":true,");
	bench_message(7, 0, FORMAT_PLAIN, "a");
	assert_failed(1, SEND_UNKNOWN, "");
}

static void
a_200_that_is_not_ok_may_have_taken_it(void **state)
{
	(void)state;
	bench_answer(200, "", "<html>welcome to the airport</html>");
	bench_message(7, 0, FORMAT_PLAIN, "a");
	assert_failed(1, SEND_UNKNOWN, "200 without Telegram's confirmation");
}

static void
a_reply_too_large_may_have_taken_it(void **state)
{
	(void)state;
	bench_script(ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n{");
	bench_message(7, 0, FORMAT_PLAIN, "a");
	assert_failed(1, SEND_UNKNOWN, "larger than");
}

static void
a_502_page_is_tried_again(void **state)
{
	(void)state;
	bench_answer(502, "", "<html>Bad Gateway</html>");
	bench_message(7, 0, FORMAT_PLAIN, "a");
	assert_failed(1, SEND_NOT_SENT, "502");
	bench_wait(MSG_CHAT_READY, 2, SOON);
}

static void
a_redirect_is_not_followed(void **state)
{
	(void)state;
	bench_answer(302, "Location: /elsewhere\r\n", "");
	bench_message(7, 0, FORMAT_PLAIN, "a");
	assert_failed(1, SEND_NOT_SENT, "302 a redirect");
	bench_run(0.5);
	assert_int_equal(bench.nrequests, 1);
}

static void
a_text_that_is_refused_gives_credit_for_a_plainer_one(void **state)
{
	(void)state;
	bench_answer(400, "",
	    "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: can't parse entities\"}");
	bench_message(7, 0, FORMAT_HTML, "<x>");
	assert_failed(1, SEND_POISON, "can't parse entities");
	bench_wait(MSG_CHAT_READY, 2, 2);
	bench_message(7, 0, FORMAT_PLAIN, "x");
	bench_wait(MSG_DELIVERED, 1, SOON);
	assert_null(strstr(bench.requests[1].body, "parse_mode"));
}

static void
a_dead_chat_waits_while_the_other_goes_on(void **state)
{
	(void)state;
	bench_answer(403, "", FORBIDDEN);
	bench_message(7, 0, FORMAT_PLAIN, "a");
	assert_failed(1, SEND_CHAT, "403 Forbidden: bot was blocked by the user");
	bench_message(8, 1, FORMAT_PLAIN, "b");
	bench_wait(MSG_DELIVERED, 1, SOON);
	bench_wait(MSG_CHAT_READY, 3, SOON);
	bench_run(1.5);
	assert_int_equal(bench_count(MSG_CHAT_READY), 3);
	/* The first time the brain says so. */
	assert_false(bench_logged("1 chat 1: "));
}

static void
a_wrong_token_stops_every_chat(void **state)
{
	(void)state;
	bench_answer(401, "", "{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}");
	bench_message(7, 0, FORMAT_PLAIN, "a");
	assert_failed(1, SEND_CHAT, "401 Unauthorized: the token is wrong");
	bench_message(8, 1, FORMAT_PLAIN, "b");
	assert_failed(2, SEND_NOT_SENT, "waiting");
	bench_run(1.5);
	assert_int_equal(bench_count(MSG_CHAT_READY), 2);
	assert_int_equal(bench.nrequests, 1);
}

/* --- flood --- */

static void
a_flood_holds_all_chats_for_what_was_asked(void **state)
{
	double asked;

	(void)state;
	bench_answer(429, "Retry-After: 1\r\n", "{\"ok\":false,\"error_code\":429,\"parameters\":{\"retry_after\":2}}");
	bench_message(7, 0, FORMAT_PLAIN, "a");
	asked = bench_wait(MSG_SEND_FAILED, 1, SOON)->when;
	assert_failed(1, SEND_NOT_SENT, "429");
	bench_message(8, 1, FORMAT_PLAIN, "b");
	assert_failed(2, SEND_NOT_SENT, "waiting");
	bench_retry();
	assert_true(bench_wait(MSG_CHAT_READY, 3, SOON)->when - asked >= 2);
	/* The brain keeps it for the next notifier. */
	assert_in_range(bench_wait(MSG_SEND_FAILED, 2, 0)->number, (int64_t)clock_boot() - 2, (int64_t)clock_boot() + 2);
	bench_wait(MSG_CHAT_READY, 4, 1);
	assert_int_equal(bench.nrequests, 1);
}

static void
the_header_of_a_flood_counts_too(void **state)
{
	double asked;

	(void)state;
	bench_answer(429, "Retry-After: 2\r\n", "<html>slow down</html>");
	bench_message(7, 0, FORMAT_PLAIN, "a");
	asked = bench_wait(MSG_SEND_FAILED, 1, SOON)->when;
	assert_true(bench_wait(MSG_CHAT_READY, 2, SOON)->when - asked >= 2);
}

static void
a_flood_of_years_is_shouted_and_not_believed(void **state)
{
	const struct bench_event *e;

	(void)state;
	bench_answer(429, "", "{\"ok\":false,\"error_code\":429,\"parameters\":{\"retry_after\":315360000}}");
	bench_message(7, 0, FORMAT_PLAIN, "a");
	e = bench_wait(MSG_SEND_FAILED, 1, SOON);
	assert_in_range(e->number, (int64_t)clock_boot() + 86300, (int64_t)clock_boot() + 86402);
	assert_true(bench_logged("asks to wait 315360000 s, over a day"));
}

/* --- chats that change --- */

#define MIGRATE "{\"ok\":false,\"error_code\":400," \
	"\"description\":\"Bad Request: group chat was upgraded to a supergroup chat\"," \
	"\"parameters\":{\"migrate_to_chat_id\":-100987654321}}"

static void
a_migrated_chat_is_told_and_used_at_once(void **state)
{
	(void)state;
	bench_answer(400, "", MIGRATE);
	bench_message(7, 0, FORMAT_PLAIN, "a");
	assert_true(bench_wait(MSG_CHAT_MOVED, 1, SOON)->number == -100987654321);
	assert_failed(1, SEND_NOT_SENT, "upgraded");
	bench_wait(MSG_CHAT_READY, 2, 2);
	bench_message(7, 0, FORMAT_PLAIN, "a");
	bench_wait(MSG_DELIVERED, 1, SOON);
	assert_non_null(strstr(bench.requests[1].body, "\"chat_id\":-100987654321,"));
	assert_true(bench_logged("-100987654321"));
}

static void
a_chat_that_moves_to_itself_is_unusable(void **state)
{
	(void)state;
	bench_answer(400, "", MIGRATE);
	bench_answer(400, "", MIGRATE);
	bench_message(7, 0, FORMAT_PLAIN, "a");
	bench_wait(MSG_CHAT_READY, 2, SOON);
	bench_message(7, 0, FORMAT_PLAIN, "a");
	assert_failed(2, SEND_CHAT, "upgraded");
}

static void
a_new_brain_hears_of_the_move_again(void **state)
{
	(void)state;
	bench_answer(400, "", MIGRATE);
	bench_message(7, 0, FORMAT_PLAIN, "a");
	bench_wait(MSG_CHAT_READY, 2, SOON);
	bench_link_brain();
	assert_true(bench_wait(MSG_CHAT_MOVED, 2, SOON)->number == -100987654321);
}

static void
the_brains_new_id_is_used(void **state)
{
	(void)state;
	bench_moved(0, -100555);
	bench_message(7, 0, FORMAT_PLAIN, "a");
	bench_wait(MSG_DELIVERED, 1, SOON);
	assert_non_null(strstr(bench.requests[0].body, "\"chat_id\":-100555,"));
}

static void
a_deleted_topic_falls_back_to_the_chat(void **state)
{
	(void)state;
	bench_answer(400, "",
	    "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: message thread not found\"}");
	bench_message(7, 1, FORMAT_PLAIN, "a");
	assert_failed(1, SEND_NOT_SENT, "thread not found");
	assert_non_null(strstr(bench.requests[0].body, "\"message_thread_id\":45"));
	bench_wait(MSG_CHAT_READY, 3, SOON);
	bench_message(7, 1, FORMAT_PLAIN, "a");
	bench_wait(MSG_DELIVERED, 1, SOON);
	assert_null(strstr(bench.requests[1].body, "message_thread_id"));
}

/* --- a brain started anew --- */

static void
an_attempt_of_the_old_brain_ends_in_silence_and_then_gives_credit(void **state)
{
	(void)state;
	bench_script(HANG, NULL);
	bench_message(7, 0, FORMAT_PLAIN, "a");
	bench_wait_request(1, SOON);
	bench_link_brain();
	bench_run(0.5);
	assert_int_equal(bench_count(MSG_CHAT_READY), 1);
	bench_wait(MSG_CHAT_READY, 2, SOON);
	assert_int_equal(bench_count(MSG_SEND_FAILED) + bench_count(MSG_DELIVERED), 0);
	bench_message(7, 0, FORMAT_PLAIN, "a");
	bench_wait(MSG_DELIVERED, 1, SOON);
}

static void
a_brain_that_goes_is_told_to_the_parent(void **state)
{
	(void)state;
	bench_unlink_brain();
	bench_wait(MSG_LINK_BROKEN, 1, SOON);
	bench_link_brain();
	bench_wait(MSG_CHAT_READY, 2, SOON);
}

/* --- the test message --- */

static void
a_test_message_goes_to_every_chat(void **state)
{
	const struct bench_event *e;

	(void)state;
	bench_test("this is a test");
	e = bench_wait(MSG_TEST_RESULT, 1, SOON);
	assert_int_equal(e->number, 1);
	assert_string_equal(e->text, "delivered to 2 chats");
	assert_int_equal(bench.nrequests, 2);
	assert_non_null(strstr(bench.requests[0].body, "this is a test"));
}

static void
a_test_message_tells_what_telegram_said(void **state)
{
	const struct bench_event *e;

	(void)state;
	bench_answer(401, "", "{\"ok\":false,\"error_code\":401,\"description\":\"Unauthorized\"}");
	bench_test("this is a test");
	e = bench_wait(MSG_TEST_RESULT, 1, SOON);
	assert_int_equal(e->number, 0);
	assert_string_equal(e->text, "chat 1: 401 Unauthorized: the token is wrong or was revoked");
}

static void
a_test_message_follows_a_move(void **state)
{
	(void)state;
	bench_answer(400, "", MIGRATE);
	bench_test("this is a test");
	assert_string_equal(bench_wait(MSG_TEST_RESULT, 1, SOON)->text, "delivered to 1 chat");
}

static void
one_test_message_at_a_time(void **state)
{
	const struct bench_event *e;

	(void)state;
	bench_script(HANG, NULL);
	bench_test("a");
	bench_test("b");
	e = bench_wait(MSG_TEST_RESULT, 1, SOON);
	assert_string_equal(e->text, "another test message is on its way");
	e = bench_wait(MSG_TEST_RESULT, 2, SOON);
	assert_int_equal(e->number, 0);
	assert_non_null(strstr(e->text, "chat 1: 127.0.0.1: timeout"));
}

/* --- without a token --- */

static void
without_a_token_messages_go_to_the_log_line_by_line(void **state)
{
	const struct bench_event *e;

	(void)state;
	bench_message(7, 0, FORMAT_HTML, "🔴 <b>container api</b>: a &lt; b\nhost1 · 14:02:11");
	e = bench_wait(MSG_DELIVERED, 1, SOON);
	assert_int_equal(e->seq, 7);
	assert_int_equal(e->number, 0);
	bench_wait(MSG_CHAT_READY, 2, SOON);
	assert_true(bench_logged("0 notify: 🔴 container api: a < b\n0 notify: host1 · 14:02:11\n"));
}

static void
without_a_token_nothing_of_a_long_line_is_lost(void **state)
{
	char text[5001], *at;
	size_t n = 0;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	bench_message(7, 0, FORMAT_PLAIN, text);
	bench_wait(MSG_DELIVERED, 1, SOON);
	for (at = strstr(bench.log, "notify:"); at != NULL && *at != '\0'; at++)
		n += *at == 'x';
	assert_int_equal(n, 5000);
}

static void
without_a_token_a_test_message_is_not_sent(void **state)
{
	const struct bench_event *e;

	(void)state;
	bench_test("this is a test");
	e = bench_wait(MSG_TEST_RESULT, 1, SOON);
	assert_int_equal(e->number, 0);
	assert_non_null(strstr(e->text, "WATCHDOG_TG_BOT_TOKEN is not set"));
	assert_true(bench_logged("notify: this is a test"));
}

/* --- over TLS --- */

static struct server tls_server;

static void
take_and_confirm(struct conn *c, int nth)
{
	static const char body[] = "{\"ok\":true,\"result\":{\"message_id\":9}}";

	(void)nth;
	while (conn_request(c))
		conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", sizeof(body) - 1, body);
}

/* A server whose certificate comes from one authority, a notifier that trusts this one or another. */
static void
up_with_tls(bool trusted)
{
	struct identity ours, other, id;
	const struct identity *trust[] = {trusted ? &ours : &other};

	pki_authority(&ours, "ours");
	pki_authority(&other, "other");
	pki_issue(&id, &ours, "IP:127.0.0.1", -1, 1);
	server_start(&tls_server, &(struct server_spec){.script = take_and_confirm, .tls = &id});
	bench_start_tls("1001", tls_server.port, pki_bundle("", trust, 1, ""));
	pki_free(&id);
	pki_free(&ours);
	pki_free(&other);
	bench_link_brain();
	bench_wait(MSG_CHAT_READY, 1, SOON);
}

static int
up_trusting(void **state)
{
	(void)state;
	up_with_tls(true);
	return 0;
}

static int
up_not_trusting(void **state)
{
	(void)state;
	up_with_tls(false);
	return 0;
}

static int
down_with_tls(void **state)
{
	bench_unlink_brain();
	server_stop(&tls_server);
	return down(state);
}

static void
a_message_goes_over_tls_that_is_verified(void **state)
{
	(void)state;
	bench_message(7, 0, FORMAT_PLAIN, "hello");
	assert_int_equal(bench_wait(MSG_DELIVERED, 1, SOON)->number, 9);
}

static void
a_certificate_of_somebody_elses_gets_nothing(void **state)
{
	(void)state;
	bench_message(7, 0, FORMAT_PLAIN, "hello");
	assert_failed(1, SEND_UNREACHABLE, "certificate: ");
	assert_null(strstr(server_log(&tls_server), "POST"));
}

/* --- secrets --- */

static void
a_reply_that_quotes_the_token_is_not_repeated(void **state)
{
	(void)state;
	bench_answer(403, "", "{\"ok\":false,\"description\":\"cannot POST /bot" BENCH_TOKEN "/sendMessage\"}");
	bench_message(7, 0, FORMAT_PLAIN, "a");
	assert_failed(1, SEND_CHAT, "cannot POST /bot***");
}

#define WITH(up, test) cmocka_unit_test_setup_teardown(test, up, down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(up_two, each_chat_is_ready_once_after_a_link),
		WITH(up_one, a_message_is_delivered_and_then_the_chat_is_ready_again),
		WITH(up_one, the_request_is_a_post_of_json),
		WITH(up_one, a_message_without_credit_is_refused),
		WITH(up_one, a_message_for_no_chat_is_refused),
		WITH(up_without_server, a_refused_connection_is_not_sent_and_tried_after_a_backoff),
		WITH(up_without_server, retry_forgets_the_backoff),
		WITH(up_one, a_hanging_server_costs_its_deadline_and_may_have_taken_it),
		WITH(up_one, a_reset_after_the_request_may_have_taken_it),
		WITH(up_one, a_truncated_reply_may_have_taken_it),
		WITH(up_one, a_200_that_is_not_ok_may_have_taken_it),
		WITH(up_one, a_reply_too_large_may_have_taken_it),
		WITH(up_one, a_502_page_is_tried_again),
		WITH(up_one, a_redirect_is_not_followed),
		WITH(up_one, a_text_that_is_refused_gives_credit_for_a_plainer_one),
		WITH(up_two, a_dead_chat_waits_while_the_other_goes_on),
		WITH(up_two, a_wrong_token_stops_every_chat),
		WITH(up_two, a_flood_holds_all_chats_for_what_was_asked),
		WITH(up_one, the_header_of_a_flood_counts_too),
		WITH(up_one, a_flood_of_years_is_shouted_and_not_believed),
		WITH(up_one, a_migrated_chat_is_told_and_used_at_once),
		WITH(up_one, a_chat_that_moves_to_itself_is_unusable),
		WITH(up_one, a_new_brain_hears_of_the_move_again),
		WITH(up_one, the_brains_new_id_is_used),
		WITH(up_two, a_deleted_topic_falls_back_to_the_chat),
		WITH(up_one, an_attempt_of_the_old_brain_ends_in_silence_and_then_gives_credit),
		WITH(up_one, a_brain_that_goes_is_told_to_the_parent),
		WITH(up_two, a_test_message_goes_to_every_chat),
		WITH(up_one, a_test_message_tells_what_telegram_said),
		WITH(up_one, a_test_message_follows_a_move),
		WITH(up_one, one_test_message_at_a_time),
		WITH(up_without_token, without_a_token_messages_go_to_the_log_line_by_line),
		WITH(up_without_token, without_a_token_nothing_of_a_long_line_is_lost),
		WITH(up_without_token, without_a_token_a_test_message_is_not_sent),
		cmocka_unit_test_setup_teardown(a_message_goes_over_tls_that_is_verified, up_trusting, down_with_tls),
		cmocka_unit_test_setup_teardown(a_certificate_of_somebody_elses_gets_nothing, up_not_trusting,
		    down_with_tls),
		WITH(up_one, a_reply_that_quotes_the_token_is_not_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
