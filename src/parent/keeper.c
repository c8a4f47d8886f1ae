/*
 * The snapshot keeper.  Trusts the brain for nothing but its bytes' meaning:
 * sizes are held against what was announced before anything is written.
 */
#include "build_config.h"

#include <sys/mman.h>

#include <stdlib.h>
#include <unistd.h>

#include "keeper.h"

struct slot {
	uint64_t generation;
	uint32_t size, checksum;
	bool whole;
};

struct keeper {
	int fd;
	struct slot slot[2];
	int current; /* the newest whole slot, -1 = none */
	bool writing;
	uint32_t written;
};

static off_t
slot_offset(int i)
{
	return (off_t)i * SNAPSHOT_MAX;
}

struct keeper *
keeper_new(void)
{
	struct keeper *k = calloc(1, sizeof(*k));

	if (k == NULL || (k->fd = memfd_create("watchdog-snapshot", MFD_CLOEXEC)) == -1) {
		free(k);
		return NULL;
	}
	k->current = -1;
	return k;
}

void
keeper_free(struct keeper *k)
{
	if (k == NULL)
		return;
	close(k->fd);
	free(k);
}

/* Slots are written in turn: the one that is not current. */
static int
next_slot(const struct keeper *k)
{
	return k->current == 0 ? 1 : 0;
}

int
keeper_begin(struct keeper *k, const struct msg_snap_begin *msg)
{
	if (k->writing || msg->size > SNAPSHOT_MAX)
		return -1;
	k->writing = true;
	k->written = 0;
	k->slot[next_slot(k)] = (struct slot){.generation = msg->generation, .size = msg->size};
	return 0;
}

int
keeper_part(struct keeper *k, const struct msg_snap_part *msg)
{
	int i = next_slot(k);
	uint32_t done = 0;

	if (!k->writing || msg->bytes.len > k->slot[i].size - k->written)
		return -1;
	while (done < msg->bytes.len) {
		ssize_t n = pwrite(k->fd, msg->bytes.p + done, msg->bytes.len - done, slot_offset(i) + (off_t)k->written);

		if (n <= 0)
			return -1;
		done += (uint32_t)n;
		k->written += (uint32_t)n;
	}
	return 0;
}

int
keeper_end(struct keeper *k, const struct msg_snap_end *msg, uint64_t *generation)
{
	int i = next_slot(k);

	if (!k->writing || k->written != k->slot[i].size)
		return -1;
	k->slot[i].checksum = msg->checksum;
	k->slot[i].whole = true;
	*generation = k->slot[i].generation;
	k->current = i;
	k->writing = false;
	return 0;
}

void
keeper_abort(struct keeper *k)
{
	k->writing = false;
}

void
keeper_forget(struct keeper *k)
{
	k->current = -1;
	k->writing = false;
}

bool
keeper_has_snapshot(const struct keeper *k)
{
	return k->current != -1;
}

int
keeper_restore(struct keeper *k, struct link *brain)
{
	const struct slot *s = k->current == -1 ? NULL : &k->slot[k->current];
	uint8_t part[4096];
	ssize_t n = 0;

	if (s == NULL)
		return 0;
	if (SEND(brain, SNAP_BEGIN, snap_begin, 0, .generation = s->generation, .size = s->size) == -1)
		return -1;
	for (uint32_t at = 0; at < s->size; at += (uint32_t)n) {
		size_t want = s->size - at < sizeof(part) ? s->size - at : sizeof(part);

		if ((n = pread(k->fd, part, want, slot_offset(k->current) + (off_t)at)) <= 0)
			return -1;
		if (SEND(brain, SNAP_PART, snap_part, 0, .bytes = {part, (uint32_t)n}) == -1)
			return -1;
	}
	return SEND(brain, SNAP_END, snap_end, 0, .checksum = s->checksum);
}
