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
	brain_disk(b, "/", bad ? 99 : 50, false, "");
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
	snapshot_seeds();
	return 0;
}
