/*
 * This host's own network, over the death of the brain and with a message
 * that is being sent when it goes away.
 */
#include "build_config.h"

#include <time.h>

#include "calm_unit.h"
#include "hush.h"
#include "network.h"
#include "unit_log.h"
#include "url.h"

static struct bench t;
static struct msg_message sent;

static const char *const settings[] = {
	"DEPS=git=tcp://git.example:1,web=https://web.example,db=tcp://127.0.0.1:1", "DEP_DOWN_TICKS=1", "CONTAINERS=", NULL,
};

static int
setup(void **state)
{
	(void)state;
	bench_open_with(&t, settings, (struct brain_options){.chats = 2});
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bench_close(&t);
	return 0;
}

static void
look(double now, bool git, bool web, bool db)
{
	bench_tick(&t, now);
	brain_dep(&t.brain, "git", git, 1, "");
	brain_dep(&t.brain, "web", web, 1, "");
	brain_dep(&t.brain, "db", db, 1, "");
	brain_tick_end(&t.brain);
}

/* Give the next message for chat to the notifier. */
static void
offer(unsigned chat)
{
	struct setting setting = {LANGUAGE_EN, "host1", t.brain.clock};
	struct strbuf text = {0};

	outbox_credit(&t.brain.outbox, chat);
	assert_true(outbox_compose(&t.brain.outbox, &setting) >= 0);
	outbox_snapshot(&t.brain.outbox, 1);
	outbox_confirm(&t.brain.outbox, UINT64_MAX);
	assert_int_equal(outbox_offer(&t.brain.outbox, &setting, &sent, &text), 1);
	assert_int_equal(sent.chat, chat);
	strbuf_free(&text);
}

static void
fail_at(unsigned chat, enum send_failure why)
{
	offer(chat);
	assert_int_equal(outbox_failed(&t.brain.outbox, sent.seq, chat, why, ""), 0);
}

static bool
waits(const char *key)
{
	struct transition *w;

	TAILQ_FOREACH(w, &t.brain.outbox.waiting, entry)
		if (strcmp(w->key, key) == 0)
			return true;
	return false;
}

static void
test_a_killed_brain_knows_that_telegram_was_not_reached(void **state)
{
	(void)state;
	look(1000, false, false, true);
	fail_at(0, SEND_UNREACHABLE);
	calm_restart(&t);
	look(1030, false, false, true);
	assert_true(network_is_down(&t.brain));
	assert_false(waits("dep:git"));
	assert_false(waits("dep:web"));
	assert_int_equal(hush_reason(&t.brain, alerts_find(&t.brain.alerts, KIND_DEP, "git"), 1030), HUSH_COVERED);
	calm_restart(&t);
	assert_true(network_is_down(&t.brain));
	look(1060, true, true, true);
	assert_string_equal(calm_told(&t), "🟢 network: this host's network was down 22:30:00–22:31:00");
}

static void
test_what_one_chat_has_been_told_is_not_taken_back(void **state)
{
	(void)state;
	look(1000, false, false, true);
	offer(1);
	assert_int_equal(outbox_delivered(&t.brain.outbox, sent.seq, 1), 0);
	fail_at(0, SEND_UNREACHABLE);
	look(1030, false, false, true);
	assert_true(network_is_down(&t.brain));
	assert_true(waits("dep:git"));
	assert_true(alerts_find(&t.brain.alerts, KIND_DEP, "git")->told);
}

static void
test_what_is_being_sent_is_taken_back_once_that_has_failed(void **state)
{
	(void)state;
	look(1000, false, false, true);
	fail_at(0, SEND_UNREACHABLE);
	offer(0);
	look(1030, false, false, true);
	assert_true(waits("dep:git"));
	assert_int_equal(outbox_failed(&t.brain.outbox, sent.seq, 0, SEND_UNREACHABLE, ""), 0);
	look(1060, false, false, true);
	assert_false(waits("dep:git"));
	assert_true(waits("network"));
}

static void
test_what_may_have_been_told_is_not_taken_back(void **state)
{
	(void)state;
	look(1000, false, false, true);
	fail_at(0, SEND_UNKNOWN);
	assert_false(t.brain.outbox.unreachable);
	fail_at(0, SEND_UNREACHABLE);
	look(1030, false, false, true);
	assert_true(network_is_down(&t.brain));
	assert_true(waits("dep:git"));
}

static void
test_any_answer_of_telegrams_ends_it(void **state)
{
	static const enum send_failure answers[] = {SEND_NOT_SENT, SEND_POISON, SEND_CHAT};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		double now = 1000 + 100 * (double)i;

		look(now, false, false, true);
		fail_at(0, SEND_UNREACHABLE);
		look(now + 30, false, false, true);
		assert_true(network_is_down(&t.brain));
		fail_at(0, answers[i]);
		look(now + 60, false, false, true);
		assert_false(network_is_down(&t.brain));
	}
}

/* It flapped, and is down and steady, which is told to nobody before the network is down: it is still owed. */
static void
test_an_end_of_flapping_that_is_taken_back_is_owed_by_a_new_brain_too(void **state)
{
	double now = 1000;

	(void)state;
	bench_close(&t);
	bench_open(&t, settings);
	for (int i = 0; i < 7; i++, now += 30)
		look(now, i % 2 == 1, true, true);
	assert_non_null(strstr(calm_told(&t), "🌀 dep git: flapping, 7 changes"));
	now += t.config.flap_window;
	look(now, false, true, true);
	fail_at(0, SEND_UNREACHABLE);
	calm_restart(&t);
	look(now + 30, false, false, true);
	assert_true(network_is_down(&t.brain));
	assert_false(waits("dep:git"));
	look(now + 60, true, true, true);
	look(now + 90, true, true, true);
	assert_non_null(strstr(calm_told(&t), "🟢 dep git: recovered after 34 min, answers in 1 ms, steady for 30 min"));
}

static void
test_one_bad_look_or_one_that_failed_to_look_is_not_enough(void **state)
{
	(void)state;
	look(1000, false, true, false);
	fail_at(0, SEND_UNREACHABLE);
	look(1030, false, true, false);
	assert_null(alerts_find(&t.brain.alerts, KIND_NETWORK, ""));
	bench_tick(&t, 1060);
	brain_dep(&t.brain, "web", false, 1, "");
	brain_drain(&t.brain);
	brain_tick_end(&t.brain);
	assert_null(alerts_find(&t.brain.alerts, KIND_NETWORK, ""));
}

static void
test_which_hosts_are_this_host(void **state)
{
	(void)state;
	assert_true(url_host_is_loopback("localhost"));
	assert_true(url_host_is_loopback("127.0.0.1"));
	assert_true(url_host_is_loopback("127.1.2.3"));
	assert_true(url_host_is_loopback("::1"));
	assert_false(url_host_is_loopback("128.0.0.1"));
	assert_false(url_host_is_loopback("fe80::1"));
	assert_false(url_host_is_loopback("localhost.example"));
	assert_true(network_carries(&t.config, "dep:git"));
	assert_false(network_carries(&t.config, "dep:db"));
	assert_false(network_carries(&t.config, "dep:none"));
	assert_false(network_carries(&t.config, "mem"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_killed_brain_knows_that_telegram_was_not_reached),
		TEST(test_what_one_chat_has_been_told_is_not_taken_back),
		TEST(test_what_is_being_sent_is_taken_back_once_that_has_failed),
		TEST(test_what_may_have_been_told_is_not_taken_back),
		TEST(test_any_answer_of_telegrams_ends_it),
		TEST(test_an_end_of_flapping_that_is_taken_back_is_owed_by_a_new_brain_too),
		TEST(test_one_bad_look_or_one_that_failed_to_look_is_not_enough),
		TEST(test_which_hosts_are_this_host),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	log_set(unit_quiet, LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
