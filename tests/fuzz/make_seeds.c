/*
 * Writes the seeds of our own formats below a folder, by the code that speaks
 * them: make_seeds FOLDER.
 */
#include "build_config.h"

#include <sys/stat.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "brain.h"
#include "snapshot.h"

#define FRAMES_MAX (64u << 10)

static const char *top;

static void
write_seed(const char *target, const char *name, const void *bytes, size_t len)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, target);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%s/%s", top, target, name);
	if ((f = fopen(path, "w")) == NULL || fwrite(bytes, 1, len, f) != len || fclose(f) == EOF) {
		perror(path);
		exit(1);
	}
}

/* --- a message of each type, once with all its fields at the least, once filled --- */

#define BYTES_MAX 64
static const uint8_t some_bytes[BYTES_MAX] = {4, 127, 0, 0, 1};

#define LEAST_none(limit) 0
#define LEAST_u8(limit) 0
#define LEAST_u16(limit) 0
#define LEAST_u32(limit) 0
#define LEAST_u64(limit) 0
#define LEAST_i32(limit) 0
#define LEAST_i64(limit) 0
#define LEAST_f64(limit) 0
#define LEAST_f64n(limit) (double)NAN
#define LEAST_str(limit) ""
#define LEAST_blob(limit) {some_bytes, 0}
#define FULL_none(limit) 0
#define FULL_u8(limit) (uint8_t)(limit)
#define FULL_u16(limit) (uint16_t)(limit)
#define FULL_u32(limit) (uint32_t)(limit)
#define FULL_u64(limit) (uint64_t)(limit)
#define FULL_i32(limit) -1
#define FULL_i64(limit) -1001234567890
#define FULL_f64(limit) 1780000000.25
#define FULL_f64n(limit) 97.5
#define FULL_str(limit) "текст <b>"
#define FULL_blob(limit) {some_bytes, (limit) < BYTES_MAX ? (limit) : BYTES_MAX}

#define LEAST(T, kind, name, limit) .name = LEAST_##kind(limit),
#define FULL(T, kind, name, limit) .name = FULL_##kind(limit),
#define M(NAME, name, from, to, phase, fd) \
	static const struct msg_##name least_##name = {FIELDS_##NAME(LEAST, )}; \
	static const struct msg_##name full_##name = {FIELDS_##NAME(FULL, )};
MESSAGES(M)
#undef M

static const void *const samples[MSG_COUNT][2] = {
#define M(NAME, name, from, to, phase, fd) {&least_##name, &full_##name},
	MESSAGES(M)
#undef M
};

static size_t
encode(uint8_t *buf, size_t cap, unsigned type, unsigned which, uint32_t id)
{
	size_t n = message_encode(buf, cap, type, id, samples[type][which]);

	if (n == 0) {
		fprintf(stderr, "%s: a sample is outside the limits\n", message_name(type));
		exit(1);
	}
	return n;
}

static void
message_seeds(void)
{
	static const char *const which[] = {"least", "full"};
	uint8_t frame[MESSAGE_HEADER + MESSAGE_PAYLOAD_MAX];
	char name[64];

	for (unsigned type = 0; type < MSG_COUNT; type++)
		for (unsigned i = 0; i < 2; i++) {
			size_t n = encode(frame, sizeof(frame), type, i, 0);

			/* The payload, behind a byte for the type. */
			frame[MESSAGE_HEADER - 1] = (uint8_t)type;
			snprintf(name, sizeof(name), "%s-%s", message_name(type), which[i]);
			write_seed("messages", name, frame + MESSAGE_HEADER - 1, n - MESSAGE_HEADER + 1);
		}
}

/* --- what one role may say to another, frame after frame --- */

static void
frame_seed(enum role_id from, enum role_id to, enum phase phase)
{
	static uint8_t bytes[FRAMES_MAX];
	char name[64];
	size_t len = 4;

	/* As fuzz_frame.c reads it; a descriptor comes only from the parent. */
	memcpy(bytes, (uint8_t[]){(uint8_t)to, (uint8_t)from, (uint8_t)(phase - 1), 200}, 4);
	for (unsigned type = 0; type < MSG_COUNT; type++)
		if (message_allowed(type, from, to, phase) && !message_carries_fd(type))
			len += encode(bytes + len, sizeof(bytes) - len, type, 1, 4 * type);
	snprintf(name, sizeof(name), "%s-to-%s-%s", role_name(from), role_name(to), phase == PHASE_RUN ? "run" : "setup");
	if (len > 4)
		write_seed("frame", name, bytes, len);
}

static void
descriptor_seed(void)
{
	uint8_t bytes[256] = {ROLE_COLLECTOR, ROLE_PARENT, 0x80 + 1, 200};
	size_t len = 4 + encode(bytes + 4, sizeof(bytes) - 4, MSG_GATE_PIPE, 0, 1);

	write_seed("frame", "a-descriptor-comes-along", bytes, len);
	len += encode(bytes + len, sizeof(bytes) - len, MSG_GATE_PIPE, 0, 3);
	bytes[2] = 0xc0 + 1;
	write_seed("frame", "too-many-descriptors", bytes, len);
	bytes[2] = 0x40 + 1;
	bytes[3] = 0;
	write_seed("frame", "a-descriptor-with-each-byte", bytes, len);
}

static void
frame_seeds(void)
{
	for (unsigned from = 0; from < ROLE_COUNT; from++)
		for (unsigned to = 0; to < ROLE_COUNT; to++)
			for (unsigned phase = PHASE_SETUP; from != to && phase <= PHASE_RUN; phase++)
				frame_seed(from, to, phase);
	descriptor_seed();
}

/* --- what the brain hears, as fuzz_brain.c reads it --- */

struct heard {
	uint8_t bytes[FRAMES_MAX];
	size_t len;
};

static void
hear(struct heard *h, enum message_type type, const void *msg)
{
	uint8_t frame[MESSAGE_HEADER + MESSAGE_PAYLOAD_MAX];
	size_t n = message_encode(frame, sizeof(frame), type, 0, msg);

	if (n == 0 || h->len + n > sizeof(h->bytes))
		exit(1);
	n -= MESSAGE_HEADER;
	memcpy(h->bytes + h->len, (uint8_t[]){(uint8_t)type, n & 0xff, (uint8_t)(n >> 8)}, 3);
	memcpy(h->bytes + h->len + 3, frame + MESSAGE_HEADER, n);
	h->len += 3 + n;
}

#define HEAR(h, NAME, name, ...) hear(h, MSG_##NAME, &(const struct msg_##name){__VA_ARGS__})

/* fuzz_brain.c has 1.2^step hundredths of a second. */
static void
let_pass(struct heard *h, unsigned step)
{
	memcpy(h->bytes + h->len, (uint8_t[]){(uint8_t)(MSG_COUNT + step), 0, 0}, 3);
	h->len += 3;
}

static void
hear_container(struct heard *h, const char *state, const char *health, int exit_code)
{
	HEAR(h, CONTAINER, container, .name = "api", .state = state, .health = health, .exit_code = exit_code, .named = 1,
	    .id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", .project = "shop", .service = "api",
	    .number = "1", .severity = CONTAINER_WARNING, .grace = 30, .label_name = "the shop");
}

static void
hear_tick(struct heard *h, unsigned n, bool bad)
{
	HEAR(h, TICK_BEGIN, tick_begin, .tick = n, .now = 1000, .wall = 1.7e9);
	if (n == 3) {
		HEAR(h, METRICS_FAILED, metrics_failed, .error = "connection refused");
		HEAR(h, DOCKER_FAILED, docker_failed, .error = "status 500");
		HEAR(h, UNSEEN, unseen, .what = UNSEEN_DEP, .name = "db", .why = "too many open files");
	} else {
		HEAR(h, METRICS_BEGIN, metrics_begin, .generated_at = 1.7e9 + n, .failed = bad ? 9 : 7);
		HEAR(h, AGENT, agent, .run_id = "41", .name = "developer", .cpu_ticks = 90210);
		HEAR(h, METRICS_END, metrics_end, .listed = 1);
		HEAR(h, DOCKER_EVENTS, docker_events, .live = !bad, .why = bad ? "the engine has ended it" : "");
		HEAR(h, CONTAINERS_BEGIN, containers_begin, .scope = SCOPE_ALL);
		hear_container(h, bad ? "exited" : "running", bad ? "" : "healthy", bad ? 137 : -1);
		HEAR(h, CONTAINERS_END, containers_end, .ignored = 0);
	}
	HEAR(h, MEM, mem, .used_pct = bad ? 99 : 40, .error = "");
	HEAR(h, DISK, disk, .path = "/", .used_pct = bad ? 99 : 50, .exact_pct = bad ? 98.5 : 49.5, .error = "");
	HEAR(h, DEP, dep, .name = "git", .ok = !bad, .ms = 12, .detail = bad ? "timeout: no answer" : "");
	HEAR(h, TICK_END, tick_end, .tick = n);
	let_pass(h, 40);
}

/* An event, and the check that it causes. */
static void
hear_event(struct heard *h, enum container_act act)
{
	static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

	HEAR(h, CONTAINER_ACT, container_act, .act = (uint8_t)act, .id = id, .name = "api", .old_name = act == ACT_RENAMED ? "web" : "",
	    .project = "shop", .service = "api", .number = "1", .signal = act == ACT_STOP_ASKED ? 15 : -1, .age = 0.5);
	HEAR(h, CONTAINERS_ONE_BEGIN, containers_one_begin, .id = id);
	if (act != ACT_REMOVED)
		hear_container(h, act == ACT_DIED ? "exited" : "running", "", act == ACT_DIED ? 1 : -1);
	HEAR(h, CONTAINERS_ONE_END, containers_one_end, .id = id, .found = act != ACT_REMOVED);
}

static void
hear_outcomes(struct heard *h, uint64_t seq)
{
	for (uint16_t chat = 0; chat < 2; chat++) {
		HEAR(h, CHAT_READY, chat_ready, .chat = chat);
		HEAR(h, SEND_FAILED, send_failed, .seq = seq + chat, .chat = chat, .why = chat == 0 ? SEND_POISON : SEND_UNKNOWN,
		    .flood_until = 1001, .text = "Bad Request: can't parse entities");
		HEAR(h, CHAT_READY, chat_ready, .chat = chat);
		HEAR(h, DELIVERED, delivered, .seq = seq + chat, .chat = chat, .message_id = 4711);
	}
	HEAR(h, CHAT_MOVED, chat_moved, .chat = 1, .new_id = -1001234567890);
}

/* As fuzz_resolve.c reads it: all is asked for. */
static void
resolve_seeds(void)
{
	static const uint8_t addresses[2 * ADDRESS_LEN] = {4, 127, 0, 0, 1, [ADDRESS_LEN] = 6, [2 * ADDRESS_LEN - 1] = 1};
	uint8_t bytes[2048] = {0xff, 40};
	size_t len = 2;

	len += message_encode(bytes + len, sizeof(bytes) - len, MSG_ADDRESSES, 1,
	    &(const struct msg_addresses){.index = 0, .addresses = {addresses, sizeof(addresses)}, .error = ""});
	len += message_encode(bytes + len, sizeof(bytes) - len, MSG_ADDRESSES, 2,
	    &(const struct msg_addresses){.index = 1, .addresses = {addresses, ADDRESS_LEN - 1}, .error = "Name or service not known"});
	write_seed("resolve", "answers", bytes, len);
	len += message_encode(bytes + len, sizeof(bytes) - len, MSG_ADDRESSES, 2,
	    &(const struct msg_addresses){.index = NAMES_MAX - 1, .error = "nobody asked"});
	bytes[0] = 0x2c;
	write_seed("resolve", "answers-that-nobody-waits-for", bytes, len);
}

static void
brain_seeds(void)
{
	static struct heard h;

	h = (struct heard){{1}, 1};
	for (unsigned n = 0; n < 8; n++) {
		hear_tick(&h, n, n > 1 && n < 6);
		hear_outcomes(&h, n);
	}
	write_seed("brain", "ticks", h.bytes, h.len);
	h.bytes[0] = 3;
	write_seed("brain", "ticks-in-russian", h.bytes, h.len);
	h = (struct heard){{1}, 1};
	hear_tick(&h, 0, false);
	for (unsigned act = 0; act < ACT_COUNT; act++) {
		hear_event(&h, act);
		let_pass(&h, 20 + act);
	}
	HEAR(&h, ROLE_STATE, role_state, .role = ROLE_PROBER, .failing = 1, .restarts = 3, .why = "was killed by SIGKILL");
	hear_tick(&h, 1, false);
	write_seed("brain", "events", h.bytes, h.len);
	h = (struct heard){{0}, 1};
	for (unsigned type = 0; type < MSG_COUNT; type++)
		if (message_allowed(type, ROLE_COLLECTOR, ROLE_BRAIN, PHASE_RUN) || message_allowed(type, ROLE_NOTIFIER, ROLE_BRAIN, PHASE_RUN))
			for (unsigned which = 0; which < 2; which++)
				hear(&h, type, samples[type][which]);
	write_seed("brain", "out-of-order", h.bytes, h.len);
}

/* --- a brain's state --- */

static void
look_at_everything(struct brain *b, double now, bool bad)
{
	brain_clock(b, (struct moment){now, 1.7e9 + now});
	brain_tick_begin(b, now);
	brain_metrics_begin(b, 1.7e9, bad ? 9 : 7);
	brain_agent(b, "41", "developer", 90210);
	brain_metrics_end(b, true);
	brain_mem(b, bad ? 97 : 40, "");
	brain_disk(b, &(struct disk_seen){.path = "/", .used_pct = bad ? 99 : 50});
	brain_containers_begin(b);
	brain_container(b, &(struct container_seen){.name = "api", .state = bad ? "exited" : "running", .health = "",
	    .exit_code = bad ? 137 : -1, .named = true});
	brain_containers_end(b, true);
	brain_dep(b, "git", !bad, 12, bad ? "connection refused" : "");
	brain_role(b, ROLE_PROBER, bad, 3, "stuck");
	brain_tick_end(b);
}

static void
snapshot_seed(struct brain *b, const char *name)
{
	uint8_t *bytes;
	size_t len;

	if (b->failed || snapshot_encode(b, 5, &bytes, &len) == -1)
		exit(1);
	write_seed("snapshot", name, bytes, len);
	free(bytes);
}

static void
snapshot_seeds(void)
{
	struct config config;
	struct brain b;
	struct setting setting = {LANGUAGE_EN, "host", {0, 1.7e9}};

	config_init(&config);
	config_finish(&config, NULL, NULL);
	brain_init(&b, &config, &(struct brain_options){.chats = 2, .first_mark = 5});
	brain_clock(&b, (struct moment){0, 1.7e9});
	snapshot_seed(&b, "nothing-seen-yet");
	for (int i = 0; i < 6; i++)
		look_at_everything(&b, 30 * i, i > 1);
	snapshot_seed(&b, "alerts-wait");
	outbox_credit(&b.outbox, 0);
	outbox_moved(&b.outbox, 1, -1001234567890);
	threads_note(&b.outbox.threads, 0, 5, 100);
	if (outbox_compose(&b.outbox, &setting) != 1)
		exit(1);
	snapshot_seed(&b, "a-message-under-way");
	look_at_everything(&b, 400, false);
	snapshot_seed(&b, "over-again");
	brain_free(&b);
	config_free(&config);
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_seeds FOLDER\n");
		return 1;
	}
	top = argv[1];
	mkdir(top, 0755);
	message_seeds();
	frame_seeds();
	brain_seeds();
	resolve_seeds();
	snapshot_seeds();
	return 0;
}
