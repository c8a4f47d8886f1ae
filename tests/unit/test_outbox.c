/*
 * From transitions to delivered messages: commit before send, retries,
 * merging, pieces.  Its bounds: test_outbox_room.c.
 */
#include "build_config.h"

#include "outbox_unit.h"
#include "unit_log.h"

static void
add(enum signal_kind kind, const char *key, enum action action, const char *detail, double lasted)
{
	static uint32_t mark; /* of the last alert: what follows belongs to it */
	struct transition t = {
		.kind = kind, .severity = kind_severity(kind), .action = action, .key = key, .detail = detail, .lasted = lasted,
		.decided = setting.at.now, .wall = setting.at.wall, .since_wall = setting.at.wall - lasted,
	};

	t.mark = mark = action == ACTION_ALERT ? outbox_mark(&o) : mark;
	assert_int_equal(outbox_add(&o, &t), 0);
}

static void
alert(const char *dep)
{
	add(KIND_DEP, dep, ACTION_ALERT, "not answering", 0);
}

static void
recovery(const char *dep, double lasted)
{
	add(KIND_DEP, dep, ACTION_RECOVERY, "answers", lasted);
}

static void
jobs(uint64_t amount, uint64_t total)
{
	struct transition t = {
		.kind = KIND_JOB_FAILED, .action = ACTION_ALERT, .mark = outbox_mark(&o), .key = "job_failed", .detail = "",
		.decided = setting.at.now, .wall = setting.at.wall, .amount = amount, .total = total,
	};

	assert_int_equal(outbox_add(&o, &t), 0);
}

static void
failed(enum send_failure why)
{
	assert_int_equal(outbox_failed(&o, sent.seq, sent.chat, why, "why"), 0);
}

/* The message without its last line. */
static const char *
lines(const char *message)
{
	static char buf[65536];
	char *last;

	if (message != buf)
		snprintf(buf, sizeof(buf), "%s", message);
	if ((last = strrchr(buf, '\n')) != NULL)
		*last = '\0';
	return buf;
}

/* --- another name --- */

/* It is being sent to one chat under its old name: to the other it must not be two, one of which never ends. */
static void
test_what_is_being_sent_to_one_chat_is_told_to_another_by_its_new_name(void **state)
{
	struct msg_message first;

	(void)state;
	outbox_free(&o);
	outbox_open(2);
	add(KIND_CONTAINER, "container:c1", ACTION_ALERT, "exited", 0);
	assert_non_null(strstr(offer_to(0), "🔴 container c1: exited"));
	first = sent;
	assert_int_equal(outbox_rename(&o, "container:c1", "container:c2"), 0);
	at(30);
	add(KIND_CONTAINER, "container:c2", ACTION_RECOVERY, "running", 30);
	assert_string_equal(lines(offer_to(1)), "🟢 container c2: was down 22:13:20–22:13:50");
	delivered();
	/* Not sent after all, it is made anew. */
	sent = first;
	failed(SEND_UNREACHABLE);
	assert_string_equal(lines(offer_to(0)), "🟢 container c2: was down 22:13:20–22:13:50");
	delivered();
	assert_true(outbox_empty(&o));
	assert_int_equal(o.count + o.bytes + o.carried_count + o.carried_bytes, 0);
}

/* --- texts --- */

static void
test_each_transition_is_a_line_and_the_last_line_says_where_and_when(void **state)
{
	(void)state;
	add(KIND_CONTAINER, "container:api", ACTION_ALERT, "unhealthy", 0);
	assert_string_equal(offer_to(0), "🔴 container api: unhealthy\nhost1 · 22:13:20 · #bbb");
	delivered();
	at(3600);
	add(KIND_CONTAINER, "container:api", ACTION_REALERT, "unhealthy", 3600);
	assert_string_equal(lines(offer_to(0)), "🔁 container api: still unhealthy, for 1 h 0 min");
	delivered();
	at(4320);
	add(KIND_CONTAINER, "container:api", ACTION_RECOVERY, "running", 4320);
	assert_string_equal(lines(offer_to(0)), "🟢 container api: recovered after 1 h 12 min, running");
}

static void
test_in_russian_the_subject_stays_as_it_is(void **state)
{
	(void)state;
	setting.lang = LANGUAGE_RU;
	add(KIND_MEM, "mem", ACTION_RECOVERY, "занято 41 %", 4320);
	assert_string_equal(lines(offer_to(0)), "🟢 memory: восстановление через 1 ч 12 мин, занято 41 %");
}

static void
test_the_worst_comes_first(void **state)
{
	(void)state;
	recovery("dep:a", 60);
	add(KIND_AGENT, "agent:41", ACTION_ALERT, "no progress", 0);
	add(KIND_MEM, "mem", ACTION_REALERT, "full", 60);
	alert("dep:b");
	assert_string_equal(lines(offer_to(0)), "🔁 memory: still full, for 1 min\n🔴 dep b: not answering\n"
	    "🔴 agent 41: no progress\n🟢 dep a: recovered after 1 min, answers");
}

static void
test_foreign_text_is_escaped_once(void **state)
{
	(void)state;
	add(KIND_DEP, "dep:<b>", ACTION_ALERT, "a & b > c", 0);
	assert_string_equal(lines(offer_to(0)), "🔴 dep &lt;b&gt;: a &amp; b &gt; c");
	assert_int_equal(sent.format, FORMAT_HTML);
}

static void
test_an_agent_that_went_away_is_gone_not_recovered(void **state)
{
	struct transition t = {
		.kind = KIND_AGENT, .action = ACTION_RECOVERY, .farewell = FAREWELL_GONE, .key = "agent:41", .detail = "gone", .lasted = 700,
	};

	(void)state;
	assert_int_equal(outbox_add(&o, &t), 0);
	assert_memory_equal(offer_to(0), "🟢 agent 41: gone after 11 min", strlen("🟢 agent 41: gone after 11 min"));
}

static void
test_alerts_of_one_batch_share_a_mark_and_the_next_batch_has_another(void **state)
{
	uint32_t first = outbox_mark(&o);

	(void)state;
	alert("dep:a");
	assert_int_equal(outbox_mark(&o), first);
	outbox_flush(&o);
	assert_int_not_equal(outbox_mark(&o), first);
}

static void
test_every_mark_is_different_and_begins_with_a_letter(void **state)
{
	static unsigned char seen[128 * 128 * 128];
	char mark[MARK_TEXT];

	(void)state;
	for (uint32_t i = 0; i < MARKS; i++) {
		size_t n;

		outbox_mark_text(mark, i);
		n = ((size_t)mark[0] * 128 + (size_t)mark[1]) * 128 + (size_t)mark[2];
		assert_true(mark[0] >= 'a' && mark[0] <= 'z');
		assert_int_equal(seen[n]++, 0);
	}
}

/* --- credit and commit --- */

static void
test_without_credit_nothing_is_offered(void **state)
{
	(void)state;
	alert("dep:a");
	outbox_flush(&o);
	assert_int_equal(outbox_compose(&o, &setting), 0);
	keep();
	assert_int_equal(outbox_offer(&o, &setting, &sent, &text), 0);
}

static void
test_before_a_snapshot_holds_it_a_message_is_not_offered(void **state)
{
	(void)state;
	alert("dep:a");
	outbox_flush(&o);
	outbox_credit(&o, 0);
	outbox_snapshot(&o, 1); /* taken before the message was made */
	assert_int_equal(outbox_compose(&o, &setting), 1);
	outbox_confirm(&o, 1);
	assert_int_equal(outbox_offer(&o, &setting, &sent, &text), 0);
	outbox_snapshot(&o, 2);
	assert_int_equal(outbox_offer(&o, &setting, &sent, &text), 0);
	outbox_confirm(&o, 2);
	assert_int_equal(outbox_offer(&o, &setting, &sent, &text), 1);
}

static void
test_one_message_at_a_time_and_in_order(void **state)
{
	(void)state;
	alert("dep:a");
	assert_string_equal(lines(offer_to(0)), "🔴 dep a: not answering");
	alert("dep:b");
	assert_string_equal(offer_to(0), "");
	delivered();
	assert_string_equal(lines(offer_to(0)), "🔴 dep b: not answering");
	delivered();
	assert_true(outbox_empty(&o));
}

static void
test_what_is_still_being_gathered_does_not_leave(void **state)
{
	(void)state;
	alert("dep:a");
	outbox_credit(&o, 0);
	assert_int_equal(outbox_compose(&o, &setting), 0);
	assert_false(outbox_empty(&o));
}

static void
test_each_chat_has_its_own_queue(void **state)
{
	(void)state;
	outbox_free(&o);
	outbox_init(&o, 2, 0);
	alert("dep:a");
	offer_to(1);
	assert_int_equal(sent.chat, 1);
	delivered();
	assert_false(outbox_empty(&o));
	assert_string_equal(lines(offer_to(0)), "🔴 dep a: not answering");
	assert_int_equal(sent.chat, 0);
	delivered();
	assert_true(outbox_empty(&o));
}

static void
test_an_outcome_of_a_message_that_was_not_offered_is_refused(void **state)
{
	(void)state;
	assert_int_equal(outbox_delivered(&o, 1, 0), -1);
	alert("dep:a");
	offer_to(0);
	assert_int_equal(outbox_delivered(&o, sent.seq + 1, 0), -1);
	assert_int_equal(outbox_delivered(&o, sent.seq, 5), -1);
	assert_int_equal(outbox_failed(&o, sent.seq, 60000, SEND_POISON, ""), -1);
	delivered();
	assert_int_equal(outbox_delivered(&o, sent.seq, 0), -1);
}

/* --- failures --- */

static void
test_a_message_that_was_not_sent_goes_again_with_its_mark(void **state)
{
	char first[512];

	(void)state;
	alert("dep:a");
	snprintf(first, sizeof(first), "%s", offer_to(0));
	failed(SEND_NOT_SENT);
	at(5);
	assert_string_equal(offer_to(0), first);
}

static void
test_a_lost_reply_sends_the_very_same_message_again(void **state)
{
	uint64_t seq;

	(void)state;
	alert("dep:a");
	offer_to(0);
	seq = sent.seq;
	failed(SEND_UNKNOWN);
	recovery("dep:a", 30);
	assert_string_equal(lines(offer_to(0)), "🔴 dep a: not answering");
	assert_true(sent.seq == seq);
	delivered();
	assert_string_equal(lines(offer_to(0)), "🟢 dep a: recovered after 30 s, answers");
}

static void
test_what_was_over_before_it_could_be_told_is_told_in_one_line(void **state)
{
	(void)state;
	alert("dep:git");
	offer_to(0);
	failed(SEND_NOT_SENT);
	at(420);
	recovery("dep:git", 420);
	assert_string_equal(offer_to(0), "🟢 dep git: was down 22:13–22:20, told late\nhost1 · 22:20:20 · #bbb");
}

static void
test_several_incidents_that_were_over_are_one_line(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		at(i * 600);
		alert("dep:git");
		outbox_flush(&o);
		at(i * 600 + 300);
		recovery("dep:git", 300);
		outbox_flush(&o);
	}
	assert_string_equal(lines(offer_to(0)), "🟢 dep git: was down 22:13–22:38 (3 times), told late");
}

static void
test_what_is_down_again_is_told_after_what_is_over(void **state)
{
	(void)state;
	alert("dep:git");
	outbox_flush(&o);
	at(300);
	recovery("dep:git", 300);
	outbox_flush(&o);
	at(600);
	alert("dep:git");
	assert_string_equal(lines(offer_to(0)), "🟢 dep git: was down 22:13–22:18, told late\n🔴 dep git: not answering (22:23)");
}

static void
test_repeats_that_waited_collapse(void **state)
{
	(void)state;
	alert("dep:git");
	offer_to(0);
	delivered();
	for (int i = 1; i <= 5; i++) {
		at(i);
		add(KIND_DEP, "dep:git", ACTION_REALERT, "not answering", i);
		outbox_flush(&o);
	}
	assert_string_equal(lines(offer_to(0)), "🔁 dep git: still not answering, for 5 s");
	delivered();
	assert_true(outbox_empty(&o));
}

static void
test_failed_jobs_that_waited_add_up(void **state)
{
	(void)state;
	jobs(1, 5);
	outbox_flush(&o);
	jobs(3, 8);
	assert_string_equal(lines(offer_to(0)), "🔴 job_failed: 4 more jobs failed, 8 in all");
}

static void
test_a_message_that_leaves_late_says_so(void **state)
{
	(void)state;
	alert("dep:a");
	offer_to(0);
	failed(SEND_NOT_SENT);
	at(60);
	assert_string_equal(offer_to(0), "🔴 dep a: not answering\nhost1 · 22:13:20 · #bbb");
	failed(SEND_NOT_SENT);
	at(432);
	assert_string_equal(offer_to(0),
	    "🔴 dep a: not answering\ntold 7 min late, at 22:20:32\nhost1 · 22:13:20 · #bbb");
}

static void
test_a_refused_message_gets_plainer_and_is_then_set_aside(void **state)
{
	(void)state;
	add(KIND_DEP, "dep:<b>", ACTION_ALERT, "a & b", 0);
	alert("dep:b");
	offer_to(0);
	failed(SEND_POISON);
	assert_string_equal(lines(offer_to(0)), "🔴 dep <b>: a & b\n🔴 dep b: not answering");
	assert_int_equal(sent.format, FORMAT_PLAIN);
	failed(SEND_POISON);
	assert_string_equal(offer_to(0), "🔴 dep <b>\n🔴 dep b\n22:13:20");
	assert_int_equal(sent.format, FORMAT_MINIMAL);
	alert("dep:next");
	failed(SEND_POISON);
	assert_int_equal(o.set_aside, 1);
	assert_string_equal(lines(offer_to(0)), "🔴 dep next: not answering");
	assert_int_equal(sent.format, FORMAT_HTML);
}

static void
test_a_plainer_form_leaves_only_when_that_is_kept(void **state)
{
	(void)state;
	alert("dep:a");
	offer_to(0);
	failed(SEND_POISON);
	outbox_credit(&o, 0);
	assert_int_equal(outbox_offer(&o, &setting, &sent, &text), 0);
	keep();
	assert_int_equal(outbox_offer(&o, &setting, &sent, &text), 1);
}

static void
test_a_chat_that_cannot_be_used_waits_and_the_others_go_on(void **state)
{
	(void)state;
	outbox_free(&o);
	outbox_init(&o, 2, 0);
	alert("dep:a");
	offer_to(0);
	failed(SEND_CHAT);
	offer_to(1);
	delivered();
	assert_false(outbox_empty(&o));
	assert_string_equal(lines(offer_to(0)), "🔴 dep a: not answering");
}

static void
test_what_telegram_asked_to_wait_holds_for_a_new_notifier_too(void **state)
{
	(void)state;
	alert("dep:git");
	assert_string_not_equal(offer_to(0), "");
	outbox_flooded(&o, 30, 0);
	failed(SEND_NOT_SENT);
	outbox_notifier_lost(&o);
	at(29);
	assert_string_equal(offer_to(0), "");
	at(30);
	assert_string_not_equal(offer_to(0), "");
}

static void
test_no_wait_is_believed_that_is_over_a_day(void **state)
{
	(void)state;
	alert("dep:git");
	outbox_flooded(&o, 1e12, 0);
	outbox_flooded(&o, 5, 0);
	at(86000);
	assert_string_equal(offer_to(0), "");
	at(86402);
	assert_string_not_equal(offer_to(0), "");
}

static void
test_a_new_notifier_is_sent_nothing_before_it_is_ready_and_then_the_same(void **state)
{
	uint64_t seq;

	(void)state;
	alert("dep:a");
	offer_to(0);
	seq = sent.seq;
	outbox_notifier_lost(&o);
	assert_int_equal(outbox_offer(&o, &setting, &sent, &text), 0);
	assert_string_equal(lines(offer_to(0)), "🔴 dep a: not answering");
	assert_true(sent.seq == seq);
}

/* --- length --- */

/* Code points of an HTML text once its entities are parsed. */
static size_t
parsed_points(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; n++) {
		if (*s == '&')
			s = strchr(s, ';') + 1;
		else
			s += utf8_step(s, strlen(s));
	}
	return n;
}

static void
assert_fits(const char *s)
{
	assert_true(parsed_points(s) <= DIGEST_POINTS_MAX);
	assert_true(strlen(s) <= DIGEST_BYTES_MAX);
	assert_true(utf8_valid(s, strlen(s)));
}

static void
test_what_does_not_fit_goes_on_in_the_next_message_and_nothing_is_left_out(void **state)
{
	char key[64];
	unsigned found[1000] = {0};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "dep:<приём-%d>", i);
		alert(key);
	}
	for (const char *m = offer_to(0); m[0] != '\0'; m = offer_to(0)) {
		assert_fits(m);
		for (const char *s = m; (s = strstr(s, "приём-")) != NULL; s++)
			found[atoi(s + strlen("приём-"))]++;
		delivered();
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(found[i], 1);
	assert_true(outbox_empty(&o));
}

static void
test_a_line_longer_than_a_message_goes_on_in_the_next(void **state)
{
	char key[ALERT_KEY_MAX - 1] = "disk:/";
	size_t letters = 0, pieces = 0;

	(void)state;
	memset(key + 6, '&', sizeof(key) - 7);
	key[sizeof(key) - 1] = '\0';
	add(KIND_DISK, key, ACTION_ALERT, "full", 0);
	for (const char *m = offer_to(0); m[0] != '\0'; m = offer_to(0), pieces++) {
		assert_fits(m);
		for (const char *s = m; (s = strstr(s, "&amp;")) != NULL; s++)
			letters++;
		delivered();
	}
	assert_int_equal(pieces, 2);
	assert_int_equal(letters, sizeof(key) - 7);
	assert_true(outbox_empty(&o));
}

static void
test_random_messages_always_fit(void **state)
{
	static const char *const bits[] = {"&", "<", "a", "я", "語", "🔥", "\n"};
	char key[ALERT_KEY_MAX], detail[ALERT_DETAIL_MAX];
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 100; round++) {
		int left = 1 + rand_r(&seed) % 20;

		while (left-- > 0) {
			struct strbuf k = STRBUF_IN(key), d = STRBUF_IN(detail);

			strbuf_printf(&k, "disk:%d", left);
			for (int n = rand_r(&seed) % 4000; n > 0; n--)
				strbuf_puts(&k, bits[rand_r(&seed) % (int)LENGTH(bits)]);
			for (int n = rand_r(&seed) % 1000; n > 0; n--)
				strbuf_puts(&d, bits[rand_r(&seed) % (int)(LENGTH(bits) - 1)]);
			add(KIND_DISK, key, ACTION_ALERT, detail, 0);
		}
		for (const char *m = offer_to(0); m[0] != '\0'; m = offer_to(0)) {
			assert_fits(m);
			delivered();
		}
		assert_true(outbox_empty(&o));
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_each_transition_is_a_line_and_the_last_line_says_where_and_when),
		TEST(test_in_russian_the_subject_stays_as_it_is),
		TEST(test_the_worst_comes_first),
		TEST(test_foreign_text_is_escaped_once),
		TEST(test_an_agent_that_went_away_is_gone_not_recovered),
		TEST(test_alerts_of_one_batch_share_a_mark_and_the_next_batch_has_another),
		TEST(test_every_mark_is_different_and_begins_with_a_letter),
		TEST(test_without_credit_nothing_is_offered),
		TEST(test_before_a_snapshot_holds_it_a_message_is_not_offered),
		TEST(test_one_message_at_a_time_and_in_order),
		TEST(test_what_is_still_being_gathered_does_not_leave),
		TEST(test_each_chat_has_its_own_queue),
		TEST(test_an_outcome_of_a_message_that_was_not_offered_is_refused),
		TEST(test_a_message_that_was_not_sent_goes_again_with_its_mark),
		TEST(test_a_lost_reply_sends_the_very_same_message_again),
		TEST(test_what_was_over_before_it_could_be_told_is_told_in_one_line),
		TEST(test_several_incidents_that_were_over_are_one_line),
		TEST(test_what_is_down_again_is_told_after_what_is_over),
		TEST(test_repeats_that_waited_collapse),
		TEST(test_failed_jobs_that_waited_add_up),
		TEST(test_a_message_that_leaves_late_says_so),
		TEST(test_a_refused_message_gets_plainer_and_is_then_set_aside),
		TEST(test_a_plainer_form_leaves_only_when_that_is_kept),
		TEST(test_a_chat_that_cannot_be_used_waits_and_the_others_go_on),
		TEST(test_what_telegram_asked_to_wait_holds_for_a_new_notifier_too),
		TEST(test_no_wait_is_believed_that_is_over_a_day),
		TEST(test_a_new_notifier_is_sent_nothing_before_it_is_ready_and_then_the_same),
		TEST(test_what_does_not_fit_goes_on_in_the_next_message_and_nothing_is_left_out),
		TEST(test_a_line_longer_than_a_message_goes_on_in_the_next),
		TEST(test_random_messages_always_fit),
		TEST(test_what_is_being_sent_to_one_chat_is_told_to_another_by_its_new_name),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	log_set(unit_quiet, LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
