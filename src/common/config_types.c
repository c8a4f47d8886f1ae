/*
 * The types of the configuration's keys whose values are numbers or single
 * words, and what all types share.  Every text comes from a person or from
 * the parent; all of it is checked, and any of it may be secret: copies are
 * wiped before they are freed.
 */
#include "build_config.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config_types.h"
#include "log.h"
#include "utf8.h"
#include "values.h"

#define QUOTED_MOST 80 /* bytes of a wrong value that are shown */
#define DECIMALS_MOST 20

/* --- saying what was wrong --- */

int
refuse_plainly(struct refusal *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->why, r->len, fmt, ap);
	va_end(ap);
	return -1;
}

/* A secret is not quoted, nor is what may hold a password: a URL whose scheme was forgotten does, too. */
static bool
may_be_quoted(const struct refusal *r)
{
	return (r->row->key.flags & CONFIG_SECRET) == 0 && strchr(r->whole, '@') == NULL;
}

int
refuse(struct refusal *r, const char *expected, const char *found)
{
	char shown[QUOTED_MOST];
	size_t n;

	if (!may_be_quoted(r))
		return refuse_plainly(r, "expected %s (what was found is not shown)", expected);
	n = utf8_clean(shown, sizeof(shown), found, strlen(found), false);
	return refuse_plainly(r, "expected %s, found \"%s%s\"", expected, shown, n < strlen(found) ? "..." : "");
}

int
refuse_value(struct refusal *r, const char *found)
{
	const struct config_row *row = r->row;
	char expected[200];

	if (row->type->number)
		snprintf(expected, sizeof(expected), "%s from %g to %.0f", row->type->expected, row->key.min,
		    row->key.max);
	else
		snprintf(expected, sizeof(expected), "%s", row->type->expected);
	return refuse(r, expected, found);
}

/* --- helpers --- */

void
text_add(struct text *t, const char *s)
{
	size_t len = strlen(s);

	if (t->failed || len >= t->cap - t->len) {
		t->failed = true;
		return;
	}
	memcpy(t->buf + t->len, s, len);
	t->len += len;
	t->buf[t->len] = '\0';
}

char *
copy_text(const char *s, size_t len)
{
	char *copy = strndup(s, len);

	if (copy == NULL)
		fatal("configuration");
	return copy;
}

void
free_text(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

void *
grow(void *v, size_t n, size_t size)
{
	void *more = reallocarray(v, n + 1, size);

	if (more == NULL)
		fatal("configuration");
	return more;
}

void
clear_nothing(void *member)
{
	(void)member;
}

/* --- true and false --- */

static int
parse_bool(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	(void)row;
	return value_bool(text, member) ? 0 : refuse_value(r, text);
}

static bool
print_bool(const void *member, struct text *out)
{
	text_add(out, *(const bool *)member ? "true" : "false");
	return true;
}

const struct config_type config_type_BOOL = {
	"boolean", "true or false (or 1, 0, yes, no, on, off)", false, parse_bool, print_bool, clear_nothing,
};

/* --- numbers --- */

static int
keep_number(const struct config_row *row, void *member, double v, const char *text, struct refusal *r)
{
	if (v < row->key.min || v > row->key.max)
		return refuse_value(r, text);
	*(double *)member = v;
	return 0;
}

static int
parse_seconds(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	double v;

	return value_seconds(text, &v) ? keep_number(row, member, v, text, r) : refuse_value(r, text);
}

static int
parse_cooldown(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	if (strcasecmp(text, "never") != 0)
		return parse_seconds(row, member, text, r);
	*(double *)member = INFINITY;
	return 0;
}

static int
parse_percent(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	double v;

	return value_decimal(text, strlen(text), &v) ? keep_number(row, member, v, text, r) : refuse_value(r, text);
}

/* The shortest decimals that read back as the same number. */
static bool
print_number(const void *member, struct text *out)
{
	double v = *(const double *)member;
	char digits[64];

	if (isnan(v))
		return false;
	if (isinf(v)) {
		text_add(out, "never");
		return true;
	}
	for (int decimals = 0; decimals <= DECIMALS_MOST; decimals++) {
		snprintf(digits, sizeof(digits), "%.*f", decimals, v);
		if (strtod(digits, NULL) == v)
			break;
	}
	text_add(out, digits);
	return true;
}

static void
clear_number(void *member)
{
	*(double *)member = NAN;
}

const struct config_type config_type_SECONDS = {
	"time", "a time in seconds, or like 90s, 5m, 2h, 1d,", true, parse_seconds, print_number, clear_number,
};

const struct config_type config_type_COOLDOWN = {
	"time or never", "never, or a time in seconds, or like 90s, 5m, 2h, 1d,", true,
	parse_cooldown, print_number, clear_number,
};

const struct config_type config_type_PERCENT = {
	"percentage", "a percentage", true, parse_percent, print_number, clear_number,
};

static int
parse_ticks(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	double v;

	if (strspn(text, CONFIG_DIGITS) != strlen(text) || !value_decimal(text, strlen(text), &v) ||
	    v < row->key.min || v > row->key.max)
		return refuse_value(r, text);
	*(unsigned *)member = (unsigned)v;
	return 0;
}

static bool
print_ticks(const void *member, struct text *out)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%u", *(const unsigned *)member);
	text_add(out, digits);
	return true;
}

const struct config_type config_type_TICKS = {
	"whole number", "a whole number", true, parse_ticks, print_ticks, clear_nothing,
};

/* --- one word of a few --- */

struct word {
	const char *name;
	unsigned value;
};

static int
parse_word(const struct word *words, size_t n, void *member, const char *text, struct refusal *r)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(text, words[i].name) == 0) {
			*(unsigned *)member = words[i].value;
			return 0;
		}
	return refuse_value(r, text);
}

static bool
print_word(const struct word *words, size_t n, const void *member, struct text *out)
{
	for (size_t i = 0; i < n; i++)
		if (words[i].value == *(const unsigned *)member)
			text_add(out, words[i].name);
	return true;
}

/* WORDS(type, expected, {name, value}, ...): a type with its two functions. */
#define WORDS(type, expected_text, ...) \
	static const struct word words_##type[] = {__VA_ARGS__}; \
	static int \
	parse_##type(const struct config_row *row, void *member, const char *text, struct refusal *r) \
	{ \
		(void)row; \
		return parse_word(words_##type, sizeof(words_##type) / sizeof(struct word), member, text, r); \
	} \
	static bool \
	print_##type(const void *member, struct text *out) \
	{ \
		return print_word(words_##type, sizeof(words_##type) / sizeof(struct word), member, out); \
	} \
	const struct config_type config_type_##type = { \
		"word", expected_text, false, parse_##type, print_##type, clear_nothing, \
	}

WORDS(LANGUAGE, "en or ru", {"en", LANGUAGE_EN}, {"ru", LANGUAGE_RU});
WORDS(SANDBOX, "enforce, log or off", {"enforce", SANDBOX_ENFORCE}, {"log", SANDBOX_LOG}, {"off", SANDBOX_OFF});
WORDS(LEVEL, "error, warning, info or debug", {"error", LEVEL_ERROR}, {"warning", LEVEL_WARNING},
    {"info", LEVEL_INFO}, {"debug", LEVEL_DEBUG});
WORDS(FORMAT, "text or json", {"text", LOG_TEXT}, {"json", LOG_JSON});
WORDS(START, "problems, always or never", {"problems", START_PROBLEMS},
    {"always", START_ALWAYS}, {"never", START_NEVER});
