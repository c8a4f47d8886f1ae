/*
 * Snapshots: what a new brain knows, and what it refuses.
 */
#include "build_config.h"

#include <math.h>
#include <time.h>

#include "brain_unit.h"
#include "digest.h"
#include "snapshot.h"
#include "unit_log.h"

static struct bench t, anew;
static uint8_t *bytes;
static size_t len;
static uint64_t generation;
static struct setting setting = {LANGUAGE_EN, "host1", {0, BENCH_WALL}};

static const char *const settings[] = {"MEM_TICKS=2", "COOLDOWN_S=1000", "DEP_DOWN_TICKS=3", NULL};

static int
setup(void **state)
{
	(void)state;
	bench_open_with(&t, settings, (struct brain_options){.chats = 2});
	bench_open_with(&anew, settings, (struct brain_options){.chats = 2});
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(bytes);
	bytes = NULL;
	bench_close(&t);
	bench_close(&anew);
	return 0;
}

static void
take(void)
{
	free(bytes);
	assert_int_equal(snapshot_encode(&t.brain, 7, &bytes, &len), 0);
}

/* The brain is killed, and another begins with the snapshot at now. */
static const char *
restore(double now)
{
	brain_clock(&anew.brain, (struct moment){now, BENCH_WALL + now});
	return snapshot_decode(&anew.brain, bytes, len, &generation);
}

static void
look(struct bench *b, double now, double mem, bool dep)
{
	bench_tick(b, now);
	brain_metrics_begin(&b->brain, BENCH_WALL + now, 5);
	brain_agent(&b->brain, "41", "", 9);
	brain_metrics_end(&b->brain, true);
	brain_mem(&b->brain, mem, "");
	brain_containers_begin(&b->brain);
	bench_container(b, "api", now < 100 ? "running" : "exited", "", now < 100 ? 0 : 1, false);
	brain_containers_end(&b->brain, true);
	brain_dep(&b->brain, "git", dep, 1, "");
	brain_tick_end(&b->brain);
}

static void
test_what_was_told_is_not_told_again_and_its_cooldown_runs_on(void **state)
{
	(void)state;
	look(&t, 0, 95, true);
	look(&t, 30, 95, true);
	assert_string_equal(bench_said(&t), "alert mem");
	take();
	assert_null(restore(31));
	assert_int_equal(generation, 7);
	look(&anew, 60, 95, true);
	look(&anew, 99, 95, true);
	assert_string_equal(bench_said(&anew), "");
	bench_tick(&anew, 1030);
	brain_mem(&anew.brain, 95, "");
	assert_string_equal(bench_said(&anew), "realert mem");
	brain_mem(&anew.brain, 10, "");
	assert_string_equal(bench_said(&anew), "recovery mem");
}

static void
test_bad_looks_so_far_still_count(void **state)
{
	(void)state;
	look(&t, 0, 10, false);
	look(&t, 30, 10, false);
	take();
	assert_null(restore(31));
	look(&anew, 60, 10, false);
	assert_string_equal(bench_said(&anew), "alert dep:git");
}

/* What a collector says that was taken over, or an engine of another system, must not cost all that is remembered. */
static void
test_a_container_whose_figures_are_absurd_comes_back(void **state)
{
	static const int exit_codes[] = {-1, 255, EXIT_CODE_MAX, EXIT_CODE_MAX + 1, INT32_MAX, INT32_MIN};
	static const double graces[] = {0, CONTAINER_GRACE_MAX_S, -1, 1e300, INFINITY};

	(void)state;
	bench_tick(&t, 10);
	brain_containers_begin(&t.brain);
	for (size_t i = 0; i < LENGTH(exit_codes) + LENGTH(graces); i++) {
		char name[8];

		snprintf(name, sizeof(name), "c%zu", i);
		brain_container(&t.brain, &(struct container_seen){.name = name, .state = "exited", .health = "", .named = true,
		    .exit_code = i < LENGTH(exit_codes) ? exit_codes[i] : 1,
		    .grace = i < LENGTH(exit_codes) ? NAN : graces[i - LENGTH(exit_codes)]});
	}
	brain_container(&t.brain, &(struct container_seen){.name = "old", .state = "running", .health = "", .id = "abc", .exit_code = -1,
	    .grace = NAN});
	brain_containers_end(&t.brain, true);
	for (int i = 0; i < 3; i++) {
		brain_container_act(&t.brain, &(struct container_hint){.act = ACT_DIED, .id = "abc", .name = "old", .signal = -1, .age = 1e300});
		brain_container_act(&t.brain, &(struct container_hint){.act = ACT_STARTED, .id = "abc", .name = "old", .signal = -1,
		    .age = 1e300});
	}
	brain_tick_end(&t.brain);
	take();
	assert_null(restore(20));
	assert_int_equal(brain_active(&anew.brain), brain_active(&t.brain));
}

static void
test_samples_bases_and_containers_seen_running_are_remembered(void **state)
{
	(void)state;
	look(&t, 0, 10, true);
	take();
	assert_null(restore(1));
	bench_tick(&anew, 300);
	brain_metrics_begin(&anew.brain, BENCH_WALL + 300, 6);
	brain_agent(&anew.brain, "41", "", 9);
	brain_metrics_end(&anew.brain, true);
	brain_containers_begin(&anew.brain);
	bench_container(&anew, "api", "exited", "", 1, false);
	brain_containers_end(&anew.brain, true);
	assert_string_equal(bench_said(&anew), "alert job_failed; alert agent:41; alert container:api");
}

/* Whatever waits for chat, delivered: all texts in one string. */
static const char *
drain(struct outbox *o, unsigned chat, uint64_t number)
{
	static char all[8192];
	struct strbuf text = {0};
	struct msg_message m;

	for (all[0] = '\0';; outbox_delivered(o, m.seq, m.chat)) {
		size_t n = strlen(all);

		outbox_credit(o, chat);
		assert_true(outbox_compose(o, &setting) >= 0);
		outbox_snapshot(o, number);
		outbox_confirm(o, number);
		if (outbox_offer(o, &setting, &m, &text) != 1)
			break;
		snprintf(all + n, sizeof(all) - n, "%s\n", text.s);
	}
	strbuf_free(&text);
	return all;
}

static void
test_what_waits_is_told_by_the_new_brain_and_what_was_delivered_is_not(void **state)
{
	char expected[8192];

	(void)state;
	look(&t, 0, 95, true);
	look(&t, 30, 95, true);
	look(&t, 120, 95, false);
	drain(&t.brain.outbox, 0, 1);
	take();
	assert_null(restore(121));
	snprintf(expected, sizeof(expected), "%s", drain(&t.brain.outbox, 1, 2));
	assert_string_equal(drain(&anew.brain.outbox, 0, 8), "");
	assert_string_equal(drain(&anew.brain.outbox, 1, 8), expected);
	assert_non_null(strstr(expected, "🔴 memory"));
	assert_non_null(strstr(expected, "🔴 container api"));
}

static void
test_a_message_under_way_goes_out_again_as_it_was(void **state)
{
	struct strbuf first = {0}, second = {0};
	struct msg_message a, b;

	(void)state;
	look(&t, 0, 95, true);
	look(&t, 30, 95, true);
	outbox_credit(&t.brain.outbox, 1);
	assert_int_equal(outbox_compose(&t.brain.outbox, &setting), 1);
	outbox_snapshot(&t.brain.outbox, 7);
	take();
	outbox_confirm(&t.brain.outbox, 7);
	assert_int_equal(outbox_offer(&t.brain.outbox, &setting, &a, &first), 1);

	assert_null(restore(31));
	assert_int_equal(outbox_offer(&anew.brain.outbox, &setting, &b, &second), 0);
	outbox_credit(&anew.brain.outbox, 1);
	assert_int_equal(outbox_offer(&anew.brain.outbox, &setting, &b, &second), 1);
	assert_true(a.seq == b.seq && b.chat == 1);
	assert_string_equal(first.s, second.s);
	strbuf_free(&first);
	strbuf_free(&second);
}

static void
test_a_chats_new_id_is_remembered(void **state)
{
	(void)state;
	outbox_moved(&t.brain.outbox, 1, -1001234567890);
	take();
	assert_null(restore(1));
	assert_false(anew.brain.outbox.chat[0].moved);
	assert_true(anew.brain.outbox.chat[1].moved);
	assert_true(anew.brain.outbox.chat[1].new_id == -1001234567890);
}

static void
test_what_replies_to_what_is_remembered(void **state)
{
	struct outbox *o = &anew.brain.outbox;

	(void)state;
	threads_note(&t.brain.outbox.threads, 0, 5, 100);
	threads_note(&t.brain.outbox.threads, 1, 5, -7);
	for (uint32_t mark = 6; mark < 6 + THREADS_MAX - 1; mark++)
		threads_note(&t.brain.outbox.threads, 0, mark, mark);
	take();
	assert_null(restore(1));
	assert_true(threads_find(&o->threads, 0, 5) == 0);
	assert_true(threads_find(&o->threads, 1, 5) == -7);
	assert_true(threads_find(&o->threads, 0, 6) == 6);
	/* The oldest goes first, as it would have. */
	threads_note(&o->threads, 0, 5, 100);
	assert_true(threads_find(&o->threads, 1, 5) == 0);
	assert_true(threads_find(&o->threads, 0, 6) == 6);
}

static void
test_with_fewer_chats_nothing_waits_for_the_others(void **state)
{
	(void)state;
	look(&t, 0, 95, true);
	look(&t, 30, 95, true);
	drain(&t.brain.outbox, 0, 1);
	take();
	bench_close(&anew);
	bench_open(&anew, settings);
	assert_null(restore(31));
	assert_true(outbox_empty(&anew.brain.outbox));
}

static void
test_encoding_what_was_decoded_gives_the_same_bytes(void **state)
{
	uint8_t *again;
	size_t again_len;

	(void)state;
	look(&t, 0, 95, false);
	look(&t, 120, 95, false);
	take();
	assert_null(restore(120));
	assert_int_equal(snapshot_encode(&anew.brain, 7, &again, &again_len), 0);
	/* Only the open batch was closed: its number lies somewhere inside. */
	assert_int_equal(again_len, len);
	free(again);
}

static void
test_a_snapshot_from_this_clocks_future_is_refused(void **state)
{
	(void)state;
	look(&t, 500, 95, true);
	take();
	assert_non_null(restore(499));
}

/* A host that was away: another boot, whose clock begins anew. */
static const char *
restore_after_boot(double uptime, double away)
{
	anew.brain.options.boot = 2;
	brain_clock(&anew.brain, (struct moment){uptime, t.brain.clock.wall + away});
	return snapshot_decode(&anew.brain, bytes, len, &generation);
}

static void
test_after_another_boot_its_clock_goes_on_by_the_wall_clocks_measure(void **state)
{
	static const double uptimes[] = {20, 100000};

	(void)state;
	for (size_t i = 0; i < LENGTH(uptimes); i++) {
		teardown(NULL);
		setup(NULL);
		t.brain.options.boot = 1;
		look(&t, 5000, 95, true);
		take();
		assert_null(restore_after_boot(uptimes[i], 600));
		assert_true(fabs(anew.brain.clock.now - 5600) < 0.001);
		assert_true(fabs(anew.brain.booted - (5600 - uptimes[i])) < 0.001);
		/* and the next brain of that boot goes on by the same */
		free(bytes);
		assert_int_equal(snapshot_encode(&anew.brain, 8, &bytes, &len), 0);
		bench_close(&anew);
		bench_open_with(&anew, settings, (struct brain_options){.chats = 2});
		assert_null(restore_after_boot(uptimes[i] + 30, 630));
		assert_true(fabs(anew.brain.clock.now - 5630) < 0.001);
	}
}

static void
test_a_wall_clock_that_is_wrong_after_another_boot_is_not_believed(void **state)
{
	(void)state;
	t.brain.options.boot = 1;
	look(&t, 500, 95, true);
	take();
	assert_null(restore_after_boot(20, -86400));
	assert_true(fabs(anew.brain.clock.now - 500) < 0.001);
}

static void
test_foreign_bytes_and_other_versions_are_refused(void **state)
{
	(void)state;
	take();
	bytes[5] ^= 1;
	assert_string_equal(restore(1), "of another version");
	bytes[0] ^= 1;
	assert_string_equal(restore(1), "not a snapshot");
	len = 0;
	assert_non_null(restore(1));
}

static void
fill(void)
{
	look(&t, 0, 95, false);
	look(&t, 30, 95, false);
	look(&t, 120, 95, false);
	outbox_credit(&t.brain.outbox, 0);
	assert_int_equal(outbox_compose(&t.brain.outbox, &setting), 1);
	take();
}

/* A half filled brain is freed like any other, and one that was taken must be able to work. */
static bool
survives(const uint8_t *p, size_t n)
{
	const char *why;

	bench_close(&anew);
	bench_open_with(&anew, settings, (struct brain_options){.chats = 2});
	brain_clock(&anew.brain, (struct moment){1000, BENCH_WALL});
	why = snapshot_decode(&anew.brain, p, n, &generation);
	if (why != NULL)
		return false;
	look(&anew, 1010, 50, true);
	drain(&anew.brain.outbox, 0, UINT64_MAX);
	drain(&anew.brain.outbox, 1, UINT64_MAX);
	return true;
}

static void
test_every_truncation_is_refused(void **state)
{
	(void)state;
	fill();
	assert_true(survives(bytes, len));
	for (size_t n = 0; n < len; n++)
		assert_false(survives(bytes, n));
}

static void
test_trailing_bytes_are_refused(void **state)
{
	uint8_t *longer;

	(void)state;
	fill();
	longer = calloc(1, len + 1);
	memcpy(longer, bytes, len);
	assert_false(survives(longer, len + 1));
	free(longer);
}

static void
test_no_flipped_bit_does_harm(void **state)
{
	unsigned refused = 0;

	(void)state;
	fill();
	for (size_t i = 0; i < len * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
		refused += !survives(bytes, len);
		bytes[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	assert_true(refused > 100);
}

/* One message for chat, delivered. */
static void
deliver_one(unsigned chat)
{
	struct outbox *o = &t.brain.outbox;
	struct strbuf text = {0};
	struct msg_message m;

	outbox_credit(o, chat);
	assert_true(outbox_compose(o, &setting) >= 0);
	outbox_snapshot(o, 1);
	outbox_confirm(o, 1);
	if (outbox_offer(o, &setting, &m, &text) == 1) {
		outbox_told_as(o, m.seq, m.chat, INT64_MAX);
		outbox_delivered(o, m.seq, m.chat);
	}
	strbuf_free(&text);
}

/* All chats, each at another place of a queue of all signals that there can be, with all that is kept beside them. */
static void
test_the_largest_state_for_sixteen_chats_fits_too(void **state)
{
	char name[NAME_MAX_LEN + 1], detail[600];

	(void)state;
	bench_close(&t);
	bench_open_with(&t, settings, (struct brain_options){.chats = CHATS_MAX});
	memset(detail, 'd', sizeof(detail));
	detail[sizeof(detail) - 1] = '\0';
	for (int round = 0; round < 4; round++) {
		bench_tick(&t, round * 30);
		for (int i = 0; i < ALERTS_MAX; i++) {
			if (i % 12 == 0) {
				snprintf(name, sizeof(name), "/%038d", i);
				brain_disk(&t.brain, &(struct disk_seen){.path = name, .used_pct = 90 + round});
			} else {
				snprintf(name, sizeof(name), "%036d", i);
				brain_dep(&t.brain, name, false, 0, detail);
			}
		}
		brain_tick_end(&t.brain);
	}
	for (unsigned chat = 0; chat < CHATS_MAX; chat++)
		for (unsigned n = 0; n < 2 * chat; n++)
			deliver_one(chat);
	for (unsigned chat = 0; chat < CHATS_MAX; chat++)
		outbox_credit(&t.brain.outbox, chat);
	outbox_compose(&t.brain.outbox, &setting);
	take();
	print_message("the largest state: %zu of %u bytes\n", len, SNAPSHOT_BYTES_MAX);
	assert_true(len <= SNAPSHOT_BYTES_MAX);
	assert_true(len > 3u << 20);
	bench_close(&anew);
	bench_open_with(&anew, settings, (struct brain_options){.chats = CHATS_MAX});
	assert_null(restore(200));
}

static void
test_the_largest_state_that_there_can_be_fits(void **state)
{
	char name[NAME_MAX_LEN + 1], detail[600];

	(void)state;
	memset(name, 'n', sizeof(name));
	memset(detail, 'd', sizeof(detail));
	detail[sizeof(detail) - 1] = '\0';
	bench_tick(&t, 0);
	for (int i = 0; i < ALERTS_MAX; i++) {
		snprintf(name, sizeof(name), "%040d", i);
		brain_disk(&t.brain, &(struct disk_seen){.path = name, .used_pct = NAN, .missing = true, .error = detail});
	}
	for (int i = 0; i < 2 * OUTBOX_MAX; i++) {
		snprintf(name, sizeof(name), "%0100d", i);
		brain_dep(&t.brain, name, false, 0, detail);
		brain_role(&t.brain, ROLE_COLLECTOR, i % 2 == 0, 3, detail);
	}
	brain_tick_end(&t.brain);
	take();
	assert_true(len <= SNAPSHOT_BYTES_MAX);
	assert_true(len > 1u << 20);
	assert_null(restore(1));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_what_was_told_is_not_told_again_and_its_cooldown_runs_on),
		TEST(test_bad_looks_so_far_still_count),
		TEST(test_a_container_whose_figures_are_absurd_comes_back),
		TEST(test_samples_bases_and_containers_seen_running_are_remembered),
		TEST(test_what_waits_is_told_by_the_new_brain_and_what_was_delivered_is_not),
		TEST(test_a_message_under_way_goes_out_again_as_it_was),
		TEST(test_a_chats_new_id_is_remembered),
		TEST(test_what_replies_to_what_is_remembered),
		TEST(test_with_fewer_chats_nothing_waits_for_the_others),
		TEST(test_encoding_what_was_decoded_gives_the_same_bytes),
		TEST(test_a_snapshot_from_this_clocks_future_is_refused),
		TEST(test_after_another_boot_its_clock_goes_on_by_the_wall_clocks_measure),
		TEST(test_a_wall_clock_that_is_wrong_after_another_boot_is_not_believed),
		TEST(test_foreign_bytes_and_other_versions_are_refused),
		TEST(test_every_truncation_is_refused),
		TEST(test_trailing_bytes_are_refused),
		TEST(test_no_flipped_bit_does_harm),
		TEST(test_the_largest_state_for_sixteen_chats_fits_too),
		TEST(test_the_largest_state_that_there_can_be_fits),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	log_set(unit_quiet, LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
