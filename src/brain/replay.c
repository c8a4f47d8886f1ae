/*
 * Replay: the brain on a recording.  Trusts nothing of a line.  A line that
 * is not one JSON object with a time ends the run; a member of a wrong type
 * costs itself, as a source that could not be read.
 *
 * The sources of a tick are taken in a fixed order, whatever their order in
 * the line: metrics (orchestrator, job_failed, agents), memory, disks,
 * docker, its events, the checks that followed them, containers,
 * dependencies.
 */
#include "build_config.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <cjson/cJSON.h>

#include "brain.h"
#include "replay.h"
#include "replay_json.h"
#include "rfc3339.h"
#include "utf8.h"

#define RUN_ID_MAX 9007199254740992.0 /* 2^53: past it a number is no longer exact */

struct replay {
	const struct config *config;
	struct brain brain;
	FILE *out;
	bool messages;
	bool cut_off; /* "channel": false */
	bool pending; /* what the line before decided is still to be delivered */
	unsigned long line;
	bool began;
	double now; /* of the last tick */
};

static bool
line_is_bad(struct replay *r, const char *what)
{
	fprintf(stderr, "line %lu: %s\n", r->line, what);
	return false;
}

/* --- the sources --- */

static double
generated_at(const cJSON *metrics)
{
	const cJSON *m = replay_member(metrics, "generated_at");

	return cJSON_IsString(m) ? rfc3339_parse(m->valuestring) : replay_number(metrics, "generated_at");
}

static void
agent(struct replay *r, const cJSON *a)
{
	const cJSON *id = replay_member(a, "run_id");
	char text[32] = "";

	if (cJSON_IsNumber(id) && floor(id->valuedouble) == id->valuedouble && fabs(id->valuedouble) < RUN_ID_MAX)
		snprintf(text, sizeof(text), "%.0f", id->valuedouble);
	brain_agent(&r->brain, cJSON_IsString(id) ? id->valuestring : text, replay_string(a, "name", ""),
	    replay_number(a, "cpu_ticks"));
}

static uint32_t
application(const cJSON *metrics)
{
	double n = replay_number(metrics, "application");

	return n >= 0 && n <= UINT32_MAX ? (uint32_t)n : 0;
}

static void
metrics(struct replay *r, const cJSON *m)
{
	const cJSON *ok = replay_member(m, "ok"), *agents = replay_member(m, "agents"), *a;

	if (cJSON_IsFalse(ok))
		brain_metrics_failed(&r->brain, replay_string(m, "error", ""));
	if (cJSON_IsNull(ok) && replay_string(m, "error", "")[0] != '\0')
		brain_unseen(&r->brain, UNSEEN_METRICS, "", replay_string(m, "error", ""));
	if (!cJSON_IsTrue(ok))
		return;
	brain_application(&r->brain, application(m));
	brain_metrics_begin(&r->brain, generated_at(m), replay_number(m, "failed"));
	cJSON_ArrayForEach(a, agents)
		if (cJSON_IsArray(agents))
			agent(r, a);
	brain_metrics_end(&r->brain, cJSON_IsArray(agents));
}

static void
mem(struct replay *r, const cJSON *tick)
{
	if (replay_member(tick, "mem_used_pct") != NULL)
		brain_mem(&r->brain, replay_number(tick, "mem_used_pct"), replay_string(tick, "mem_error", ""));
}

static void
disk(struct replay *r, const cJSON *d)
{
	const cJSON *mounted = replay_member(d, "mounted");

	brain_disk(&r->brain, &(struct disk_seen){
		.path = replay_string(d, "path", ""),
		.used_pct = replay_number(d, "used_pct"),
		.exact_pct = replay_number(d, "exact_pct"),
		.inodes_pct = replay_number(d, "inodes_pct"),
		.missing = cJSON_IsTrue(replay_member(d, "missing")),
		.mount = cJSON_IsTrue(mounted) ? MOUNT_THERE : cJSON_IsFalse(mounted) ? MOUNT_NONE : MOUNT_UNKNOWN,
		.error = replay_string(d, "error", ""),
	});
}

static void
disks(struct replay *r, const cJSON *list)
{
	const cJSON *d;

	cJSON_ArrayForEach(d, list)
		if (cJSON_IsArray(list))
			disk(r, d);
}

static void
deps(struct replay *r, const cJSON *list)
{
	const cJSON *d;

	cJSON_ArrayForEach(d, list) {
		const cJSON *ok = replay_member(d, "ok");
		const char *name = replay_string(d, "name", ""), *error = replay_string(d, "error", "");

		if (cJSON_IsArray(list) && cJSON_IsBool(ok))
			brain_dep(&r->brain, name, cJSON_IsTrue(ok), replay_number(d, "ms"),
			    cJSON_IsTrue(ok) ? replay_string(d, "detail", "") : error);
		else if (cJSON_IsArray(list) && cJSON_IsNull(ok) && error[0] != '\0')
			brain_unseen(&r->brain, UNSEEN_DEP, name, error);
	}
}

/* --- output --- */

/* After what could not be written nothing is: what stands there is what was so, up to its end. */
static void
write_json(struct replay *r, cJSON *json)
{
	char *text = json == NULL ? NULL : cJSON_PrintUnformatted(json);

	if (text == NULL)
		r->brain.failed = true;
	if (!r->brain.failed)
		fprintf(r->out, "%s\n", text);
	cJSON_free(text);
	cJSON_Delete(json);
}

static void
decided(void *ctx, const struct decision *d)
{
	struct replay *r = ctx;
	cJSON *json = cJSON_CreateObject();

	if (cJSON_AddNumberToObject(json, "now", d->now) == NULL ||
	    cJSON_AddStringToObject(json, "key", d->key) == NULL ||
	    cJSON_AddStringToObject(json, "action", action_name(d->action)) == NULL ||
	    cJSON_AddStringToObject(json, "severity", severity_name(d->severity)) == NULL ||
	    cJSON_AddStringToObject(json, "title", d->title) == NULL ||
	    cJSON_AddStringToObject(json, "detail", d->detail) == NULL) {
		cJSON_Delete(json);
		json = NULL;
	}
	write_json(r, json);
}

static void
write_message(struct replay *r, const char *text)
{
	cJSON *json = cJSON_CreateObject();

	if (cJSON_AddNumberToObject(json, "now", r->now) == NULL ||
	    cJSON_AddStringToObject(json, "message", text) == NULL) {
		cJSON_Delete(json);
		json = NULL;
	}
	write_json(r, json);
}

/* As if one chat took everything at once, unless the recording says that it could not be reached. */
static void
deliver(struct replay *r)
{
	struct outbox *o = &r->brain.outbox;
	const char *host = r->config->host_name;
	struct setting setting = {r->config->lang, host == NULL ? "?" : host, r->brain.clock};
	struct strbuf text = {0};
	struct msg_message msg;
	int offered;

	while (!r->brain.failed && !outbox_empty(o)) {
		outbox_credit(o, 0);
		if (outbox_compose(o, &setting) == -1)
			r->brain.failed = true;
		outbox_snapshot(o, 1);
		outbox_confirm(o, 1);
		offered = r->brain.failed ? 0 : outbox_offer(o, &setting, &msg, &text);
		if (offered == -1)
			r->brain.failed = true;
		if (offered != 1)
			break;
		if (r->cut_off) {
			outbox_failed(o, msg.seq, msg.chat, SEND_UNREACHABLE, "");
			break;
		}
		write_message(r, msg.text);
		outbox_delivered(o, msg.seq, msg.chat);
	}
	strbuf_free(&text);
}

static void
forget_messages(struct replay *r)
{
	outbox_free(&r->brain.outbox);
	outbox_init(&r->brain.outbox, 1, 0);
}

/* --- a tick --- */

/* A recording says of what was decided with a line whether it was delivered in the line behind. */
static void
deliver_pending(struct replay *r, bool undelivered)
{
	if (!r->pending)
		return;
	r->pending = false;
	r->cut_off = r->cut_off || undelivered;
	(r->messages ? deliver : forget_messages)(r);
}

/* What would have come due on its own before now. */
static void
pass_time(struct replay *r, struct moment now)
{
	double due;

	while ((due = brain_due(&r->brain)) <= now.now) {
		r->now = due;
		brain_clock(&r->brain, (struct moment){due, now.wall - (now.now - due)});
		brain_expire(&r->brain);
		(r->messages ? deliver : forget_messages)(r);
	}
	r->now = now.now;
	brain_clock(&r->brain, now);
}

static bool
tick(struct replay *r, const cJSON *line)
{
	double now = replay_number(line, "now"), wall = replay_number(line, "wall"), slept = replay_number(line, "slept");

	if (!cJSON_IsObject(line))
		return line_is_bad(r, "expected one JSON object");
	if (isnan(now))
		return line_is_bad(r, "\"now\": expected a number, the seconds of the monotonic clock");
	if (r->began && now < r->now)
		return line_is_bad(r, "\"now\": expected no earlier time than in the line before");
	r->began = true;
	deliver_pending(r, cJSON_IsTrue(replay_member(line, "undelivered")));
	/* Without a wall clock of its own a recording's clock stands for it. */
	pass_time(r, (struct moment){now, isnan(wall) ? now : wall});
	r->brain.slept = isnan(slept) ? 0 : slept;
	r->cut_off = cJSON_IsFalse(replay_member(line, "channel"));
	brain_tick_begin(&r->brain, now);
	if (cJSON_IsTrue(replay_member(line, "partial")))
		brain_tick_partial(&r->brain);
	metrics(r, replay_member(line, "metrics"));
	mem(r, line);
	disks(r, replay_member(line, "disks"));
	replay_docker(&r->brain, line);
	deps(r, replay_member(line, "deps"));
	replay_orders(&r->brain, line);
	brain_tick_end(&r->brain);
	r->pending = true;
	return true;
}

/* A NUL may also come as an escape, behind which cJSON would cut the string without a word. */
static bool
has_escaped_nul(const char *text)
{
	const char *p = text;

	while ((p = strchr(p, '\\')) != NULL) {
		if (strncmp(p, "\\u0000", 6) == 0)
			return true;
		p += p[1] == '\0' ? 1 : 2;
	}
	return false;
}

/* The text of one line, without its newline; len does not count the NUL. */
static bool
take_line(struct replay *r, const char *text, size_t len)
{
	const char *end = NULL;
	cJSON *json;
	bool ok;

	if (text[strspn(text, " \t\r")] == '\0' && strlen(text) == len)
		return true;
	if (!utf8_valid(text, len) || strlen(text) != len || has_escaped_nul(text))
		return line_is_bad(r, "expected UTF-8 text without NUL");
	errno = 0;
	if ((json = cJSON_ParseWithLengthOpts(text, len + 1, &end, true)) == NULL) {
		/* The only trace of a failed allocation that cJSON leaves. */
		r->brain.failed = errno == ENOMEM;
		return r->brain.failed ? false : line_is_bad(r, "expected one JSON object and nothing else");
	}
	ok = tick(r, json);
	cJSON_Delete(json);
	return ok;
}

/* --- input --- */

/* Read up to a newline or the end.  Returns 1, 0 at the end, -1 if the line is too long or memory is short (failed). */
static int
read_line(struct replay *r, FILE *in, char **buf, size_t *cap, size_t *len)
{
	int c;

	for (*len = 0; (c = getc_unlocked(in)) != EOF && c != '\n'; (*buf)[(*len)++] = (char)c) {
		if (*len + 2 > *cap) {
			size_t more = *cap == 0 ? 4096 : *cap * 2;
			char *grown = more > REPLAY_LINE_MAX ? NULL : realloc(*buf, more);

			if (grown == NULL) {
				r->brain.failed = more <= REPLAY_LINE_MAX;
				return -1;
			}
			*buf = grown;
			*cap = more;
		}
	}
	if (c == EOF && *len == 0)
		return 0;
	if (*len > 0)
		(*buf)[*len] = '\0';
	return 1;
}

static int
replay_lines(struct replay *r, FILE *in)
{
	char *buf = NULL;
	size_t cap = 0, len;
	int rc = EX_OK, got;

	while (rc == EX_OK && (got = read_line(r, in, &buf, &cap, &len)) != 0) {
		r->line++;
		if (got == -1 && !r->brain.failed)
			fprintf(stderr, "line %lu: longer than %u bytes\n", r->line, REPLAY_LINE_MAX);
		if (got == -1 || !take_line(r, len == 0 ? "" : buf, len))
			rc = EX_DATAERR;
		if (r->brain.failed) {
			fprintf(stderr, "line %lu: out of memory\n", r->line);
			rc = EX_OSERR;
		}
	}
	free(buf);
	if (r->brain.failed)
		return rc;
	deliver_pending(r, false);
	if (!r->brain.failed)
		return rc;
	fprintf(stderr, "line %lu: out of memory\n", r->line);
	return EX_OSERR;
}

int
replay_run(const struct config *config, const struct replay_options *how, FILE *in, FILE *out)
{
	struct replay r = {.config = config, .out = out, .messages = how->messages};
	struct brain_options options = {.boot_grace = how->messages, .chats = 1, .decided = decided, .ctx = &r};
	int rc;

	brain_init(&r.brain, config, &options);
	if (how->anew)
		brain_start_anew(&r.brain);
	rc = replay_lines(&r, in);
	brain_free(&r.brain);
	if (ferror(in) || fflush(out) == EOF || ferror(out)) {
		fprintf(stderr, "reading or writing failed\n");
		return EX_IOERR;
	}
	return rc;
}
