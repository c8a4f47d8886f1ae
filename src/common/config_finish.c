/*
 * The checks between keys, once each is good by itself, and the defaults that
 * come from another key.
 */
#include "build_config.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config.h"

#define MEM_CLEAR_UNDER 5
#define DISK_CLEAR_UNDER 2

struct finish {
	const struct config *c;
	config_report *report;
	void *ctx;
	unsigned problems;
};

static void problem(struct finish *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
problem(struct finish *f, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f->problems++;
	if (f->report != NULL)
		f->report(f->ctx, true, text);
}

static bool
refused(const struct finish *f, const char *a, const char *b)
{
	return (f->c->refused & (config_key_bit(config_key_find(a)) | config_key_bit(config_key_find(b)))) != 0;
}

static void
finish_marks(struct finish *f, const char *alert_key, double alert, const char *clear_key, double *clear, double under)
{
	if (isnan(*clear))
		*clear = fmax(alert - under, 1);
	if (*clear > alert && !refused(f, alert_key, clear_key))
		problem(f, "%s: expected at most %s, which is %g, found %g", clear_key, alert_key, alert, *clear);
}

static void
finish_telegram(struct finish *f)
{
	static const char token[] = "WATCHDOG_TG_BOT_TOKEN", chat[] = "WATCHDOG_TG_CHAT_ID";
	bool has_token = f->c->tg_bot_token != NULL, has_chat = f->c->tg_chat_ids.n > 0;

	if (has_token != has_chat && !refused(f, token, chat))
		problem(f, "%s: expected to be set because %s is, found nothing", has_token ? chat : token,
		    has_token ? token : chat);
}

/* The parent may write in that folder alone, and where it is the root of all, nowhere. */
static void
finish_state_file(struct finish *f)
{
	const char *path = f->c->state_file;

	if (path != NULL && strrchr(path, '/') == path)
		problem(f, "WATCHDOG_STATE_FILE: expected a file in a folder of its own, found \"%.100s\" in /", path);
}

static bool
is_dep(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->deps.n; i++)
		if (strcmp(c->deps.v[i].name, name) == 0)
			return true;
	return false;
}

/* A name with a slip of the pen would cover nothing, and nobody would notice. */
static void
finish_dependence(struct finish *f, const char *key)
{
	if (kind_has_key(KIND_DEP, key) && !is_dep(f->c, key + strlen(kind_prefix(KIND_DEP))) &&
	    !refused(f, "WATCHDOG_DEPS", "WATCHDOG_DEPENDS"))
		problem(f, "WATCHDOG_DEPENDS: expected names that WATCHDOG_DEPS has, found \"%.100s\"", key);
}

static void
finish_depends(struct finish *f)
{
	for (size_t i = 0; i < f->c->depends.n; i++) {
		finish_dependence(f, f->c->depends.v[i].child);
		finish_dependence(f, f->c->depends.v[i].parent);
	}
}

unsigned
config_finish(struct config *c, config_report *report, void *ctx)
{
	struct finish f = {c, report, ctx, 0};

	finish_marks(&f, "WATCHDOG_MEM_PCT", c->mem_pct, "WATCHDOG_MEM_CLEAR_PCT", &c->mem_clear_pct, MEM_CLEAR_UNDER);
	finish_marks(&f, "WATCHDOG_DISK_CRIT_PCT", c->disk_crit_pct, "WATCHDOG_DISK_CLEAR_PCT", &c->disk_clear_pct,
	    DISK_CLEAR_UNDER);
	finish_telegram(&f);
	finish_state_file(&f);
	finish_depends(&f);
	return f.problems;
}
