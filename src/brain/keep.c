/*
 * Snapshots in frames.  Trusts nothing of a snapshot that comes back.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "checksum.h"
#include "keep.h"
#include "log.h"
#include "snapshot.h"

_Static_assert(SNAPSHOT_BYTES_MAX < LINK_QUEUE_MAX, "a link takes a whole snapshot at once");

static int
send_bytes(struct link *parent, const struct msg_snap_begin *begin, const uint8_t *bytes)
{
	size_t len = begin->size;

	if (link_send(parent, MSG_SNAP_BEGIN, 0, begin) == -1)
		return -1;
	for (size_t at = 0, n; at < len; at += n) {
		n = len - at < SNAP_PART_MAX ? len - at : SNAP_PART_MAX;
		if (SEND(parent, SNAP_PART, snap_part, 0, .bytes = {bytes + at, (uint32_t)n}) == -1)
			return -1;
	}
	return SEND(parent, SNAP_END, snap_end, 0, .checksum = checksum_crc32(0, bytes, len));
}

bool
keep_is_due(const struct keep *k, const struct brain *b)
{
	return b->changed || (b->aged && b->clock.now - k->sent >= KEEP_AGE_S);
}

int
keep_send(struct keep *k, struct brain *b, struct link *parent)
{
	struct msg_snap_begin begin;
	uint8_t *bytes;
	size_t len;
	int rc;

	if (snapshot_encode(b, k->generation + 1, &bytes, &len) == -1)
		return -1;
	k->generation++;
	k->under_way = true;
	outbox_snapshot(&b->outbox, k->generation);
	k->sent = b->clock.now;
	b->changed = b->aged = false;
	begin = (struct msg_snap_begin){.generation = k->generation, .size = (uint32_t)len, .untold = !outbox_empty(&b->outbox)};
	rc = send_bytes(parent, &begin, bytes);
	free(bytes);
	return rc;
}

void
keep_confirmed(struct keep *k, struct brain *b, uint64_t generation)
{
	if (!k->under_way || generation != k->generation)
		return;
	k->under_way = false;
	outbox_confirm(&b->outbox, generation);
}

static void
forget_bytes(struct keep *k)
{
	free(k->from_parent.bytes);
	memset(&k->from_parent, 0, sizeof(k->from_parent));
}

void
keep_begin(struct keep *k, const struct msg_snap_begin *msg)
{
	forget_bytes(k);
	if (msg->size == 0 || msg->size > SNAPSHOT_BYTES_MAX)
		return;
	if ((k->from_parent.bytes = malloc(msg->size)) != NULL)
		k->from_parent.size = msg->size;
}

void
keep_part(struct keep *k, const struct msg_snap_part *msg)
{
	if (msg->bytes.len > k->from_parent.size - k->from_parent.got) {
		forget_bytes(k);
		return;
	}
	if (msg->bytes.len > 0)
		memcpy(k->from_parent.bytes + k->from_parent.got, msg->bytes.p, msg->bytes.len);
	k->from_parent.got += msg->bytes.len;
}

void
keep_end(struct keep *k, const struct msg_snap_end *msg)
{
	k->from_parent.checksum = msg->checksum;
	k->from_parent.whole = true;
}

static const char *
decode_into(struct keep *k, struct brain *b)
{
	size_t size = k->from_parent.size;

	if (size == 0 || k->from_parent.got != size)
		return "incomplete";
	if (checksum_crc32(0, k->from_parent.bytes, size) != k->from_parent.checksum)
		return "its checksum is wrong";
	return snapshot_decode(b, k->from_parent.bytes, size, &k->generation);
}

bool
keep_restore(struct keep *k, struct brain *b)
{
	struct brain_options options = b->options;
	const struct config *config = b->config;
	struct moment clock = b->clock;
	const char *why;

	if (!k->from_parent.whole)
		return false;
	why = decode_into(k, b);
	forget_bytes(k);
	if (why == NULL)
		return true;
	log_error("the kept state cannot be used (%s): starting clean, an alert may be repeated", why);
	brain_free(b);
	brain_init(b, config, &options);
	brain_clock(b, clock);
	k->generation = 0;
	return false;
}
