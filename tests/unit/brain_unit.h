/*
 * A brain on a bench: a configuration, a clock that the test turns, and the
 * decisions as lines "alert mem".
 */
#ifndef WATCHDOG_BRAIN_UNIT_H
#define WATCHDOG_BRAIN_UNIT_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "brain.h"
#include "unit.h"

#define BENCH_WALL 1700000000.0 /* the wall clock when the boot clock is at 0: 2023-11-14 22:13:20 UTC */

struct bench {
	struct config config;
	struct brain brain;
	char said[65536];   /* since bench_said() was last asked, decisions joined by "; " */
	char detail[2048];  /* of the last one */
	char title[512];
};

static void
bench_decided(void *ctx, const struct decision *d)
{
	struct bench *t = ctx;
	size_t len = strlen(t->said);

	snprintf(t->said + len, sizeof(t->said) - len, "%s%s %s", len > 0 ? "; " : "", action_name(d->action), d->key);
	snprintf(t->detail, sizeof(t->detail), "%s", d->detail);
	snprintf(t->title, sizeof(t->title), "%s", d->title);
}

/* settings: "KEY=value" without WATCHDOG_, ended by NULL; may be NULL itself. */
static void
bench_open_with(struct bench *t, const char *const *settings, struct brain_options options)
{
	char key[64], why[256];

	memset(t, 0, sizeof(*t));
	config_init(&t->config);
	for (; settings != NULL && *settings != NULL; settings++) {
		const char *eq = strchr(*settings, '=');

		snprintf(key, sizeof(key), "WATCHDOG_%.*s", (int)(eq - *settings), *settings);
		if (config_set(&t->config, key, eq + 1, why, sizeof(why)) == -1)
			fail_msg("%s: %s", *settings, why);
	}
	assert_int_equal(config_finish(&t->config, NULL, NULL), 0);
	options.decided = bench_decided;
	options.ctx = t;
	options.chats = options.chats == 0 ? 1 : options.chats;
	brain_init(&t->brain, &t->config, &options);
	brain_clock(&t->brain, (struct moment){0, BENCH_WALL});
}

static inline void
bench_open(struct bench *t, const char *const *settings)
{
	bench_open_with(t, settings, (struct brain_options){0});
}

static inline void
bench_close(struct bench *t)
{
	assert_false(t->brain.failed);
	brain_free(&t->brain);
	config_free(&t->config);
}

/* The clock stands at now, and a tick begins. */
static inline void
bench_tick(struct bench *t, double now)
{
	brain_clock(&t->brain, (struct moment){now, BENCH_WALL + now});
	brain_tick_begin(&t->brain, now);
}

/* What was decided since it was last asked. */
static inline const char *
bench_said(struct bench *t)
{
	static char said[sizeof(t->said)];

	memcpy(said, t->said, sizeof(said));
	t->said[0] = '\0';
	return said;
}

#define SETTINGS(...) (const char *const[]){__VA_ARGS__, NULL}

static inline void
bench_container(struct bench *t, const char *name, const char *state, const char *health, int exit_code, bool named)
{
	brain_container(&t->brain, &(struct container_seen){
		.name = name, .state = state, .health = health, .exit_code = exit_code, .named = named,
		.grace = NAN,
	});
}

/* A list of the one container. */
static inline void
bench_one_container(struct bench *t, double now, const char *state, const char *health, int exit_code, bool named)
{
	bench_tick(t, now);
	brain_containers_begin(&t->brain);
	bench_container(t, "api", state, health, exit_code, named);
	brain_containers_end(&t->brain, true);
	brain_tick_end(&t->brain);
}

#endif
