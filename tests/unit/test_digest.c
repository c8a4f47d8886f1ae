/*
 * Many transitions in few messages: what is folded, in which order, and that
 * nobody is left out.
 */
#include "build_config.h"

#include "outbox_unit.h"
#include "unit_log.h"

static void
add_key(enum signal_kind kind, const char *key, enum action action, bool gone)
{
	struct transition t = {
		.kind = kind, .severity = kind_severity(kind), .action = action, .key = key, .detail = "why", .farewell = gone ? FAREWELL_GONE : FAREWELL_NONE, .lasted = 60,
		.decided = setting.at.now, .wall = setting.at.wall, .since_wall = setting.at.wall - 60,
		.mark = outbox_mark(&o),
	};

	assert_int_equal(outbox_add(&o, &t), 0);
}

/* name[0] … name[n-1] of a kind. */
static void
add_many(enum signal_kind kind, const char *name, unsigned n, enum action action)
{
	char key[64];

	for (unsigned i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "%s%s%u", kind_prefix(kind), name, i);
		add_key(kind, key, action, false);
	}
}

/* What is offered next without its last line, "" if nothing. */
static const char *
offer(void)
{
	static char buf[MESSAGE_TEXT_MAX + 1];
	const char *whole = offer_to(0);
	char *last;

	assert_true(utf8_count(whole) <= DIGEST_POINTS_MAX);
	snprintf(buf, sizeof(buf), "%s", whole);
	if ((last = strrchr(buf, '\n')) != NULL)
		*last = '\0';
	return buf;
}

static void
told(void)
{
	while (offer()[0] != '\0')
		delivered();
}

static void
test_four_have_a_line_each(void **state)
{
	(void)state;
	add_many(KIND_DEP, "d", 4, ACTION_ALERT);
	assert_string_equal(offer(), "🔴 dep d0: why\n🔴 dep d1: why\n🔴 dep d2: why\n🔴 dep d3: why");
}

static void
test_five_share_one(void **state)
{
	(void)state;
	add_many(KIND_DEP, "d", 5, ACTION_ALERT);
	assert_string_equal(offer(), "🔴 5 dependencies down: d0, d1, d2, d3, d4");
}

static void
test_each_kind_and_each_action_has_its_own_line_worst_first(void **state)
{
	(void)state;
	add_many(KIND_AGENT, "a", 5, ACTION_ALERT);
	add_many(KIND_CONTAINER, "c", 5, ACTION_RECOVERY);
	add_many(KIND_DEP, "d", 6, ACTION_REALERT);
	add_many(KIND_CONTAINER, "x", 5, ACTION_ALERT);
	add_key(KIND_MEM, "mem", ACTION_ALERT, false);
	assert_string_equal(offer(),
	    "🔁 6 dependencies still down: d0, d1, d2, d3, d4, d5\n"
	    "🔴 5 containers down: x0, x1, x2, x3, x4\n"
	    "🔴 memory: why\n"
	    "🔴 5 agents stalled: a0, a1, a2, a3, a4\n"
	    "🟢 5 containers recovered: c0, c1, c2, c3, c4");
}

static void
test_every_kind_has_its_words(void **state)
{
	static const struct {
		enum signal_kind kind;
		const char *alert, *realert, *was;
	} words[] = {
		{KIND_AGENT, "5 agents stalled: ", "5 agents still stalled: ", "5 agents were stalled: "},
		{KIND_DISK, "5 disks over the mark: ", "5 disks still over the mark: ", "5 disks were over the mark: "},
		{KIND_CONTAINER, "5 containers down: ", "5 containers still down: ", "5 containers were down: "},
		{KIND_DEP, "5 dependencies down: ", "5 dependencies still down: ", "5 dependencies were down: "},
		{KIND_SOURCE, "5 sources cannot be read: ", "5 sources still cannot be read: ",
		    "5 sources could not be read: "},
		{KIND_WATCHDOG, "5 processes of watchdog keep failing: ", "5 processes of watchdog still keep failing: ",
		    "5 processes of watchdog kept failing: "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		add_many(words[i].kind, "x", 5, ACTION_ALERT);
		assert_non_null(strstr(offer(), words[i].alert));
		delivered();
		add_many(words[i].kind, "x", 5, ACTION_REALERT);
		assert_non_null(strstr(offer(), words[i].realert));
		delivered();
		add_many(words[i].kind, "x", 5, ACTION_ALERT);
		add_many(words[i].kind, "x", 5, ACTION_RECOVERY);
		assert_non_null(strstr(offer(), words[i].was));
		delivered();
	}
}

static void
test_in_russian(void **state)
{
	(void)state;
	setting.lang = LANGUAGE_RU;
	add_many(KIND_DEP, "d", 5, ACTION_ALERT);
	assert_string_equal(offer(), "🔴 не работает 5 зависимостей: d0, d1, d2, d3, d4");
	delivered();
	add_many(KIND_DEP, "d", 5, ACTION_RECOVERY);
	assert_string_equal(offer(), "🟢 восстановление, 5 зависимостей: d0, d1, d2, d3, d4");
}

static void
test_what_is_gone_and_what_was_down_are_told_apart(void **state)
{
	char key[16];

	(void)state;
	add_many(KIND_AGENT, "a", 5, ACTION_ALERT);
	told();
	for (int i = 0; i < 5; i++) {
		snprintf(key, sizeof(key), "agent:a%d", i);
		add_key(KIND_AGENT, key, ACTION_RECOVERY, true);
	}
	add_many(KIND_DEP, "d", 5, ACTION_ALERT);
	outbox_flush(&o);
	at(30);
	add_many(KIND_DEP, "d", 5, ACTION_RECOVERY);
	assert_string_equal(offer(), "🟢 5 agents gone: a0, a1, a2, a3, a4\n"
	    "🟢 5 dependencies were down: d0, d1, d2, d3, d4 (22:12:20–22:13:50)");
}

static void
test_what_was_down_while_the_channel_was_away_says_when_and_that_it_is_late(void **state)
{
	(void)state;
	add_many(KIND_DEP, "d", 5, ACTION_ALERT);
	outbox_flush(&o);
	at(420);
	add_many(KIND_DEP, "d", 5, ACTION_RECOVERY);
	at(600);
	assert_string_equal(offer(), "🟢 5 dependencies were down: d0, d1, d2, d3, d4 (22:12–22:20), told late");
}

/* Signals that change in turn, in several batches: the order of each one's changes is kept. */
static void
test_no_signal_s_order_is_turned_round(void **state)
{
	const char *message, *recovered, *again;

	(void)state;
	add_many(KIND_DEP, "d", 5, ACTION_ALERT);
	told();
	at(10);
	add_many(KIND_DEP, "e", 5, ACTION_ALERT);
	add_key(KIND_DEP, "dep:d0", ACTION_RECOVERY, false);
	outbox_flush(&o);
	at(20);
	add_key(KIND_DEP, "dep:d0", ACTION_ALERT, false);
	add_many(KIND_DEP, "f", 5, ACTION_ALERT);
	message = offer();
	recovered = strstr(message, "🟢 dep d0: recovered");
	again = strstr(message, recovered == NULL ? message : "d0, f0");
	assert_non_null(recovered);
	assert_true(again > recovered);
	for (int i = 0; i < 5; i++) {
		char name[8];

		snprintf(name, sizeof(name), "e%d", i);
		assert_non_null(strstr(message, name));
		snprintf(name, sizeof(name), "f%d", i);
		assert_non_null(strstr(message, name));
	}
}

/* In one batch too: over, and down again before the message leaves. */
static void
test_in_one_batch_what_came_later_stands_later(void **state)
{
	const char *message;

	(void)state;
	add_key(KIND_DEP, "dep:git", ACTION_ALERT, false);
	told();
	add_key(KIND_DEP, "dep:git", ACTION_RECOVERY, false);
	add_key(KIND_DEP, "dep:git", ACTION_ALERT, false);
	message = offer();
	assert_string_equal(message, "🟢 dep git: recovered after 1 min, why\n🔴 dep git: why");
}

static unsigned
count_told(unsigned n, unsigned *messages)
{
	static bool is_told[5000];
	unsigned all = 0, i, claimed, names;

	memset(is_told, 0, sizeof(is_told));
	*messages = 0;
	for (const char *m = offer(); m[0] != '\0'; m = offer()) {
		(*messages)++;
		names = 0;
		if (sscanf(m, "🔴 %u dependencies down: ", &claimed) != 1)
			fail_msg("%.100s", m);
		for (const char *at_name = strstr(m, "svc-"); at_name != NULL; at_name = strstr(at_name + 1, "svc-")) {
			names++;
			assert_int_equal(sscanf(at_name, "svc-%u", &i), 1);
			assert_true(i < n && !is_told[i]);
			is_told[i] = true;
			all++;
		}
		assert_int_equal(names, claimed);
		if (all < n) {
			assert_int_equal(sscanf(strstr(m, " … "), " … %u more follow", &claimed), 1);
			assert_int_equal(claimed, n - all);
		} else {
			assert_null(strstr(m, "more follow"));
		}
		delivered();
	}
	return all;
}

static void
test_everybody_is_named_in_as_few_messages_as_can_be(void **state)
{
	static const struct {
		unsigned n, messages;
	} storms[] = {{5, 1}, {50, 1}, {400, 1}, {500, 2}, {5000, 13}};
	unsigned messages;

	(void)state;
	for (size_t i = 0; i < sizeof(storms) / sizeof(storms[0]); i++) {
		add_many(KIND_DEP, "svc-", storms[i].n, ACTION_ALERT);
		assert_int_equal(count_told(storms[i].n, &messages), storms[i].n);
		assert_int_equal(messages, storms[i].messages);
	}
}

static void
test_short_names_fill_one_message_whole(void **state)
{
	const char *m;

	(void)state;
	add_many(KIND_DEP, "", 780, ACTION_ALERT);
	m = offer();
	assert_non_null(strstr(m, "🔴 780 dependencies down: 0, 1, 2, "));
	assert_non_null(strstr(m, ", 779"));
	delivered();
	assert_string_equal(offer(), "");
}

static void
test_foreign_names_are_escaped(void **state)
{
	(void)state;
	add_many(KIND_DEP, "<b>&", 5, ACTION_ALERT);
	assert_non_null(strstr(offer(), "🔴 5 dependencies down: &lt;b&gt;&amp;0, &lt;b&gt;&amp;1, "));
	assert_int_equal(outbox_failed(&o, sent.seq, 0, SEND_POISON, ""), 0);
	assert_non_null(strstr(offer(), "🔴 5 dependencies down: <b>&0, <b>&1, "));
	assert_int_equal(outbox_failed(&o, sent.seq, 0, SEND_POISON, ""), 0);
	assert_non_null(strstr(offer(), "🔴 5 dependencies down: <b>&0, <b>&1, "));
}

/* The longest names that there can be, one of which alone fills a message. */
static void
test_names_as_long_as_a_message(void **state)
{
	static char key[ALERT_KEY_MAX];
	unsigned messages = 0;

	(void)state;
	for (int i = 0; i < 6; i++) {
		memset(key, 'x', sizeof(key));
		snprintf(key, sizeof(key), "disk:/%d", i);
		key[strlen(key)] = 'x';
		key[4000] = '\0';
		add_key(KIND_DISK, key, ACTION_ALERT, false);
	}
	for (const char *m = offer(); m[0] != '\0'; m = offer(), messages++)
		delivered();
	assert_true(messages >= 6);
	assert_true(outbox_empty(&o));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_four_have_a_line_each),
		TEST(test_five_share_one),
		TEST(test_each_kind_and_each_action_has_its_own_line_worst_first),
		TEST(test_every_kind_has_its_words),
		TEST(test_in_russian),
		TEST(test_what_is_gone_and_what_was_down_are_told_apart),
		TEST(test_what_was_down_while_the_channel_was_away_says_when_and_that_it_is_late),
		TEST(test_no_signal_s_order_is_turned_round),
		TEST(test_in_one_batch_what_came_later_stands_later),
		TEST(test_everybody_is_named_in_as_few_messages_as_can_be),
		TEST(test_short_names_fill_one_message_whole),
		TEST(test_foreign_names_are_escaped),
		TEST(test_names_as_long_as_a_message),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	log_set(unit_quiet, LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
