#include "build_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "docker_bench.h"
#include "unit.h"

static struct docker_bench *bench;

static void
say_end(uint32_t id, enum gate_end how, int error)
{
	SEND(bench->b.far[ROLE_PARENT], GATE_END, gate_end, id, .how = (uint8_t)how, .error = error, .group = "");
	/* It is another process that says so: before this one's next turn. */
	link_push(bench->b.far[ROLE_PARENT]);
}

static int
send_pipe(uint32_t id)
{
	struct msg_gate_pipe msg = {.activated = bench->activated};
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(link_send_fd(bench->b.far[ROLE_PARENT], MSG_GATE_PIPE, id, &msg, fds[0]), 0);
	return fds[1];
}

static const char *
answer_of(enum gate_op op)
{
	const char *answers[GATE_OP_COUNT] = {
		[GATE_PING] = bench->ping, [GATE_VERSION] = bench->version, [GATE_LIST] = bench->list,
		[GATE_LIST_NAMED] = bench->named, [GATE_LIST_UNHEALTHY] = bench->unhealthy, [GATE_LIST_ONE] = bench->one,
		[GATE_LIST_ONE_UNHEALTHY] = bench->one_unhealthy, [GATE_EVENTS] = bench->events,
	};

	return answers[op];
}

static void
on_ask(struct bench *unused, uint32_t id, const struct msg_gate_ask *ask)
{
	const char *answer = answer_of(ask->op);
	int fd;

	(void)unused;
	bench->asked[ask->op]++;
	bench->last[ask->op] = *ask;
	if (bench->gone || bench->refuses) {
		say_end(id, bench->gone ? GATE_NO_SOCKET : GATE_REFUSED, bench->gone ? ENOENT : ECONNREFUSED);
		return;
	}
	if (bench->busy > 0 && ask->op == GATE_LIST_ONE) {
		bench->busy--;
		say_end(id, GATE_BUSY, 0);
		return;
	}
	if (answer == NULL)
		return;
	fd = send_pipe(id);
	if (ask->op == GATE_LIST && bench->list_waits) {
		bench->list_fd = fd;
		bench->list_id = id;
		return;
	}
	assert_int_equal(write(fd, answer, strlen(answer)), (ssize_t)strlen(answer));
	if (ask->op == GATE_EVENTS && strncmp(answer, "HTTP/1.0 200", 12) == 0) {
		bench->stream = fd;
		bench->stream_id = id;
		return;
	}
	close(fd);
	say_end(id, GATE_COMPLETE, 0);
}

void
docker_bench_open(struct docker_bench *d, const char *containers)
{
	*d = (struct docker_bench){
		.ping = HEAD "OK", .version = HEAD "{}", .list = HEAD "[]", .named = HEAD "[]", .unhealthy = HEAD "[]",
		.one = HEAD "[]", .one_unhealthy = HEAD "[]", .events = HEAD, .stream = -1, .list_fd = -1,
	};
	bench = d;
	bench_open(&d->b);
	bench_set(&d->b, "WATCHDOG_CONTAINERS", containers);
	d->docker = docker_new(&d->b.role, d->b.tick, d->b.gate, "");
	d->b.on_ask = on_ask;
}

void
docker_bench_close(struct docker_bench *d)
{
	tick_free(d->b.tick);
	d->b.tick = NULL;
	docker_free(d->docker);
	bench_close(&d->b);
	if (d->stream != -1)
		close(d->stream);
	if (d->list_fd != -1)
		close(d->list_fd);
}

void
docker_bench_begin(struct docker_bench *d)
{
	bench_link(&d->b, ROLE_BRAIN);
	assert_true(bench_hears(&d->b, "TICK_END 1"));
	bench_forget(&d->b);
}

void
docker_bench_again(struct docker_bench *d)
{
	if (d->stream != -1)
		close(d->stream);
	d->stream = -1;
	bench_link(&d->b, ROLE_BRAIN);
}

void
docker_bench_tick(struct docker_bench *d)
{
	bench_forget(&d->b);
	tick_now(d->b.tick);
	assert_true(bench_hears(&d->b, "TICK_END"));
}

void
docker_bench_write(struct docker_bench *d, const char *bytes, size_t len)
{
	while (len > 0) {
		size_t n = len < 4096 ? len : 4096;

		assert_int_equal(write(d->stream, bytes, n), (ssize_t)n);
		bench_run(&d->b, 0);
		bytes += n;
		len -= n;
	}
}

void
docker_bench_event(struct docker_bench *d, const char *action, const char *id, const char *name, const char *more)
{
	static unsigned serial;

	snprintf(d->line, sizeof(d->line), "{\"Type\":\"container\",\"Action\":\"%s\",\"Actor\":{\"ID\":\"%s" ID60 "\",\"Attributes\":{\"name\":\"%s\"%s}},"
	    "\"timeNano\":%.0f%03u}\n", action, id, name, more, clock_wall() * 1e6, serial++ % 1000);
	docker_bench_event_again(d);
}

void
docker_bench_event_again(struct docker_bench *d)
{
	docker_bench_write(d, d->line, strlen(d->line));
}

void
docker_bench_list(struct docker_bench *d)
{
	assert_int_not_equal(d->list_fd, -1);
	assert_int_equal(write(d->list_fd, d->list, strlen(d->list)), (ssize_t)strlen(d->list));
	close(d->list_fd);
	d->list_fd = -1;
	say_end(d->list_id, GATE_COMPLETE, 0);
}

void
docker_bench_end_stream(struct docker_bench *d)
{
	close(d->stream);
	d->stream = -1;
	say_end(d->stream_id, GATE_COMPLETE, 0);
}

void
docker_bench_asked(struct docker_bench *d, enum gate_op op, unsigned n)
{
	for (double end = clock_awake() + 5; d->asked[op] < n && clock_awake() < end;)
		bench_run(&d->b, 0.005);
	if (d->asked[op] < n)
		fail_msg("operation %d was asked %u times, not %u", (int)op, d->asked[op], n);
}
