/*
 * Other chats than those of the snapshot: what waits for one stays his, and
 * who was added hears of no end whose beginning he has not heard.
 */
#include "build_config.h"

#include "brain_unit.h"
#include "snapshot.h"

#define NOBODY 9

static struct bench t, anew;
static char told[65536];

static int
setup(void **state)
{
	(void)state;
	bench_open_with(&t, SETTINGS("DEP_DOWN_TICKS=1", "COOLDOWN_S=1000"), (struct brain_options){.chats = 2});
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bench_close(&t);
	bench_close(&anew);
	return 0;
}

static void
ping(struct bench *b, double now, bool ok)
{
	bench_tick(b, now);
	brain_dep(&b->brain, "git", ok, 3, ok ? "" : "refused");
	brain_tick_end(&b->brain);
}

/* What chat is told, lines without the last ones, and it is delivered. */
static const char *
news(struct bench *b, unsigned chat)
{
	struct setting s = {LANGUAGE_EN, "host1", b->brain.clock};
	struct outbox *o = &b->brain.outbox;
	struct strbuf text = {0};
	struct msg_message m;

	told[0] = '\0';
	outbox_credit(o, chat);
	assert_int_not_equal(outbox_compose(o, &s), -1);
	outbox_snapshot(o, o->confirmed + 1);
	outbox_confirm(o, o->confirmed + 1);
	if (outbox_offer(o, &s, &m, &text) == 1) {
		snprintf(told, sizeof(told), "%.*s", (int)(strrchr(m.text, '\n') - m.text), m.text);
		outbox_delivered(o, m.seq, m.chat);
	}
	strbuf_free(&text);
	return told;
}

/* was: for each chat the number that it had, NOBODY = it was none. */
static void
reload(double now, unsigned chats, const unsigned *was)
{
	struct brain_options options = {.chats = chats, .new_chats = true};
	uint64_t generation;
	uint8_t *bytes;
	size_t len;

	for (unsigned i = 0; i < chats; i++) {
		options.chat_was |= (uint64_t)(was[i] == NOBODY ? 0 : was[i]) << (4 * i);
		options.added_chats |= (uint16_t)((was[i] == NOBODY) << i);
	}
	assert_int_equal(snapshot_encode(&t.brain, 1, &bytes, &len), 0);
	bench_open_with(&anew, SETTINGS("DEP_DOWN_TICKS=1", "COOLDOWN_S=1000"), options);
	brain_clock(&anew.brain, (struct moment){now, BENCH_WALL + now});
	assert_null(snapshot_decode(&anew.brain, bytes, len, &generation));
	free(bytes);
}

#define RELOAD(now, ...) \
	reload(now, sizeof((const unsigned[]){__VA_ARGS__}) / sizeof(unsigned), (const unsigned[]){__VA_ARGS__})

static void
told_to_both(void)
{
	ping(&t, 0, false);
	assert_string_equal(news(&t, 0), "🔴 dep git: not answering: refused");
	assert_string_equal(news(&t, 1), "🔴 dep git: not answering: refused");
}

static void
test_who_was_added_hears_of_no_recovery_of_what_he_was_not_told(void **state)
{
	(void)state;
	told_to_both();
	RELOAD(10, 1, NOBODY, 0);
	ping(&anew, 20, true);
	assert_non_null(strstr(news(&anew, 0), "🟢 dep git"));
	assert_string_equal(news(&anew, 1), "");
	assert_non_null(strstr(news(&anew, 2), "🟢 dep git"));
	ping(&anew, 30, false);
	assert_non_null(strstr(news(&anew, 1), "🔴 dep git"));
	ping(&anew, 40, true);
	assert_non_null(strstr(news(&anew, 1), "🟢 dep git"));
}

static void
test_who_was_told_by_a_repeat_hears_of_its_end(void **state)
{
	(void)state;
	told_to_both();
	RELOAD(10, 0, 1, NOBODY);
	ping(&anew, 1100, false);
	assert_non_null(strstr(news(&anew, 2), "🔁 dep git"));
	ping(&anew, 1200, true);
	assert_non_null(strstr(news(&anew, 2), "🟢 dep git"));
}

static void
test_where_all_are_new_nothing_is_queued(void **state)
{
	(void)state;
	told_to_both();
	RELOAD(10, NOBODY);
	ping(&anew, 20, true);
	assert_true(outbox_empty(&anew.brain.outbox));
}

static void
test_what_waits_for_one_stays_his(void **state)
{
	(void)state;
	ping(&t, 0, false);
	assert_string_equal(news(&t, 0), "🔴 dep git: not answering: refused");
	RELOAD(10, 1);
	assert_string_equal(news(&anew, 0), "🔴 dep git: not answering: refused");
}

/* It is in a message that has been made for him. */
static void
test_what_is_under_way_to_one_stays_his(void **state)
{
	struct setting s = {LANGUAGE_EN, "host1", {1, BENCH_WALL + 1}};

	(void)state;
	ping(&t, 0, false);
	outbox_credit(&t.brain.outbox, 1);
	assert_int_equal(outbox_compose(&t.brain.outbox, &s), 1);
	outbox_snapshot(&t.brain.outbox, 1);
	RELOAD(10, NOBODY, NOBODY, 1);
	assert_true(anew.brain.outbox.chat[2].parcel.present);
	assert_string_equal(news(&anew, 0), "");
	assert_string_equal(news(&anew, 2), "🔴 dep git: not answering: refused");
	assert_true(outbox_empty(&anew.brain.outbox));
}

static void
test_what_waits_for_nobody_is_dropped(void **state)
{
	(void)state;
	ping(&t, 0, false);
	assert_string_equal(news(&t, 0), "🔴 dep git: not answering: refused");
	RELOAD(10, 0);
	assert_true(outbox_empty(&anew.brain.outbox));
}

static void
test_who_was_added_is_known_as_such_by_the_next_brain(void **state)
{
	struct bench first = t;

	(void)state;
	told_to_both();
	RELOAD(10, 0, 1, NOBODY);
	first = t;
	t = anew;
	t.brain.config = &t.config;
	RELOAD(15, 0, 1, 2);
	ping(&anew, 20, true);
	assert_non_null(strstr(news(&anew, 0), "🟢 dep git"));
	assert_string_equal(news(&anew, 2), "");
	bench_close(&t);
	t = first;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_who_was_added_hears_of_no_recovery_of_what_he_was_not_told),
		TEST(test_who_was_told_by_a_repeat_hears_of_its_end),
		TEST(test_where_all_are_new_nothing_is_queued),
		TEST(test_what_waits_for_one_stays_his),
		TEST(test_what_is_under_way_to_one_stays_his),
		TEST(test_what_waits_for_nobody_is_dropped),
		TEST(test_who_was_added_is_known_as_such_by_the_next_brain),
	};

	return cmocka_run_group_tests_name("new_chats", tests, NULL, NULL);
}
