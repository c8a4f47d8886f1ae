/*
 * Signals in a snapshot: every member of one that has been through a lot
 * comes back, and those that are well take little room.
 */
#include "build_config.h"

#include "brain_unit.h"
#include "snapshot.h"
#include "snapshot_field.h"

static struct bench t, anew;

static int
setup(void **state)
{
	(void)state;
	bench_open(&t, NULL);
	bench_open(&anew, NULL);
	bench_tick(&t, 500);
	brain_clock(&anew.brain, (struct moment){600, BENCH_WALL + 600});
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

static size_t
hand_over(void)
{
	uint64_t generation;
	uint8_t *bytes;
	size_t len;

	assert_int_equal(snapshot_encode(&t.brain, 7, &bytes, &len), 0);
	assert_null(snapshot_decode(&anew.brain, bytes, len, &generation));
	free(bytes);
	return len;
}

static struct alert *
a_signal(void)
{
	bool full;
	struct alert *a = alerts_get(&t.brain.alerts, KIND_DEP, "git", &full);

	assert_non_null(a);
	a->active = a->told = a->leaving = a->flapping = a->flap_told = a->steady = a->told_steady = true;
	a->named = a->seen_running = a->mounted = true;
	a->state = (struct alert_state){.alerting = true, .last_alert = 400};
	a->bad = 5;
	a->good = 6;
	a->looked = 7;
	a->severity = SEVERITY_WARNING;
	a->farewell = FAREWELL_UNWATCHED;
	assert_int_equal(alert_set_detail(&t.brain.alerts, a, "was silent"), 0);
	*alert_story(&t.brain, a) = (struct story){
		.bad_since = 1, .ripe = 2, .ended = 3, .ended_look = 4, .mark = 5, .told_at = 6, .flap_since = 7, .flap_count = 8,
		.held = 9, .held_total = 10, .ticks = 11, .moved_at = 12, .moved_now = 13, .moved = true,
	};
	return a;
}

static void
assert_same_story(const struct story *is, const struct story *was)
{
	assert_true(is->bad_since == was->bad_since && is->ripe == was->ripe && is->ended == was->ended);
	assert_true(is->told_at == was->told_at && is->flap_since == was->flap_since);
	assert_true(is->ticks == was->ticks && is->moved_at == was->moved_at && is->moved_now == was->moved_now);
	assert_true(is->moved);
	assert_int_equal(is->ended_look, was->ended_look);
	assert_int_equal(is->mark, was->mark);
	assert_int_equal(is->flap_count, was->flap_count);
	assert_int_equal(is->held, was->held);
	assert_int_equal(is->held_total, was->held_total);
}

static void
test_each_member_comes_back(void **state)
{
	struct alert *was = a_signal(), *is;

	(void)state;
	hand_over();
	is = alerts_find(&anew.brain.alerts, KIND_DEP, "git");
	assert_non_null(is);
	assert_true(is->active && is->told && is->leaving && is->flapping && is->flap_told && is->steady && is->told_steady);
	assert_true(is->named && is->seen_running && is->mounted && is->state.alerting);
	assert_true(is->state.last_alert == 400);
	assert_int_equal(is->bad, 5);
	assert_int_equal(is->good, 6);
	assert_int_equal(is->looked, 7);
	assert_int_equal(is->severity, SEVERITY_WARNING);
	assert_int_equal(is->farewell, FAREWELL_UNWATCHED);
	assert_string_equal(is->detail, "was silent");
	assert_same_story(is->story, was->story);
}

/* What stands in a snapshot of none, and of one signal, tells what each more takes. */
static void
test_one_that_is_well_takes_little_and_has_no_story(void **state)
{
	struct alert *a;
	size_t len;
	bool full;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "d%d", i);
		brain_dep(&t.brain, name, true, 1, "");
	}
	len = hand_over();
	assert_in_range(len, 1000, 50 * 1000);
	assert_int_equal(HASH_COUNT(anew.brain.alerts.by_key), 1000);
	a = alerts_get(&anew.brain.alerts, KIND_DEP, "d999", &full);
	assert_int_equal(a->good, 1);
	assert_int_equal(a->severity, SEVERITY_CRITICAL);
	assert_ptr_equal(a->story, &story_none);
}

struct pair {
	uint32_t one;
	bool two;
};

static const struct field fields[] = {
	NUMBER(1, pair, one, 9),
	FLAG(1, pair, two),
};

static void
test_only_what_differs_is_written_and_only_what_is_known_is_read(void **state)
{
	const struct pair blank = {3, false}, from = {3, true};
	struct pair to = blank;
	uint8_t buf[16];
	struct writer w = writer_of(buf, sizeof(buf));
	struct reader r;

	(void)state;
	fields_put_changed(&w, FIELDS(fields), &from, &blank);
	assert_int_equal(w.len, 5);
	r = reader_of(buf, w.len);
	fields_get_changed(&r, read_u32(&r), FIELDS(fields), &to);
	assert_true(reader_done(&r) && to.one == 3 && to.two);
	fields_get_changed(&r, 4, FIELDS(fields), &to);
	assert_true(r.failed);
}

static void
test_a_member_beyond_its_bounds_is_refused(void **state)
{
	struct pair to = {0};
	uint8_t buf[16];
	struct writer w = writer_of(buf, sizeof(buf));
	struct reader r;

	(void)state;
	write_u32(&w, 10);
	r = reader_of(buf, w.len);
	fields_get_changed(&r, 1, FIELDS(fields), &to);
	assert_true(r.failed);
	assert_int_equal(to.one, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_member_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_that_is_well_takes_little_and_has_no_story, setup, teardown),
		cmocka_unit_test(test_only_what_differs_is_written_and_only_what_is_known_is_read),
		cmocka_unit_test(test_a_member_beyond_its_bounds_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
