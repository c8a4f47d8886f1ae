/*
 * The brain's neighbours say what they like: message after message of the
 * collector and the notifier, in any order, with time going by, through the
 * handlers that the role has.  A record is a byte for the type, two for the
 * payload's length, and the payload; a type past the table is time.  Whatever
 * comes, what leaves is a message that the table allows, and the state is one
 * that comes back.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "fuzz.h"
#include "mind.h"
#include "report.h"
#include "snapshot.h"
#include "utf8.h"

#define RECORDS_MAX 4096
#define STEP_MAX_S 200000.0 /* two days and more */

static struct {
	struct mind mind;
	struct role role;
	double now;
	uint64_t generation;
	size_t recorded, shown;
} w;

/* The linker puts this in the way of clock.c (--wrap), for what asks it itself. */
double __wrap_clock_boot(void);

double
__wrap_clock_boot(void)
{
	return w.now;
}

/* --- what the role's main.c does --- */

void
mind_wake(struct mind *m)
{
	brain_clock(&m->brain, (struct moment){w.now, 1.7e9 + w.now});
}

void
mind_flush(struct mind *m)
{
	brain_flush(&m->brain);
	recorder_flush(&m->recorder);
}

void
mind_turn(struct mind *m)
{
	brain_turn(&m->brain);
}

/* What is offered must fit into a frame; that its outcome comes is not said. */
void
mind_pump(struct mind *m)
{
	static uint8_t frame[MESSAGE_HEADER + MESSAGE_PAYLOAD_MAX];
	struct outbox *o = &m->brain.outbox;
	struct setting setting = {m->role->config.lang, "host", m->brain.clock};
	struct strbuf text = {0};
	struct msg_message msg;
	int made, offered;

	FUZZ_CHECK(!m->brain.failed);
	FUZZ_CHECK((made = outbox_compose(o, &setting)) >= 0);
	if (made > 0) {
		outbox_snapshot(o, ++w.generation);
		outbox_confirm(o, w.generation);
	}
	while ((offered = outbox_offer(o, &setting, &msg, &text)) == 1)
		FUZZ_CHECK(message_encode(frame, sizeof(frame), MSG_MESSAGE, 0, &msg) > 0);
	FUZZ_CHECK(offered == 0);
	strbuf_free(&text);
}

/* --- what is asked of it --- */

static void
check_json(void *ctx, const char *line)
{
	cJSON *json = line == NULL ? NULL : cJSON_Parse(line);

	++*(size_t *)ctx;
	FUZZ_CHECK(line == NULL || cJSON_IsObject(json));
	FUZZ_CHECK(line == NULL || utf8_valid(line, strlen(line)));
	cJSON_Delete(json);
}

static void
check_row(void *ctx, const char *line)
{
	(void)ctx;
	fuzz_check_clean(line, REPORT_LINE_MAX);
}

static void
check_decision(void *ctx, const struct decision *d)
{
	(void)ctx;
	FUZZ_CHECK(d->action != ACTION_NONE && d->key[0] != '\0');
	fuzz_check_clean(d->detail, ALERT_DETAIL_MAX);
}

static void
check_note(void *ctx, const struct note *n)
{
	(void)ctx;
	fuzz_check_clean(n->text, ALERT_DETAIL_MAX);
}

static void
check_unsure(void *ctx, enum signal_kind kind, const char *name)
{
	uint8_t frame[MESSAGE_HEADER + PATH_MAX_LEN + 16];

	(void)ctx;
	FUZZ_CHECK(message_encode(frame, sizeof(frame), MSG_LOOK_AGAIN, 0,
	    &(const struct msg_look_again){.kind = (uint8_t)kind, .name = name}) > 0);
}

static void
tell_parent(void *ctx, enum message_type type, uint32_t id, const void *msg)
{
	(void)ctx;
	(void)type;
	(void)id;
	(void)msg;
	FUZZ_CHECK(false); /* nobody has asked anything */
}

/* --- what is said to it --- */

static link_handler *const handlers[MSG_COUNT] = {
	[MSG_TICK_BEGIN] = on_tick_begin, [MSG_TICK_END] = on_tick_end, [MSG_METRICS_FAILED] = on_metrics_failed,
	[MSG_METRICS_BEGIN] = on_metrics_begin, [MSG_AGENT] = on_agent, [MSG_METRICS_END] = on_metrics_end, [MSG_MEM] = on_mem,
	[MSG_DISK] = on_disk, [MSG_DOCKER_FAILED] = on_docker_failed, [MSG_CONTAINERS_BEGIN] = on_containers_begin,
	[MSG_CONTAINER] = on_container, [MSG_CONTAINERS_END] = on_containers_end, [MSG_DOCKER_EVENTS] = on_docker_events,
	[MSG_CONTAINERS_ONE_BEGIN] = on_one_begin, [MSG_CONTAINERS_ONE_END] = on_one_end, [MSG_CONTAINER_ACT] = on_container_act,
	[MSG_DEP] = on_dep, [MSG_UNSEEN] = on_unseen,
};

/* As main.c has it. */
static void
hear_notifier(struct brain *b, enum message_type type, const union message *msg)
{
	struct outbox *o = &b->outbox;

	if (type == MSG_CHAT_READY)
		outbox_credit(o, msg->chat_ready.chat);
	else if (type == MSG_CHAT_MOVED)
		brain_chat_moved(b, msg->chat_moved.chat, msg->chat_moved.new_id);
	else if (type == MSG_DELIVERED) {
		outbox_told_as(o, msg->delivered.seq, msg->delivered.chat, msg->delivered.message_id);
		outbox_delivered(o, msg->delivered.seq, msg->delivered.chat);
	} else if (type == MSG_SEND_FAILED) {
		outbox_flooded(o, msg->send_failed.flood_until, b->clock.now);
		outbox_failed(o, msg->send_failed.seq, msg->send_failed.chat, (enum send_failure)msg->send_failed.why,
		    msg->send_failed.text);
	} else if (type == MSG_ROLE_STATE)
		brain_role(b, msg->role_state.role, msg->role_state.failing, msg->role_state.restarts, msg->role_state.why);
}

static void
time_passes(struct mind *m, unsigned step)
{
	w.now += fmin(pow(1.2, step) / 100, STEP_MAX_S);
	mind_wake(m);
	brain_expire(&m->brain);
	mind_flush(m);
	mind_pump(m);
}

static void
hear(struct mind *m, unsigned type, const uint8_t *payload, size_t len)
{
	uint8_t *bytes = malloc(len == 0 ? 1 : len);
	union message msg;

	FUZZ_CHECK(bytes != NULL);
	memcpy(bytes, payload, len);
	if (message_decode(&msg, (enum message_type)type, bytes, len) == 0) {
		if (handlers[type] != NULL) {
			handlers[type](&w.role, NULL, 0, &msg);
		} else {
			mind_wake(m);
			hear_notifier(&m->brain, (enum message_type)type, &msg);
			mind_pump(m);
		}
	}
	free(bytes);
}

static void
hear_all(struct mind *m, const uint8_t *data, size_t size)
{
	for (unsigned i = 0; size >= 3 && i < RECORDS_MAX; i++) {
		size_t len = data[1] | (size_t)data[2] << 8, rest = size - 3;

		len = len < rest ? len : rest;
		if (data[0] >= MSG_COUNT)
			time_passes(m, data[0] - MSG_COUNT);
		else
			hear(m, data[0], data + 3, len);
		data += 3 + len;
		size = rest - len;
	}
}

/* --- what must hold at the end --- */

static void
check_state(const struct brain *b)
{
	struct brain again;
	struct control_facts facts = {.ticked = NAN, .delivered_wall = NAN};
	const char *wrong;
	uint8_t *bytes;
	uint64_t number;
	size_t len;

	FUZZ_CHECK(snapshot_encode(b, 7, &bytes, &len) == 0);
	brain_init(&again, b->config, &(struct brain_options){.chats = 2});
	brain_clock(&again, b->clock);
	if ((wrong = snapshot_decode(&again, bytes, len, &number)) != NULL)
		dprintf(fuzz_report_fd, "the snapshot does not come back: %s\n", wrong);
	FUZZ_CHECK(wrong == NULL && number == 7);
	brain_free(&again);
	free(bytes);
	report_table(b, check_row, NULL);
	answer_status(&(const struct answer){check_json, &w.shown}, b, &facts);
}

static void
set(const char *key, const char *value)
{
	char why[256];

	FUZZ_CHECK(config_set(&w.role.config, key, value, why, sizeof(why)) == 0);
}

static void
open_world(void)
{
	struct control_host host = {.brain = &w.mind.brain, .tell_parent = tell_parent};

	config_init(&w.role.config);
	set("WATCHDOG_CONTAINERS", "*,api,web-?");
	set("WATCHDOG_DEPS", "git=tcp://git.example:22,db=tcp://db.example:5432");
	set("WATCHDOG_DEPENDS", "dep:git>dep:db");
	set("WATCHDOG_AGENT_STALL_S", "60");
	set("WATCHDOG_DISK_CRIT_ENABLED", "yes");
	FUZZ_CHECK(config_finish(&w.role.config, NULL, NULL) == 0);
	w.role.self = &w.mind;
	w.mind.role = &w.role;
	FUZZ_CHECK((w.role.base = host.base = event_base_new()) != NULL);
	FUZZ_CHECK((w.mind.control = control_new(&host)) != NULL);
	FUZZ_CHECK((w.mind.gather = event_new(w.role.base, -1, 0, NULL, NULL)) != NULL);
	w.mind.recorder.line = check_json;
	w.mind.recorder.ctx = &w.recorded;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mind *m = &w.mind;
	const struct brain_options options = {
		.chats = 2, .first_mark = 11, .decided = check_decision, .noted = check_note, .unsure = check_unsure,
	};

	if (size == 0)
		return 0;
	fuzz_quiet_log();
	if (w.role.base == NULL)
		open_world();
	w.now = 1000;
	brain_init(&m->brain, &w.role.config, &options);
	mind_wake(m);
	recorder_stop(&m->recorder);
	w.role.config.lang = (data[0] & 2) != 0 ? LANGUAGE_RU : LANGUAGE_EN;
	if (data[0] % 2 == 1)
		recorder_start(&m->recorder, 0);
	hear_all(m, data + 1, size - 1);
	mind_flush(m);
	check_state(&m->brain);
	recorder_stop(&m->recorder);
	brain_free(&m->brain);
	return 0;
}
