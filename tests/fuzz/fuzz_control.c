/*
 * A request to the control socket, as the brain takes it: first byte what the
 * client may do and how its bytes are cut, then what it sends.  It is answered
 * in whole lines of JSON, or loses its connection; it never stays.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "clock.h"
#include "control_request.h"
#include "control_serve.h"
#include "fuzz.h"
#include "utf8.h"

#define TURNS_MAX 20000
#define ANSWER_MAX (256u << 10)

static struct {
	struct event_base *base;
	struct config config;
	struct brain brain;
	struct control *control;
	bool roles_asked, test_asked, records;
	unsigned gone;
	char answer[ANSWER_MAX];
	size_t len;
} w;

/*
 * The linker puts this in the way of clock.c (--wrap): answers take no time,
 * so that there is no pause behind them, and each session is long after the
 * one before.
 */
static double now = 1000;
double __wrap_clock_boot(void);

double
__wrap_clock_boot(void)
{
	return now;
}

static void
tell_parent(void *ctx, enum message_type type, uint32_t id, const void *msg)
{
	uint8_t frame[256];

	(void)ctx;
	FUZZ_CHECK(message_allowed(type, ROLE_BRAIN, ROLE_PARENT, PHASE_RUN));
	FUZZ_CHECK(message_encode(frame, sizeof(frame), type, id, msg) > 0);
	w.roles_asked = w.roles_asked || type == MSG_ROLES_ASK;
	w.test_asked = w.test_asked || type == MSG_CONTROL_TEST;
	w.gone += type == MSG_CONTROL_GONE;
}

static void
wake(void *ctx)
{
	(void)ctx;
	brain_clock(&w.brain, (struct moment){now, 1.7e9 + now});
}

static void
recording(void *ctx, bool on)
{
	(void)ctx;
	FUZZ_CHECK(w.records != on);
	w.records = on;
}

static void
ordered(void *ctx, const struct control_request *r, const char *who)
{
	(void)ctx;
	FUZZ_CHECK(r != NULL && who[0] != '\0');
}

static void
open_world(void)
{
	struct control_host host = {
		.brain = &w.brain, .tell_parent = tell_parent, .wake = wake, .recording = recording, .ordered = ordered, .changed = wake,
	};

	w.base = host.base = event_base_new();
	config_init(&w.config);
	FUZZ_CHECK(config_finish(&w.config, NULL, NULL) == 0);
	FUZZ_CHECK((w.control = control_new(&host)) != NULL);
}

/* Orders stay: each session has a brain of its own. */
static void
new_brain(void)
{
	brain_free(&w.brain);
	brain_init(&w.brain, &w.config, &(struct brain_options){.chats = 1});
	wake(NULL);
	brain_tick_begin(&w.brain, w.brain.clock.now);
	brain_mem(&w.brain, 99, "");
	brain_dep(&w.brain, "git \"<\\", false, 3, "refused \xd1\x82");
	brain_tick_end(&w.brain);
}

/* The parser by itself: the words are the line's, in their order. */
static void
parse(const uint8_t *data, size_t size)
{
	char *line = fuzz_text(data, size);
	struct control_request r;
	const char *why = request_parse(&r, line, size), *at = line + strlen(line);

	FUZZ_CHECK(r.nwords <= REQUEST_WORDS_MAX);
	if (why != NULL) {
		fuzz_check_clean(why, 256);
		free(line);
		return;
	}
	FUZZ_CHECK(r.verb < VERB_COUNT);
	for (size_t i = 0; i < r.nwords; i++) {
		FUZZ_CHECK(r.word[i] == at + 1);
		fuzz_check_clean(r.word[i], size);
		at = r.word[i] + strlen(r.word[i]);
	}
	FUZZ_CHECK(at == line + size);
	free(line);
}

static void
answer_for_the_parent(void)
{
	if (w.roles_asked) {
		w.roles_asked = false;
		for (unsigned i = 0; i < ROLE_COUNT; i++)
			control_role_info(w.control, &(struct msg_role_info){.role = (uint8_t)i});
		control_roles_end(w.control);
	}
	if (w.test_asked) {
		w.test_asked = false;
		control_tested(w.control, true, "sent");
	}
}

/* Returns false once the other end is closed. */
static bool
listen_to(int fd)
{
	ssize_t n = recv(fd, w.answer + w.len, sizeof(w.answer) - w.len, MSG_DONTWAIT);

	if (n > 0)
		w.len += (size_t)n;
	return n != 0 && (n > 0 || w.gone == 0);
}

/* Who watches or records goes on for ever: it hangs up. */
static bool
is_endless(void)
{
	return w.records || memmem(w.answer, w.len, "{\"frame\":true}", 14) != NULL;
}

static void
converse(int fd, const uint8_t *data, size_t size, size_t piece)
{
	size_t at = 0;

	for (int i = 0; i < TURNS_MAX && listen_to(fd); i++) {
		if (at < size) {
			size_t len = size - at < piece ? size - at : piece;
			ssize_t n = send(fd, data + at, len, MSG_NOSIGNAL | MSG_DONTWAIT);

			at = n > 0 ? at + (size_t)n : size;
		} else if (i > TURNS_MAX / 2 || is_endless()) {
			shutdown(fd, SHUT_RDWR);
		} else {
			shutdown(fd, SHUT_WR);
		}
		event_base_loop(w.base, EVLOOP_NONBLOCK);
		answer_for_the_parent();
	}
}

static void
check_answer(void)
{
	cJSON *json;
	const char *end;

	for (const char *line = w.answer; line < w.answer + w.len; line = end + 1) {
		FUZZ_CHECK((end = memchr(line, '\n', (size_t)(w.answer + w.len - line))) != NULL);
		FUZZ_CHECK(utf8_valid(line, (size_t)(end - line)));
		json = cJSON_ParseWithLength(line, (size_t)(end - line));
		FUZZ_CHECK(cJSON_IsObject(json));
		cJSON_Delete(json);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct msg_control_client who = {.rights = CONTROL_MAY_READ, .user = "somebody"};
	int pair[2];

	if (size == 0)
		return 0;
	fuzz_quiet_log();
	if (w.control == NULL) {
		brain_init(&w.brain, &w.config, &(struct brain_options){.chats = 1});
		open_world();
	}
	new_brain();
	parse(data + 1, size - 1);
	who.rights = data[0] % 4;
	w.gone = 0;
	w.len = 0;
	now += 60;
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
	control_client(w.control, 3, &who, pair[0]);
	converse(pair[1], data + 1, size - 1, 1 + data[0] / 4u * 8u);
	close(pair[1]);
	/* Their end is noticed with the next frame, the next line. */
	for (int i = 0; i < 10 && w.gone == 0; i++) {
		control_tick_ended(w.control);
		control_recorded(w.control, "{}");
		answer_for_the_parent();
		event_base_loop(w.base, EVLOOP_NONBLOCK);
	}
	FUZZ_CHECK(w.gone == 1 && !w.records);
	check_answer();
	return 0;
}
