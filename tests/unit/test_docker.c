/*
 * Looks at docker, through a scripted gate: which questions are asked, and
 * what the brain is told of each kind of answer.
 */
#include "build_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector_bench.h"
#include "docker.h"
#include "docker_view.h"
#include "own_error.h"
#include "unit.h"
#include "unit_log.h"

#define HEX60 "a1f7c9e24b6d8f0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60"
#define OK "HTTP/1.0 200 OK\r\nApi-Version: 1.41\r\n"
#define PING OK "Content-Length: 2\r\n\r\nOK"
#define LIST(elements) OK "\r\n[" elements "]\n"

/* A container: four hex digits of its id, its name, state, status, and more members. */
#define ENTRY(id, name, state, status, more) \
	"{\"Id\":\"" id HEX60 "\",\"Names\":[\"/" name "\"],\"State\":\"" state "\",\"Status\":\"" status "\"" more "}"

static struct bench b;
static struct docker *docker;

/* The next answers, in order: bytes for the pipe (NULL = none) and the gate's last word. */
static struct reply {
	const char *bytes;
	size_t len; /* 0 = all */
	enum gate_end how;
	int error;
	bool silent; /* no GATE_END */
} script[8];
static unsigned asked;
static struct msg_gate_ask asks[16];

/* Asked beside the script: /version, which is answered, and the events, which are refused unless a test opens them. */
#define VERSION_OK OK "\r\n{\"ApiVersion\":\"1.41\"}\n"
static struct reply version;

static void
send_pipe(uint32_t id, const struct reply *r)
{
	size_t len = r->len != 0 ? r->len : strlen(r->bytes);
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], r->bytes, len), (ssize_t)len);
	close(fds[1]);
	assert_int_equal(link_send_fd(b.far[ROLE_PARENT], MSG_GATE_PIPE, id, &(const struct msg_gate_pipe){0}, fds[0]), 0);
}

static void
on_ask(struct bench *unused, uint32_t id, const struct msg_gate_ask *ask)
{
	const struct reply *r = &script[asked];

	(void)unused;
	if (ask->op == GATE_EVENTS) {
		SEND(b.far[ROLE_PARENT], GATE_END, gate_end, id, .how = GATE_FAILED, .error = EPROTO, .group = "");
		return;
	}
	if (ask->op == GATE_VERSION) {
		r = &version;
	} else {
		assert_true(asked < LENGTH(script));
		asks[asked++] = *ask;
	}
	if (r->bytes != NULL)
		send_pipe(id, r);
	if (!r->silent)
		SEND(b.far[ROLE_PARENT], GATE_END, gate_end, id, .how = (uint8_t)r->how, .error = r->error,
		    .group = r->how == GATE_DENIED ? "docker" : "");
}

static void
open_world(const char *containers, const char *own_id)
{
	bench_open(&b);
	if (containers != NULL)
		bench_set(&b, "WATCHDOG_CONTAINERS", containers);
	docker = docker_new(&b.role, b.tick, b.gate, own_id);
	b.on_ask = on_ask;
	asked = 0;
	memset(script, 0, sizeof(script));
	script[0].bytes = PING;
	version = (struct reply){.bytes = VERSION_OK};
}

static void
close_world(void)
{
	tick_free(b.tick);
	b.tick = NULL;
	docker_free(docker);
	bench_close(&b);
}

static void
first_look(void)
{
	bench_link(&b, ROLE_BRAIN);
	assert_true(bench_hears(&b, "TICK_END 1"));
}

static void
next_look(void)
{
	bench_forget(&b);
	tick_now(b.tick);
	assert_true(bench_hears(&b, "TICK_END"));
}

/* %s in it is what the C library says of error, in the middle of a sentence. */
static const char *
in_the_librarys_words(char *line, size_t size, const char *text, int error)
{
	const char *gap = strstr(text, "%s");

	if (gap == NULL)
		return text;
	snprintf(line, size, "%.*s%s%s", (int)(gap - text), text, strerror(error == 0 ? EIO : error), gap + 2);
	error_after_colon(line + (gap - text));
	return line;
}

static void
says(const char *line)
{
	if (bench_count(&b, line) != 1)
		fail_msg("not said once: %s\nbut:\n%s", line, b.said);
}

static void
says_not(const char *text)
{
	if (bench_count(&b, text) != 0)
		fail_msg("said: %s\nin:\n%s", text, b.said);
}

static void
containers_are_told_as_docker_has_them(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[1].bytes = LIST(ENTRY("0001", "web", "running", "Up 3 s (unhealthy)", "") "," ENTRY("0002", "db", "exited", "Exited (137) 1 s ago", ""));
	first_look();
	assert_string_equal(b.said, "TICK_BEGIN 1\nCONTAINERS_BEGIN\nCONTAINER web running [unhealthy] -1 named=0\n"
	    "CONTAINER db exited [] 137 named=0\nCONTAINERS_END 0\nTICK_END 1\n");
	close_world();
}

static void
the_version_is_asked_once_and_used(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[1].bytes = script[2].bytes = LIST();
	first_look();
	next_look();
	assert_int_equal(asked, 3);
	assert_int_equal(asks[0].op, GATE_PING);
	assert_int_equal(asks[1].op, GATE_LIST);
	assert_int_equal(asks[1].api_minor, 41);
	assert_int_equal(asks[2].op, GATE_LIST);
	close_world();
}

static void
a_newer_engine_is_asked_by_what_we_know(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[0].bytes = "HTTP/1.0 200 OK\r\napi-version: 1.56\r\n\r\nOK";
	script[1].bytes = LIST();
	first_look();
	assert_int_equal(asks[1].api_minor, DOCKER_API_MINOR_NEWEST);
	close_world();
}

static void
an_engine_that_is_too_old_is_refused_with_its_version(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[0].bytes = "HTTP/1.0 200 OK\r\nApi-Version: 1.9\r\n\r\nOK";
	first_look();
	says("DOCKER_FAILED off=0 [its API 1.9 is too old: 1.24 or newer is needed]");
	close_world();
}

static void
what_names_no_version_is_refused(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[0].bytes = "HTTP/1.0 200 OK\r\n\r\nOK";
	first_look();
	says("DOCKER_FAILED off=0 [it does not name its API version: not an engine?]");
	close_world();
}

static void
an_engine_that_was_exchanged_is_asked_for_its_version_again(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[1].bytes = LIST();
	script[2].bytes = "HTTP/1.0 400 Bad Request\r\nApi-Version: 1.52\r\n\r\n"
	    "{\"message\":\"client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client\"}\n";
	script[3].bytes = "HTTP/1.0 200 OK\r\nApi-Version: 1.52\r\n\r\nOK";
	script[4].bytes = LIST(ENTRY("0001", "web", "running", "Up", ""));
	first_look();
	next_look();
	assert_int_equal(asks[4].api_minor, 52);
	says("CONTAINER web running [] -1 named=0");
	says_not("DOCKER_FAILED");
	close_world();
}

static void
a_version_that_is_refused_twice_is_a_failure(void **state)
{
	static const char refused[] = "HTTP/1.0 400 Bad Request\r\nApi-Version: 1.41\r\n\r\n{\"message\":\"client version 1.41 is too new.\"}\n";

	(void)state;
	open_world(NULL, "");
	script[1].bytes = script[3].bytes = refused;
	script[2].bytes = PING;
	first_look();
	says("DOCKER_FAILED off=0 [status 400: client version 1.41 is too new.]");
	assert_int_equal(asked, 4);
	close_world();
}

static void
after_a_failure_the_version_is_asked_again(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[1] = (struct reply){.how = GATE_REFUSED, .error = ECONNREFUSED};
	script[2].bytes = PING;
	script[3].bytes = LIST();
	first_look();
	next_look();
	assert_int_equal(asks[2].op, GATE_PING);
	says("CONTAINERS_END 0");
	close_world();
}

static void
each_end_has_its_own_words(void **state)
{
	static const struct {
		enum gate_end how;
		int error;
		const char *line;
	} rows[] = {
		{GATE_NO_SOCKET, ENOENT, "[no socket: docker is not running, or WATCHDOG_DOCKER_SOCK names another file]"},
		{GATE_DENIED, EACCES, "[permission denied: the daemon's user is not in group docker, which owns the socket]"},
		{GATE_REFUSED, ECONNREFUSED, "[connection refused]"},
		{GATE_DEADLINE, ETIMEDOUT, "[no complete answer in 0.5 s]"},
		{GATE_TOO_LARGE, EFBIG, "[the answer is too large]"},
		{GATE_ABANDONED, 0, "[incomplete reply]"},
		{GATE_FAILED, ECONNRESET, "[%s]"},
		{GATE_FAILED, 0, "[%s]"},
	};
	char line[128];

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		open_world("web", "");
		script[0] = (struct reply){.how = rows[i].how, .error = rows[i].error};
		first_look();
		says("DOCKER_FAILED off=0");
		says(in_the_librarys_words(line, sizeof(line), rows[i].line, rows[i].error));
		close_world();
	}
}

static void
what_we_lack_ourselves_is_no_failure_of_the_engine(void **state)
{
	static const struct {
		enum gate_end how;
		int error;
		const char *line;
	} rows[] = {
		{GATE_BUSY, 0, "UNSEEN 1 [too many requests at once]"},
		{GATE_FAILED, EMFILE, "UNSEEN 1 [%s]"},
		{GATE_FAILED, ENOMEM, "UNSEEN 1 [%s]"},
	};
	char line[128];

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		open_world("web", "");
		script[0] = (struct reply){.how = rows[i].how, .error = rows[i].error};
		first_look();
		says(in_the_librarys_words(line, sizeof(line), rows[i].line, rows[i].error));
		says_not("DOCKER_FAILED");
		close_world();
	}
}

static void
an_error_of_the_engine_is_quoted(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[1].bytes = "HTTP/1.0 500 Internal Server Error\r\n\r\n{\"message\":\"boom\\u0007 <b>\"}\n";
	first_look();
	says("DOCKER_FAILED off=0 [status 500: boom  <b>]");
	close_world();
}

static void
a_list_that_breaks_off_is_incomplete_and_no_container_is_told(void **state)
{
	static const char list[] = LIST(ENTRY("0001", "web", "running", "Up", "") "," ENTRY("0002", "db", "running", "Up", ""));

	(void)state;
	for (size_t n = sizeof(OK) + 1; n < sizeof(list) - 2; n += 31) {
		open_world(NULL, "");
		script[1] = (struct reply){.bytes = list, .len = n};
		first_look();
		says("DOCKER_FAILED off=0 [incomplete reply]");
		says_not("CONTAINER");
		close_world();
	}
}

static void
a_body_shorter_than_its_length_is_incomplete(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[1].bytes = OK "Content-Length: 10\r\n\r\n[]";
	first_look();
	says("DOCKER_FAILED off=0 [incomplete reply]");
	close_world();
}

static void
garbage_is_told_as_garbage(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[0].bytes = "\x7f" "ELF garbage\n";
	first_look();
	says("DOCKER_FAILED off=0 [its answer cannot be read: not HTTP]");
	close_world();
	open_world(NULL, "");
	script[1].bytes = OK "\r\n{\"message\":\"not a list\"}";
	first_look();
	says("DOCKER_FAILED off=0 [its answer is not a list of objects]");
	close_world();
	open_world(NULL, "");
	script[1].bytes = OK "Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n";
	first_look();
	says("DOCKER_FAILED off=0 [its answer cannot be read: a transfer encoding, which HTTP/1.0 does not have]");
	close_world();
}

static void
silence_ends_at_the_deadline(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[0] = (struct reply){.silent = true};
	first_look();
	says("DOCKER_FAILED off=0 [no complete answer in 0.5 s]");
	close_world();
	open_world(NULL, "");
	script[1] = (struct reply){.bytes = LIST(), .silent = true};
	first_look();
	says("DOCKER_FAILED off=0 [no complete answer in 0.5 s]");
	close_world();
}

static void
without_a_word_of_the_user_and_without_a_socket_docker_is_off(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[0] = (struct reply){.how = GATE_NO_SOCKET, .error = ENOENT};
	first_look();
	says("DOCKER_FAILED off=1");
	next_look();
	says("DOCKER_FAILED off=1");
	assert_int_equal(asked, 1); /* only each minute */
	close_world();
}

static void
once_seen_a_socket_that_is_gone_is_a_failure(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[1].bytes = LIST();
	script[2] = (struct reply){.how = GATE_NO_SOCKET, .error = ENOENT};
	first_look();
	next_look();
	says("DOCKER_FAILED off=0 [no socket: docker is not running, or WATCHDOG_DOCKER_SOCK names another file]");
	close_world();
}

static void
with_no_containers_configured_docker_is_never_asked(void **state)
{
	(void)state;
	open_world("", "");
	first_look();
	assert_int_equal(asked, 0);
	assert_string_equal(b.said, "TICK_BEGIN 1\nTICK_END 1\n");
	close_world();
}

static void
plain_names_are_asked_for_alone(void **state)
{
	(void)state;
	open_world("web,db", "");
	script[1].bytes = LIST(ENTRY("0001", "web", "running", "Up", ""));
	first_look();
	assert_int_equal(asks[1].op, GATE_LIST_NAMED);
	says("CONTAINER web running [] -1 named=1");
	says("CONTAINER db missing [] -1 named=1");
	close_world();
}

static void
patterns_name_too_but_are_never_missing(void **state)
{
	(void)state;
	open_world("web-*,db", "");
	script[1].bytes = LIST(ENTRY("0001", "cache", "running", "Up", "") "," ENTRY("0002", "web-1", "running", "Up", ""));
	first_look();
	assert_int_equal(asks[1].op, GATE_LIST);
	says("CONTAINER web-1 running [] -1 named=1");
	says("CONTAINER db missing [] -1 named=1");
	says_not("cache");
	says_not("web-* ");
	close_world();
}

static void
a_named_one_that_may_be_among_the_unreadable_is_unknown(void **state)
{
	(void)state;
	open_world("web,db", "");
	script[1].bytes = LIST(ENTRY("0001", "web", "running", "Up", "") ",{\"Id\":}");
	first_look();
	says("CONTAINER db unknown [] -1 named=1");
	says("CONTAINERS_END 1");
	close_world();
}

static void
podman_s_unhealthy_are_asked_for_first(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[0].bytes = "HTTP/1.0 200 OK\r\nApi-Version: 1.41\r\nLibpod-Api-Version: 4.3.1\r\n\r\nOK";
	script[1].bytes = LIST(ENTRY("0001", "web", "running", "Up 4 days", "") "," ENTRY("0003", "old", "exited", "Exited (0) 4 days ago", ""));
	script[2].bytes = LIST(ENTRY("0001", "web", "running", "Up 4 days", "") "," ENTRY("0002", "db", "running", "Up 4 days", "") ","
	    ENTRY("0003", "old", "exited", "Exited (0) 4 days ago", ""));
	first_look();
	assert_int_equal(asks[1].op, GATE_LIST_UNHEALTHY);
	assert_int_equal(asks[2].op, GATE_LIST);
	says("CONTAINER web running [unhealthy] -1 named=0");
	says("CONTAINER db running [] -1 named=0");
	says("CONTAINER old exited [] 0 named=0");
	close_world();
}

static void
labels_go_with_the_container_and_one_that_takes_it_out_leaves_nothing_of_it(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[1].bytes = LIST(
	    ENTRY("0001", "job", "exited", "Exited (3) 1 s ago", ",\"Labels\":{\"watchdog.expect\":\"exited\",\"watchdog.severity\":\"warning\","
	    "\"watchdog.grace\":\"2m\",\"watchdog.name\":\"nightly job\"}") ","
	    ENTRY("0002", "odd", "running", "Up", ",\"Labels\":{\"watchdog.expect\":\"Running\",\"watchdog.enable\":\"maybe\"}") ","
	    ENTRY("0003", "quiet", "running", "Up", ",\"Labels\":{\"watchdog.enable\":\"off\"}"));
	first_look();
	says("CONTAINER job exited [] 3 named=0\nLABELS expect=2 severity=1 grace=120 [nightly job]\n");
	says("CONTAINER odd running [] -1 named=0\nCONTAINERS_END 0");
	says_not("quiet");
	close_world();
}

static unsigned warnings;

static void
count_warnings(enum log_level level, const char *line)
{
	if (level == LEVEL_WARNING && strstr(line, "container odd: label watchdog.expect") != NULL)
		warnings++;
}

static void
a_label_that_makes_no_sense_is_warned_of_once(void **state)
{
	(void)state;
	open_world(NULL, "");
	warnings = 0;
	log_set(count_warnings, LEVEL_WARNING);
	script[1].bytes = script[2].bytes =
	    LIST(ENTRY("0002", "odd", "running", "Up", ",\"Labels\":{\"watchdog.expect\":\"Running\"}"));
	first_look();
	next_look();
	assert_int_equal(warnings, 1);
	log_set(unit_quiet, LEVEL_WARNING);
	close_world();
}

#define COMPOSE ",\"Labels\":{\"com.docker.compose.project\":\"p\"}"

static void
compose_s_temporary_one_gives_way_to_the_one_that_has_the_name(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[1].bytes = LIST(ENTRY("0002", "0123456789ab_web", "created", "Created", COMPOSE) "," ENTRY("0001", "web", "running", "Up", COMPOSE));
	first_look();
	/* Told last, so that it finds the name taken. */
	assert_ptr_equal(strstr(b.said, "CONTAINER web"), strstr(b.said, "CONTAINER web running"));
	close_world();
}

static void
compose_s_temporary_one_stands_for_the_name_when_it_is_alone(void **state)
{
	(void)state;
	open_world(NULL, "");
	script[1].bytes = LIST(ENTRY("0002", "0123456789ab_web", "running", "Up", COMPOSE));
	first_look();
	says("CONTAINER web running");
	close_world();
}

static void
our_own_container_is_left_out(void **state)
{
	(void)state;
	open_world(NULL, "0001a1f7c9e2");
	script[1].bytes = LIST(ENTRY("0001", "watchdog", "running", "Up", "") "," ENTRY("0002", "web", "running", "Up", ""));
	first_look();
	says_not("CONTAINER watchdog");
	says("CONTAINER web running");
	close_world();
}

static void
our_own_container_is_watched_if_it_is_named(void **state)
{
	(void)state;
	open_world("watchdog", "0001a1f7c9e2");
	script[1].bytes = LIST(ENTRY("0001", "watchdog", "running", "Up", ""));
	first_look();
	says("CONTAINER watchdog running");
	close_world();
}

static void
a_container_whose_network_we_share_is_not_taken_for_ours(void **state)
{
	(void)state;
	open_world(NULL, "0001a1f7c9e2");
	script[1].bytes = LIST(ENTRY("0002", "watchdog", "running", "Up", ",\"HostConfig\":{\"NetworkMode\":\"container:0001" HEX60 "\"}") ","
	    ENTRY("0001", "app", "running", "Up", ""));
	first_look();
	says("CONTAINER app running");
	close_world();
}

/* Thousands of containers in one pipe, written as fast as it is read. */
struct writer_state {
	struct event *writable;
	unsigned next, total;
	bool breaks; /* without the closing bracket */
	bool unended; /* no GATE_END */
	uint32_t id;
};

static void
write_more(evutil_socket_t fd, short what, void *arg)
{
	struct writer_state *w = arg;
	char text[512];
	int n;

	(void)what;
	/* 4 KiB are free whenever a pipe can be written to. */
	for (int i = 0; i < 8 && w->next <= w->total; i++, w->next++) {
		if (w->next == w->total)
			n = snprintf(text, sizeof(text), "%s", w->breaks ? " " : "]\n");
		else
			n = snprintf(text, sizeof(text), "%s{\"Id\":\"%064x\",\"Names\":[\"/c%u\"],\"State\":\"running\",\"Status\":\"Up 1 s\","
			    "\"Labels\":{\"x\":\"%0200u\"}}", w->next > 0 ? "," : OK "\r\n[", w->next, w->next, w->next);
		assert_int_equal(write(fd, text, (size_t)n), n);
	}
	if (w->next > w->total) {
		event_free(w->writable);
		close(fd);
	}
}

static struct writer_state writer;

static void
ask_big(struct bench *unused, uint32_t id, const struct msg_gate_ask *ask)
{
	int fds[2];

	if (ask->op != GATE_LIST) {
		on_ask(unused, id, ask);
		return;
	}
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	writer.writable = event_new(b.role.base, fds[1], EV_WRITE | EV_PERSIST, write_more, &writer);
	event_add(writer.writable, NULL);
	link_send_fd(b.far[ROLE_PARENT], MSG_GATE_PIPE, id, &(const struct msg_gate_pipe){0}, fds[0]);
	writer.id = id;
	if (!writer.unended)
		SEND(b.far[ROLE_PARENT], GATE_END, gate_end, id, .how = GATE_COMPLETE, .group = "");
}

static void
of_a_list_without_end_no_more_are_told_than_there_may_be_and_the_rest_is_counted(void **state)
{
	(void)state;
	open_world(NULL, "");
	b.role.config.http_timeout = 30;
	b.on_ask = ask_big;
	writer = (struct writer_state){.total = DOCKER_CONTAINERS_MAX + 1000};
	bench_link(&b, ROLE_BRAIN);
	for (int i = 0; i < 3000 && b.containers < DOCKER_CONTAINERS_MAX; i++)
		bench_run(&b, 0.01);
	assert_true(bench_hears(&b, "CONTAINERS_END 1000\nTICK_END 1"));
	assert_int_equal(b.containers, DOCKER_CONTAINERS_MAX);
	close_world();
}

/* A long list is told while it comes; if it then breaks off, it is no list to miss anybody by. */
static void
a_long_list_that_breaks_off_is_told_as_not_whole(void **state)
{
	(void)state;
	open_world(NULL, "");
	b.role.config.http_timeout = 30;
	b.on_ask = ask_big;
	writer = (struct writer_state){.total = 3000, .breaks = true};
	first_look();
	assert_true(b.containers > 1000);
	says("CONTAINERS_END 1\nDOCKER_FAILED off=0 [incomplete reply]");
	close_world();
}

/* A brain that does not read makes the engine wait, not our memory grow. */
static void
a_list_goes_no_faster_than_the_brain_reads(void **state)
{
	struct writer_state later;
	int deaf;

	(void)state;
	open_world(NULL, "");
	b.role.config.http_timeout = 30;
	b.on_ask = ask_big;
	writer = (struct writer_state){.total = DOCKER_CONTAINERS_MAX};
	deaf = bench_link_deaf(&b, ROLE_BRAIN);
	bench_run(&b, 0.5);
	later = writer;
	bench_run(&b, 0.5);
	assert_int_equal(writer.next, later.next);
	assert_in_range(writer.next, 1000, DOCKER_CONTAINERS_MAX - 1000);
	event_free(writer.writable);
	close_world();
	close(deaf);
}

/* … and if that takes too long, it is the brain that was slow and not the engine, whoever's deadline says so first. */
static void
a_list_that_had_to_wait_for_the_brain_is_no_failure_of_the_engine(void **state)
{
	int deaf;

	(void)state;
	for (int gates = 0; gates <= 1; gates++) {
		open_world(NULL, "");
		b.role.config.http_timeout = gates ? 30 : 2;
		b.on_ask = ask_big;
		writer = (struct writer_state){.total = DOCKER_CONTAINERS_MAX, .unended = true};
		deaf = bench_link_deaf(&b, ROLE_BRAIN);
		bench_run(&b, 0.5);
		assert_in_range(writer.next, 1000, DOCKER_CONTAINERS_MAX - 1000);
		event_free(writer.writable);
		bench_run(&b, gates ? 0 : 2);
		if (gates)
			SEND(b.far[ROLE_PARENT], GATE_END, gate_end, writer.id, .how = GATE_DEADLINE, .group = "");
		bench_link_heard(&b, ROLE_BRAIN, deaf);
		assert_true(bench_hears(&b, "TICK_END 1"));
		says("CONTAINERS_END 1\nUNSEEN 1 [its list came faster than it could be taken in]");
		says_not("DOCKER_FAILED");
		b.on_ask = on_ask;
		b.role.config.http_timeout = 0.5;
		script[0] = (struct reply){.bytes = PING};
		script[1] = (struct reply){.bytes = LIST(), .silent = true};
		next_look();
		says("DOCKER_FAILED off=0 [no complete answer in 0.5 s]");
		close_world();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_that_had_to_wait_for_the_brain_is_no_failure_of_the_engine),
		cmocka_unit_test(a_list_goes_no_faster_than_the_brain_reads),
		cmocka_unit_test(a_long_list_that_breaks_off_is_told_as_not_whole),
		cmocka_unit_test(containers_are_told_as_docker_has_them),
		cmocka_unit_test(the_version_is_asked_once_and_used),
		cmocka_unit_test(a_newer_engine_is_asked_by_what_we_know),
		cmocka_unit_test(an_engine_that_is_too_old_is_refused_with_its_version),
		cmocka_unit_test(what_names_no_version_is_refused),
		cmocka_unit_test(an_engine_that_was_exchanged_is_asked_for_its_version_again),
		cmocka_unit_test(a_version_that_is_refused_twice_is_a_failure),
		cmocka_unit_test(after_a_failure_the_version_is_asked_again),
		cmocka_unit_test(each_end_has_its_own_words),
		cmocka_unit_test(what_we_lack_ourselves_is_no_failure_of_the_engine),
		cmocka_unit_test(an_error_of_the_engine_is_quoted),
		cmocka_unit_test(a_list_that_breaks_off_is_incomplete_and_no_container_is_told),
		cmocka_unit_test(a_body_shorter_than_its_length_is_incomplete),
		cmocka_unit_test(garbage_is_told_as_garbage),
		cmocka_unit_test(silence_ends_at_the_deadline),
		cmocka_unit_test(without_a_word_of_the_user_and_without_a_socket_docker_is_off),
		cmocka_unit_test(once_seen_a_socket_that_is_gone_is_a_failure),
		cmocka_unit_test(with_no_containers_configured_docker_is_never_asked),
		cmocka_unit_test(plain_names_are_asked_for_alone),
		cmocka_unit_test(patterns_name_too_but_are_never_missing),
		cmocka_unit_test(a_named_one_that_may_be_among_the_unreadable_is_unknown),
		cmocka_unit_test(podman_s_unhealthy_are_asked_for_first),
		cmocka_unit_test(labels_go_with_the_container_and_one_that_takes_it_out_leaves_nothing_of_it),
		cmocka_unit_test(a_label_that_makes_no_sense_is_warned_of_once),
		cmocka_unit_test(compose_s_temporary_one_gives_way_to_the_one_that_has_the_name),
		cmocka_unit_test(compose_s_temporary_one_stands_for_the_name_when_it_is_alone),
		cmocka_unit_test(our_own_container_is_left_out),
		cmocka_unit_test(our_own_container_is_watched_if_it_is_named),
		cmocka_unit_test(a_container_whose_network_we_share_is_not_taken_for_ours),
		cmocka_unit_test(of_a_list_without_end_no_more_are_told_than_there_may_be_and_the_rest_is_counted),
	};

	log_set(unit_quiet, LEVEL_WARNING);
	return cmocka_run_group_tests_name("docker", tests, NULL, NULL);
}
