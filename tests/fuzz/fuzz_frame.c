/*
 * A link, over a real socketpair, whose peer writes any bytes: frames that
 * are cut anywhere, wrong, or not allowed, descriptors where none belong.
 * The first four bytes say between whom, in which phase, how it is cut, and
 * what descriptors come along.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "link.h"

#define CLOSING_TURNS 64
#define FDS_MAX 5 /* one more than a link has room for */

struct session {
	struct link *link;
	enum role_id self, peer;
	enum phase phase;
	bool freed, broken;
};

static void
received(struct session *s, struct link *l, enum message_type type, uint32_t id, const union message *msg)
{
	uint8_t frame[MESSAGE_HEADER + MESSAGE_PAYLOAD_MAX];
	int fd;

	FUZZ_CHECK(l == s->link && !s->freed && !s->broken);
	FUZZ_CHECK(message_allowed(type, s->peer, s->self, s->phase));
	FUZZ_CHECK(message_encode(frame, sizeof(frame), type, id, msg) > 0);
	if (message_carries_fd(type) && id % 2 == 1) {
		FUZZ_CHECK((fd = link_take_fd(l)) != -1);
		close(fd);
	}
	/* An answer, that may or may not be ours to send; and a handler may free its link. */
	if (id % 4 == 2)
		link_send(l, type, id, msg);
	if (id % 8 == 7) {
		link_free(l);
		s->freed = true;
	}
}

#define M(NAME, name, from, to, phase, fd) \
	static void \
	on_##name(void *ctx, struct link *l, uint32_t id, const union message *msg) \
	{ \
		received(ctx, l, MSG_##NAME, id, msg); \
	}
MESSAGES(M)
#undef M

static link_handler *const handlers[MSG_COUNT] = {
#define M(NAME, name, from, to, phase, fd) [MSG_##NAME] = on_##name,
	MESSAGES(M)
#undef M
};

static void
on_broken(void *ctx, struct link *l, const char *why)
{
	struct session *s = ctx;

	FUZZ_CHECK(l == s->link && !s->freed && !s->broken);
	fuzz_check_clean(why, 127);
	s->broken = true;
}

static ssize_t
write_with_fds(int to, const uint8_t *data, size_t len, size_t n)
{
	const int fds[FDS_MAX] = {to, to, to, to, to};
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(fds))];
	} control = {0};
	struct iovec iov = {(void *)(uintptr_t)data, len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
	    .msg_controllen = CMSG_SPACE(n * sizeof(int))};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	return sendmsg(to, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Which descriptors come with what is written. */
enum fds { FDS_NONE, FDS_ONE_EACH, FDS_ONE_FIRST, FDS_TOO_MANY };

static void
feed(struct session *s, struct event_base *base, int to, const uint8_t *data, size_t size, size_t chunk, enum fds fds)
{
	ssize_t n = 0;

	for (size_t at = 0; at < size && !s->broken && !s->freed && n != -1; at += (size_t)n) {
		size_t len = size - at < chunk ? size - at : chunk;

		if (fds == FDS_NONE || (fds == FDS_ONE_FIRST && at > 0))
			n = send(to, data + at, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		else
			n = write_with_fds(to, data + at, len, fds == FDS_TOO_MANY ? FDS_MAX : 1);
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (n == -1)
			n = 0, at = size;
	}
	shutdown(to, SHUT_WR);
	for (int i = 0; i < CLOSING_TURNS && !s->broken && !s->freed; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

/* The lowest free descriptor: the same before and after if none is lost. */
static int
lowest_free(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct event_base *base;
	struct session s = {0};
	struct link_spec spec = {.handlers = handlers, .broken = on_broken, .ctx = &s};
	int pair[2], before;

	if (size < 4 || data[0] % ROLE_COUNT == data[1] % ROLE_COUNT)
		return 0;
	fuzz_quiet_log();
	if (base == NULL)
		base = event_base_new();
	before = lowest_free();
	spec.self = s.self = data[0] % ROLE_COUNT;
	spec.peer = s.peer = data[1] % ROLE_COUNT;
	s.phase = 1 + data[2] % 3;
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	FUZZ_CHECK((s.link = link_new(base, pair[0], &spec)) != NULL);
	link_set_phase(s.link, s.phase);
	feed(&s, base, pair[1], data + 4, size - 4, 1 + data[3] * 64u, (enum fds)(data[2] >> 6));
	/* The end of the file at the latest breaks it. */
	FUZZ_CHECK(s.broken || s.freed);
	if (!s.freed)
		link_free(s.link);
	close(pair[1]);
	FUZZ_CHECK(lowest_free() == before);
	return 0;
}
