/*
 * A role that was taken over: it comes up like any other, and then says to the
 * parent and to its neighbours what it likes.  ATTACK, of the list below, is
 * given when it is built; each life is another one, by its pid.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "any_message.h"

enum attack {
	ATTACK_ANYTHING, /* whatever the table allows it, with any values, as fast as it goes */
	ATTACK_NONSENSE, /* one thing that it must not say */
	ATTACK_EARLY,    /* the same, before it is ready */
	ATTACK_LOG,      /* lines of the log */
	ATTACK_DEAF,     /* questions, whose answers it does not read */
	ATTACK_ACCUSE,   /* of those that it has no link with */
	ATTACK_STUBBORN, /* it does not stop, and is busy, and idle */
	ATTACK_DRAINED   /* it says that all is sent */
};

#define FRAME_MAX (MESSAGE_HEADER + MESSAGE_PAYLOAD_MAX)
#define PARENT_FD 3

static enum role_id self;
static int links[ROLE_COUNT]; /* -1 = none */
static bool started;
static unsigned pings;

/* --- what it hears --- */

static int
received_fd(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fd = -1;

	if (c != NULL && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void
take(const struct message_header *h, const uint8_t *payload, int fd)
{
	union message msg;

	started = started || h->type == MSG_START;
	pings += h->type == MSG_PING;
	if (h->type == MSG_STOP && ATTACK != ATTACK_STUBBORN)
		_exit(0);
	if (h->type == MSG_LINK && message_decode(&msg, MSG_LINK, payload, h->length) == 0)
		links[msg.link.peer] = fd;
	else if (fd != -1)
		close(fd);
}

/* A frame of the parent's, byte for byte, so that a descriptor is its own's. */
static void
hear_frame(void)
{
	static uint8_t frame[FRAME_MAX];
	char control[256];
	struct iovec iov = {frame, MESSAGE_HEADER};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(PARENT_FD, &msg, MSG_WAITALL | MSG_CMSG_CLOEXEC);
	struct message_header h;

	if (n != MESSAGE_HEADER || message_header_decode(&h, frame) == -1)
		_exit(0);
	if (h.length > 0 && recv(PARENT_FD, frame + MESSAGE_HEADER, h.length, MSG_WAITALL) != (ssize_t)h.length)
		_exit(0);
	take(&h, frame + MESSAGE_HEADER, received_fd(&msg));
}

/* What neighbours say is read and forgotten. */
static void
hear(int milliseconds)
{
	static uint8_t waste[65536];
	struct pollfd pfd = {.fd = PARENT_FD, .events = POLLIN};

	for (; poll(&pfd, 1, milliseconds) == 1; milliseconds = 0)
		hear_frame();
	for (unsigned i = 0; i < ROLE_COUNT; i++)
		while (i != ROLE_PARENT && links[i] != -1 && recv(links[i], waste, sizeof(waste), MSG_DONTWAIT) > 0)
			continue;
}

/* --- what it says --- */

static void
put(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (errno != EAGAIN) {
			hear(10);
			return;
		} else if (ATTACK == ATTACK_DEAF) {
			usleep(1000);
		} else {
			hear(1);
		}
	}
}

static void
say(int fd, enum message_type type, const void *msg)
{
	static uint8_t frame[FRAME_MAX];

	put(fd, frame, message_encode(frame, sizeof(frame), type, 0, msg));
}

#define SAY(NAME, name, ...) say(PARENT_FD, MSG_##NAME, &(const struct msg_##name){__VA_ARGS__})

static void
live(void)
{
	hear(0);
	for (; pings > 0; pings--)
		SAY(PONG, pong, 0);
}

/* It will be killed or believed; it goes on living until then. */
static void
wait_for_the_end(void)
{
	for (;;) {
		hear(50);
		live();
	}
}

static int
somebody(unsigned *who)
{
	do
		*who = (unsigned)(any_number() % ROLE_COUNT);
	while (links[*who] == -1);
	return links[*who];
}

/* What ends its life at once is another attack's. */
static bool
is_survived(unsigned type)
{
	static const unsigned deadly[] = {MSG_DRAINED, MSG_SNAP_BEGIN, MSG_SNAP_PART, MSG_SNAP_END, MSG_LINK_BROKEN, MSG_BUSY, MSG_IDLE};

	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		if (deadly[i] == type)
			return false;
	return true;
}

static void
say_anything(void)
{
	static uint8_t frame[FRAME_MAX];
	unsigned type = (unsigned)(any_number() % MSG_COUNT), who;
	int fd = somebody(&who);

	if (message_allowed(type, self, (enum role_id)who, PHASE_RUN) && !message_carries_fd(type) && is_survived(type))
		put(fd, frame, any_message(frame, sizeof(frame), (enum message_type)type));
}

static void
send_descriptors(int fd, const uint8_t *bytes, size_t len)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(20 * sizeof(int))];
	} control = {0};
	struct iovec iov = {(void *)(uintptr_t)bytes, len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int fds[20];

	for (int i = 0; i < 20; i++)
		fds[i] = PARENT_FD;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(c), fds, sizeof(fds));
	sendmsg(fd, &msg, MSG_NOSIGNAL);
}

/* Of a type that it may not send to who at all. */
static size_t
forbidden(uint8_t *frame, unsigned who)
{
	unsigned type;

	do
		type = (unsigned)(any_number() % MSG_COUNT);
	while (message_allowed(type, self, (enum role_id)who, started ? PHASE_RUN : PHASE_SETUP));
	return any_message(frame, FRAME_MAX, (enum message_type)type);
}

static void
say_nonsense(void)
{
	static uint8_t frame[FRAME_MAX];
	unsigned who;
	int fd = somebody(&who);
	size_t len = forbidden(frame, who);

	switch (getpid() % 8) {
	case 0: frame[0]++; break;                              /* another version */
	case 1: frame[1] = 0xff; break;                         /* no such type */
	case 2: memset(frame + 4, 0xff, 4); break;              /* 4 GiB long */
	case 3: send_descriptors(fd, frame, 1); len = 0; break; /* descriptors, and half a header */
	case 4: len = MESSAGE_HEADER; memset(frame + 4, 0, 4); frame[1] = MSG_LOG; break; /* shorter than it can be */
	default: break;                                         /* allowed to nobody, or to others */
	}
	put(fd, frame, len);
	if (getpid() % 8 == 3)
		_exit(1);
}

static void
come_up(void)
{
	while (!started)
		hear(1000);
	SAY(READY, ready, .seccomp = 2, .no_new_privs = 1, .uid = (uint32_t)getuid(), .landlock_abi = 7, .calls = 42);
	/* LINK, if there is somebody to be linked with. */
	hear(300);
	hear(0);
}

static void
misbehave(void)
{
	static char line[2048];
	unsigned i = 0;

	memset(line, '"', sizeof(line) - 1);
	for (;; i++) {
		switch ((enum attack)ATTACK) {
		case ATTACK_ANYTHING: say_anything(); break;
		case ATTACK_EARLY:
		case ATTACK_NONSENSE: say_nonsense(); wait_for_the_end(); break;
		case ATTACK_LOG: SAY(LOG, log, .level = 1, .text = line); break;
		case ATTACK_DEAF:
			if (self == ROLE_BRAIN)
				SAY(ROLES_ASK, roles_ask, 0);
			else
				SAY(GATE_ASK, gate_ask, .op = GATE_LIST, .api_minor = 44, .container = {(const uint8_t *)line, 0});
			continue; /* not even a PING is heard */
		case ATTACK_ACCUSE: SAY(LINK_BROKEN, link_broken, .peer = ROLE_BRAIN, .why = "it lies"); wait_for_the_end(); break;
		case ATTACK_STUBBORN:
			if (i % 2 == 0)
				SAY(BUSY, busy, .index = 0);
			else
				SAY(IDLE, idle, 0);
			usleep(1000);
			break;
		case ATTACK_DRAINED: SAY(DRAINED, drained, 0); wait_for_the_end(); break;
		}
		live();
	}
}

int
main(int argc, char **argv)
{
	(void)argc;
	for (unsigned i = 0; i < ROLE_COUNT; i++) {
		links[i] = i == ROLE_PARENT ? PARENT_FD : -1;
		if (strcmp(argv[0] + strlen("watchdog-"), role_name((enum role_id)i)) == 0)
			self = (enum role_id)i;
	}
	any_state = (uint64_t)getpid() * 0x9e3779b97f4a7c15u | 1;
	if (ATTACK != ATTACK_EARLY)
		come_up();
	misbehave();
}
