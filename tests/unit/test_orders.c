/*
 * Orders of a person: patterns, acknowledgements, silences, what is told of
 * them, and what a new brain knows.
 */
#include "build_config.h"

#include "container_unit.h"
#include "control_order.h"
#include "glob.h"
#include "order_rate.h"
#include "snapshot.h"

static struct bench t;
static char told[65536];

/* What the chat was told since it was last asked, lines joined by "; ", without the last lines. */
static const char *
news(void)
{
	struct setting s = {LANGUAGE_EN, "host1", t.brain.clock};
	struct strbuf text = {0};
	struct msg_message m;
	struct outbox *o = &t.brain.outbox;

	told[0] = '\0';
	for (;;) {
		outbox_credit(o, 0);
		assert_int_not_equal(outbox_compose(o, &s), -1);
		outbox_snapshot(o, 1);
		outbox_confirm(o, 1);
		if (outbox_offer(o, &s, &m, &text) != 1)
			break;
		snprintf(told + strlen(told), sizeof(told) - strlen(told), "%s%s%.*s", told[0] == '\0' ? "" : "; ",
		    m.silent ? "(silent) " : "", (int)(strrchr(m.text, '\n') - m.text), m.text);
		outbox_delivered(o, m.seq, 0);
	}
	strbuf_free(&text);
	return told;
}

static void
ping(double now, bool ok)
{
	bench_tick(&t, now);
	brain_dep(&t.brain, "git", ok, 3, ok ? "" : "refused");
	brain_tick_end(&t.brain);
}

static int
order(const char *line, const char *who)
{
	static struct order_result result;
	struct control_request r;
	char copy[512];

	snprintf(copy, sizeof(copy), "%s", line);
	assert_null(request_parse(&r, copy, strlen(copy)));
	order_take(&t.brain, &r, who, &result);
	brain_flush(&t.brain);
	return result.exit_status;
}

/* --- patterns --- */

static void
a_pattern_matches_the_whole_text(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{"", "", true}, {"", "a", false}, {"a", "a", true}, {"a", "b", false}, {"a", "ab", false},
		{"*", "", true}, {"*", "anything", true}, {"a*", "a", true}, {"a*c", "abc", true}, {"a*c", "abcd", false},
		{"*b*", "abc", true}, {"a?c", "abc", true}, {"a?c", "ac", false}, {"?", "ж", true}, {"??", "ж", false},
		{"*?ж", "ёж", true}, {"container api*", "container api-2", true}, {"a**c", "abc", true}, {"*aab", "aaab", true},
		{"[a]", "a", false},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		if (glob_match(cases[i].pattern, cases[i].text) != cases[i].matches)
			fail_msg("%s against %s", cases[i].pattern, cases[i].text);
}

static void
no_pattern_takes_long(void **state)
{
	static char text[4097], pattern[257];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	for (size_t i = 0; i < sizeof(pattern) - 1; i += 2)
		memcpy(pattern + i, "a*", 2);
	pattern[sizeof(pattern) - 2] = 'b';
	assert_false(glob_match(pattern, text));
}

/* --- acknowledgements --- */

static void
what_is_acknowledged_is_not_repeated_and_its_recovery_names_who_did(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("DEP_DOWN_TICKS=1", "COOLDOWN_S=60"));
	ping(0, false);
	news();
	assert_int_equal(order("ack\tdep\tgit\tbeing\trebuilt", "alice"), 0);
	assert_string_equal(news(), "(silent) 👤 dep git: acknowledged by alice: being rebuilt");
	ping(100, false);
	assert_string_equal(bench_said(&t), "alert dep:git; realert dep:git");
	assert_string_equal(news(), "");
	ping(200, true);
	assert_string_equal(news(), "(silent) 🟢 dep git: recovered after 3 min, answers in 3 ms (acknowledged by alice: being rebuilt)");
	ping(300, false);
	news();
	ping(400, false);
	assert_non_null(strstr(news(), "🔁 dep git"));
	bench_close(&t);
}

/* A container may be called otherwise by the time when the chats hear of it. */
static void
the_note_of_an_acknowledgement_follows_a_rename(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("CONTAINER_DOWN_TICKS=1"));
	LIST(&t, 0, {.name = "api", .state = "dead", .id = "a1"});
	assert_int_equal(order("ack\tcontainer\tapi\tmine", "alice"), 0);
	LIST(&t, 30, {.name = "shop", .state = "dead", .id = "a1"});
	assert_string_equal(news(), "🔴 container shop: dead\n👤 container shop: acknowledged by alice: mine");
	bench_close(&t);
}

/* Nobody has heard of the trouble, and it is over: one line, and who had seen it elsewhere. */
static void
what_is_acknowledged_and_over_before_it_is_told_is_told_in_one_line(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("DEP_DOWN_TICKS=1"));
	ping(0, false);
	assert_int_equal(order("ack\tdep\tgit", "alice"), 0);
	ping(60, true);
	assert_string_equal(news(), "(silent) 👤 dep git: acknowledged by alice\n🟢 dep git: was down 22:13:20–22:14:20");
	bench_close(&t);
}

static void
only_what_alerts_can_be_acknowledged(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("DEP_DOWN_TICKS=1"));
	ping(0, true);
	assert_int_equal(order("ack\tdep\tgit", "alice"), 1);
	assert_int_equal(order("ack\tdep\tgti", "alice"), 1);
	assert_string_equal(news(), "");
	bench_close(&t);
}

static void
a_rise_in_severity_breaks_an_acknowledgement(void **state)
{
	struct container_seen seen = {
		.name = "api", .state = "dead", .health = "", .exit_code = -1, .named = true, .grace = NAN, .severity = CONTAINER_WARNING,
	};

	(void)state;
	bench_open(&t, SETTINGS("CONTAINERS=api", "COOLDOWN_S=60"));
	for (double now = 0; now < 300; now += 100) {
		bench_tick(&t, now);
		brain_containers_begin(&t.brain);
		brain_container(&t.brain, &seen);
		brain_containers_end(&t.brain, true);
		brain_tick_end(&t.brain);
		if (now == 0)
			assert_int_equal(order("ack\tcontainer\tapi", "alice"), 0);
		if (now == 100)
			assert_null(strstr(news(), "🔁"));
		seen.severity = now == 100 ? CONTAINER_CRITICAL : seen.severity;
	}
	assert_non_null(strstr(news(), "🔁 container api"));
	bench_close(&t);
}

/* --- silences --- */

static void
nothing_is_told_of_what_is_silenced_until_that_is_over(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("DEP_DOWN_TICKS=1"));
	ping(0, true);
	assert_int_equal(order("silence\tdep\t*\t1m\tmoving", "bob"), 0);
	assert_string_equal(news(), "(silent) 🔇 dep *: silenced for 1 min by bob: moving");
	ping(10, false);
	assert_string_equal(bench_said(&t), "alert dep:git");
	ping(50, false);
	assert_string_equal(news(), "");
	ping(61, false);
	assert_string_equal(news(), "🔴 dep git: not answering: refused");
	assert_int_equal(t.brain.orders.silences, 0);
	bench_close(&t);
}

static void
who_ends_a_silence_is_told_and_so_is_what_is_still_bad(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("DEP_DOWN_TICKS=1"));
	ping(0, true);
	assert_int_equal(order("silence\t*\t2h", "bob"), 0);
	news();
	ping(10, false);
	assert_int_equal(order("unsilence\tdep\t*", "eve"), 1);
	assert_int_equal(order("unsilence\t*", "eve"), 0);
	assert_non_null(strstr(news(), "🔴 dep git: not answering: refused"));
	assert_non_null(strstr(told, "🔈 *: no longer silenced, by eve"));
	bench_close(&t);
}

static void
a_recovery_of_what_was_told_before_is_told_after_the_silence(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("DEP_DOWN_TICKS=1"));
	ping(0, false);
	news();
	assert_int_equal(order("silence\tdep:git\t60", "bob"), 0);
	news();
	ping(10, true);
	assert_string_equal(news(), "");
	ping(70, true);
	assert_non_null(strstr(news(), "🟢 dep git: recovered after 10 s"));
	bench_close(&t);
}

static void
an_order_that_makes_no_sense_is_refused(void **state)
{
	static const struct {
		const char *line;
		int exit_status;
	} bad[] = {
		{"silence\tagent\t41", 64}, {"silence\t*\tsoon", 64}, {"silence\t*\t0", 64}, {"silence\t*\t31d", 64}, {"silence\t*\t-5", 64},
		{"unsilence\tnothing", 1}, {"unsilence\ta\tb", 64},
	};
	char line[600] = "silence\t", long_pattern[400];

	(void)state;
	bench_open(&t, NULL);
	for (size_t i = 0; i < LENGTH(bad); i++)
		assert_int_equal(order(bad[i].line, "eve"), bad[i].exit_status);
	memset(long_pattern, 'x', sizeof(long_pattern) - 1);
	long_pattern[sizeof(long_pattern) - 1] = '\0';
	snprintf(line, sizeof(line), "silence\t%s\t1h", long_pattern);
	assert_int_equal(order(line, "eve"), 1);
	assert_string_equal(news(), "");
	bench_close(&t);
}

static void
there_are_so_many_silences_and_no_more(void **state)
{
	char line[64];

	(void)state;
	bench_open(&t, NULL);
	for (unsigned i = 0; i < SILENCES_MAX; i++) {
		snprintf(line, sizeof(line), "silence\tx%u\t1h", i);
		assert_int_equal(order(line, "eve"), 0);
	}
	assert_int_equal(order("silence\tone more\t1h", "eve"), 1);
	assert_int_equal(order("silence\tx3\t2h", "eve"), 0); /* in the place of the one before */
	bench_close(&t);
}

/* --- how many --- */

static void
orders_in_a_loop_are_bounded_for_each_person_and_that_is_told_once(void **state)
{
	const char *loop[] = {"silence\tx\t1h", "unsilence\tx"};

	(void)state;
	bench_open(&t, NULL);
	brain_clock(&t.brain, (struct moment){1000, BENCH_WALL});
	for (unsigned i = 0; i < ORDERS_BURST; i++)
		assert_int_equal(order(loop[i % 2], "eve"), 0);
	assert_non_null(strstr(news(), "👤 eve: 100 orders in a row; from now on only one is taken every 1 min"));
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(order(loop[0], "eve"), 75);
	assert_string_equal(news(), "");
	assert_int_equal(order(loop[0], "alice"), 0);
	news();
	for (unsigned i = 1; i <= 5; i++) {
		brain_clock(&t.brain, (struct moment){1000 + i * ORDERS_PAUSE_S, BENCH_WALL});
		assert_int_equal(order(loop[0], "eve"), 0);
		assert_int_equal(order(loop[0], "eve"), 75);
		assert_string_equal(news(), "(silent) 🔇 x: silenced for 1 h 0 min by eve");
	}
	bench_close(&t);
}

static void
an_order_that_fails_does_not_count(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	brain_clock(&t.brain, (struct moment){1000, BENCH_WALL});
	for (unsigned i = 0; i < 2 * ORDERS_BURST; i++)
		assert_int_equal(order("unsilence\tx", "eve"), 1);
	assert_int_equal(order("silence\tx\t1h", "eve"), 0);
	bench_close(&t);
}

static void
of_more_people_than_are_known_one_that_was_quiet_is_forgotten(void **state)
{
	char who[16];

	(void)state;
	bench_open(&t, NULL);
	for (unsigned i = 0; i < ORDERS_BURST; i++) {
		brain_clock(&t.brain, (struct moment){1000 + i, BENCH_WALL});
		assert_int_equal(order("silence\tx\t1h", "eve"), 0);
		snprintf(who, sizeof(who), "u%u", i);
		assert_int_equal(order("silence\tx\t1h", who), 0);
	}
	brain_clock(&t.brain, (struct moment){1000 + ORDERS_BURST, BENCH_WALL});
	assert_int_equal(order("silence\tx\t1h", "eve"), 0); /* a minute and more has passed */
	assert_int_equal(order("silence\tx\t1h", "eve"), 75);
	bench_close(&t);
}

/* --- a new brain --- */

static void
orders_outlive_the_brain(void **state)
{
	struct brain again;
	uint64_t generation;
	uint8_t *bytes;
	size_t len;

	(void)state;
	bench_open(&t, SETTINGS("DEP_DOWN_TICKS=1", "COOLDOWN_S=60"));
	ping(0, false);
	order("ack\tdep\tgit\tmine", "alice");
	order("silence\tdisk *\t1h\tfull", "bob");
	assert_int_equal(snapshot_encode(&t.brain, 1, &bytes, &len), 0);
	brain_init(&again, &t.config, &t.brain.options);
	brain_clock(&again, t.brain.clock);
	assert_null(snapshot_decode(&again, bytes, len, &generation));
	free(bytes);
	assert_int_equal(again.orders.silences, 1);
	assert_string_equal(again.orders.silence[0]->pattern, "disk *");
	assert_string_equal(orders_ack_of(&again, alerts_find(&again.alerts, KIND_DEP, "git"))->comment, "mine");
	brain_free(&again);
	bench_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_matches_the_whole_text),
		cmocka_unit_test(no_pattern_takes_long),
		cmocka_unit_test(what_is_acknowledged_is_not_repeated_and_its_recovery_names_who_did),
		cmocka_unit_test(the_note_of_an_acknowledgement_follows_a_rename),
		cmocka_unit_test(what_is_acknowledged_and_over_before_it_is_told_is_told_in_one_line),
		cmocka_unit_test(only_what_alerts_can_be_acknowledged),
		cmocka_unit_test(a_rise_in_severity_breaks_an_acknowledgement),
		cmocka_unit_test(nothing_is_told_of_what_is_silenced_until_that_is_over),
		cmocka_unit_test(who_ends_a_silence_is_told_and_so_is_what_is_still_bad),
		cmocka_unit_test(a_recovery_of_what_was_told_before_is_told_after_the_silence),
		cmocka_unit_test(an_order_that_makes_no_sense_is_refused),
		cmocka_unit_test(there_are_so_many_silences_and_no_more),
		cmocka_unit_test(orders_in_a_loop_are_bounded_for_each_person_and_that_is_told_once),
		cmocka_unit_test(an_order_that_fails_does_not_count),
		cmocka_unit_test(of_more_people_than_are_known_one_that_was_quiet_is_forgotten),
		cmocka_unit_test(orders_outlive_the_brain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
