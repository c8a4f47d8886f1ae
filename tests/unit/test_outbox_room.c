/*
 * The bounds of the outbox: memory stays within them, no signal is
 * forgotten, and what is told in the end is true.
 */
#include "build_config.h"

#include "outbox_unit.h"
#include "unit_log.h"

static void
add(int signal, enum action action, const char *detail, double lasted)
{
	char key[32];
	struct transition t = {
		.kind = KIND_DEP, .action = action, .key = key, .detail = detail, .lasted = lasted, .mark = outbox_mark(&o),
		.decided = setting.at.now, .wall = setting.at.wall, .since_wall = setting.at.wall - lasted,
	};

	snprintf(key, sizeof(key), "dep:d%05d", signal);
	assert_int_equal(outbox_add(&o, &t), 0);
}

/* What is offered next, "" if nothing. */
static const char *
offer(void)
{
	return offer_to(0);
}

/* All that waits, delivered, in one string for free(). */
static char *
drain(void)
{
	size_t len = 0, cap = 8u << 20;
	char *all = calloc(1, cap);

	for (const char *m = offer(); m[0] != '\0'; m = offer()) {
		len += (size_t)snprintf(all + len, cap - len, "%s\n", m);
		delivered();
	}
	assert_true(len < cap);
	assert_true(outbox_empty(&o));
	return all;
}

/* True if a line with that glyph, and all those words, names the signal. */
static bool
is_told(const char *all, int signal, const char *glyph, const char *words)
{
	char name[32];

	snprintf(name, sizeof(name), "d%05d", signal);
	for (const char *at = strstr(all, name); at != NULL; at = strstr(at + 1, name)) {
		const char *begin = at, *end = strchr(at, '\n');
		char *line;
		bool told;

		while (begin > all && begin[-1] != '\n')
			begin--;
		line = strndup(begin, (size_t)(end - begin));
		told = strncmp(line, glyph, strlen(glyph)) == 0 && strstr(line, words) != NULL;
		free(line);
		if (told)
			return true;
	}
	return false;
}

static void
assert_bounded(void)
{
	assert_true(o.count <= OUTBOX_SIGNALS_MAX + OUTBOX_MAX / 10 + 1);
	assert_true(o.bytes <= OUTBOX_SIGNALS_BYTES_MAX + OUTBOX_BYTES_MAX / 10 + ALERT_DETAIL_MAX);
}

static void
test_under_the_bound_nothing_folds(void **state)
{
	(void)state;
	for (int i = 0; i < OUTBOX_MAX; i++)
		add(i % 100, i % 200 < 100 ? ACTION_ALERT : ACTION_RECOVERY, "x", 1);
	assert_int_equal(o.count, OUTBOX_MAX);
}

static void
test_past_the_bound_changes_of_one_signal_fold_into_the_last_and_a_count(void **state)
{
	(void)state;
	add(1000, ACTION_ALERT, "x", 0);
	for (int i = 0; i < 3 * OUTBOX_MAX; i++) {
		at(i);
		add(i % 100, i % 200 < 100 ? ACTION_ALERT : ACTION_RECOVERY, "x", 1);
		outbox_flush(&o);
		assert_true(o.count <= OUTBOX_MAX);
	}
	assert_string_equal(TAILQ_FIRST(&o.waiting)->key, "dep:d01000");
	assert_true(TAILQ_NEXT(TAILQ_FIRST(&o.waiting), entry)->folded > 50);
}

/* That somebody has acknowledged it does not stand for the alert that he has seen elsewhere, or the chats will never. */
static void
test_a_note_about_a_signal_takes_no_alert_with_it(void **state)
{
	char *all;

	(void)state;
	add(1000, ACTION_ALERT, "refused", 0);
	add(1000, ACTION_NOTE, "it is acknowledged", 0);
	for (int i = 0; i < 2 * OUTBOX_MAX; i++)
		add(i % 100, i % 200 < 100 ? ACTION_ALERT : ACTION_RECOVERY, "x", 1);
	all = drain();
	assert_true(is_told(all, 1000, "🔴", "refused"));
	assert_non_null(strstr(all, "it is acknowledged"));
	free(all);
}

/* Every signal that there can be, each changing all the time, for as long as the channel is away. */
static void
test_no_signal_is_forgotten_however_many_there_are_and_however_often_they_change(void **state)
{
	char *all;
	uint64_t changes = 0;
	const struct transition *t;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		at(i);
		add(i % ALERTS_MAX, i / ALERTS_MAX % 2 == 0 ? ACTION_ALERT : ACTION_RECOVERY, "no answer within 5 s", 1);
		outbox_flush(&o);
		assert_bounded();
	}
	TAILQ_FOREACH(t, &o.waiting, entry)
		changes += t->folded + 1;
	assert_int_equal(changes, 100000);
	all = drain();
	for (int i = 0; i < ALERTS_MAX; i++)
		if (!is_told(all, i, "", ""))
			fail_msg("%d was forgotten", i);
	assert_null(strstr(all, "watchdog outbox"));
	free(all);
}

/* Whatever is said to have recovered was said to be down before. */
static void
assert_no_bare_recovery(char *all)
{
	static bool told[OUTBOX_MAX + 2];
	int i;

	memset(told, 0, sizeof(told));
	for (char *line = strtok(all, "\n"); line != NULL; line = strtok(NULL, "\n"))
		for (const char *at = strstr(line, "d0"); at != NULL; at = strstr(at + 1, "d0")) {
			if (sscanf(at, "d%d", &i) != 1)
				continue;
			if (strncmp(line, "🔴", strlen("🔴")) == 0)
				told[i] = true;
			else if (strstr(line, "recovered") != NULL)
				assert_true(told[i]);
		}
}

/* A signal that was bad and is well again, and of which nothing had been told, is told as that: no bare "recovered". */
static void
test_what_folded_away_was_never_told_so_the_recovery_says_it_all(void **state)
{
	char *all;

	(void)state;
	add(0, ACTION_ALERT, "x", 0);
	at(120);
	add(0, ACTION_RECOVERY, "y", 120);
	add(1, ACTION_ALERT, "x", 0);
	add(1, ACTION_REALERT, "x", 60);
	for (int i = 0; i < 2 * OUTBOX_MAX; i++)
		add(2 + i % OUTBOX_MAX, i < OUTBOX_MAX ? ACTION_ALERT : ACTION_RECOVERY, "x", 1);
	at(600);
	all = drain();
	assert_true(is_told(all, 0, "🟢 ", "were down: d00000 ×2, "));
	assert_true(is_told(all, 1, "🔴 ", "dependencies down: "));
	assert_no_bare_recovery(all);
	free(all);
}

/* What a chat was told before stays a recovery. */
static void
test_the_recovery_of_what_was_told_stays_one(void **state)
{
	char *all;

	(void)state;
	add(0, ACTION_ALERT, "x", 0);
	free(drain());
	add(0, ACTION_RECOVERY, "fine", 60);
	add(0, ACTION_ALERT, "x", 0);
	add(0, ACTION_RECOVERY, "fine", 30);
	for (int i = 0; i < OUTBOX_MAX + 1; i++)
		add(1 + i % 10, ACTION_REALERT, "x", 1);
	all = drain();
	assert_non_null(strstr(all, "🟢 dep d00000: recovered after 30 s, fine (3 changes)"));
	free(all);
}

static void
test_long_details_are_cut_before_anything_is_dropped(void **state)
{
	char detail[1200], *all;

	(void)state;
	memset(detail, 'x', sizeof(detail));
	detail[sizeof(detail) - 1] = '\0';
	for (int i = 0; i < ALERTS_MAX; i++) {
		add(i, ACTION_ALERT, detail, 0);
		assert_bounded();
	}
	assert_int_equal(strlen(TAILQ_FIRST(&o.waiting)->detail), ALERT_DETAIL_SHORT - 1);
	all = drain();
	for (int i = 0; i < ALERTS_MAX; i++)
		assert_true(is_told(all, i, "🔴 ", "dependencies down: "));
	assert_null(strstr(all, "watchdog outbox"));
	free(all);
}

/* Signals that come and go without end: what still alerts stays, what is over goes first, and that is said. */
static void
test_what_is_dropped_in_the_end_is_over_and_counted(void **state)
{
	unsigned long dropped = 0;
	char *all, *said;

	(void)state;
	for (int i = 0; i < 5000; i++)
		add(i, ACTION_ALERT, "x", 0);
	for (int i = 5000; i < 50000; i++) {
		add(i, ACTION_ALERT, "x", 0);
		add(i, ACTION_RECOVERY, "gone", 5);
		outbox_flush(&o);
		assert_bounded();
	}
	all = drain();
	for (int i = 0; i < 5000; i++)
		assert_true(is_told(all, i, "🔴 ", ""));
	said = strstr(all, "🔴 watchdog outbox: ");
	assert_non_null(said);
	assert_int_equal(sscanf(said, "🔴 watchdog outbox: %lu changes could not be kept", &dropped), 1);
	assert_true(dropped > 40000 && dropped < 90000);
	free(all);
}

static void
test_what_is_under_way_is_never_folded_away(void **state)
{
	(void)state;
	add(0, ACTION_ALERT, "not answering", 0);
	assert_non_null(strstr(offer(), "🔴 dep d00000: not answering"));
	for (int i = 0; i < 2 * OUTBOX_MAX; i++)
		add(i % 10, ACTION_REALERT, "x", 1);
	assert_int_equal(outbox_failed(&o, sent.seq, 0, SEND_UNKNOWN, ""), 0);
	assert_non_null(strstr(offer(), "🔴 dep d00000: not answering"));
	delivered();
	assert_non_null(strstr(offer(), "🔁 10 dependencies still down: d00000 ×"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_under_the_bound_nothing_folds),
		TEST(test_past_the_bound_changes_of_one_signal_fold_into_the_last_and_a_count),
		TEST(test_a_note_about_a_signal_takes_no_alert_with_it),
		TEST(test_no_signal_is_forgotten_however_many_there_are_and_however_often_they_change),
		TEST(test_what_folded_away_was_never_told_so_the_recovery_says_it_all),
		TEST(test_the_recovery_of_what_was_told_stays_one),
		TEST(test_long_details_are_cut_before_anything_is_dropped),
		TEST(test_what_is_dropped_in_the_end_is_over_and_counted),
		TEST(test_what_is_under_way_is_never_folded_away),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	log_set(unit_quiet, LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
