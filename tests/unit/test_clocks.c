/*
 * A wall clock that is set by a day, forwards and back, at any moment: no
 * decision and no delivery depends on it, and no text makes an incident end
 * before it began.
 */
#include "build_config.h"

#include "brain_unit.h"
#include "digest.h"

#define TICKS 400
#define INTERVAL_S 30.0
#define JUMP_S 86400.0

static struct strbuf text;

/* What happens is the same in every run: an application, memory, a container and failed jobs by the number of the tick. */
static void
play_tick(struct bench *t, unsigned tick, double wall, double application)
{
	double now = tick * INTERVAL_S;

	brain_clock(&t->brain, (struct moment){now, wall});
	brain_tick_begin(&t->brain, now);
	brain_mem(&t->brain, tick / 7 % 3 == 0 ? 95 : 40, "");
	brain_dep(&t->brain, "git", tick / 11 % 2 == 0, 1, "connection refused");
	if (tick / 13 % 3 == 2) {
		brain_metrics_failed(&t->brain, "timeout");
	} else {
		brain_metrics_begin(&t->brain, application, tick / 5);
		brain_agent(&t->brain, "41", "developer", tick / 40);
		brain_metrics_end(&t->brain, true);
	}
	brain_containers_begin(&t->brain);
	bench_container(t, "api", tick / 17 % 2 == 0 ? "running" : "exited", "", 1, true);
	brain_containers_end(&t->brain, true);
	brain_tick_end(&t->brain);
}

static double
steady(unsigned tick)
{
	return BENCH_WALL + tick * INTERVAL_S;
}

/* A day ahead, a day back, a day back, a day ahead, each for a while. */
static double
jumping(unsigned tick)
{
	static const double jumps[] = {0, JUMP_S, 0, -JUMP_S};

	return steady(tick) + jumps[tick / 23 % 4];
}

/* A day ahead again and again. */
static double
leaping(unsigned tick)
{
	return steady(tick) + tick / 90 * JUMP_S;
}

/* What was made just before the clock was set. */
static double
leaping_late(unsigned tick)
{
	return steady(tick) + (tick == 0 ? 0 : tick - 1) / 90 * JUMP_S;
}

/* The host's clock, and that of the application.  Returns what was decided; the caller frees it. */
static char *
play(double (*wall)(unsigned), double (*application)(unsigned))
{
	static const char *const settings[] = {"AGENT_STALL_S=900", "METRICS_URL=http://app/metrics", "DEPS=git=tcp://git:1", NULL};
	static struct bench t;
	char *said;

	bench_open(&t, settings);
	for (unsigned tick = 0; tick < TICKS; tick++)
		play_tick(&t, tick, wall(tick), application(tick));
	said = strdup(bench_said(&t));
	bench_close(&t);
	assert_non_null(said);
	return said;
}

static void
check_same(double (*wall)(unsigned), double (*application)(unsigned))
{
	char *calm = play(steady, steady), *wild = play(wall, application);

	assert_non_null(strstr(calm, "alert mem; "));
	assert_non_null(strstr(calm, "recovery orchestrator"));
	assert_non_null(strstr(calm, "alert container:api"));
	assert_non_null(strstr(calm, "alert agent:41"));
	assert_string_equal(wild, calm);
	free(calm);
	free(wild);
}

static void
no_decision_depends_on_the_wall_clock(void **state)
{
	(void)state;
	check_same(jumping, jumping);
	check_same(leaping, leaping);
}

static void
an_envelope_may_be_from_just_before(void **state)
{
	(void)state;
	check_same(leaping, leaping_late);
}

static void
an_application_elsewhere_has_a_clock_of_its_own(void **state)
{
	(void)state;
	check_same(leaping, steady);
}

/* --- texts --- */

static void
add(struct outbox *o, struct moment at, enum action action, double lasted)
{
	struct transition t = {
		.kind = KIND_DEP, .severity = SEVERITY_CRITICAL, .action = action, .key = "dep:git", .detail = "x", .lasted = lasted,
		.decided = at.now, .wall = at.wall, .since_wall = at.wall - lasted, .mark = 1,
	};

	assert_int_equal(outbox_add(o, &t), 0);
}

/* An incident of 7 minutes that nobody could be told of; the wall clock was set by jump in the middle of it. */
static void
tell_late(double jump, const char *expected)
{
	struct moment alert = {60, BENCH_WALL + 60}, recovery = {480, BENCH_WALL + 480 + jump};
	struct setting s = {LANGUAGE_EN, "host1", {490, BENCH_WALL + 490 + jump}};
	struct msg_message msg;
	struct outbox o;

	outbox_init(&o, 1, 0);
	add(&o, alert, ACTION_ALERT, 0);
	outbox_flush(&o);
	add(&o, recovery, ACTION_RECOVERY, 420);
	outbox_flush(&o);
	outbox_credit(&o, 0);
	assert_int_equal(outbox_compose(&o, &s), 1);
	outbox_snapshot(&o, 1);
	outbox_confirm(&o, 1);
	assert_int_equal(outbox_offer(&o, &s, &msg, &text), 1);
	assert_string_equal(msg.text, expected);
	outbox_free(&o);
	strbuf_free(&text);
}

static void
an_incident_ends_after_it_began(void **state)
{
	(void)state;
	tell_late(0, "🟢 dep git: was down 22:14–22:21, told late\nhost1 · 22:21:20 · #zqr");
	tell_late(-JUMP_S, "🟢 dep git: was down 22:14–22:21, told late\nhost1 · 22:21:20 · #zqr");
	tell_late(JUMP_S, "🟢 dep git: was down 22:14–22:21, told late\nhost1 · 22:21:20 · #zqr");
}

/* It is late by the clock that never jumps. */
static void
what_is_told_at_once_is_not_late(void **state)
{
	struct setting s = {LANGUAGE_EN, "host1", {61, BENCH_WALL + 61 + JUMP_S}};
	struct msg_message msg;
	struct outbox o;

	(void)state;
	outbox_init(&o, 1, 0);
	add(&o, (struct moment){60, BENCH_WALL + 60}, ACTION_ALERT, 0);
	outbox_flush(&o);
	outbox_credit(&o, 0);
	assert_int_equal(outbox_compose(&o, &s), 1);
	outbox_snapshot(&o, 1);
	outbox_confirm(&o, 1);
	assert_int_equal(outbox_offer(&o, &s, &msg, &text), 1);
	assert_null(strstr(msg.text, "late"));
	assert_non_null(strstr(msg.text, "host1 · 22:14:20"));
	outbox_free(&o);
	strbuf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_decision_depends_on_the_wall_clock),
		cmocka_unit_test(an_envelope_may_be_from_just_before),
		cmocka_unit_test(an_application_elsewhere_has_a_clock_of_its_own),
		cmocka_unit_test(an_incident_ends_after_it_began),
		cmocka_unit_test(what_is_told_at_once_is_not_late),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
