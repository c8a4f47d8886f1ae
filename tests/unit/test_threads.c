/*
 * What replies to what, and what makes no sound.
 */
#include "build_config.h"

#include "outbox_unit.h"
#include "unit_log.h"

static int
setup_two(void **state)
{
	(void)state;
	outbox_open(2);
	o.silent = SILENT_RECOVERY | SILENT_WARNING;
	return 0;
}

static void
add(enum signal_kind kind, const char *key, enum action action, uint32_t mark)
{
	struct transition t = {
		.kind = kind, .severity = kind_severity(kind), .action = action, .key = key, .detail = "why", .mark = mark,
		.decided = setting.at.now, .wall = setting.at.wall, .since_wall = setting.at.wall,
	};

	assert_int_equal(outbox_add(&o, &t), 0);
}

/* Offer chat's next message; 0 if there is none. */
static int
offer(unsigned chat)
{
	return offer_to(chat)[0] != '\0';
}

static void
delivered_as(int64_t id)
{
	outbox_told_as(&o, sent.seq, sent.chat, id);
	delivered();
}

static void
tell(unsigned chat, int64_t id)
{
	assert_int_equal(offer(chat), 1);
	delivered_as(id);
}

static void
test_what_follows_replies_to_the_alert_in_each_chat(void **state)
{
	(void)state;
	add(KIND_DEP, "dep:git", ACTION_ALERT, 5);
	tell(0, 100);
	tell(1, 7);
	add(KIND_DEP, "dep:git", ACTION_REALERT, 5);
	tell(0, 101);
	assert_true(sent.reply_to == 100);
	tell(1, 8);
	assert_true(sent.reply_to == 7);
	add(KIND_DEP, "dep:git", ACTION_RECOVERY, 5);
	tell(0, 102);
	assert_true(sent.reply_to == 100);
	add(KIND_DEP, "dep:git", ACTION_ALERT, 6);
	assert_int_equal(offer(0), 1);
	assert_true(sent.reply_to == 0);
}

static void
test_a_message_replies_to_the_incident_of_its_first_line(void **state)
{
	(void)state;
	add(KIND_DEP, "dep:a", ACTION_ALERT, 5);
	tell(0, 100);
	add(KIND_DEP, "dep:b", ACTION_ALERT, 6);
	tell(0, 101);
	add(KIND_DEP, "dep:b", ACTION_RECOVERY, 6);
	add(KIND_DEP, "dep:a", ACTION_RECOVERY, 5);
	tell(0, 102);
	assert_true(sent.reply_to == 101);
	add(KIND_DEP, "dep:b", ACTION_RECOVERY, 6);
	add(KIND_DEP, "dep:c", ACTION_ALERT, 7);
	tell(0, 103);
	assert_true(sent.reply_to == 0);
}

static void
test_a_message_whose_id_nobody_said_has_no_replies(void **state)
{
	(void)state;
	add(KIND_DEP, "dep:a", ACTION_ALERT, 5);
	tell(0, 0);
	add(KIND_DEP, "dep:a", ACTION_RECOVERY, 5);
	tell(0, 1);
	assert_true(sent.reply_to == 0);
}

static void
test_further_pieces_reply_to_the_first_and_later_news_too(void **state)
{
	static char key[ALERT_KEY_MAX];

	(void)state;
	memset(key, 'x', sizeof(key) - 1);
	memcpy(key, "disk:/", 6);
	key[4300] = '\0';
	add(KIND_DISK, key, ACTION_ALERT, 5);
	tell(0, 100);
	assert_true(sent.reply_to == 0);
	tell(0, 101);
	assert_true(sent.reply_to == 100);
	add(KIND_DISK, key, ACTION_RECOVERY, 5);
	tell(0, 102);
	assert_true(sent.reply_to == 100);
}

/* Thirteen messages of one storm are one incident. */
static void
test_a_storm_is_one_thread(void **state)
{
	char key[32];

	(void)state;
	for (int i = 0; i < 1500; i++) {
		snprintf(key, sizeof(key), "dep:service-%d", i);
		add(KIND_DEP, key, ACTION_ALERT, 5);
	}
	tell(0, 100);
	assert_true(sent.reply_to == 0);
	for (int id = 101; offer(0) == 1; id++) {
		assert_true(sent.reply_to == 100);
		delivered_as(id);
	}
}

static void
test_what_is_refused_is_told_without_a_reply_in_the_end(void **state)
{
	(void)state;
	add(KIND_DEP, "dep:a", ACTION_ALERT, 5);
	tell(0, 100);
	add(KIND_DEP, "dep:a", ACTION_RECOVERY, 5);
	for (int format = FORMAT_HTML; format < FORMAT_COUNT; format++) {
		assert_int_equal(offer(0), 1);
		assert_int_equal(sent.format, format);
		assert_true(sent.reply_to == (format == FORMAT_MINIMAL ? 0 : 100));
		assert_int_equal(outbox_failed(&o, sent.seq, 0, SEND_POISON, ""), 0);
	}
}

static void
test_a_note_above_does_not_hide_the_incident(void **state)
{
	struct transition t = {.kind = KIND_WATCHDOG, .action = ACTION_NOTE, .key = "watchdog:x", .detail = "said", .mark = 9};

	(void)state;
	add(KIND_DEP, "dep:a", ACTION_ALERT, 5);
	tell(0, 100);
	add(KIND_DEP, "dep:a", ACTION_RECOVERY, 5);
	assert_int_equal(outbox_add(&o, &t), 0);
	tell(0, 101);
	assert_true(sent.reply_to == 100);
}

static void
test_the_same_move_told_again_changes_nothing(void **state)
{
	(void)state;
	assert_true(outbox_moved(&o, 0, -1001));
	add(KIND_DEP, "dep:a", ACTION_ALERT, 5);
	tell(0, 100);
	assert_false(outbox_moved(&o, 0, -1001));
	assert_false(outbox_moved(&o, 7, -1001));
	add(KIND_DEP, "dep:a", ACTION_RECOVERY, 5);
	tell(0, 101);
	assert_true(sent.reply_to == 100);
}

static void
test_what_concerns_one_chat_is_told_there_alone(void **state)
{
	struct transition t = {
		.kind = KIND_WATCHDOG, .action = ACTION_NOTE, .key = "watchdog:x", .detail = "said", .waiting = 1u << 1,
	};

	(void)state;
	assert_int_equal(outbox_add(&o, &t), 0);
	assert_int_equal(offer(0), 0);
	assert_int_equal(offer(1), 1);
}

static void
test_a_chat_that_moved_has_other_ids(void **state)
{
	(void)state;
	add(KIND_DEP, "dep:a", ACTION_ALERT, 5);
	tell(0, 100);
	tell(1, 7);
	add(KIND_DEP, "dep:a", ACTION_RECOVERY, 5);
	assert_int_equal(offer(0), 1);
	assert_true(sent.reply_to == 100);
	outbox_moved(&o, 0, -1001);
	assert_int_equal(outbox_failed(&o, sent.seq, 0, SEND_UNKNOWN, ""), 0);
	assert_int_equal(offer(0), 1);
	assert_true(sent.reply_to == 0);
	assert_int_equal(offer(1), 1);
	assert_true(sent.reply_to == 7);
	outbox_forget_moves(&o);
	outbox_notifier_lost(&o);
	assert_int_equal(offer(1), 1);
	assert_true(sent.reply_to == 0);
}

static void
test_the_oldest_threads_give_way(void **state)
{
	struct threads all = {0};

	(void)state;
	for (uint32_t mark = 0; mark < 3 * THREADS_MAX; mark++)
		threads_note(&all, mark % 2, mark, mark + 1);
	assert_true(threads_find(&all, 0, 2 * THREADS_MAX - 2) == 0);
	assert_true(threads_find(&all, 0, 2 * THREADS_MAX) == 2 * THREADS_MAX + 1);
	assert_true(threads_find(&all, 1, 2 * THREADS_MAX) == 0);
	threads_note(&all, 0, 2 * THREADS_MAX, 9);
	assert_true(threads_find(&all, 0, 2 * THREADS_MAX) == 2 * THREADS_MAX + 1);
	threads_forget(&all, 0);
	assert_true(threads_find(&all, 0, 2 * THREADS_MAX) == 0);
	assert_true(threads_find(&all, 1, 2 * THREADS_MAX + 1) != 0);
}

static bool
is_silent(void)
{
	bool silent;

	assert_int_equal(offer(0), 1);
	silent = sent.silent;
	delivered_as(1);
	return silent;
}

static void
test_recoveries_and_warnings_make_no_sound_and_the_rest_does(void **state)
{
	(void)state;
	add(KIND_AGENT, "agent:1", ACTION_ALERT, 5);
	assert_true(is_silent());
	add(KIND_DEP, "dep:a", ACTION_ALERT, 6);
	assert_false(is_silent());
	add(KIND_DEP, "dep:a", ACTION_REALERT, 6);
	assert_false(is_silent());
	add(KIND_DEP, "dep:a", ACTION_RECOVERY, 6);
	add(KIND_AGENT, "agent:1", ACTION_REALERT, 5);
	assert_true(is_silent());
	add(KIND_DEP, "dep:a", ACTION_ALERT, 7);
	add(KIND_AGENT, "agent:1", ACTION_RECOVERY, 5);
	assert_false(is_silent());
	add(KIND_DEP, "dep:b", ACTION_ALERT, 8);
	add(KIND_DEP, "dep:b", ACTION_RECOVERY, 8);
	assert_true(is_silent());
	o.silent = 0;
	add(KIND_AGENT, "agent:1", ACTION_ALERT, 9);
	assert_false(is_silent());
	add(KIND_AGENT, "agent:1", ACTION_RECOVERY, 9);
	assert_false(is_silent());
}

static void
test_a_quiet_note_makes_no_sound_whatever_is_configured(void **state)
{
	struct transition t = {.kind = KIND_WATCHDOG, .action = ACTION_NOTE, .key = "watchdog:x", .detail = "said"};

	(void)state;
	o.silent = 0;
	assert_int_equal(outbox_add(&o, &t), 0);
	assert_false(is_silent());
	t.quiet = true;
	assert_int_equal(outbox_add(&o, &t), 0);
	assert_true(is_silent());
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_two, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_what_follows_replies_to_the_alert_in_each_chat),
		TEST(test_a_message_replies_to_the_incident_of_its_first_line),
		TEST(test_a_message_whose_id_nobody_said_has_no_replies),
		TEST(test_further_pieces_reply_to_the_first_and_later_news_too),
		TEST(test_a_storm_is_one_thread),
		TEST(test_what_is_refused_is_told_without_a_reply_in_the_end),
		TEST(test_a_note_above_does_not_hide_the_incident),
		TEST(test_the_same_move_told_again_changes_nothing),
		TEST(test_what_concerns_one_chat_is_told_there_alone),
		TEST(test_a_chat_that_moved_has_other_ids),
		TEST(test_the_oldest_threads_give_way),
		TEST(test_recoveries_and_warnings_make_no_sound_and_the_rest_does),
		TEST(test_a_quiet_note_makes_no_sound_whatever_is_configured),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	log_set(unit_quiet, LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
