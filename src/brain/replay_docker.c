/*
 * What a recording's line says of docker: whether it answered, what its
 * events said, the checks that followed them, the list.  Trusts nothing of it.
 */
#include "build_config.h"

#include <fnmatch.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "replay_json.h"

static bool
has_glob(const char *pattern)
{
	return strpbrk(pattern, "*?") != NULL;
}

/* Watched because its name was given: matched by any pattern but the one that stands for discovery. */
static bool
is_named(const struct string_list *patterns, const char *name)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (strcmp(patterns->v[i], "*") != 0 && fnmatch(patterns->v[i], name, 0) == 0)
			return true;
	return false;
}

static bool
discovers(const struct string_list *patterns)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (strcmp(patterns->v[i], "*") == 0)
			return true;
	return false;
}

/* The index of the member's word in words[from … n); or if it is none of them. */
static unsigned
word(const cJSON *object, const char *name, const char *const *words, unsigned n, unsigned or)
{
	const char *text = replay_string(object, name, "");

	for (unsigned i = 0; i < n; i++)
		if (words[i] != NULL && strcmp(words[i], text) == 0)
			return i;
	return or;
}

static void
labels(struct container_seen *seen, const cJSON *l)
{
	static const char *const expect[EXPECT_COUNT] = {
		[EXPECT_RUNNING] = "running", [EXPECT_EXITED] = "exited", [EXPECT_ANY] = "any",
	};
	static const char *const severity[CONTAINER_SEVERITY_COUNT] = {
		[CONTAINER_WARNING] = "warning", [CONTAINER_CRITICAL] = "critical",
	};
	double grace = replay_number(l, "grace");

	seen->expect = word(l, "expect", expect, EXPECT_COUNT, EXPECT_NOT_SAID);
	seen->severity = word(l, "severity", severity, CONTAINER_SEVERITY_COUNT, CONTAINER_SEVERITY_NOT_SAID);
	seen->grace = grace >= 0 && grace <= CONTAINER_GRACE_MAX_S ? grace : NAN;
	seen->label_name = replay_string(l, "name", "");
}

static void
container(struct brain *b, const cJSON *c)
{
	const struct string_list *patterns = &b->config->containers;
	double exit_code = replay_number(c, "exit_code");
	struct container_seen seen = {
		.name = replay_string(c, "name", ""),
		.state = replay_string(c, "state", "unknown"),
		.health = replay_string(c, "health", ""),
		.exit_code = exit_code >= 0 && exit_code <= INT16_MAX ? (int32_t)exit_code : -1,
		.id = replay_string(c, "id", ""),
		.project = replay_string(c, "project", ""),
		.service = replay_string(c, "service", ""),
		.number = replay_string(c, "number", ""),
		.oneoff = cJSON_IsTrue(replay_member(c, "oneoff")),
	};

	labels(&seen, replay_member(c, "labels"));
	seen.named = is_named(patterns, seen.name);
	if (seen.named || discovers(patterns))
		brain_container(b, &seen);
}

static bool
is_listed(const cJSON *list, const char *name)
{
	const cJSON *c;

	cJSON_ArrayForEach(c, list)
		if (strcmp(replay_string(c, "name", ""), name) == 0)
			return true;
	return false;
}

/* As the collector does: a name without a glob that is not in the list is missing. */
static void
missing_containers(struct brain *b, const cJSON *list)
{
	const struct string_list *patterns = &b->config->containers;

	for (size_t i = 0; i < patterns->n; i++) {
		struct container_seen seen = {
			.name = patterns->v[i], .state = "missing", .health = "", .exit_code = -1, .named = true, .grace = NAN,
		};

		if (!has_glob(seen.name) && !is_listed(list, seen.name))
			brain_container(b, &seen);
	}
}

static void
containers(struct brain *b, const cJSON *line)
{
	const cJSON *list = replay_member(line, "containers"), *said = replay_member(line, "docker"), *c;
	bool whole = (said == NULL || cJSON_IsTrue(said)) && !cJSON_IsTrue(replay_member(line, "list_partial"));

	if (!cJSON_IsArray(list))
		return;
	brain_containers_begin(b);
	cJSON_ArrayForEach(c, list)
		container(b, c);
	if (whole)
		missing_containers(b, list);
	brain_containers_end(b, whole);
}

static void
event(struct brain *b, const cJSON *e)
{
	static const char *const acts[ACT_COUNT] = {
		"started", "died", "oom", "stop_asked", "removed", "renamed", "created", "paused", "unpaused",
	};
	double signal = replay_number(e, "signal"), age = replay_number(e, "age"), code = replay_number(e, "exit_code");
	unsigned act = word(e, "act", acts, ACT_COUNT, ACT_COUNT);
	struct container_hint hint = {
		.id = replay_string(e, "id", ""),
		.name = replay_string(e, "name", ""),
		.old_name = replay_string(e, "old_name", ""),
		.project = replay_string(e, "project", ""),
		.service = replay_string(e, "service", ""),
		.number = replay_string(e, "number", ""),
		.oneoff = cJSON_IsTrue(replay_member(e, "oneoff")),
		.signal = signal >= 0 && signal <= INT16_MAX ? (int32_t)signal : -1,
		.age = age >= 0 ? age : 0,
		.ended = code >= 0 && code <= EXIT_CODE_MAX ? (uint32_t)code + 1 : 0,
	};

	if (act == ACT_COUNT || hint.name[0] == '\0')
		return;
	hint.act = act;
	if (is_named(&b->config->containers, hint.name) || discovers(&b->config->containers))
		brain_container_act(b, &hint);
}

/* {"id": …, "container": {…}}; null, or none, if docker has it no more. */
static void
check(struct brain *b, const cJSON *c)
{
	const cJSON *found = replay_member(c, "container");
	const char *id = replay_string(c, "id", "");

	brain_containers_one_begin(b, id);
	if (cJSON_IsObject(found))
		container(b, found);
	brain_containers_one_end(b, id, cJSON_IsObject(found));
}

static void
each(struct brain *b, const cJSON *list, void (*take)(struct brain *b, const cJSON *element))
{
	const cJSON *e;

	cJSON_ArrayForEach(e, list)
		if (cJSON_IsArray(list) && cJSON_IsObject(e))
			take(b, e);
}

static void
look(struct brain *b, const cJSON *line)
{
	const cJSON *answers = replay_member(line, "docker");
	const char *error = replay_string(line, "docker_error", "");
	bool off = cJSON_IsTrue(replay_member(line, "docker_off"));

	if (cJSON_IsTrue(answers))
		brain_docker(b, DOCKER_ANSWERS, error);
	else if (cJSON_IsFalse(answers))
		brain_docker(b, off ? DOCKER_MISSED : DOCKER_FAILED, error);
	else if (cJSON_IsNull(answers) && error[0] != '\0')
		brain_unseen(b, UNSEEN_DOCKER, "", error);
	else if (off)
		brain_docker(b, DOCKER_OFF, error);
}

void
replay_docker(struct brain *b, const cJSON *line)
{
	bool broke = cJSON_IsTrue(replay_member(line, "list_broke"));

	if (b->config->containers.n == 0)
		return;
	if (broke) {
		brain_docker(b, DOCKER_ANSWERS, "");
		containers(b, line);
	}
	look(b, line);
	if (cJSON_IsBool(replay_member(line, "docker_events")))
		brain_docker_events(b, cJSON_IsTrue(replay_member(line, "docker_events")), "");
	each(b, replay_member(line, "events"), event);
	each(b, replay_member(line, "checks"), check);
	if (!broke)
		containers(b, line);
}
