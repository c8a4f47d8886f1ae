/*
 * One assignment of a configuration's source: the key is found, the value
 * unquoted, or read from the file that it names, and set.  What is wrong is
 * reported with its place.
 */
#include "build_config.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config_assign.h"
#include "config_bytes.h"
#include "nearest.h"
#include "utf8.h"

#define FAR 4 /* typing errors in a name that is still recognised */
#define COMMENT_HINT "a comment stands on a line of its own; put a value that holds \" #\" in quotes"

void
config_say(struct load *l, bool error, const struct place *at, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int n = 0;

	if (at != NULL && at->file == NULL)
		n = snprintf(text, sizeof(text), "environment: ");
	else if (at != NULL && at->line > 0)
		n = snprintf(text, sizeof(text), "%.400s:%u: ", at->file, at->line);
	else if (at != NULL)
		n = snprintf(text, sizeof(text), "%.400s: ", at->file);
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	/* What it names may hold anything, and the end may have been cut off inside a code point. */
	utf8_clean_here(text);
	l->errors += error;
	if (l->report != NULL)
		l->report(l->ctx, error, text);
}

/* --- names --- */

/* The nearest known name, or NULL if none is near: a third of what follows the prefix may differ, FAR at the most. */
static const char *
nearest_name(const char *name)
{
	const char *best = NULL;
	unsigned least = UINT_MAX;

	if (strlen(name) > CONFIG_NAME_MOST)
		return NULL;
	for (size_t i = 0; i < config_key_count(); i++) {
		const char *known = config_key_at(i)->name;
		unsigned d = word_distance(name, known), third = 1 + (unsigned)strlen(known + strlen(CONFIG_PREFIX)) / 3;

		if (d <= third && d <= FAR && d < least) {
			least = d;
			best = known;
		}
	}
	return best;
}

/* The key that name gives, itself or by its file; NULL if there is none. */
static const struct config_key *
find_key(const char *name, bool *by_file)
{
	size_t len = strlen(name), suffix = strlen(CONFIG_FILE_SUFFIX);
	const struct config_key *key = config_key_find(name);
	char bare[CONFIG_NAME_MOST + 1];

	*by_file = false;
	if (key != NULL || len > CONFIG_NAME_MOST || len <= suffix || strcmp(name + len - suffix, CONFIG_FILE_SUFFIX) != 0)
		return key;
	memcpy(bare, name, len - suffix);
	bare[len - suffix] = '\0';
	*by_file = true;
	return config_key_find(bare);
}

/* Not ours, but at home in the same files. */
static bool
is_neighbour(const char *name)
{
	static const char *const names[] = {"TZ", "LANG", "LANGUAGE", "DOCKER_HOST", "WATCHDOG_USEC", "WATCHDOG_PID"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return strncmp(name, "LC_", 3) == 0;
}

static void
say_unknown(struct load *l, const struct place *at, const char *name)
{
	bool ours = strncasecmp(name, CONFIG_PREFIX, strlen(CONFIG_PREFIX)) == 0;
	const char *near = nearest_name(name);
	char shown[CONFIG_NAME_MOST + 1];

	if (is_neighbour(name))
		return;
	utf8_clean(shown, sizeof(shown), name, strlen(name), false);
	if (near != NULL)
		config_say(l, ours && at->file != NULL, at, "%s: unknown key; did you mean %s?", shown, near);
	else
		config_say(l, ours && at->file != NULL, at, "%s: unknown key%s", shown, ours ? "" : ", ignored");
}

/* --- the value --- */

/* Strip blanks and one pair of quotes in place.  Returns the value, or NULL with the reason. */
static char *
unquote(char *value, const char **why)
{
	char *end, *rest;

	value += strspn(value, CONFIG_BLANK);
	if (*value == '"' || *value == '\'') {
		if ((end = strchr(value + 1, *value)) == NULL) {
			*why = "expected a closing quote, found none";
			return NULL;
		}
		rest = end + 1 + strspn(end + 1, CONFIG_BLANK);
		*why = *rest == '#' ? COMMENT_HINT : "expected nothing after the closing quote";
		*end = '\0';
		return *rest == '\0' ? value + 1 : NULL;
	}
	for (char *p = strchr(value, '#'); p != NULL; p = strchr(p + 1, '#'))
		if (p == value || strchr(CONFIG_BLANK, p[-1]) != NULL) {
			*why = COMMENT_HINT;
			return NULL;
		}
	return value;
}

/* path: the file that the value is from, or NULL. */
static void
set_value(struct load *l, const struct place *at, const char *name, const struct config_key *key, const char *path, const char *value)
{
	char why[512];

	if (config_set(l->c, key->name, value, why, sizeof(why)) == -1)
		config_say(l, true, at, "%s: %.200s%s%s", name, path == NULL ? "" : path, path == NULL ? "" : ": ", why);
}

/* Where the file's name is expected people put the secret itself. */
static void
say_unreadable(struct load *l, const struct place *at, const char *name, const struct config_key *key, const char *path)
{
	const char *error = bytes_read_error(CONFIG_VALUE_MAX);

	if (*path == '/' || (key->flags & CONFIG_SECRET) == 0)
		config_say(l, true, at, "%s: %.200s: %s", name, path, error);
	else
		config_say(l, true, at, "%s: expected the path of a file that holds the value, found something else"
		    " (not shown: it may be the value itself): %s", name, error);
	l->c->refused |= config_key_bit(key);
}

/* The first line of the file at path is the value. */
static void
set_from_file(struct load *l, const struct place *at, const char *name, const struct config_key *key, const char *path)
{
	struct bytes b = {0};
	char *end;

	if (bytes_read_file(&b, l->folder, path, CONFIG_VALUE_MAX) == -1) {
		say_unreadable(l, at, name, key, path);
		return;
	}
	if ((end = memchr(b.p, '\n', b.len)) == NULL)
		end = b.p + b.len;
	*end = '\0';
	if (end == b.p || strlen(b.p) != (size_t)(end - b.p)) {
		config_say(l, true, at, "%s: %.200s: expected the value on the first line, found %s", name, path,
		    end == b.p ? "an empty line" : "a NUL byte");
		l->c->refused |= config_key_bit(key);
	} else
		set_value(l, at, name, key, path, b.p);
	bytes_free(&b);
}

/* A source may give a key once, by value or by file. */
static bool
given_before(struct load *l, const struct place *at, const char *name, size_t i, bool by_file)
{
	unsigned *mine = by_file ? &l->by_file[i] : &l->by_value[i], other = by_file ? l->by_value[i] : l->by_file[i];
	const char *key = config_key_at(i)->name;
	unsigned before = *mine;

	*mine = at->line == 0 ? 1 : at->line;
	if (before != 0 && at->file != NULL)
		config_say(l, true, at, "%s: expected once, found on line %u too", name, before);
	else if (before != 0)
		config_say(l, true, at, "%s: expected once, found twice", name);
	else if (other != 0)
		config_say(l, true, at, "%s: expected %s or %s%s, found both", name, key, key, CONFIG_FILE_SUFFIX);
	return before != 0 || other != 0;
}

void
config_assign(struct load *l, const struct place *at, const char *name, char *value)
{
	bool by_file;
	const struct config_key *key = find_key(name, &by_file);
	const char *why;

	if (key == NULL) {
		say_unknown(l, at, name);
		return;
	}
	if ((value = unquote(value, &why)) == NULL) {
		config_say(l, true, at, "%s: %s", name, why);
		l->c->refused |= config_key_bit(key);
		return;
	}
	/* Empty is not given, so that a file's value is not undone by compose's ${X:-}. */
	if (value[strspn(value, CONFIG_BLANK)] == '\0' && (by_file || (key->flags & CONFIG_EMPTY_IS_NONE) == 0))
		return;
	if (given_before(l, at, name, config_key_index(key), by_file))
		return;
	if (by_file)
		set_from_file(l, at, name, key, value);
	else
		set_value(l, at, name, key, NULL, value);
}

void
config_next_source(struct load *l)
{
	memset(l->by_value, 0, sizeof(l->by_value));
	memset(l->by_file, 0, sizeof(l->by_file));
}
