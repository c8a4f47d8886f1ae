/*
 * The host's memory and disks, the dependencies, and the program's own
 * children.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>

#include "look.h"
#include "message_text.h"
#include "trail.h"

struct gauge {
	double value, mark, clear;
	double exact;  /* not rounded */
	double inodes; /* of a disk, what is judged if it is the more; else 0 */
};

/* Active from the mark on, until under the clear mark; between them it stays as it is. */
static enum verdict
judge_gauge(const struct alert *a, const struct gauge *g)
{
	double fuller = fmax(g->value, g->inodes);

	if (fuller >= g->mark)
		return LOOK_BAD;
	return a != NULL && a->active && fuller >= g->clear ? LOOK_BAD : LOOK_GOOD;
}

/* Before the look, whose alert tells of it. */
static void
note_past(struct brain *b, const struct look *l, const struct gauge *g)
{
	struct alert *a = look_up(b, l->kind, l->name);
	struct trail *t = a == NULL ? NULL : alert_trail(b, a);

	if (t == NULL)
		return;
	trail_note(t, b->now, b->config->interval, fmax(g->exact, g->inodes));
	trail_say(t, b->config->interval, l->kind == KIND_DISK, b->config->lang);
}

/* Who has space left is refused new files all the same. */
static void
say_inodes(const struct brain *b, const struct gauge *g, char *buf, size_t cap)
{
	struct strbuf text = strbuf_fixed(buf, cap);
	enum language lang = b->config->lang;
	char inodes[TEXT_SHORT], mark[TEXT_SHORT], space[TEXT_SHORT];

	text_percent(inodes, sizeof(inodes), lang, g->inodes);
	text_percent(mark, sizeof(mark), lang, g->mark);
	text_percent(space, sizeof(space), lang, g->value);
	text_say(&text, lang, TEXT_INODES_MARK, inodes, mark, space, NULL);
}

static struct alert *
look_at_gauge(struct brain *b, struct look *l, const struct gauge *g)
{
	char detail[ALERT_DETAIL_MAX];

	if (l->verdict != LOOK_SHOWN)
		l->verdict = judge_gauge(alerts_find(&b->alerts, l->kind, l->name), g);
	l->value = &g->value;
	if (l->verdict == LOOK_BAD && g->inodes > g->value) {
		say_inodes(b, g, detail, sizeof(detail));
		l->detail = detail;
	}
	note_past(b, l, g);
	return look_at(b, l);
}

static void
say_unreadable(struct brain *b, char *buf, size_t cap, const char *error)
{
	struct strbuf text = strbuf_fixed(buf, cap);
	char why[ALERT_DETAIL_MAX];

	look_reason(b, why, sizeof(why), error);
	text_say(&text, b->config->lang, why[0] == '\0' ? TEXT_UNREADABLE_WHY_UNKNOWN : TEXT_UNREADABLE, why, NULL);
}

static void
say(struct brain *b, char *buf, size_t cap, enum text_id id)
{
	struct strbuf text = strbuf_fixed(buf, cap);

	text_say(&text, b->config->lang, id, NULL);
}

static bool
is_percentage(double v)
{
	return v >= 0 && v <= 100;
}

void
brain_mem(struct brain *b, double used_pct, const char *error)
{
	const struct config *c = b->config;
	struct gauge g = {used_pct, c->mem_pct, c->mem_clear_pct, used_pct, 0};
	struct look l = {.kind = KIND_MEM, .name = "", .verdict = LOOK_NO_DATA, .need = c->mem_ticks};
	char detail[ALERT_DETAIL_MAX];

	if (is_percentage(used_pct)) {
		l.verdict = LOOK_GOOD;
		look_at_gauge(b, &l, &g);
		say(b, detail, sizeof(detail), TEXT_READABLE);
	} else {
		look_at(b, &l);
		say_unreadable(b, detail, sizeof(detail), error);
	}
	look_at_source(b, "mem", is_percentage(used_pct), false, detail);
}

/* The figures are those of what lies beneath a file system that was mounted there. */
static bool
is_beneath(const struct alert *a, const struct disk_seen *seen)
{
	return a != NULL && a->mounted && seen->mount == MOUNT_NONE;
}

static void
say_unread_disk(struct brain *b, char *buf, size_t cap, const struct disk_seen *seen)
{
	if (seen->missing)
		say(b, buf, cap, TEXT_ABSENT);
	else if (is_percentage(seen->used_pct))
		say(b, buf, cap, TEXT_UNMOUNTED);
	else
		say_unreadable(b, buf, cap, seen->error == NULL ? "" : seen->error);
}

static void
look_at_disk(struct brain *b, struct look *l, const struct disk_seen *seen)
{
	const struct config *c = b->config;
	struct gauge g = {seen->used_pct, c->disk_crit_pct, c->disk_clear_pct, seen->used_pct, 0};
	struct alert *a;

	/* At most a percent lies between the two. */
	if (is_percentage(seen->exact_pct) && fabs(seen->exact_pct - seen->used_pct) <= 1)
		g.exact = seen->exact_pct;
	if (is_percentage(seen->inodes_pct))
		g.inodes = seen->inodes_pct;
	l->verdict = c->disk_crit_enabled ? LOOK_GOOD : LOOK_SHOWN;
	a = look_at_gauge(b, l, &g);
	if (a == NULL || seen->mount != MOUNT_THERE || a->mounted)
		return;
	a->mounted = true;
	b->changed = true;
}

void
brain_disk(struct brain *b, const struct disk_seen *seen)
{
	const struct alert *before = alerts_find(&b->alerts, KIND_DISK, seen->path);
	struct look l = {.kind = KIND_DISK, .name = seen->path, .verdict = LOOK_NO_DATA, .need = 1};
	char source[ALERT_KEY_MAX], detail[ALERT_DETAIL_MAX];
	bool first = before == NULL, readable = is_percentage(seen->used_pct) && !seen->missing && !is_beneath(before, seen);

	if (seen->path[0] == '\0' || (size_t)snprintf(source, sizeof(source), "disk:%s", seen->path) >= sizeof(source))
		return;
	if (readable) {
		look_at_disk(b, &l, seen);
		say(b, detail, sizeof(detail), TEXT_READABLE);
	} else {
		look_at(b, &l);
		say_unread_disk(b, detail, sizeof(detail), seen);
	}
	look_at_source(b, source, readable, first && seen->missing, detail);
}

void
brain_dep(struct brain *b, const char *name, bool ok, double ms, const char *detail)
{
	double took = ms >= 0 ? fmin(ms, 1e9) : 0;
	char clean[ALERT_DETAIL_MAX / 2], said[ALERT_DETAIL_MAX];
	struct strbuf text = STRBUF_IN(said);
	struct look l = {.kind = KIND_DEP, .name = name, .grace = true, .detail = said};

	if (name[0] == '\0')
		return;
	l.verdict = ok ? LOOK_GOOD : LOOK_BAD;
	l.need = b->config->dep_down_ticks;
	look_reason(b, clean, sizeof(clean), detail);
	l.value = ok ? &took : NULL;
	if (!ok)
		text_say(&text, b->config->lang, clean[0] == '\0' ? TEXT_SILENT_WHY_UNKNOWN : TEXT_SILENT, clean, NULL);
	else if (clean[0] != '\0')
		text_say(&text, b->config->lang, TEXT_ANSWERS_WITH, clean, NULL);
	else
		l.detail = NULL;
	look_at(b, &l);
}

void
brain_role(struct brain *b, unsigned role, bool failing, uint32_t restarts, const char *why)
{
	char clean[ALERT_DETAIL_MAX / 2], counted[TEXT_SHORT], said[TEXT_SHORT * 2], detail[ALERT_DETAIL_MAX];
	struct strbuf short_text = STRBUF_IN(said), text = STRBUF_IN(detail);
	enum language lang = b->config->lang;
	struct look l = {.kind = KIND_WATCHDOG, .name = role_name(role), .need = 1, .recover = 1, .detail = detail};

	/* One that was well all the time needs no row of its own. */
	if (!failing && alerts_find(&b->alerts, KIND_WATCHDOG, l.name) == NULL)
		return;
	b->now = fmax(b->now, b->clock.now);
	l.verdict = failing ? LOOK_BAD : LOOK_GOOD;
	look_reason(b, clean, sizeof(clean), why);
	text_counted(counted, sizeof(counted), lang, PLURAL_TIMES, restarts);
	if (!failing)
		text_say(&short_text, lang, TEXT_RUNS_AGAIN, NULL);
	else
		text_say(&short_text, lang, restarts == 0 ? TEXT_NOT_STARTED : TEXT_RESTARTED, counted, NULL);
	if (failing && clean[0] != '\0')
		text_say(&text, lang, TEXT_NAMED, said, clean, NULL);
	else
		strbuf_puts(&text, said);
	look_at(b, &l);
}
