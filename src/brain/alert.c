/*
 * The table of signals.  Trusts nobody for how many there are or how long
 * their names.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert.h"
#include "container_identity.h"
#include "strbuf.h"
#include "trail.h"
#include "utf8.h"

static const struct {
	const char *word;
	enum severity severity;
} kinds[KIND_COUNT] = {
	[KIND_ORCHESTRATOR] = {"orchestrator", SEVERITY_CRITICAL},
	[KIND_AGENT] = {"agent", SEVERITY_WARNING},
	[KIND_JOB_FAILED] = {"job_failed", SEVERITY_WARNING},
	[KIND_MEM] = {"memory", SEVERITY_CRITICAL},
	[KIND_DISK] = {"disk", SEVERITY_CRITICAL},
	[KIND_CONTAINER] = {"container", SEVERITY_CRITICAL},
	[KIND_DOCKER] = {"docker", SEVERITY_CRITICAL},
	[KIND_DEP] = {"dep", SEVERITY_CRITICAL},
	[KIND_SOURCE] = {"source", SEVERITY_WARNING},
	[KIND_WATCHDOG] = {"watchdog", SEVERITY_CRITICAL},
	[KIND_NETWORK] = {"network", SEVERITY_CRITICAL},
};

const struct story story_none = {.moved_at = NAN};

enum severity
kind_severity(enum signal_kind kind)
{
	return kinds[kind].severity;
}

const char *
severity_name(enum severity severity)
{
	return severity == SEVERITY_CRITICAL ? "critical" : "warning";
}

bool
kind_word_takes_name(const char *word)
{
	for (enum signal_kind kind = 0; kind < KIND_COUNT; kind++)
		if (!kind_is_single(kind) && strcmp(kinds[kind].word, word) == 0)
			return true;
	return false;
}

int
alert_key(char *buf, size_t cap, enum signal_kind kind, const char *name)
{
	size_t prefix = strlen(kind_prefix(kind)), len = strlen(name);

	if (kind_is_single(kind) != (len == 0) || prefix + len >= cap)
		return -1;
	memcpy(buf, kind_prefix(kind), prefix);
	memcpy(buf + prefix, name, len + 1);
	return 0;
}

const char *
alert_key_name(enum signal_kind kind, const char *key)
{
	return key + strlen(kind_prefix(kind));
}

static void
add_foreign(struct strbuf *b, const char *s)
{
	b->len += utf8_clean(b->s + b->len, b->cap - b->len, s, strlen(s), false);
}

static void
add_shown(struct strbuf *b, const char *shown)
{
	if (shown == NULL || shown[0] == '\0')
		return;
	strbuf_puts(b, " (");
	add_foreign(b, shown);
	strbuf_puts(b, ")");
}

void
alert_subject_shown(char *buf, size_t cap, enum signal_kind kind, const char *key, const char *shown)
{
	struct strbuf b = strbuf_fixed(buf, cap);

	strbuf_puts(&b, kinds[kind].word);
	if (!kind_is_single(kind)) {
		strbuf_puts(&b, " ");
		add_foreign(&b, alert_key_name(kind, key));
	}
	add_shown(&b, shown);
}

void
alert_subject(char *buf, size_t cap, enum signal_kind kind, const char *key)
{
	alert_subject_shown(buf, cap, kind, key, NULL);
}

void
alert_name_shown(char *buf, size_t cap, enum signal_kind kind, const char *key, const char *shown)
{
	struct strbuf b = strbuf_fixed(buf, cap);

	add_foreign(&b, alert_key_name(kind, key));
	add_shown(&b, shown);
}

struct alert *
alerts_find(const struct alerts *all, enum signal_kind kind, const char *name)
{
	char key[ALERT_KEY_MAX];

	return alert_key(key, sizeof(key), kind, name) == -1 ? NULL : alerts_find_key(all, key);
}

struct alert *
alerts_find_key(const struct alerts *all, const char *key)
{
	struct alert *a;

	HASH_FIND_STR(all->by_key, key, a);
	return a;
}

static struct alert *
alert_new(enum signal_kind kind, const char *key)
{
	struct alert *a = calloc(1, sizeof(*a) + strlen(key) + 1);

	if (a == NULL)
		return NULL;
	a->kind = kind;
	a->severity = kinds[kind].severity;
	a->last = LOOK_NO_DATA;
	a->value = NAN;
	a->story = &story_none;
	memcpy(a->key, key, strlen(key) + 1);
	return a;
}

static struct alert *
alerts_add(struct alerts *all, enum signal_kind kind, const char *key)
{
	struct alert *a = alert_new(kind, key);

	if (a == NULL)
		return NULL;
	HASH_ADD_STR(all->by_key, key, a);
	if (a->hh.tbl == NULL) {
		free(a);
		return NULL;
	}
	all->key_bytes += strlen(key);
	return a;
}

static void
drop(struct alerts *all, struct alert *a)
{
	if (all->last == a)
		all->last = NULL;
	HASH_DEL(all->by_key, a);
	all->key_bytes -= strlen(a->key);
	free(a);
}

/* Sources tell of their signals in the same order again and again: the one behind the last is likely meant. */
static struct alert *
find_near(const struct alerts *all, const char *key)
{
	struct alert *a = all->last == NULL ? NULL : all->last->hh.next;

	return a != NULL && strcmp(a->key, key) == 0 ? a : alerts_find_key(all, key);
}

struct alert *
alerts_get(struct alerts *all, enum signal_kind kind, const char *name, bool *full)
{
	char key[ALERT_KEY_MAX];
	struct alert *a;

	*full = alert_key(key, sizeof(key), kind, name) == -1;
	if (*full)
		return NULL;
	if ((a = find_near(all, key)) == NULL) {
		*full = HASH_COUNT(all->by_key) >= ALERTS_MAX || all->key_bytes + strlen(key) > ALERT_KEYS_BYTES_MAX;
		a = *full ? NULL : alerts_add(all, kind, key);
	}
	if (a != NULL)
		all->last = a;
	return a;
}

static void
drop_detail(struct alerts *all, struct alert *a)
{
	if (a->detail == NULL)
		return;
	all->detail_bytes -= strlen(a->detail);
	free(a->detail);
	a->detail = NULL;
}

int
alert_set_detail(struct alerts *all, struct alert *a, const char *detail)
{
	char text[ALERT_DETAIL_MAX];
	struct strbuf b = strbuf_fixed(text, sizeof(text));
	char *copy;

	if (detail == NULL || detail[0] == '\0') {
		drop_detail(all, a);
		return 0;
	}
	if (a->detail != NULL && strcmp(a->detail, detail) == 0)
		return 0;
	if (all->detail_bytes >= ALERT_DETAILS_BYTES_MAX)
		b = strbuf_fixed(text, ALERT_DETAIL_SHORT);
	strbuf_puts(&b, detail);
	if ((copy = strdup(text)) == NULL)
		return -1;
	drop_detail(all, a);
	all->detail_bytes += strlen(copy);
	a->detail = copy;
	return 0;
}

struct alert *
alerts_rename(struct alerts *all, struct alert *a, const char *name)
{
	char key[ALERT_KEY_MAX];
	UT_hash_handle hh;
	struct alert *now;

	if (alert_key(key, sizeof(key), a->kind, name) == -1 || (now = alerts_add(all, a->kind, key)) == NULL)
		return NULL;
	hh = now->hh;
	memcpy(now, a, offsetof(struct alert, key));
	now->hh = hh;
	drop(all, a);
	if (now->container != NULL)
		now->container->alert = now;
	return now;
}

/* NULL if it has none of its own.  Those are ours, and none of them is const. */
static struct story *
own_story(struct alert *a)
{
	return a->story == &story_none ? NULL : (struct story *)a->story;
}

static void
drop_story(struct alerts *all, struct alert *a)
{
	struct story *s = own_story(a);

	if (s == NULL)
		return;
	all->with_flaps -= s->flaps != NULL;
	free(s->flaps);
	all->with_trail -= s->trail != NULL;
	free(s->trail);
	free(s);
	a->story = &story_none;
}

void
alerts_forget(struct alerts *all, struct alert *a)
{
	container_drop(all, a);
	drop_story(all, a);
	drop_detail(all, a);
	drop(all, a);
}

struct story *
alert_story(struct brain *b, struct alert *a)
{
	struct story *s = own_story(a);

	if (s != NULL)
		return s;
	if ((s = malloc(sizeof(*s))) == NULL) {
		b->failed = true;
		b->lost = story_none;
		return &b->lost;
	}
	*s = story_none;
	a->story = s;
	return s;
}

struct trail *
alert_trail(struct brain *b, struct alert *a)
{
	struct story *s = alert_story(b, a);

	if (s != a->story || s->trail != NULL || b->alerts.with_trail >= TRAILS_MAX)
		return s->trail;
	if ((s->trail = calloc(1, sizeof(*s->trail))) != NULL)
		b->alerts.with_trail++;
	return s->trail;
}

void
alerts_free(struct alerts *all)
{
	struct alert *a, *next;

	ALERTS_EACH(all, a, next)
		alerts_forget(all, a);
}
