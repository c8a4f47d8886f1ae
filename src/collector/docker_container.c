/*
 * From docker's words to ours.  Pure; trusts nothing of the element.
 */
#include "build_config.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker_container.h"

#define SHORT_ID 12

/* How many hex digits s begins with, max at most. */
static size_t
hex_prefix(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && isxdigit((unsigned char)s[n]))
		n++;
	return n;
}

static bool
read_id(struct container *c, struct span value)
{
	char id[CONTAINER_ID_LEN + 2];

	json_text(value, id, sizeof(id));
	if (hex_prefix(id, CONTAINER_ID_LEN) != CONTAINER_ID_LEN || id[CONTAINER_ID_LEN] != '\0')
		return false;
	memcpy(c->id, id, sizeof(c->id));
	return true;
}

/* Names also holds the aliases of links, /other/alias; its own name has its only slash in front. */
static bool
read_name(struct container *c, struct span element)
{
	struct json_walk w = json_walk_of(json_member(element, "Names"));
	char text[NAME_MAX_LEN + 2];
	struct span key, value;

	while (json_next(&w, &key, &value)) {
		if (!json_text(value, text, sizeof(text)) || text[0] != '/' || text[1] == '\0')
			continue;
		if (strchr(text + 1, '/') != NULL)
			continue;
		snprintf(c->name, sizeof(c->name), "%s", text + 1);
		return true;
	}
	return false;
}

/*
 * While compose replaces a container, the new one is called <12 hex>_name
 * until the old one is gone.  Only with compose's labels: anybody else may
 * call a container so for good.
 */
bool
docker_name_settle(char *name)
{
	const char *rest = name + SHORT_ID + 1;

	if (hex_prefix(name, SHORT_ID) != SHORT_ID || name[SHORT_ID] != '_' || *rest == '\0')
		return false;
	memmove(name, rest, strlen(rest) + 1);
	return true;
}

static void
read_labels(struct container *c, struct span labels)
{
	char text[8];

	json_text(json_member(labels, "com.docker.compose.project"), c->project, sizeof(c->project));
	json_text(json_member(labels, "com.docker.compose.service"), c->service, sizeof(c->service));
	json_text(json_member(labels, "com.docker.compose.container-number"), c->number, sizeof(c->number));
	json_text(json_member(labels, "com.docker.compose.oneoff"), text, sizeof(text));
	c->oneoff = strcasecmp(text, "true") == 0;
	docker_labels_read(&c->labels, labels);
	c->provisional = c->project[0] != '\0' && docker_name_settle(c->name);
}

/* Docker's words stand for themselves; Podman leaks its own. */
static const struct {
	const char *word, *meaning;
} states[] = {
	{"created", "created"}, {"running", "running"}, {"paused", "paused"}, {"restarting", "restarting"},
	{"removing", "removing"}, {"exited", "exited"}, {"dead", "dead"},
	{"configured", "created"}, {"initialized", "created"}, {"stopping", "running"}, {"stopped", "exited"},
};

static void
read_state(struct container *c, struct span element)
{
	char word[sizeof(c->state)];
	const char *meaning = "unknown";

	json_text(json_member(element, "State"), word, sizeof(word));
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(word, states[i].word) == 0)
			meaning = states[i].meaning;
	snprintf(c->state, sizeof(c->state), "%s", meaning);
}

/* "Up 2 hours (health: starting)": only the last parenthesis, at the very end. */
static void
read_health_text(struct container *c, const char *status)
{
	static const struct {
		const char *tail, *health;
	} tails[] = {
		{"(healthy)", "healthy"}, {"(unhealthy)", "unhealthy"}, {"(health: starting)", "starting"},
	};
	const char *paren = strrchr(status, '(');

	for (size_t i = 0; paren != NULL && i < sizeof(tails) / sizeof(tails[0]); i++)
		if (strcmp(paren, tails[i].tail) == 0)
			snprintf(c->health, sizeof(c->health), "%s", tails[i].health);
}

/*
 * From API 1.52 on the list has Health; before, only the text tells.  Docker
 * calls everything with a health check that does not run unhealthy.
 */
static void
read_health(struct container *c, struct span element, const char *status)
{
	struct span health = json_member(json_member(element, "Health"), "Status");
	char word[sizeof(c->health)];

	if (strcmp(c->state, "running") != 0)
		return;
	if (!json_text(health, word, sizeof(word)))
		read_health_text(c, status);
	else if (strcmp(word, "healthy") == 0 || strcmp(word, "unhealthy") == 0 || strcmp(word, "starting") == 0)
		snprintf(c->health, sizeof(c->health), "%s", word);
}

/* "Exited (137) 7 seconds ago", "Restarting (3) 4 seconds ago". */
static int
read_exit_code(const char *status)
{
	static const char *const words[] = {"Exited (", "Restarting ("};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);
		char *end;
		long code;

		if (strncmp(status, words[i], n) != 0)
			continue;
		code = strtol(status + n, &end, 10);
		return isdigit((unsigned char)status[n]) && *end == ')' && code <= INT16_MAX ? (int)code : -1;
	}
	return -1;
}

static void
read_network(struct container *c, struct span element)
{
	static const char prefix[] = "container:";
	char mode[sizeof(prefix) + CONTAINER_ID_LEN];

	json_text(json_member(json_member(element, "HostConfig"), "NetworkMode"), mode, sizeof(mode));
	if (strncmp(mode, prefix, sizeof(prefix) - 1) == 0)
		snprintf(c->network_of, sizeof(c->network_of), "%s", mode + sizeof(prefix) - 1);
}

bool
docker_container_read(struct container *c, struct span element)
{
	char status[128];

	*c = (struct container){.exit_code = -1};
	if (!read_id(c, json_member(element, "Id")) || !read_name(c, element))
		return false;
	read_labels(c, json_member(element, "Labels"));
	read_state(c, element);
	json_text(json_member(element, "Status"), status, sizeof(status));
	read_health(c, element, status);
	c->exit_code = read_exit_code(status);
	read_network(c, element);
	return true;
}

bool
docker_container_read_actor(struct container *c, struct span id, struct span attributes)
{
	char name[NAME_MAX_LEN + 2];

	*c = (struct container){.exit_code = -1};
	if (!read_id(c, id) || !json_text(json_member(attributes, "name"), name, sizeof(name)))
		return false;
	if (name[0] == '\0' || strlen(name) > NAME_MAX_LEN || strchr(name, '/') != NULL)
		return false;
	memcpy(c->name, name, strlen(name) + 1);
	read_labels(c, attributes);
	return true;
}

static enum watched
entry_says(const char *entry, const char *name)
{
	if (strcmp(entry, "*") == 0)
		return DISCOVERED;
	if (docker_name_is_plain(entry))
		return strcmp(entry, name) == 0 ? NAMED_PLAINLY : NOT_WATCHED;
	return fnmatch(entry, name, 0) == 0 ? NAMED_BY_PATTERN : NOT_WATCHED;
}

enum watched
docker_container_watched(const struct config *config, const struct container *c)
{
	enum watched found = NOT_WATCHED;

	for (size_t i = 0; i < config->containers.n; i++) {
		enum watched w = entry_says(config->containers.v[i], c->name);

		found = w > found ? w : found;
	}
	if (found != NAMED_PLAINLY && c->labels.enable == LABEL_FALSE)
		return NOT_WATCHED;
	if (found == DISCOVERED && config->containers_labeled_only && c->labels.enable != LABEL_TRUE)
		return NOT_WATCHED;
	return found;
}

bool
docker_name_is_plain(const char *entry)
{
	return strpbrk(entry, "*?[\\") == NULL;
}
