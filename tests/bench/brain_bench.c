/*
 * How fast the brain decides, and what a signal costs in memory, from a
 * thousand signals to a million; and how many frames a second a link moves.
 * Prints figures, judges nothing.  Linked with a brain whose bounds on the
 * number of signals are wider than the product's.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "brain.h"
#include "checksum.h"
#include "link.h"
#include "snapshot.h"

#define LOOKS_MIN 4000000 /* at each size, so that a figure means something */
#define FRAMES 1000000u
#define FRAMES_AT_ONCE 2000u

static double
cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t
heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* --- decide() alone --- */

static void
bench_decide(size_t n)
{
	struct alert_state *states = calloc(n, sizeof(*states));
	size_t rounds = 20000000 / n, acted = 0;
	double began, took;

	if (states == NULL)
		exit(1);
	began = cpu_seconds();
	for (size_t r = 0; r < rounds; r++)
		for (size_t i = 0; i < n; i++)
			acted += decide((i + r) % 16 == 0, &states[i], (double)r, 3600) != ACTION_NONE;
	took = cpu_seconds() - began;
	printf("decide      %8zu states   %8.1f M/s   (%zu acted)\n", n, (double)(rounds * n) / took / 1e6, acted);
	free(states);
}

/* --- the whole brain --- */

/* No answer takes as long as the one before. */
static void
tick(struct brain *b, char (*names)[32], size_t n, bool well, double now)
{
	brain_clock(b, (struct moment){now, 1.7e9 + now});
	brain_tick_begin(b, now);
	for (size_t i = 0; i < n; i++)
		brain_dep(b, names[i], well, fmod(now + (double)i, 37), well ? "" : "connection refused");
	brain_tick_end(b);
}

/* Millions of looks a second. */
static double
looks(struct brain *b, char (*names)[32], size_t n, double *now)
{
	size_t ticks = LOOKS_MIN / n + 1;
	double began = cpu_seconds();

	for (size_t t = 0; t < ticks; t++)
		tick(b, names, n, true, *now += 30);
	return (double)(ticks * n) / (cpu_seconds() - began) / 1e6;
}

/* An order that is the same in each run. */
static void
shuffle(char (*names)[32], size_t n)
{
	char name[32];

	srand(1);
	for (size_t i = n - 1; i > 0; i--) {
		size_t j = (size_t)rand() % (i + 1);

		memcpy(name, names[i], sizeof(name));
		memcpy(names[i], names[j], sizeof(name));
		memcpy(names[j], name, sizeof(name));
	}
}

/* With its checksum; what is left is to send it. */
static double
snapshot_seconds(const struct brain *b, size_t *len)
{
	uint8_t *bytes = NULL;
	double began = cpu_seconds();

	*len = 0;
	if (snapshot_encode(b, 1, &bytes, len) == -1)
		return 0;
	checksum_crc32(0, bytes, *len);
	free(bytes);
	return cpu_seconds() - began;
}

/* All fail, and all answer again: the ticks in which that is decided and is to be told. */
static void
outage(struct brain *b, char (*names)[32], size_t n, double *now)
{
	double took[2] = {0, 0}, began;

	for (unsigned i = 0; i < 2; i++) {
		for (unsigned t = 1; t < (i == 0 ? b->config->dep_down_ticks : b->config->recover_ticks); t++)
			tick(b, names, n, i != 0, *now += 30);
		began = cpu_seconds();
		tick(b, names, n, i != 0, *now += 30);
		took[i] = cpu_seconds() - began;
	}
	printf("outage      %8zu signals  %8.2f M alerts/s, %.2f M recoveries/s to be told\n", n, (double)n / took[0] / 1e6,
	    (double)n / took[1] / 1e6);
}

static void
bench_brain(size_t n)
{
	struct brain_options options = {.chats = 1};
	char (*names)[32] = calloc(n, sizeof(*names));
	size_t before, bytes, snapshot;
	double in_order, shuffled, now = 1000, seconds;
	struct config config;
	struct brain b;

	if (names == NULL)
		exit(1);
	for (size_t i = 0; i < n; i++)
		snprintf(names[i], sizeof(names[i]), "dependency-%zu", i);
	config_init(&config);
	config_finish(&config, NULL, NULL);
	before = heap_bytes();
	brain_init(&b, &config, &options);
	tick(&b, names, n, true, now);
	bytes = heap_bytes() - before;
	in_order = looks(&b, names, n, &now);
	seconds = snapshot_seconds(&b, &snapshot);
	shuffle(names, n);
	shuffled = looks(&b, names, n, &now);
	printf("brain       %8zu signals  %8.2f M looks/s, %.2f in another order; %6.1f MiB, %4zu bytes each; snapshot ",
	    n, in_order, shuffled, (double)bytes / (1 << 20), bytes / n);
	if (snapshot > 0)
		printf("%.1f KiB in %.1f ms\n", (double)snapshot / 1024, seconds * 1e3);
	else
		printf("is larger than the product allows\n");
	outage(&b, names, n, &now);
	brain_free(&b);
	config_free(&config);
	free(names);
}

/* --- frames --- */

static size_t received;

static void
on_mem(void *ctx, struct link *link, uint32_t id, const union message *msg)
{
	(void)ctx;
	(void)link;
	(void)id;
	received += msg->mem.used_pct > 0;
}

static void
on_broken(void *ctx, struct link *link, const char *why)
{
	(void)ctx;
	(void)link;
	fprintf(stderr, "a link broke: %s\n", why);
	exit(1);
}

static void
bench_frames(void)
{
	static link_handler *const handlers[MSG_COUNT] = {[MSG_MEM] = on_mem};
	struct event_base *base = event_base_new();
	struct link *from, *to;
	int pair[2];
	double began, took;

	if (base == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
		exit(1);
	from = link_new(base, pair[0], &(struct link_spec){ROLE_COLLECTOR, ROLE_BRAIN, handlers, on_broken, NULL});
	to = link_new(base, pair[1], &(struct link_spec){ROLE_BRAIN, ROLE_COLLECTOR, handlers, on_broken, NULL});
	if (from == NULL || to == NULL)
		exit(1);
	began = cpu_seconds();
	for (unsigned sent = 0; sent < FRAMES; ) {
		for (unsigned i = 0; i < FRAMES_AT_ONCE; i++, sent++)
			SEND(from, MEM, mem, 0, .used_pct = 41.2, .error = "");
		while (received < sent)
			event_base_loop(base, EVLOOP_ONCE);
	}
	took = cpu_seconds() - began;
	printf("frames      %8u sent and received %8.2f M/s (both ends in one process)\n", FRAMES, FRAMES / took / 1e6);
	link_free(from);
	link_free(to);
	event_base_free(base);
}

int
main(void)
{
	static const size_t sizes[] = {1000, 10000, 100000, 1000000};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		bench_decide(sizes[i]);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		bench_brain(sizes[i]);
	bench_frames();
	return 0;
}
