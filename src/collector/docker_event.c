/*
 * Reads an event.  Trusts nothing of the line.  The attributes hold the
 * container's labels too: "name" is written over them, "signal", "oldName"
 * and "exitCode" are not, so that a label may forge those.
 */
#include "build_config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker_event.h"

#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

/* "die", "destroy" and the colon are docker's, "died", "remove" and the bare "health_status" podman's. */
static const struct {
	const char *action;
	unsigned act;
} acts[] = {
	{"start", ACT_STARTED}, {"die", ACT_DIED}, {"died", ACT_DIED}, {"oom", ACT_OOM}, {"kill", ACT_STOP_ASKED},
	{"stop", ACT_STOP_ASKED}, {"destroy", ACT_REMOVED}, {"remove", ACT_REMOVED}, {"rename", ACT_RENAMED},
	{"create", ACT_CREATED}, {"pause", ACT_PAUSED}, {"unpause", ACT_UNPAUSED}, {"restart", ACT_NONE},
};

static bool
read_health(struct docker_event *e, struct span line, const char *action)
{
	static const char word[] = "health_status";
	const char *rest = action + sizeof(word) - 1;
	char status[32];

	if (strncmp(action, word, sizeof(word) - 1) != 0)
		return false;
	if (*rest == '\0')
		json_text(json_member(line, "HealthStatus"), status, sizeof(status));
	else if (rest[0] == ':' && rest[1] == ' ')
		snprintf(status, sizeof(status), "%.31s", rest + 2);
	else
		return false;
	e->act = ACT_NONE;
	e->health = true;
	e->healthy = strcmp(status, "unhealthy") != 0;
	return true;
}

static bool
read_action(struct docker_event *e, struct span line, char *action, size_t cap)
{
	json_text(json_member(line, "Action"), action, cap);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(action, acts[i].action) == 0) {
			e->act = acts[i].act;
			return true;
		}
	return read_health(e, line, action);
}

/* An integer of up to 19 digits, which a double would round. */
static uint64_t
read_integer(struct span value)
{
	uint64_t n = 0;

	if (value.p == NULL || value.len == 0 || value.len > 19)
		return 0;
	for (size_t i = 0; i < value.len; i++) {
		if (!isdigit((unsigned char)value.p[i]))
			return 0;
		n = n * 10 + (uint64_t)(value.p[i] - '0');
	}
	return n <= INT64_MAX ? n : 0;
}

static uint64_t
read_time(struct span line)
{
	uint64_t ns = read_integer(json_member(line, "timeNano")), s;

	if (ns > 0)
		return ns;
	s = read_integer(json_member(line, "time"));
	return s < INT64_MAX / 1000000000 ? s * 1000000000 : 0;
}

static uint64_t
mix(uint64_t hash, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ ((const uint8_t *)bytes)[i]) * FNV_PRIME;
	return hash;
}

static void
read_signal(struct docker_event *e, struct span attributes)
{
	uint64_t n;
	char text[8];

	e->signal = -1;
	if (!json_text(json_member(attributes, "signal"), text, sizeof(text)) || text[0] == '\0')
		return;
	n = read_integer((struct span){text, strlen(text)});
	if (n > 0 && n <= 64)
		e->signal = (int)n;
}

/* Docker's alone: podman also ends what it removes without a word that somebody asked for it. */
static void
read_exit_code(struct docker_event *e, struct span attributes)
{
	char text[8];
	uint64_t n;

	e->exit_code = -1;
	if (e->act != ACT_DIED || !json_text(json_member(attributes, "exitCode"), text, sizeof(text)) || text[0] == '\0')
		return;
	n = read_integer((struct span){text, strlen(text)});
	if (n <= EXIT_CODE_MAX && (n > 0 || strcmp(text, "0") == 0))
		e->exit_code = (int)n;
}

bool
docker_event_read(struct docker_event *e, struct span line)
{
	struct span actor = json_member(line, "Actor"), attributes = json_member(actor, "Attributes");
	char type[16], action[64];

	*e = (struct docker_event){0};
	json_text(json_member(line, "Type"), type, sizeof(type));
	if (strcmp(type, "container") != 0 || !read_action(e, line, action, sizeof(action)))
		return false;
	if (!docker_container_read_actor(&e->container, json_member(actor, "ID"), attributes))
		return false;
	json_text(json_member(attributes, "oldName"), e->old_name, sizeof(e->old_name));
	if (e->old_name[0] == '/')
		memmove(e->old_name, e->old_name + 1, strlen(e->old_name));
	if (e->container.project[0] != '\0')
		docker_name_settle(e->old_name);
	read_signal(e, attributes);
	read_exit_code(e, attributes);
	e->time_ns = read_time(line);
	e->key = mix(mix(mix(FNV_BASIS, &e->time_ns, sizeof(e->time_ns)), e->container.id, CONTAINER_ID_LEN), action,
	    strlen(action));
	return true;
}
