/*
 * Docker and its containers.  State and health are docker's words; a word
 * that nobody knows is no data.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "look.h"
#include "message_text.h"

#define DOCKER_LOOKS 3

enum class {
	CLASS_UNKNOWN,
	CLASS_RUNNING,
	CLASS_UNHEALTHY,
	CLASS_RESTARTING,
	CLASS_PAUSED,
	CLASS_DEAD,
	CLASS_EXITED,
	CLASS_CREATED,
	CLASS_MISSING
};

/*
 * In the order of the test: docker sets "running" for a container that it
 * restarts or has paused, too.  "stopped", "stopping", "initialized" and
 * "configured" are podman's.
 */
static const struct {
	const char *state;
	enum class class;
	enum text_id text;
} states[] = {
	{"restarting", CLASS_RESTARTING, TEXT_RESTARTING},
	{"paused", CLASS_PAUSED, TEXT_PAUSED},
	{"dead", CLASS_DEAD, TEXT_DEAD},
	{"running", CLASS_RUNNING, TEXT_RUNNING},
	{"stopping", CLASS_RUNNING, TEXT_RUNNING},
	{"exited", CLASS_EXITED, TEXT_EXITED},
	{"stopped", CLASS_EXITED, TEXT_EXITED},
	{"created", CLASS_CREATED, TEXT_CREATED},
	{"initialized", CLASS_CREATED, TEXT_CREATED},
	{"configured", CLASS_CREATED, TEXT_CREATED},
	{"missing", CLASS_MISSING, TEXT_MISSING},
};

/* Exit codes from 129 are those of a death by signal. */
static const char *const signals_by_code[] = {
	[1] = "SIGHUP", [2] = "SIGINT", [3] = "SIGQUIT", [4] = "SIGILL", [6] = "SIGABRT", [7] = "SIGBUS",
	[8] = "SIGFPE", [9] = "SIGKILL", [11] = "SIGSEGV", [13] = "SIGPIPE", [14] = "SIGALRM", [15] = "SIGTERM",
};

static enum class
classify(const struct container_seen *seen, enum text_id *text)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(seen->state, states[i].state) != 0)
			continue;
		*text = states[i].text;
		if (states[i].class != CLASS_RUNNING)
			return states[i].class;
		if (strcmp(seen->health, "healthy") == 0)
			*text = TEXT_RUNNING_HEALTHY;
		else if (strcmp(seen->health, "starting") == 0)
			*text = TEXT_RUNNING_STARTING;
		if (strcmp(seen->health, "unhealthy") != 0)
			return CLASS_RUNNING;
		*text = TEXT_UNHEALTHY;
		return CLASS_UNHEALTHY;
	}
	*text = TEXT_STATE_UNKNOWN;
	return CLASS_UNKNOWN;
}

static const char *
signal_of(int32_t exit_code)
{
	size_t n = sizeof(signals_by_code) / sizeof(signals_by_code[0]);

	return exit_code > 128 && (size_t)exit_code < 128 + n ? signals_by_code[exit_code - 128] : NULL;
}

/* The container's detail: its state, and the exit code where there is one. */
static void
say_state(struct brain *b, char *buf, size_t cap, const struct container_seen *seen, enum class class, enum text_id text)
{
	struct strbuf out = strbuf_fixed(buf, cap);
	char code[16], state[64];
	const char *name = signal_of(seen->exit_code);

	snprintf(code, sizeof(code), "%d", (int)seen->exit_code);
	look_clean(state, sizeof(state), seen->state);
	if (class == CLASS_EXITED && seen->exit_code >= 0)
		text = name == NULL ? TEXT_EXITED_CODE : TEXT_EXITED_SIGNAL;
	if (class == CLASS_CREATED && seen->exit_code > 0)
		text = TEXT_CREATED_CODE;
	text_say(&out, b->config->lang, text, class == CLASS_UNKNOWN ? state : code, name, NULL);
}

/* Whether an ended container that nobody named is trouble: one that was seen at work and did not end well. */
static bool
ended_badly(const struct alert *a, const struct container_seen *seen, enum class class)
{
	if (!a->seen_running || seen->operator_act == OPERATOR_STOPPED)
		return false;
	return class == CLASS_CREATED ? seen->exit_code > 0 : seen->exit_code != 0;
}

static enum verdict
judge_container(const struct alert *a, const struct container_seen *seen, enum class class)
{
	switch (class) {
	case CLASS_RUNNING:
		return LOOK_GOOD;
	case CLASS_EXITED:
	case CLASS_CREATED:
		return seen->named || ended_badly(a, seen, class) ? LOOK_BAD : LOOK_GOOD;
	case CLASS_UNKNOWN:
		return LOOK_NO_DATA;
	default:
		return LOOK_BAD;
	}
}

void
brain_docker(struct brain *b, enum docker_look look, const char *error)
{
	char why[ALERT_DETAIL_MAX], detail[ALERT_DETAIL_MAX];
	struct strbuf text = STRBUF_IN(detail);
	struct look l = {.kind = KIND_DOCKER, .name = "", .need = DOCKER_LOOKS, .detail = detail};

	l.verdict = look == DOCKER_ANSWERS ? LOOK_GOOD : look == DOCKER_FAILED ? LOOK_BAD : LOOK_SHOWN;
	look_clean(why, sizeof(why), error);
	if (look == DOCKER_ANSWERS)
		text_say(&text, b->config->lang, TEXT_ANSWERS, NULL);
	else
		text_say(&text, b->config->lang, why[0] == '\0' ? TEXT_SILENT_WHY_UNKNOWN : TEXT_SILENT, why, NULL);
	if (look != DOCKER_ANSWERS)
		b->containers.open = false;
	look_at(b, &l);
}

void
brain_containers_begin(struct brain *b)
{
	if (b->draining)
		return;
	b->containers.open = true;
	b->containers.list++;
	b->containers.taken = 0;
}

/* One state that cannot be told, again and again, is worth a word of its own. */
static void
source_of_container(struct brain *b, const char *name, bool known, const char *detail)
{
	char source[NAME_MAX_LEN + 16];

	snprintf(source, sizeof(source), "container:%s", name);
	look_at_source(b, source, known, false, detail);
}

void
brain_container(struct brain *b, const struct container_seen *seen)
{
	char detail[ALERT_DETAIL_MAX];
	struct look l = {.kind = KIND_CONTAINER, .name = seen->name, .detail = detail};
	enum text_id text;
	enum class class = classify(seen, &text);
	struct alert *a;

	if (!b->containers.open || seen->name[0] == '\0' || strlen(seen->name) > NAME_MAX_LEN ||
	    b->containers.taken >= BRAIN_CONTAINERS_MAX)
		return;
	if ((a = look_up(b, KIND_CONTAINER, seen->name)) == NULL || a->sighting == b->containers.list)
		return;
	b->containers.taken++;
	a->sighting = b->containers.list;
	a->named = seen->named;
	say_state(b, detail, sizeof(detail), seen, class, text);
	l.verdict = judge_container(a, seen, class);
	l.need = b->config->container_down_ticks;
	l.grace = seen->named;
	if (class >= CLASS_RUNNING && class <= CLASS_PAUSED)
		a->seen_running = true;
	look_at(b, &l);
	source_of_container(b, seen->name, class != CLASS_UNKNOWN, detail);
}

/* Each pass frees none but its own entry: a loop over alerts survives no more than that. */
static void
forget_missing(struct brain *b)
{
	struct alert *a, *next;

	ALERTS_EACH(&b->alerts, a, next)
		if (a->kind == KIND_CONTAINER && a->sighting != b->containers.list)
			look_gone(b, a);
}

static void
forget_their_sources(struct brain *b)
{
	static const char prefix[] = "container:";
	struct alert *a, *next;

	ALERTS_EACH(&b->alerts, a, next) {
		const char *name = a->kind == KIND_SOURCE ? alert_key_name(KIND_SOURCE, a->key) : "";

		if (strncmp(name, prefix, sizeof(prefix) - 1) == 0 &&
		    alerts_find(&b->alerts, KIND_CONTAINER, name + sizeof(prefix) - 1) == NULL)
			look_gone(b, a);
	}
}

void
brain_containers_end(struct brain *b, bool complete)
{
	if (!b->containers.open)
		return;
	b->containers.open = false;
	if (!complete)
		return;
	forget_missing(b);
	forget_their_sources(b);
}

void
brain_containers_one_begin(struct brain *b, const char *id)
{
	(void)id;
	b->now = fmax(b->now, b->clock.now);
	brain_containers_begin(b);
}

void
brain_containers_one_end(struct brain *b, const char *id, bool found)
{
	(void)id;
	(void)found;
	b->containers.open = false;
	outbox_flush(&b->outbox);
}

void
brain_container_act(struct brain *b, const struct container_hint *hint)
{
	(void)b;
	log_debug("container %s: event %d", hint->name, (int)hint->act);
}
