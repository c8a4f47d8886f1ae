/*
 * Log mode.  The thread calls nothing that could take a lock: the main
 * thread may be stopped inside malloc while the kernel waits for an answer.
 */
#include "build_config.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "sandbox_log.h"

#define SHOWN_MAX 8      /* times that one call is reported */
#define NUMBERS_MAX 1024 /* system call numbers that are told apart */

/* What the thread tells the loop. */
struct refused {
	int nr;
	uint64_t args[3];
};

struct sandbox_log {
	const char *who;
	int to_loop, from_thread;  /* a socketpair of datagrams: recv() is on every list, read() is not */
	int to_thread, from_main;
	struct event *readable;
	unsigned shown[NUMBERS_MAX];
};

static void
report(struct sandbox_log *s, const struct refused *r)
{
	unsigned slot = (unsigned)r->nr % NUMBERS_MAX;
	char *name;

	if (s->shown[slot] == SHOWN_MAX)
		return;
	name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, r->nr);
	log_warning("sandbox: %s(%#llx, %#llx, %#llx), system call %d, is not on the %s's list%s", name == NULL ? "?" : name,
	    (unsigned long long)r->args[0], (unsigned long long)r->args[1], (unsigned long long)r->args[2], r->nr, s->who,
	    ++s->shown[slot] == SHOWN_MAX ? "; said for the last time" : "");
	free(name);
}

static void
on_refused(evutil_socket_t fd, short what, void *arg)
{
	struct refused r;

	(void)what;
	while (recv(fd, &r, sizeof(r), MSG_DONTWAIT) == (ssize_t)sizeof(r))
		report(arg, &r);
}

/* Returns 0 when there is nothing more to wait for. */
static int
answer_one(struct sandbox_log *s, int listener)
{
	struct seccomp_notif ask = {0};
	struct seccomp_notif_resp answer = {0};
	struct refused r;

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &ask) == -1)
		return errno == EINTR || errno == ENOENT;
	r = (struct refused){.nr = ask.data.nr, .args = {ask.data.args[0], ask.data.args[1], ask.data.args[2]}};
	send(s->to_loop, &r, sizeof(r), MSG_DONTWAIT | MSG_NOSIGNAL);
	answer.id = ask.id;
	answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0 || errno == ENOENT)
		return 1;
	/* Linux before 5.5 cannot let it go on. */
	answer.flags = 0;
	answer.error = -ENOSYS;
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0;
}

static void *
thread_main(void *arg)
{
	struct sandbox_log *s = arg;
	int listener = -1;

	if (recv(s->from_main, &listener, sizeof(listener), 0) != (ssize_t)sizeof(listener) || listener == -1)
		return NULL;
	while (answer_one(s, listener))
		continue;
	close(listener);
	return NULL;
}

static int
make_channels(struct sandbox_log *s)
{
	int up[2], down[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, up) == -1)
		return -1;
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, down) == -1) {
		close(up[0]);
		close(up[1]);
		return -1;
	}
	s->to_loop = up[0];
	s->from_thread = up[1];
	s->to_thread = down[0];
	s->from_main = down[1];
	return 0;
}

struct sandbox_log *
sandbox_log_new(struct event_base *base, const char *who, char *why, size_t whylen)
{
	struct sandbox_log *s = calloc(1, sizeof(*s));
	pthread_t thread;
	int rc;

	if (s == NULL || make_channels(s) == -1) {
		snprintf(why, whylen, "%s", strerror(errno));
		free(s);
		return NULL;
	}
	s->who = who;
	s->readable = event_new(base, s->from_thread, EV_READ | EV_PERSIST, on_refused, s);
	if (s->readable == NULL || event_add(s->readable, NULL) == -1)
		fatalx("sandbox: no memory for the log of refused calls");
	if ((rc = pthread_create(&thread, NULL, thread_main, s)) != 0) {
		snprintf(why, whylen, "no thread: %s", strerror(rc));
		event_free(s->readable);
		close(s->to_loop);
		close(s->from_thread);
		close(s->to_thread);
		close(s->from_main);
		free(s);
		return NULL;
	}
	pthread_detach(thread);
	return s;
}

void
sandbox_log_listen(struct sandbox_log *s, int listener)
{
	/* sendto() is on every list, so this is not itself held up by the filter. */
	if (send(s->to_thread, &listener, sizeof(listener), MSG_NOSIGNAL) == -1)
		fatal("sandbox: the log of refused calls cannot start");
}
