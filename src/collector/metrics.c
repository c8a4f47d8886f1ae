/*
 * Fetches the envelope and says what is in it.  A fetch that does not end in
 * time has failed, which is an answer.
 */
#include "build_config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checksum.h"
#include "envelope.h"
#include "log.h"
#include "metrics.h"
#include "utf8.h"

struct metrics {
	struct source source;
	struct role *role;
	struct http *http;
	struct http_transfer *transfer;
	uint32_t application; /* a number for the URL: the brain is not to see a password in it */
	bool warned; /* of agents that are ignored */
	bool hinted; /* this look was made because a kept connection was closed … */
	bool closes; /* … and the application was well: that is its habit */
};

static void
say_failed(struct metrics *m, const char *why)
{
	char clean[TEXT_MAX_LEN + 1];

	utf8_clean(clean, sizeof(clean), why, strlen(why), false);
	SOURCE_SAY(&m->source, METRICS_FAILED, metrics_failed, .error = clean);
	source_done(&m->source);
}

/* Nothing is known of it: the trouble is our own. */
static void
say_unseen(struct metrics *m, const char *why)
{
	SOURCE_SAY(&m->source, UNSEEN, unseen, .what = UNSEEN_METRICS, .name = "", .why = why);
	source_done(&m->source);
}

static void
warn_ignored(struct metrics *m, uint32_t ignored)
{
	if (ignored > 0 && !m->warned)
		log_warning("metrics: %" PRIu32 " agents are ignored: more than %u, or without a usable run_id",
		    ignored, ENVELOPE_AGENTS_MAX);
	m->warned = m->warned || ignored > 0;
}

static void
say_envelope(struct metrics *m, const char *body, size_t len)
{
	struct envelope e;
	struct envelope_agent a;
	const char *why = envelope_open(&e, body, len);

	if (why != NULL) {
		say_failed(m, why);
		return;
	}
	SOURCE_SAY(&m->source, METRICS_BEGIN, metrics_begin, .application = m->application,
	    .generated_at = e.generated_at, .failed = e.failed);
	while (envelope_next_agent(&e, &a))
		SOURCE_SAY(&m->source, AGENT, agent, .run_id = a.run_id, .name = a.name, .cpu_ticks = a.cpu_ticks);
	SOURCE_SAY(&m->source, METRICS_END, metrics_end, .ignored = e.ignored, .listed = e.listed);
	warn_ignored(m, e.ignored);
	source_done(&m->source);
}

static void
on_http(void *ctx, const struct http_result *r)
{
	struct metrics *m = ctx;
	char text[64] = "";

	m->transfer = NULL;
	m->closes = m->closes || (m->hinted && r->outcome == HTTP_ANSWERED);
	m->hinted = false;
	if (r->outcome == HTTP_TOO_LARGE)
		snprintf(text, sizeof(text), "too large: over %u MiB", ENVELOPE_MAX >> 20);
	else if (r->outcome == HTTP_TIMEOUT_BEFORE || r->outcome == HTTP_TIMEOUT_AFTER)
		snprintf(text, sizeof(text), "no answer in %g s", m->role->config.http_timeout);
	else if (r->outcome == HTTP_ANSWERED && r->status != 200)
		snprintf(text, sizeof(text), "status %ld", r->status);
	if (r->own)
		say_unseen(m, r->error);
	else if (text[0] != '\0')
		say_failed(m, text);
	else if (r->outcome != HTTP_ANSWERED)
		say_failed(m, r->error);
	else
		say_envelope(m, r->body, r->body_len);
}

static void
look(struct source *s)
{
	struct metrics *m = (struct metrics *)s;
	double timeout = m->role->config.http_timeout;
	struct http_request request = {
		.url = &m->role->config.metrics_url,
		.connect_timeout = timeout,
		.timeout = timeout,
		.body_max = ENVELOPE_MAX,
		.want_body = true,
	};

	if ((m->transfer = http_start(m->http, &request, on_http, m)) == NULL)
		say_unseen(m, "out of memory");
}

static void
abandon(struct source *s)
{
	struct metrics *m = (struct metrics *)s;

	http_cancel(m->transfer);
	m->transfer = NULL;
}

/* The application may just have ended: worth a look, where the next tick is not soon enough. */
static void
on_idle_closed(void *ctx, const char *host, uint16_t port)
{
	struct metrics *m = ctx;
	const struct config *c = &m->role->config;

	if (c->confirm == 0 || m->closes || port != c->metrics_url.port || strcmp(host, c->metrics_url.host) != 0)
		return;
	m->hinted = true;
	tick_confirm(m->source.tick, KIND_ORCHESTRATOR, "", 0);
}

struct metrics *
metrics_new(struct role *role, struct tick *tick, struct http *http)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (m == NULL)
		fatal("metrics");
	*m = (struct metrics){.source = {.look = look, .abandon = abandon, .kind = KIND_ORCHESTRATOR}, .role = role, .http = http};
	if (role->config.metrics_url.url != NULL) {
		const char *url = role->config.metrics_url.url;

		m->application = checksum_crc32(0, (const uint8_t *)url, strlen(url));
		tick_add(tick, &m->source);
		http_on_idle_closed(http, on_idle_closed, m);
	}
	return m;
}

void
metrics_free(struct metrics *m)
{
	free(m);
}
