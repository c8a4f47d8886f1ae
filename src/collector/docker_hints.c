/*
 * What docker's event stream is worth: opened, lost, opened anew; an event
 * starts the check of its container.  Trusts nothing of what it says.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "docker_look.h"
#include "log.h"
#include "loop.h"

#define RETRY_MOST_S 30.0
#define STREAM_STEADY_S 60.0  /* a stream that lived so long is worth a quick retry again */
#define RESTART_MOST_S 300.0

static void
stream_is_silent(struct docker *d)
{
	log_warning("docker: its event stream is silent though containers have changed: it is opened anew");
	docker_stream_close(d->stream);
	d->up_at = NAN;
	d->doubt = false;
	d->distrust = d->need_full = true;
}

/* First the stream, then the list, so that nothing falls between them. */
void
docker_open_stream(struct docker *d)
{
	d->well = true;
	docker_checks_api(d->checks, d->api_minor, d->podman);
	if (d->doubt)
		stream_is_silent(d);
	if (!d->role->start.once && !docker_stream_is_live(d->stream) &&
	    docker_stream_open(d->stream, d->api_minor) == 0)
		d->opening = true;
	else
		docker_ask_list(d);
}

static void
on_stream_up(void *ctx)
{
	struct docker *d = ctx;

	if (d->missed_it)
		log_info("docker: its events come again");
	d->missed_it = false;
	d->stream_why[0] = '\0';
	d->up_at = clock_boot();
	d->need_full = true;
	if (d->opening)
		docker_ask_list(d);
}

/* A look soon: the engine may be another, or gone.  One that asking would start is left alone for longer. */
static void
look_later(struct docker *d)
{
	bool steady = clock_boot() - d->up_at >= STREAM_STEADY_S;
	struct timeval wait;

	d->retry_wait = steady ? RETRY_FIRST_S : d->retry_wait;
	wait = clock_timeval(fmax(d->retry_wait, d->ask_after - clock_boot()));
	d->retry_wait = fmin(d->retry_wait * 2, RETRY_MOST_S);
	loop_add(d->later, &wait);
}

void
docker_leave_alone(struct docker *d)
{
	if (!gate_client_activated(d->gate))
		return;
	d->ask_after = clock_boot() + d->restart_wait;
	d->restart_wait = fmin(d->restart_wait * 2, RESTART_MOST_S);
}

void
docker_say_deaf(struct docker *d)
{
	if (!d->missed_it)
		log_warning("docker: no events (%s): a full list every tick until they come again", d->stream_why);
	d->missed_it = true;
}

/* A look that is under way, too: its next question could be the one that starts the engine. */
static void
stop_asking(struct docker *d)
{
	snprintf(d->why, sizeof(d->why),
	    "its event stream has ended, and to ask again would start an engine that was stopped");
	d->api_minor = 0;
	docker_leave_alone(d);
	if (d->looking)
		docker_say_failed(d, HOW_FAILED, d->why);
}

static void
on_stream_down(void *ctx, const char *why)
{
	struct docker *d = ctx;
	bool was_up = !isnan(d->up_at);

	snprintf(d->stream_why, sizeof(d->stream_why), "%s", why);
	if (was_up)
		docker_say_deaf(d);
	d->need_full = true;
	if (was_up && (!d->looking || gate_client_activated(d->gate)))
		stop_asking(d);
	look_later(d);
	d->up_at = NAN;
	if (d->opening)
		docker_ask_list(d);
}

static bool
matters(struct docker *d, const struct docker_event *e)
{
	struct container before = e->container;

	if (docker_view_watches(d->view, &e->container))
		return true;
	snprintf(before.name, sizeof(before.name), "%s", e->old_name);
	return e->act == ACT_RENAMED && docker_view_watches(d->view, &before);
}

static void
on_stream_event(void *ctx, const struct docker_event *e, double age)
{
	struct docker *d = ctx;
	bool turned = true;

	d->heard++;
	d->doubt = d->distrust = false;
	/* Podman says at each probe what it found. */
	if (d->podman && (e->health || e->act == ACT_REMOVED))
		turned = docker_view_health(d->view, e->container.id, !e->health || e->healthy) || !e->health;
	if (!turned || !matters(d, e))
		return;
	log_debug("docker: event %s%s of %s, %.3f s old", e->health ? "health " : "", e->act == ACT_NONE ? "" : "act",
	    e->container.name, age);
	if (d->well)
		docker_checks_event(d->checks, e, age);
	else
		d->need_full = true;
}

static void
on_missed(void *ctx)
{
	((struct docker *)ctx)->need_full = true;
}

const struct docker_stream_sink docker_stream_sink = {
	.up = on_stream_up, .down = on_stream_down, .event = on_stream_event, .missed = on_missed,
};
const struct docker_checks_sink docker_checks_sink = {.failed = on_missed};
