/*
 * The gate cannot be talked into anything.  A hostile collector sends every
 * operation number, wrong lengths, absurd times, floods, garbage, closes and
 * never reads; an engine records every byte that reaches it.  Only the
 * built-in requests may appear.
 */
#include "build_config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "gate.h"
#include "log.h"
#include "unit.h"

#define ENGINE_CONNECTIONS 64
#define RECORD_MAX 4096

/* What may reach an engine, as patterns of the whole request; digits and the fixed filters are all that vary. */
#define END " HTTP/1.0\r\nUser-Agent: watchdog/" PACKAGE_VERSION "\r\n\r\n"
#define DIGITS "[0-9]*"
static const char *const allowed[] = {
	"GET /_ping" END,
	"GET /version" END,
	"GET /containers/json?all=1" END,
	"GET /v1." DIGITS "/containers/json?all=1" END,
	"GET /containers/json?all=1&filters=%7B%22*%22%3A%5B%22*%22%5D%7D" END,
	"GET /v1." DIGITS "/containers/json?all=1&filters=%7B%22*%22%3A%5B%22*%22%5D%7D" END,
	"GET /events?since=" DIGITS "." DIGITS "&filters=%7B%22type%22*" END,
	"GET /v1." DIGITS "/events?since=" DIGITS "." DIGITS "&filters=%7B%22type%22*" END,
};
static const char *const never[] = {"POST", "PUT", "DELETE", "HEAD", "inspect", "attach", "logs", "archive", "export", "exec", "secrets",
    "images", "..", "/json HTTP"};

struct connection {
	int fd;
	size_t len;
	char record[RECORD_MAX];
};

static struct event_base *base;
static struct gate *gate;
static struct link *parent_end;
static int collector, listener;
static char dir[32], path[64];
static struct config config;
static struct connection engine[ENGINE_CONNECTIONS];
static size_t connections, most_at_once;
static unsigned checked, breaks;
static unsigned random_state = 1;

static unsigned
random_below(unsigned n)
{
	random_state = random_state * 1103515245 + 12345;
	return (random_state >> 8) % n;
}

/* --- the parent's end --- */

static void connect_collector(void);

static void
on_ask(void *ctx, struct link *link, uint32_t id, const union message *msg)
{
	(void)ctx;
	gate_ask(gate, link, id, &msg->gate_ask);
}

static void
on_broken(void *ctx, struct link *link, const char *why)
{
	(void)ctx, (void)why;
	breaks++;
	gate_abandon(gate);
	link_free(link);
	parent_end = NULL;
	close(collector);
	connect_collector();
}

static void
connect_collector(void)
{
	static link_handler *const handlers[MSG_COUNT] = {[MSG_GATE_ASK] = on_ask};
	struct link_spec spec = {.self = ROLE_PARENT, .peer = ROLE_COLLECTOR, .handlers = handlers, .broken = on_broken};
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	collector = fd[1];
	fcntl(collector, F_SETFL, O_NONBLOCK);
	parent_end = link_new(base, fd[0], &spec);
}

/* --- the engine --- */

static void
check_record(struct connection *c)
{
	bool known = false;

	c->record[c->len] = '\0';
	for (size_t i = 0; i < LENGTH(never); i++)
		if (strstr(c->record, never[i]) != NULL)
			fail_msg("the engine was sent: %s", c->record);
	for (size_t i = 0; i < LENGTH(allowed) && !known; i++)
		known = fnmatch(allowed[i], c->record, 0) == 0;
	if (c->len > 0 && !known)
		fail_msg("the engine was sent: %s", c->record);
	checked += c->len > 0;
}

static void
engine_drop(size_t i)
{
	check_record(&engine[i]);
	close(engine[i].fd);
	engine[i] = engine[--connections];
}

/* Read all, answer now and then, hang up now and then; the rest is left hanging. */
static void
engine_turn(void)
{
	int fd;

	while (connections < ENGINE_CONNECTIONS && (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) != -1)
		engine[connections++] = (struct connection){.fd = fd};
	if (connections > most_at_once)
		most_at_once = connections;
	for (size_t i = 0; i < connections; i++) {
		struct connection *c = &engine[i];
		ssize_t n = recv(c->fd, c->record + c->len, RECORD_MAX - 1 - c->len, 0);

		if (n > 0)
			c->len += (size_t)n;
		assert_true(c->len < RECORD_MAX - 1);
		if (n == 0 || (c->len > 0 && random_below(4) == 0))
			engine_drop(i--);
	}
}

static int
setup(void **state)
{
	static char *names[] = {(char *)"web", (char *)"db-*"};
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	log_set(NULL, LEVEL_ALWAYS);
	strcpy(dir, "/tmp/test_gate.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(listener, 64), 0);
	config = (struct config){.docker_sock = path, .http_timeout = 0.05, .containers = {names, LENGTH(names)}};
	base = event_base_new();
	gate = gate_new(base, &config);
	connections = most_at_once = 0;
	checked = breaks = 0;
	connect_collector();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	while (connections > 0)
		engine_drop(0);
	gate_free(gate);
	link_free(parent_end);
	close(collector);
	close(listener);
	event_base_free(base);
	unlink(path);
	return rmdir(dir);
}

/* A GATE_ASK by its bytes, so that nothing of ours refuses to send it. */
static size_t
raw_ask(uint8_t *buf, size_t cap, uint8_t op, uint8_t minor, uint64_t seconds, uint32_t nanoseconds, uint32_t idlen)
{
	struct writer w = writer_of(buf, cap);

	write_u8(&w, MESSAGE_VERSION);
	write_u8(&w, MSG_GATE_ASK);
	write_u16(&w, 0);
	write_u32(&w, 18 + idlen);
	write_u32(&w, random_below(1000));
	write_u8(&w, op);
	write_u8(&w, minor);
	write_u64(&w, seconds);
	write_u32(&w, nanoseconds);
	write_u32(&w, idlen);
	for (uint32_t i = 0; i < idlen; i++)
		write_u8(&w, (uint8_t)"\r\n\r\nPOST /x"[i % 11]);
	assert_false(w.failed);
	return w.len;
}

static void
say(const void *bytes, size_t len)
{
	(void)!send(collector, bytes, len, MSG_NOSIGNAL);
}

static void
turn(int times)
{
	while (times-- > 0) {
		event_base_loop(base, EVLOOP_NONBLOCK);
		engine_turn();
	}
}

static void
every_operation_number_with_every_kind_of_value(void **state)
{
	static const uint64_t seconds[] = {0, 1, 1780000000, INT64_MAX, UINT64_MAX};
	static const uint32_t nanoseconds[] = {0, 999999999, 1000000000, UINT32_MAX}, lengths[] = {0, 1, 31, 32, 33, 4000};
	uint8_t buf[8192];

	(void)state;
	for (unsigned round = 0; round < 20; round++)
		for (unsigned op = 0; op < (round == 0 ? 256 : GATE_OP_COUNT); op++)
			for (size_t i = 0; i < LENGTH(lengths); i++) {
				say(buf, raw_ask(buf, sizeof(buf), (uint8_t)op, (uint8_t)random_below(256),
				    seconds[random_below(LENGTH(seconds))], nanoseconds[random_below(LENGTH(nanoseconds))], lengths[i]));
				turn(6);
			}
	assert_true(checked >= 10);
	assert_true(breaks > 200);
}

static void
a_flood_is_capped_in_number_and_rate(void **state)
{
	uint8_t buf[128];
	double begin = clock_awake(), took;

	(void)state;
	config.http_timeout = 5;
	for (int i = 0; i < 20000; i++) {
		say(buf, raw_ask(buf, sizeof(buf), GATE_LIST, 41, 0, 0, 0));
		if (i % 10 == 0)
			turn(1);
	}
	took = clock_awake() - begin;
	turn(10);
	assert_true(most_at_once <= GATE_PARALLEL + 1);
	assert_true(checked <= GATE_BURST + GATE_RATE * (took + 1));
}

static void
garbage_never_reaches_the_engine(void **state)
{
	uint8_t buf[256];

	(void)state;
	for (int round = 0; round < 5000; round++) {
		size_t len = raw_ask(buf, sizeof(buf), (uint8_t)random_below(GATE_OP_COUNT), 41, 1, 1, random_below(2) * 32);

		for (unsigned flips = random_below(6); flips > 0; flips--)
			buf[random_below((unsigned)len)] ^= (uint8_t)(1u << random_below(8));
		say(buf, len - random_below(2));
		turn(1);
	}
	assert_true(breaks > 100);
}

static void
one_who_never_reads_or_just_closes_hurts_nobody(void **state)
{
	uint8_t buf[128];

	(void)state;
	for (int round = 0; round < 200; round++) {
		for (unsigned i = random_below(20); i > 0; i--)
			say(buf, raw_ask(buf, sizeof(buf), (uint8_t)random_below(GATE_OP_COUNT), 41, 0, 0, 0));
		if (random_below(2) == 0)
			shutdown(collector, SHUT_RDWR);
		turn(5);
	}
	assert_true(breaks > 50);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_operation_number_with_every_kind_of_value),
		TEST(a_flood_is_capped_in_number_and_rate),
		TEST(garbage_never_reaches_the_engine),
		TEST(one_who_never_reads_or_just_closes_hurts_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
