/*
 * Containers on the brain's bench: lists, checks and events of a few words,
 * and the notes beside the decisions.
 */
#ifndef WATCHDOG_CONTAINER_UNIT_H
#define WATCHDOG_CONTAINER_UNIT_H

#include "brain_unit.h"

static char bench_notes[4096]; /* since bench_noted() was last asked, joined by "; " */

static void
bench_note(void *ctx, const struct note *n)
{
	size_t len = strlen(bench_notes);

	(void)ctx;
	snprintf(bench_notes + len, sizeof(bench_notes) - len, "%s%s: %s", len > 0 ? "; " : "", n->key, n->text);
}

static inline const char *
bench_noted(void)
{
	static char notes[sizeof(bench_notes)];

	memcpy(notes, bench_notes, sizeof(notes));
	bench_notes[0] = '\0';
	return notes;
}

static inline void
bench_open_noting(struct bench *t, const char *const *settings)
{
	bench_notes[0] = '\0';
	bench_open_with(t, settings, (struct brain_options){.noted = bench_note});
}

static inline void
bench_act(struct bench *t, double now, enum container_act act, const char *id, const char *name)
{
	brain_clock(&t->brain, (struct moment){now, BENCH_WALL + now});
	brain_container_act(&t->brain, &(struct container_hint){
		.act = act, .id = id, .name = name, .old_name = "", .project = "", .service = "", .number = "", .signal = -1,
	});
}

/* A container as a list has it; its compose service is called as project. */
struct listed {
	const char *name, *state, *id, *project;
	int exit_code;
	bool named;
};

static inline void
bench_see(struct bench *t, const struct listed *c)
{
	bool composed = c->project != NULL;

	brain_container(&t->brain, &(struct container_seen){
		.name = c->name, .state = c->state, .health = "", .exit_code = c->exit_code, .named = c->named, .id = c->id,
		.project = c->project, .service = composed ? c->project : "", .number = composed ? "1" : "", .grace = NAN,
	});
}

/* A tick whose list holds the n containers at c. */
static inline void
bench_list(struct bench *t, double now, const struct listed *c, size_t n)
{
	bench_tick(t, now);
	brain_docker(&t->brain, DOCKER_ANSWERS, "");
	brain_containers_begin(&t->brain);
	for (size_t i = 0; i < n; i++)
		bench_see(t, &c[i]);
	brain_containers_end(&t->brain, true);
	brain_tick_end(&t->brain);
}

#define LIST(t, now, ...) \
	bench_list(t, now, (const struct listed[]){__VA_ARGS__}, \
	    sizeof((const struct listed[]){__VA_ARGS__}) / sizeof(struct listed))

/* The check of one container; c is NULL if docker does not have it. */
static inline void
bench_check(struct bench *t, double now, const char *id, const struct listed *c)
{
	brain_clock(&t->brain, (struct moment){now, BENCH_WALL + now});
	brain_containers_one_begin(&t->brain, id);
	if (c != NULL)
		bench_see(t, c);
	brain_containers_one_end(&t->brain, id, c != NULL);
}

/* Time passes, and what comes due meanwhile is decided. */
static inline void
bench_wait(struct bench *t, double until)
{
	while (brain_due(&t->brain) <= until) {
		brain_clock(&t->brain, (struct moment){brain_due(&t->brain), BENCH_WALL + brain_due(&t->brain)});
		brain_expire(&t->brain);
	}
	brain_clock(&t->brain, (struct moment){until, BENCH_WALL + until});
}

#endif
