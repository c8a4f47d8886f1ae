/*
 * What the parent finds of a state: an image in a file, a memfd of its own
 * kind, and what the brain sends for the next one.  The first byte says
 * which, and whether checksums are made to hold, so that what lies behind
 * them is reached.
 */
#include "build_config.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checksum.h"
#include "fuzz.h"
#include "keeper.h"

/* As keeper.c has them. */
#define HEAD_LEN 34
#define HEAD_ROOM 64
#define SIZE_AT 22
#define SLOT_ROOM ((off_t)HEAD_ROOM + SNAPSHOT_MAX)

#define MENDED 4

static void
put_u32(uint8_t *at, uint32_t v)
{
	struct writer w = writer_of(at, sizeof(v));

	write_u32(&w, v);
}

/* A head and bytes whose sizes and checksums are right. */
static void
mend(uint8_t *image, size_t len)
{
	if (len < HEAD_ROOM)
		return;
	memcpy(image, (uint8_t[]){0x57, 0x44, 0x53, 0x4b, 0, 1}, 6);
	put_u32(image + SIZE_AT, (uint32_t)(len - HEAD_ROOM));
	put_u32(image + SIZE_AT + 4, checksum_crc32(0, image + HEAD_ROOM, len - HEAD_ROOM));
	put_u32(image + HEAD_LEN - 4, checksum_crc32(0, image, HEAD_LEN - 4));
}

static int
file_of(const uint8_t *bytes, size_t len)
{
	int fd = memfd_create("image", MFD_CLOEXEC);

	FUZZ_CHECK(fd != -1 && pwrite(fd, bytes, len, 0) == (ssize_t)len);
	return fd;
}

/* What is given out is what was taken: the head, and the bytes. */
static void
check_image(const struct keeper *k, const uint8_t *head, const uint8_t *bytes, size_t len)
{
	uint8_t *again = malloc(HEAD_ROOM + len + 1);
	int fd = file_of(NULL, 0);

	FUZZ_CHECK(again != NULL && keeper_has_snapshot(k) && keeper_write_image(k, fd) == 0);
	FUZZ_CHECK(pread(fd, again, HEAD_ROOM + len + 1, 0) == (ssize_t)(HEAD_ROOM + len));
	FUZZ_CHECK(head == NULL || memcmp(again, head, HEAD_LEN) == 0);
	FUZZ_CHECK(len == 0 || memcmp(again + HEAD_ROOM, bytes, len) == 0);
	free(again);
	close(fd);
}

static void
try_image(const uint8_t *image, size_t len)
{
	struct keeper *k = keeper_new();
	int fd = file_of(image, len);

	FUZZ_CHECK(k != NULL);
	if (keeper_read_image(k, fd, (off_t)len) == NULL)
		check_image(k, image, image + HEAD_ROOM, len - HEAD_ROOM);
	else
		FUZZ_CHECK(!keeper_has_snapshot(k));
	close(fd);
	keeper_free(k);
}

/* The same bytes in both slots, with a turned bit in the second. */
static void
try_memfd(const uint8_t *image, size_t len)
{
	int fd = memfd_create(KEEPER_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct keeper *k;
	const char *why;

	FUZZ_CHECK(fd != -1 && ftruncate(fd, 2 * SLOT_ROOM) == 0);
	FUZZ_CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0);
	FUZZ_CHECK(pwrite(fd, image, len, 0) == (ssize_t)len && pwrite(fd, image, len, SLOT_ROOM) == (ssize_t)len);
	if (len > 0)
		FUZZ_CHECK(pwrite(fd, (uint8_t[]){image[len / 2] ^ 1}, 1, SLOT_ROOM + (off_t)len / 2) == 1);
	k = keeper_adopt(fd, &why);
	FUZZ_CHECK(k != NULL || why != NULL);
	if (k != NULL && keeper_has_snapshot(k))
		FUZZ_CHECK(keeper_write_image(k, fd = file_of(NULL, 0)) == 0 && close(fd) == 0);
	keeper_free(k);
}

/* --- the brain's messages --- */

struct model {
	uint8_t bytes[8192];
	size_t len;
};

static bool
try_message(struct keeper *k, struct model *m, const uint8_t *data, size_t len, bool mended)
{
	struct reader r = reader_of(data, len);
	uint8_t what = read_u8(&r);
	uint32_t number = read_u32(&r);
	uint64_t generation;
	const uint8_t *part = data + len - r.left;

	if (r.failed)
		return false;
	if (what % 3 == 0) {
		m->len = 0;
		return keeper_begin(k, &(const struct msg_snap_begin){.generation = number, .size = number % 300}) == 0;
	}
	if (what % 3 == 1) {
		if (keeper_part(k, &(const struct msg_snap_part){.bytes = {part, (uint32_t)r.left}}) == -1)
			return false;
		FUZZ_CHECK(m->len + r.left <= sizeof(m->bytes));
		memcpy(m->bytes + m->len, part, r.left);
		m->len += r.left;
		return true;
	}
	number = mended ? checksum_crc32(0, m->bytes, m->len) : number;
	if (keeper_end(k, &(const struct msg_snap_end){.checksum = number}, &generation) == -1)
		return false;
	check_image(k, NULL, m->bytes, m->len);
	return true;
}

/* A byte for the length, then the message; the first that is refused ends it, as it ends the brain. */
static void
try_messages(const uint8_t *data, size_t size, bool mended)
{
	struct keeper *k = keeper_new();
	struct model m = {.len = 0};
	bool goes_on = true;

	FUZZ_CHECK(k != NULL);
	while (size > 0 && goes_on) {
		size_t len = data[0] < size ? data[0] : size - 1;

		goes_on = try_message(k, &m, data + 1, len, mended);
		data += 1 + len;
		size -= 1 + len;
	}
	keeper_abort(k);
	keeper_free(k);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;

	if (size == 0 || size > SNAPSHOT_MAX)
		return 0;
	FUZZ_CHECK((bytes = malloc(size)) != NULL);
	memcpy(bytes, data + 1, size - 1);
	if (data[0] % 4 < 2 && (data[0] & MENDED) != 0)
		mend(bytes, size - 1);
	if (data[0] % 4 == 0)
		try_image(bytes, size - 1);
	else if (data[0] % 4 == 1)
		try_memfd(bytes, size - 1);
	else
		try_messages(bytes, size - 1, (data[0] & MENDED) != 0);
	free(bytes);
	return 0;
}
