/*
 * A snapshot that comes back.  What is taken must be given out the same, and
 * a brain that began with it must go on in an orderly way.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "brain.h"
#include "checksum.h"
#include "fuzz.h"
#include "keep.h"
#include "snapshot.h"

#define NOW 1e6
#define WALL 1.7e9

static struct config config;

static void
begin(struct brain *b)
{
	brain_init(b, &config, &(struct brain_options){.chats = 2, .first_mark = 11});
	brain_clock(b, (struct moment){NOW, WALL});
}

static void
check_same(struct brain *b, uint64_t generation)
{
	struct brain again;
	uint8_t *first, *second;
	size_t len, second_len;
	uint64_t number;

	FUZZ_CHECK(snapshot_encode(b, generation, &first, &len) == 0);
	begin(&again);
	FUZZ_CHECK(snapshot_decode(&again, first, len, &number) == NULL && number == generation);
	/* Each life has batches of its own. */
	again.outbox.batch = b->outbox.batch;
	FUZZ_CHECK(snapshot_encode(&again, generation, &second, &second_len) == 0);
	FUZZ_CHECK(len == second_len && memcmp(first, second, len) == 0);
	free(first);
	free(second);
	brain_free(&again);
}

/* In the frames that bring it: the same as the whole. */
static void
check_parts(const uint8_t *data, size_t size, size_t part, const struct brain *whole)
{
	struct keep k = {0};
	struct brain b;

	begin(&b);
	keep_begin(&k, &(const struct msg_snap_begin){.size = (uint32_t)size});
	for (size_t at = 0, n; at < size; at += n) {
		n = size - at < part ? size - at : part;
		keep_part(&k, &(const struct msg_snap_part){.bytes = {data + at, (uint32_t)n}});
	}
	keep_end(&k, &(const struct msg_snap_end){.checksum = checksum_crc32(0, data, size)});
	FUZZ_CHECK(keep_restore(&k, &b) == (whole != NULL));
	FUZZ_CHECK(whole == NULL || HASH_COUNT(b.alerts.by_key) == HASH_COUNT(whole->alerts.by_key));
	brain_free(&b);
	/* One more than was announced. */
	keep_begin(&k, &(const struct msg_snap_begin){.size = (uint32_t)size});
	keep_part(&k, &(const struct msg_snap_part){.bytes = {data, (uint32_t)size}});
	keep_part(&k, &(const struct msg_snap_part){.bytes = {data, 1}});
	keep_end(&k, &(const struct msg_snap_end){.checksum = checksum_crc32(0, data, size)});
	begin(&b);
	FUZZ_CHECK(!keep_restore(&k, &b));
	brain_free(&b);
}

static void
tick(struct brain *b)
{
	brain_clock(b, (struct moment){b->clock.now + 30, b->clock.wall + 30});
	brain_tick_begin(b, b->clock.now);
	brain_mem(b, 99, "");
	brain_containers_begin(b);
	brain_container(b, &(struct container_seen){.name = "api", .state = "exited", .health = "", .exit_code = 137});
	brain_containers_end(b, true);
	brain_dep(b, "git", false, 12, "connection refused");
	brain_tick_end(b);
	brain_turn(b);
}

/* All of it is told; what is offered must fit into a message. */
static void
deliver(struct brain *b)
{
	static uint8_t frame[MESSAGE_HEADER + MESSAGE_PAYLOAD_MAX];
	struct setting setting = {LANGUAGE_EN, "host", b->clock};
	struct strbuf text = {0};
	struct msg_message m;
	int offered;

	for (int i = 0; i < 40; i++) {
		outbox_credit(&b->outbox, (unsigned)i % 2);
		FUZZ_CHECK(outbox_compose(&b->outbox, &setting) >= 0);
		outbox_snapshot(&b->outbox, (uint64_t)i + 1);
		outbox_confirm(&b->outbox, UINT64_MAX);
		while ((offered = outbox_offer(&b->outbox, &setting, &m, &text)) == 1) {
			FUZZ_CHECK(message_encode(frame, sizeof(frame), MSG_MESSAGE, 0, &m) > 0);
			FUZZ_CHECK(outbox_delivered(&b->outbox, m.seq, m.chat) == 0);
		}
		FUZZ_CHECK(offered == 0);
	}
	strbuf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct brain b;
	uint64_t generation = 0;

	if (!ready)
		config_init(&config);
	ready = true;
	fuzz_quiet_log();
	begin(&b);
	if (snapshot_decode(&b, data, size, &generation) == NULL) {
		check_parts(data, size, 1 + size % 1000, &b);
		check_same(&b, generation);
		brain_prune(&b);
		tick(&b);
		deliver(&b);
		tick(&b);
		deliver(&b);
		FUZZ_CHECK(!b.failed);
	} else if (size > 0) {
		check_parts(data, size, 1 + size / 2, NULL);
	}
	brain_free(&b);
	return 0;
}
