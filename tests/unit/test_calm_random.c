/*
 * Random weeks: troubles that come, go and flap, causes, windows, silences,
 * acknowledgements, renames, a channel that is away, and a brain that dies.
 * A ledger keeps what the chat was told, and holds it against what may be:
 * nothing ends that was never told, nothing is told twice, and in the end the
 * chat knows how it is.
 */
#include "build_config.h"

#include <time.h>

#include "calm_unit.h"
#include "control_order.h"
#include "hush.h"
#include "unit_log.h"

#define STEP_S 30.0
#define STEPS 300
#define CALM_STEPS 120 /* at the end nothing changes any more */
#define SUBJECTS 10
#define CONTAINERS 3
#define DEPS 8

enum belief { UP, DOWN, FLAPS };

/* What happens in a world besides troubles. */
enum {
	WITH_AWAY = 1,  /* the channel goes away now and then */
	WITH_DEATHS = 2, /* the brain dies now and then */
	WITH_ORDERS = 4,
	WITH_RENAMES = 8,
	WITH_WINDOWS = 16,
	WORLDS = 32,
};

static const char *const dep_names[DEPS] = {"git", "web", "db", "lo", "a", "b", "c", "d"};

static struct bench t;
static unsigned long seed, fate; /* of the world, of the brain */
static unsigned what, step;
static double now;
static bool comparing, away, docker_up, dep_up[DEPS], container_up[CONTAINERS], mem_ok, app_up;
static unsigned renamed[CONTAINERS], flips;
static double failed_jobs;
static uint64_t jobs_told;
static struct {
	char subject[64];
	enum belief belief;
} ledger[SUBJECTS * 4];
static size_t known;
static char story[1 << 20]; /* what was told, for who has to find out why */

/* --- chance --- */

static unsigned
roll(unsigned long *from, unsigned n)
{
	*from = *from * 6364136223846793005ul + 1442695040888963407ul;
	return (unsigned)(*from >> 33) % n;
}

static unsigned
chance(unsigned n)
{
	return roll(&seed, n);
}

static bool
one_in(unsigned n)
{
	return chance(n) == 0;
}

/* --- the ledger --- */

static void
wrong(const char *why, const char *line)
{
	fputs(story, stderr);
	fail_msg("with %u, step %u: %s: %s", what, step, why, line);
}

/* A container is the same under both of its names: a note may still wait under the one before. */
static enum belief *
belief_of(const char *subject, size_t len)
{
	if (len > 4 && memcmp(subject + len - 4, "-old", 4) == 0)
		len -= 4;
	for (size_t i = 0; i < known; i++)
		if (strlen(ledger[i].subject) == len && memcmp(ledger[i].subject, subject, len) == 0)
			return &ledger[i].belief;
	assert_true(known < LENGTH(ledger) && len < sizeof(ledger[0].subject));
	memcpy(ledger[known].subject, subject, len);
	ledger[known].subject[len] = '\0';
	ledger[known].belief = UP;
	return &ledger[known++].belief;
}

static bool
begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* One subject's news: the glyph of its line, and whether that is about the past alone. */
static void
take_news(const char *line, const char *subject, size_t len, bool past)
{
	enum belief *b = belief_of(subject, len);

	if (begins(line, "🌀")) {
		*b = FLAPS;
	} else if (begins(line, "🔴")) {
		if (*b == DOWN)
			wrong("told twice", line);
		*b = DOWN;
	} else if (begins(line, "🔁")) {
		if (*b != DOWN)
			wrong("repeated, and never told", line);
	} else {
		if (past && *b == DOWN)
			wrong("told to be over as if it had not been told", line);
		if (!past && *b == UP)
			wrong("over, and never told", line);
		*b = UP;
	}
}

/* "🔴 5 dependencies down: git, web (1 covered), lo ×2, db, a (14:02), told late" */
static void
take_group(const char *line, const char *names)
{
	const char *word = strstr(line, " dependencies ") != NULL ? "dep" : "container";
	bool past = strstr(line, " were down: ") != NULL;
	char subject[64];

	for (const char *name = names; name != NULL; name = strstr(name, ", ")) {
		size_t len;

		name += strspn(name, ", ");
		len = strcspn(name, ", ");
		if (begins(name, "told late"))
			break;
		snprintf(subject, sizeof(subject), "%s %.*s", word, (int)len, name);
		take_news(line, subject, strlen(subject), past);
	}
}

static void
take_line(const char *line)
{
	const char *subject = strchr(line, ' ') + 1, *colon = strstr(line, ": ");
	unsigned long long more;
	bool past;

	if (begins(line, "told ") || begins(line, "👤") || begins(line, "🔇") || begins(line, "🔈") || begins(line, "👁"))
		return;
	if (colon == NULL)
		wrong("what is this", line);
	if (sscanf(line, "🔴 job_failed: %llu more", &more) == 1) {
		jobs_told += more;
		return;
	}
	if (strstr(line, "loop: 1 restart") != NULL)
		wrong("one is no loop", line);
	if (subject[0] >= '1' && subject[0] <= '9') {
		take_group(line, colon + 2);
		return;
	}
	past = strstr(colon, "was ") != NULL && strstr(colon, "recovered") == NULL;
	if (begins(line, "🟢") && (strstr(line, "recovered after 0 s") != NULL || strstr(line, "not answering") != NULL ||
	    strstr(line, "exited") != NULL))
		wrong("over, and it does not look so", line);
	take_news(line, subject, (size_t)(colon - subject), past);
}

static void
listen_to(const char *text)
{
	char copy[8192];
	char *line = copy, *end;

	snprintf(copy, sizeof(copy), "%s", text);
	for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		size_t n = strlen(story);

		*end = '\0';
		snprintf(story + n, sizeof(story) - n, "%8.0f %s\n", now, line);
		take_line(line);
	}
}

/* The chat takes what there is, or cannot be reached. */
static void
deliver(void)
{
	struct outbox *o = &t.brain.outbox;
	struct setting setting = {LANGUAGE_EN, "host1", t.brain.clock};
	struct strbuf text = {0};
	struct msg_message m;

	for (;;) {
		outbox_credit(o, 0);
		assert_true(outbox_compose(o, &setting) >= 0);
		outbox_snapshot(o, UINT64_MAX);
		outbox_confirm(o, UINT64_MAX);
		if (outbox_offer(o, &setting, &m, &text) != 1)
			break;
		if (away) {
			assert_int_equal(outbox_failed(o, m.seq, m.chat, SEND_UNREACHABLE, ""), 0);
			break;
		}
		listen_to(m.text);
		outbox_delivered(o, m.seq, m.chat);
	}
	strbuf_free(&text);
}

/* --- the world --- */

static const char *
container_name(unsigned i)
{
	static char name[32];

	snprintf(name, sizeof(name), "c%u%s", i, renamed[i] % 2 == 0 ? "" : "-old");
	return name;
}

static void
look_at_containers(void)
{
	char id[16];

	brain_docker(&t.brain, docker_up ? DOCKER_ANSWERS : DOCKER_FAILED, "");
	if (!docker_up)
		return;
	brain_containers_begin(&t.brain);
	for (unsigned i = 0; i < CONTAINERS; i++) {
		snprintf(id, sizeof(id), "id%u", i);
		brain_container(&t.brain, &(struct container_seen){
			.name = container_name(i), .state = container_up[i] ? "running" : "exited", .health = "",
			.exit_code = container_up[i] ? -1 : 1, .id = id, .grace = NAN,
		});
	}
	brain_containers_end(&t.brain, true);
}

static void
look(void)
{
	bench_tick(&t, now);
	if (app_up) {
		brain_metrics_begin(&t.brain, BENCH_WALL + now, failed_jobs);
		brain_metrics_end(&t.brain, true);
	} else {
		brain_metrics_failed(&t.brain, "refused");
	}
	brain_mem(&t.brain, mem_ok ? 20 : 95, "");
	look_at_containers();
	for (size_t i = 0; i < DEPS; i++)
		brain_dep(&t.brain, dep_names[i], dep_up[i], 1, "");
	brain_tick_end(&t.brain);
}

static void
order(const char *line)
{
	struct order_result result;
	struct control_request r;
	char copy[256];
	size_t n = strlen(story);

	snprintf(copy, sizeof(copy), "%s", line);
	assert_null(request_parse(&r, copy, strlen(copy)));
	order_take(&t.brain, &r, "eve", &result);
	if (result.exit_status == 0)
		snprintf(story + n, sizeof(story) - n, "%8.0f    eve: %s\n", now, line);
	/* What a new brain has not looked at yet it does not tell before; so loops are left out too, whose looks wait. */
	if (!comparing)
		brain_flush(&t.brain);
}

static void
give_orders(void)
{
	static const char *const lines[] = {
		"ack\tdep\tgit", "ack\tdep\tweb", "ack\tdep\tdb", "ack\tdep\tlo", "ack\tmemory", "ack\tdocker", "ack\torchestrator",
		"ack\tcontainer\tc0", "ack\tcontainer\tc1", "ack\tcontainer\tc2", "ack\tcontainer\tc0-old", "ack\tcontainer\tc1-old",
		"silence\tdep\t*\t5m", "silence\tmemory\t2m", "silence\t*\t3m", "silence\tcontainer\tc0\t10m", "silence\tjob_failed\t5m",
		"silence\torchestrator\t7m", "unsilence\t*", "unsilence\tdep\t*", "unsilence\tmemory",
	};

	if (one_in(4))
		order(lines[chance(LENGTH(lines))]);
}

static void
flip(bool *up)
{
	if (one_in(flips))
		*up = !*up;
}

static void
rename_one(void)
{
	unsigned i = chance(CONTAINERS);
	size_t n = strlen(story);

	if (!docker_up)
		return;
	renamed[i]++;
	snprintf(story + n, sizeof(story) - n, "%8.0f    c%u is %s\n", now, i, container_name(i));
}

static void
change(void)
{
	bool storm = one_in(12), up = one_in(2);

	for (size_t i = 0; i < DEPS; i++)
		flip(&dep_up[i]);
	for (size_t i = 4; storm && i < DEPS; i++)
		dep_up[i] = up;
	for (size_t i = 0; i < CONTAINERS; i++)
		flip(&container_up[i]);
	flip(&docker_up);
	flip(&mem_ok);
	flip(&app_up);
	if (one_in(10))
		failed_jobs += 1 + chance(3);
	if (one_in(20))
		flips = 2 + chance(30);
	if ((what & WITH_AWAY) && one_in(15))
		away = !away;
	if ((what & WITH_RENAMES) && one_in(10))
		rename_one();
	if (what & WITH_ORDERS)
		give_orders();
}

static void
begin(unsigned world, unsigned long chances)
{
	char windows[256] = "MAINTENANCE=";

	seed = chances * 7919 + (world & ~WITH_DEATHS);
	fate = chances;
	what = world;
	now = 1000;
	away = false;
	docker_up = mem_ok = app_up = true;
	for (size_t i = 0; i < DEPS; i++)
		dep_up[i] = true;
	for (size_t i = 0; i < CONTAINERS; i++)
		container_up[i] = true;
	memset(renamed, 0, sizeof(renamed));
	known = 0;
	flips = 10;
	failed_jobs = 0;
	jobs_told = 0;
	story[0] = '\0';
	if (world & WITH_WINDOWS)
		strcat(windows, "daily 22:40-22:50, daily 23:05-23:20, daily 00:10-00:11, daily 00:40-00:44");
	bench_open(&t, SETTINGS("DEPS=git=tcp://git.example:1,web=http://web.example/,db=tcp://127.0.0.1:2,lo=tcp://127.0.0.1:1,"
	    "a=tcp://127.0.0.1:3,b=tcp://127.0.0.1:4,c=tcp://127.0.0.1:5,d=tcp://127.0.0.1:6",
	    "DEPENDS=dep:db>dep:lo,container:c1>dep:db", "DEP_DOWN_TICKS=2", "MEM_TICKS=1", "ORCH_DOWN_TICKS=2",
	    chances % 3 == 0 ? "FLAP_CHANGES=0" : "FLAP_CHANGES=4", chances % 4 < 2 ? "RECOVER_TICKS=1" : "RECOVER_TICKS=2",
	    "FLAP_WINDOW_S=600", "COOLDOWN_S=600", "COOLDOWN_DEP_S=300", comparing ? "LOOP_RESTARTS=0" : "LOOP_RESTARTS=3", windows));
	if (chances % 2 == 0)
		brain_start_anew(&t.brain);
}

static const struct {
	const char *subject;
	const bool *up;
} watched[] = {
	{"dep git", &dep_up[0]}, {"dep web", &dep_up[1]}, {"dep lo", &dep_up[3]}, {"dep a", &dep_up[4]},
	{"dep b", &dep_up[5]}, {"dep c", &dep_up[6]}, {"dep d", &dep_up[7]}, {"memory", &mem_ok}, {"docker", &docker_up},
	{"orchestrator", &app_up},
};

static void
expect(const char *subject, bool up)
{
	enum belief b = *belief_of(subject, strlen(subject));

	if (b == FLAPS)
		wrong("flaps for ever", subject);
	if (up != (b == UP))
		wrong(up ? "well, and the chat does not know" : "down, and the chat does not know", subject);
}

/* After a long time in which nothing changed. */
static void
judge(void)
{
	char subject[64];

	for (size_t i = 0; i < LENGTH(watched); i++)
		expect(watched[i].subject, *watched[i].up);
	if (dep_up[3])
		expect("dep db", dep_up[2]);
	for (unsigned i = 0; i < CONTAINERS && docker_up; i++) {
		snprintf(subject, sizeof(subject), "container %s", container_name(i));
		if (i != 1 || (dep_up[2] && dep_up[3]))
			expect(subject, container_up[i]);
	}
	if (app_up && jobs_told != (uint64_t)failed_jobs)
		wrong("failed jobs are missing", "");
	for (size_t i = 0; i < t.brain.orders.acks; i++) {
		const struct ack *k = t.brain.orders.ack[i];
		const struct alert *a = alerts_find_key(&t.brain.alerts, k->key);

		/* Its end may still have to wait for that of its cause. */
		if (a == NULL || (!a->state.alerting && hush_reason(&t.brain, a, now) != HUSH_COVERED))
			wrong("an acknowledgement outlives its incident", k->key);
	}
	if (t.brain.orders.silences > 0)
		wrong("a silence outlives its time", t.brain.orders.silence[0]->pattern);
}

static void
die(void)
{
	if ((what & WITH_DEATHS) && roll(&fate, 3) == 0)
		calm_restart(&t);
}

static void
play(unsigned world, unsigned long chances)
{
	begin(world, chances);
	look();
	for (step = 0; step < STEPS + CALM_STEPS; step++) {
		now += STEP_S;
		if (step < STEPS)
			change();
		if (step == STEPS)
			away = false;
		look();
		die();
		deliver();
		die();
	}
	judge();
	bench_close(&t);
}

static unsigned long
worlds(void)
{
	const char *more = getenv("CALM_WORLDS");

	return more == NULL ? 4 : strtoul(more, NULL, 10);
}

static void
test_the_chat_knows_how_it_is_and_nothing_is_told_that_makes_no_sense(void **state)
{
	(void)state;
	for (unsigned long chances = 1; chances <= worlds(); chances++)
		for (unsigned world = 0; world < WORLDS; world++)
			play(world, chances);
}

#define LINES_MAX 8192

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Cut into lines, and sort those: a new brain tells with its first look what it knew before. */
static size_t
lines_of(char *text, char **lines)
{
	size_t n = 0;

	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		assert_true(n < LINES_MAX);
		lines[n++] = line;
	}
	qsort(lines, n, sizeof(lines[0]), compare_lines);
	return n;
}

static void
compare(char *lived, char *died)
{
	static char *living[LINES_MAX], *dying[LINES_MAX];
	size_t n = lines_of(lived, living), m = lines_of(died, dying);

	for (size_t i = 0; i < n || i < m; i++) {
		if (i < n && i < m && strcmp(living[i], dying[i]) == 0)
			continue;
		fail_msg("with %u: a brain that lived told %s, one that died told %s", what, i < n ? living[i] : "no more",
		    i < m ? dying[i] : "no more");
	}
}

static void
test_a_brain_that_dies_again_and_again_tells_the_same(void **state)
{
	static char lived[sizeof(story)];

	(void)state;
	comparing = true;
	for (unsigned long chances = 1; chances <= worlds(); chances++) {
		for (unsigned world = 0; world < WORLDS; world++) {
			/* A message that could not be sent may have been, to a brain that is new. */
			if (world & (WITH_DEATHS | WITH_AWAY))
				continue;
			play(world, chances);
			memcpy(lived, story, strlen(story) + 1);
			play(world | WITH_DEATHS, chances);
			compare(lived, story);
		}
	}
	comparing = false;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_brain_that_dies_again_and_again_tells_the_same),
		cmocka_unit_test(test_the_chat_knows_how_it_is_and_nothing_is_told_that_makes_no_sense),
	};

	setenv("TZ", "UTC0", 1);
	tzset();
	log_set(unit_quiet, LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
