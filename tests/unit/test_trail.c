/*
 * The last half hour of a gauge: its buckets, its blocks, its trend, and
 * what is told of it.
 */
#include "build_config.h"

#include "brain_unit.h"
#include "digest.h"
#include "message_text.h"
#include "snapshot.h"
#include "trail.h"
#include "unit_log.h"

static struct trail t;
static struct trend trend;

static int
fresh(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	return 0;
}

static const char *
blocks(double interval)
{
	static char buf[256];
	struct strbuf out = STRBUF_IN(buf);

	trail_blocks(&t, interval, &out);
	return buf;
}

static const char *
said(bool fills)
{
	trail_say(&t, 30, fills, LANGUAGE_EN);
	return t.text;
}

/* A look every interval, from begin on, for seconds, rising by slope percent a second from first. */
static void
rise(double begin, double interval, double seconds, double first, double slope)
{
	for (double at = 0; at <= seconds; at += interval)
		trail_note(&t, begin + at, interval, first + slope * at);
}

static void
test_before_the_first_look_there_is_nothing(void **state)
{
	(void)state;
	assert_string_equal(blocks(30), "");
	assert_string_equal(said(true), "");
	trail_trend(&t, &trend);
	assert_false(trend.known);
}

static void
test_one_look_is_no_past_and_two_have_no_trend(void **state)
{
	(void)state;
	trail_note(&t, 1000, 30, 95);
	assert_string_equal(said(true), "");
	trail_note(&t, 1030, 30, 90);
	assert_string_equal(said(true), "█▁");
}

static void
test_a_rise_is_drawn_from_the_first_looks_on(void **state)
{
	(void)state;
	rise(1000, 30, 210, 30, 10 / 30.0);
	assert_string_equal(said(false), "▁▂▃▄▅▆▇█ rising 70 % in 3 min");
}

static void
test_all_blocks_of_half_an_hour_are_fifteen_and_older_ones_go(void **state)
{
	(void)state;
	rise(960, 30, 4 * 3600, 10, 0.003);
	assert_int_equal(strlen(blocks(30)), TRAIL_BUCKETS * strlen("█"));
	trail_trend(&t, &trend);
	assert_true(trend.known);
	assert_true(trend.seconds >= 1500 && trend.seconds <= TRAIL_SPAN_S);
	assert_true(fabs(trend.change - trend.seconds * 0.003) < 0.2);
	assert_true(trend.fit > 0.99);
}

static void
test_narrow_buckets_widen_and_keep_the_highest(void **state)
{
	(void)state;
	for (int i = 0; i < 1800; i++)
		trail_note(&t, 1000 + i, 1, i == 600 ? 99 : 20);
	assert_true(t.width == TRAIL_WIDTH_S);
	assert_non_null(strstr(blocks(1), "▁█▁"));
	assert_int_equal(strlen(blocks(1)), TRAIL_BUCKETS * strlen("█"));
}

static void
test_looks_far_apart_make_few_blocks(void **state)
{
	(void)state;
	rise(0, 600, 6 * 3600, 0, 0.002);
	assert_int_equal(strlen(blocks(600)), 4 * strlen("█"));
	fresh(NULL);
	rise(0, 86400, 10 * 86400.0, 0, 0);
	assert_string_equal(blocks(86400), "█");
}

static void
test_what_was_not_seen_for_long_is_a_gap(void **state)
{
	(void)state;
	rise(0, 30, 600, 50, 0);
	rise(1500, 30, 300, 50, 0);
	assert_string_equal(blocks(30), "██████·····████");
}

static void
test_a_slow_look_is_no_gap(void **state)
{
	(void)state;
	for (int i = 0; i < 60; i++)
		trail_note(&t, 1000 + i * 170, 30, 50);
	assert_null(strstr(blocks(170), "·"));
}

static void
test_little_change_looks_little(void **state)
{
	(void)state;
	rise(960, 30, 1800, 95, 0.2 / 1800);
	assert_string_equal(said(true), "███████████████ steady for 26 min");
}

static void
test_directions(void **state)
{
	(void)state;
	rise(960, 30, 1770, 90, -0.01);
	assert_non_null(strstr(said(true), "▁ falling 16.8 % in 28 min"));
	fresh(NULL);
	for (int i = 0; i < 60; i++)
		trail_note(&t, 960 + i * 30, 30, i / 4 % 2 == 0 ? 50 : 90);
	assert_non_null(strstr(said(true), "▁█▁█▁█▁█▁█▁█▁█▁ up and down for 28 min"));
}

static void
test_full_at_this_rate(void **state)
{
	(void)state;
	rise(960, 30, 1800, 70, 10 / 1800.0);
	trail_trend(&t, &trend);
	assert_true(fabs(trend.full_in - 3600) < 20);
	assert_string_equal(said(true), "▁▂▂▃▃▄▄▅▅▆▆▇▇██ rising 8.8 % in 26 min, full in 1 h 0 min at this rate");
	assert_null(strstr(said(false), "full"));
}

static void
test_no_time_is_told_that_means_nothing(void **state)
{
	(void)state;
	/* Seen for too short. */
	rise(960, 30, 120, 90, 0.01);
	trail_trend(&t, &trend);
	assert_true(trend.known && isinf(trend.full_in));
	/* No line. */
	fresh(NULL);
	for (int i = 0; i < 60; i++)
		trail_note(&t, 960 + i * 30, 30, 50 + (i / 4 % 2 == 0 ? 0 : 20) + i / 10.0);
	trail_trend(&t, &trend);
	assert_true(isinf(trend.full_in));
	/* Over a month. */
	fresh(NULL);
	rise(960, 30, 1800, 10, 0.6 / 1800 / 50);
	trail_trend(&t, &trend);
	assert_true(isinf(trend.full_in));
	/* Full already; falling. */
	fresh(NULL);
	rise(960, 30, 1800, 100, 0);
	trail_trend(&t, &trend);
	assert_true(isinf(trend.full_in));
	fresh(NULL);
	rise(960, 30, 1800, 99, -0.01);
	trail_trend(&t, &trend);
	assert_true(isinf(trend.full_in));
}

static void
test_a_clock_that_stands_or_goes_back_does_no_harm(void **state)
{
	(void)state;
	trail_note(&t, 1000, 30, 10);
	trail_note(&t, 1000, 30, 20);
	trail_note(&t, 10, 30, 30);
	trail_note(&t, -5, 30, 40);
	assert_string_equal(blocks(30), "█");
	trail_note(&t, 1e9, 30, 50);
	assert_string_equal(blocks(30), "█");
}

/* --- in the brain --- */

static struct bench b;

/* The text of what is told next. */
static const char *
told(void)
{
	struct setting setting = {b.config.lang, "host1", b.brain.clock};
	struct outbox *o = &b.brain.outbox;
	static char text[1024];
	static uint64_t generation;
	struct strbuf out = {0};
	struct msg_message m;

	outbox_credit(o, 0);
	assert_true(outbox_compose(o, &setting) >= 0);
	outbox_snapshot(o, ++generation);
	outbox_confirm(o, generation);
	text[0] = '\0';
	if (outbox_offer(o, &setting, &m, &out) == 1) {
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(out.s, "\n"), out.s);
		assert_int_equal(outbox_delivered(o, m.seq, 0), 0);
	}
	strbuf_free(&out);
	return text;
}

static void
look(double now, double mem, double disk)
{
	bench_tick(&b, now);
	brain_mem(&b.brain, mem, "");
	brain_disk(&b.brain, &(struct disk_seen){.path = "/", .used_pct = ceil(disk), .exact_pct = disk});
	brain_tick_end(&b.brain);
}

static void
open_bench(const char *lang)
{
	bench_open(&b, SETTINGS("MEM_TICKS=1", "DISK_CRIT_ENABLED=yes", "DISK_CRIT_PCT=97", "COOLDOWN_S=600",
	    lang[0] == 'r' ? "LANG=ru" : "LANG=en"));
}

static void
test_alerts_and_repetitions_carry_it_and_recoveries_do_not(void **state)
{
	(void)state;
	open_bench("en");
	for (int i = 0; i <= 40; i++)
		look(1200 + i * 30, 40 + i, 50);
	assert_string_equal(told(), "");
	look(2430, 95, 50);
	assert_string_equal(told(), "🔴 memory: 95 % used, mark 90 % ▁▂▂▃▃▄▄▅▅▆█ rising 43.7 % in 19 min");
	for (int i = 1; i <= 20; i++)
		look(2430 + i * 30, 95, 50);
	assert_non_null(strstr(told(), "🔁 memory: still 95 % used, mark 90 %, for 10 min ▁"));
	look(3060, 20, 50);
	assert_string_equal(told(), "🟢 memory: recovered after 10 min, 20 % used");
	bench_close(&b);
}

static void
test_a_disk_says_when_it_is_full_though_df_s_figure_has_not_moved(void **state)
{
	(void)state;
	open_bench("en");
	/* 0.9 points in half an hour: df says 97 % throughout. */
	for (int i = 0; i < 60; i++)
		look(1200 + i * 30, 20, 95.05 + i * 0.015);
	assert_string_equal(told(), "");
	look(3000, 20, 96.1);
	assert_non_null(strstr(told(), "🔴 disk /: 97 % used, mark 97 % "));
	bench_close(&b);
	open_bench("ru");
	for (int i = 0; i <= 60; i++)
		look(1200 + i * 30, 20, 90 + i * 0.1);
	look(3030, 20, 96.5);
	assert_non_null(strstr(told(), "🔴 disk /: занято 97 %, порог 97 % ▁"));
	bench_close(&b);
}

static void
test_an_exact_figure_that_contradicts_is_not_believed(void **state)
{
	(void)state;
	open_bench("en");
	bench_tick(&b, 1000);
	brain_disk(&b.brain, &(struct disk_seen){.path = "/", .used_pct = 60, .exact_pct = 3});
	brain_disk(&b.brain, &(struct disk_seen){.path = "/b", .used_pct = 70});
	assert_int_equal(alerts_find(&b.brain.alerts, KIND_DISK, "/")->story->trail->v[0], 6000);
	assert_int_equal(alerts_find(&b.brain.alerts, KIND_DISK, "/b")->story->trail->v[0], 7000);
	bench_close(&b);
}

static void
test_trails_are_bounded(void **state)
{
	char path[32];

	(void)state;
	open_bench("en");
	bench_tick(&b, 1000);
	for (int i = 0; i < TRAILS_MAX + 10; i++) {
		snprintf(path, sizeof(path), "/%d", i);
		brain_disk(&b.brain, &(struct disk_seen){.path = path, .used_pct = 50});
	}
	assert_int_equal(b.brain.alerts.with_trail, TRAILS_MAX);
	bench_close(&b);
}

static void
test_a_new_brain_knows_the_past(void **state)
{
	static struct bench anew;
	uint8_t *bytes;
	size_t len;
	uint64_t generation;
	const struct trail *was, *is;

	(void)state;
	open_bench("en");
	for (int i = 0; i < 50; i++)
		look(1200 + i * 30, 40 + i, 50 + i / 10.0);
	was = alerts_find(&b.brain.alerts, KIND_MEM, "")->story->trail;
	assert_int_equal(snapshot_encode(&b.brain, 7, &bytes, &len), 0);
	bench_open(&anew, NULL);
	brain_clock(&anew.brain, (struct moment){3000, BENCH_WALL + 3000});
	assert_null(snapshot_decode(&anew.brain, bytes, len, &generation));
	is = alerts_find(&anew.brain.alerts, KIND_MEM, "")->story->trail;
	assert_non_null(is);
	assert_true(is->width == was->width && is->newest == was->newest);
	assert_memory_equal(is->v, was->v, sizeof(is->v));
	assert_non_null(alerts_find(&anew.brain.alerts, KIND_DISK, "/")->story->trail);
	assert_int_equal(anew.brain.alerts.with_trail, 2);
	free(bytes);
	bench_close(&anew);
	bench_close(&b);
}

static void
test_a_clock_beyond_all_numbers_is_survived(void **state)
{
	(void)state;
	trail_note(&t, 4e121, 30, 97);
	trail_note(&t, 1e300, 30, 20);
	assert_true(strlen(said(true)) < sizeof(t.text));
	assert_string_not_equal(blocks(30), "");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		TEST(test_before_the_first_look_there_is_nothing),
		TEST(test_one_look_is_no_past_and_two_have_no_trend),
		TEST(test_a_rise_is_drawn_from_the_first_looks_on),
		TEST(test_all_blocks_of_half_an_hour_are_fifteen_and_older_ones_go),
		TEST(test_narrow_buckets_widen_and_keep_the_highest),
		TEST(test_looks_far_apart_make_few_blocks),
		TEST(test_what_was_not_seen_for_long_is_a_gap),
		TEST(test_a_slow_look_is_no_gap),
		TEST(test_little_change_looks_little),
		TEST(test_directions),
		TEST(test_full_at_this_rate),
		TEST(test_no_time_is_told_that_means_nothing),
		TEST(test_a_clock_that_stands_or_goes_back_does_no_harm),
		TEST(test_alerts_and_repetitions_carry_it_and_recoveries_do_not),
		TEST(test_a_disk_says_when_it_is_full_though_df_s_figure_has_not_moved),
		TEST(test_an_exact_figure_that_contradicts_is_not_believed),
		TEST(test_trails_are_bounded),
		TEST(test_a_new_brain_knows_the_past),
		TEST(test_a_clock_beyond_all_numbers_is_survived),
	};

	setenv("TZ", "UTC0", 1);
	log_set(unit_quiet, LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
