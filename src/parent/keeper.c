/*
 * The snapshot keeper.  Trusts the brain for nothing but its bytes' meaning:
 * sizes are held against what was announced before anything is written.
 * Trusts a memfd that comes from outside for nothing at all.
 *
 * A slot is a head of HEAD_LEN bytes in the first HEAD_ROOM ones, then the
 * snapshot.  A head of zeros is an empty slot: that is written before the
 * slot's bytes, and the head after them.
 */
#include "build_config.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checksum.h"
#include "keeper.h"

#define SLOTS 2
#define HEAD_MAGIC 0x5744534bu /* "WDSK" */
#define HEAD_VERSION 1
#define HEAD_LEN 34
#define HEAD_ROOM 64
#define SLOT_ROOM ((off_t)HEAD_ROOM + SNAPSHOT_MAX)
#define MEMFD_SIZE (SLOTS * SLOT_ROOM)
#define SIZE_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define COPY_BYTES 4096

struct slot {
	uint64_t sequence; /* ours: of two the higher is the newer */
	uint64_t generation;
	uint32_t size, checksum;
	bool whole;
};

struct keeper {
	int fd;
	struct slot slot[SLOTS];
	int current; /* the newest whole slot, -1 = none */
	bool writing;
	uint32_t written, checksum;
};

static off_t
slot_bytes(int i)
{
	return i * SLOT_ROOM + HEAD_ROOM;
}

/* A memfd takes and gives all or nothing, save when memory is short. */
static int
write_all(int fd, const uint8_t *bytes, size_t len, off_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, bytes, len, at);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		bytes += n;
		len -= (size_t)n;
		at += n;
	}
	return 0;
}

static int
read_all(int fd, uint8_t *bytes, size_t len, off_t at)
{
	while (len > 0) {
		ssize_t n = pread(fd, bytes, len, at);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENODATA;
		if (n <= 0)
			return -1;
		bytes += n;
		len -= (size_t)n;
		at += n;
	}
	return 0;
}

/* --- heads --- */

static void
head_write(uint8_t head[HEAD_LEN], const struct slot *s)
{
	struct writer w = writer_of(head, HEAD_LEN);

	write_u32(&w, HEAD_MAGIC);
	write_u16(&w, HEAD_VERSION);
	write_u64(&w, s->sequence);
	write_u64(&w, s->generation);
	write_u32(&w, s->size);
	write_u32(&w, s->checksum);
	write_u32(&w, checksum_crc32(0, head, w.len));
}

static bool
head_read(struct slot *s, const uint8_t head[HEAD_LEN])
{
	struct reader r = reader_of(head, HEAD_LEN);
	bool ours = read_u32(&r) == HEAD_MAGIC && read_u16(&r) == HEAD_VERSION;

	s->sequence = read_u64(&r);
	s->generation = read_u64(&r);
	s->size = read_u32(&r);
	s->checksum = read_u32(&r);
	return ours && read_u32(&r) == checksum_crc32(0, head, HEAD_LEN - sizeof(uint32_t)) && s->size <= SNAPSHOT_MAX &&
	    s->sequence < UINT64_MAX;
}

static bool
is_empty(const uint8_t head[HEAD_LEN])
{
	static const uint8_t zeros[HEAD_LEN];

	return memcmp(head, zeros, HEAD_LEN) == 0;
}

static int
slot_empty(struct keeper *k, int i)
{
	static const uint8_t zeros[HEAD_LEN];

	k->slot[i].whole = false;
	return write_all(k->fd, zeros, HEAD_LEN, i * SLOT_ROOM);
}

/* --- beginning --- */

static struct keeper *
keeper_of(int fd)
{
	struct keeper *k = fd == -1 ? NULL : calloc(1, sizeof(*k));

	if (k == NULL) {
		if (fd != -1)
			close(fd);
		return NULL;
	}
	k->fd = fd;
	k->current = -1;
	return k;
}

struct keeper *
keeper_new(void)
{
	struct keeper *k = keeper_of(memfd_create(KEEPER_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING));

	/* All of its size at once, without its memory: so that whoever finds it knows what to expect. */
	if (k != NULL && (ftruncate(k->fd, MEMFD_SIZE) == -1 || fcntl(k->fd, F_ADD_SEALS, SIZE_SEALS) == -1)) {
		keeper_free(k);
		return NULL;
	}
	return k;
}

static const char *
what_is_wrong_with(int fd)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS), flags = fcntl(fd, F_GETFL);

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || seals == -1)
		return "it is no memory file";
	if (flags == -1 || (flags & O_ACCMODE) != O_RDWR || (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) != 0)
		return "it cannot be written";
	if ((seals & SIZE_SEALS) != SIZE_SEALS)
		return "its size is not sealed";
	return st.st_size == MEMFD_SIZE ? NULL : "its size is of another version";
}

static bool
slot_bytes_match(const struct keeper *k, int i)
{
	const struct slot *s = &k->slot[i];
	uint8_t part[COPY_BYTES];
	uint32_t crc = 0;

	for (uint32_t at = 0, n; at < s->size; at += n) {
		n = s->size - at < sizeof(part) ? s->size - at : (uint32_t)sizeof(part);
		if (read_all(k->fd, part, n, slot_bytes(i) + at) == -1)
			return false;
		crc = checksum_crc32(crc, part, n);
	}
	return crc == s->checksum;
}

/* Returns NULL if the slot is whole or empty, else what is wrong. */
static const char *
slot_adopt(struct keeper *k, int i)
{
	uint8_t head[HEAD_LEN];

	if (read_all(k->fd, head, HEAD_LEN, i * SLOT_ROOM) == -1)
		return "it cannot be read";
	if (is_empty(head))
		return NULL;
	if (!head_read(&k->slot[i], head))
		return "a head is damaged or of another version";
	if (!slot_bytes_match(k, i))
		return "its checksum is wrong";
	k->slot[i].whole = true;
	if (k->current == -1 || k->slot[i].sequence > k->slot[k->current].sequence)
		k->current = i;
	return NULL;
}

/* Returns NULL, or what is wrong with a slot. */
static const char *
adopt_slots(struct keeper *k)
{
	const char *wrong = NULL;

	k->current = -1;
	for (int i = 0; i < SLOTS; i++) {
		const char *why = slot_adopt(k, i);

		wrong = why == NULL ? wrong : why;
	}
	return wrong;
}

struct keeper *
keeper_adopt(int fd, const char **why)
{
	struct keeper *k;

	if ((*why = what_is_wrong_with(fd)) != NULL) {
		close(fd);
		return NULL;
	}
	if ((k = keeper_of(fd)) == NULL) {
		*why = "out of memory";
		return NULL;
	}
	*why = adopt_slots(k);
	if (*why == NULL || k->current != -1)
		return k;
	keeper_free(k);
	return NULL;
}

void
keeper_look_again(struct keeper *k)
{
	adopt_slots(k);
}

void
keeper_free(struct keeper *k)
{
	if (k == NULL)
		return;
	close(k->fd);
	free(k);
}

int
keeper_fd(const struct keeper *k)
{
	return k->fd;
}

/* --- writing --- */

/* Slots are written in turn: the one that is not current. */
static int
next_slot(const struct keeper *k)
{
	return k->current == 0 ? 1 : 0;
}

int
keeper_begin(struct keeper *k, const struct msg_snap_begin *msg)
{
	int i = next_slot(k);

	if (k->writing || msg->size > SNAPSHOT_MAX || slot_empty(k, i) == -1)
		return -1;
	k->writing = true;
	k->written = k->checksum = 0;
	k->slot[i] = (struct slot){
		.sequence = k->current == -1 ? 1 : k->slot[k->current].sequence + 1,
		.generation = msg->generation,
		.size = msg->size,
	};
	return 0;
}

int
keeper_part(struct keeper *k, const struct msg_snap_part *msg)
{
	int i = next_slot(k);

	if (!k->writing || msg->bytes.len > k->slot[i].size - k->written)
		return -1;
	if (write_all(k->fd, msg->bytes.p, msg->bytes.len, slot_bytes(i) + k->written) == -1)
		return -1;
	k->checksum = checksum_crc32(k->checksum, msg->bytes.p, msg->bytes.len);
	k->written += msg->bytes.len;
	return 0;
}

int
keeper_end(struct keeper *k, const struct msg_snap_end *msg, uint64_t *generation)
{
	int i = next_slot(k);
	struct slot *s = &k->slot[i];
	uint8_t head[HEAD_LEN];

	if (!k->writing || k->written != s->size || k->checksum != msg->checksum)
		return -1;
	s->checksum = msg->checksum;
	head_write(head, s);
	if (write_all(k->fd, head, HEAD_LEN, i * SLOT_ROOM) == -1)
		return -1;
	s->whole = true;
	*generation = s->generation;
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
	for (int i = 0; i < SLOTS; i++)
		slot_empty(k, i);
	k->current = -1;
	k->writing = false;
}

/* --- reading --- */

bool
keeper_has_snapshot(const struct keeper *k)
{
	return k->current != -1;
}

/* Returns 0; 1 if the bytes are not those of the head; or -1 with errno. */
static int
copy_bytes(int from, off_t from_at, int to, off_t to_at, const struct slot *s)
{
	uint8_t part[COPY_BYTES];
	uint32_t crc = 0;

	for (uint32_t at = 0, n; at < s->size; at += n) {
		n = s->size - at < sizeof(part) ? s->size - at : (uint32_t)sizeof(part);
		if (read_all(from, part, n, from_at + at) == -1 || write_all(to, part, n, to_at + at) == -1)
			return -1;
		crc = checksum_crc32(crc, part, n);
	}
	return crc == s->checksum ? 0 : 1;
}

int
keeper_write_image(const struct keeper *k, int fd)
{
	const struct slot *s = k->current == -1 ? NULL : &k->slot[k->current];
	uint8_t head[HEAD_ROOM] = {0};

	if (s == NULL)
		return 1;
	head_write(head, s);
	if (write_all(fd, head, sizeof(head), 0) == -1)
		return -1;
	return copy_bytes(k->fd, slot_bytes(k->current), fd, HEAD_ROOM, s);
}

const char *
keeper_read_image(struct keeper *k, int fd, off_t len)
{
	int i = next_slot(k), rc;
	uint8_t head[HEAD_LEN];
	struct slot s = {0};

	if (read_all(fd, head, HEAD_LEN, 0) == -1 || !head_read(&s, head))
		return "its head is damaged or of another version";
	if (len != (off_t)HEAD_ROOM + s.size)
		return "its size is not what its head says";
	if (slot_empty(k, i) == -1 || (rc = copy_bytes(fd, HEAD_ROOM, k->fd, slot_bytes(i), &s)) == -1)
		return "it cannot be read";
	if (rc == 1)
		return "its checksum is wrong";
	if (write_all(k->fd, head, HEAD_LEN, i * SLOT_ROOM) == -1)
		return "memory is short";
	s.whole = true;
	k->slot[i] = s;
	k->current = i;
	return NULL;
}

static int
restore_begin(const struct keeper *k, struct link *brain, struct keeper_restore *r)
{
	const struct slot *s = &k->slot[k->current];

	*r = (struct keeper_restore){true, k->current, 0, s->size, s->checksum};
	return SEND(brain, SNAP_BEGIN, snap_begin, 0, .generation = s->generation, .size = s->size) == -1 ? -1 : 1;
}

int
keeper_restore(struct keeper *k, struct link *brain, struct keeper_restore *r)
{
	uint8_t part[COPY_BYTES];
	uint32_t n = r->size - r->at < sizeof(part) ? r->size - r->at : (uint32_t)sizeof(part);

	if (!r->begun)
		return k->current == -1 ? 0 : restore_begin(k, brain, r);
	if (n == 0)
		return SEND(brain, SNAP_END, snap_end, 0, .checksum = r->checksum);
	if (read_all(k->fd, part, n, slot_bytes(r->slot) + r->at) == -1 || SEND(brain, SNAP_PART, snap_part, 0, .bytes = {part, n}) == -1)
		return -1;
	r->at += n;
	return 1;
}
