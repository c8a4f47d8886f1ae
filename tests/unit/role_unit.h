/*
 * For tests that run a role as a program and are its neighbours: handlers,
 * links, and a snapshot that comes in parts.
 */
#ifndef WATCHDOG_ROLE_UNIT_H
#define WATCHDOG_ROLE_UNIT_H

#include <sys/socket.h>

#include <string.h>

#include "link.h"
#include "unit.h"

#define HANDLER(name) \
	static inline void \
	name(void *ctx, struct link *link, uint32_t id, const union message *msg)

HANDLER(ignore)
{
	(void)ctx, (void)link, (void)id, (void)msg;
}

#define SNAPSHOT_MAX (4u << 20)

struct kept {
	uint8_t bytes[SNAPSHOT_MAX];
	size_t len;
	uint64_t generation;
	uint32_t checksum; /* with its end */
};

static struct kept coming;

HANDLER(on_snap_begin)
{
	(void)ctx, (void)link, (void)id;
	coming.generation = msg->snap_begin.generation;
	coming.len = 0;
}

HANDLER(on_snap_part)
{
	(void)ctx, (void)link, (void)id;
	assert_true(coming.len + msg->snap_part.bytes.len <= SNAPSHOT_MAX);
	memcpy(coming.bytes + coming.len, msg->snap_part.bytes.p, msg->snap_part.bytes.len);
	coming.len += msg->snap_part.bytes.len;
}

static inline void
make_pair(int fd[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
}

/* The test as self, the program as peer; ctx is NULL for all. */
static inline struct link *
new_link(struct event_base *base, int fd, enum role_id self, enum role_id peer, link_handler *const *handlers,
    void (*broken)(void *ctx, struct link *link, const char *why))
{
	struct link_spec spec = {.self = self, .peer = peer, .handlers = handlers, .broken = broken};
	struct link *l = link_new(base, fd, &spec);

	assert_non_null(l);
	return l;
}

#endif
