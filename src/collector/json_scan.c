/*
 * JSON checked and walked in place.  Trusts nothing: every step is held
 * against the end of the text, nesting against JSON_DEPTH_MAX.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include <cJSON.h>

#include "json_scan.h"
#include "utf8.h"

#define NUMBER_MAX_LEN 60 /* cJSON looks at 63 characters of a number and drops the rest */

/* A cursor over the text; what it points to is always inside it or at its end. */
struct scan {
	const char *p, *end;
};

static bool scan_value(struct scan *s, unsigned depth);

static void
skip_space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static bool
take(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* What follows a backslash. */
static bool
scan_escape(struct scan *s)
{
	if (s->p == s->end)
		return false;
	if (*s->p != 'u')
		return *s->p != '\0' && strchr("\"\\/bfnrt", *s->p++) != NULL;
	s->p++;
	for (int i = 0; i < 4; i++, s->p++)
		if (s->p == s->end || !is_hex(*s->p))
			return false;
	return true;
}

static bool
scan_string(struct scan *s)
{
	if (!take(s, '"'))
		return false;
	while (s->p < s->end) {
		char c = *s->p++;

		if (c == '"')
			return true;
		if ((unsigned char)c < 0x20 || (c == '\\' && !scan_escape(s)))
			return false;
	}
	return false;
}

static bool
scan_digits(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && is_digit(*s->p))
		s->p++;
	return s->p > from;
}

static bool
scan_number(struct scan *s)
{
	take(s, '-');
	if (!take(s, '0') && !scan_digits(s))
		return false;
	if (take(s, '.') && !scan_digits(s))
		return false;
	if (!take(s, 'e') && !take(s, 'E'))
		return true;
	if (!take(s, '+'))
		take(s, '-');
	return scan_digits(s);
}

static bool
scan_word(struct scan *s)
{
	static const char *const words[] = {"true", "false", "null", "NaN", "Infinity", "-Infinity"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(s->end - s->p) >= n && memcmp(s->p, words[i], n) == 0) {
			s->p += n;
			return true;
		}
	}
	return false;
}

static bool
scan_member(struct scan *s, bool object, unsigned depth)
{
	skip_space(s);
	if (object) {
		if (!scan_string(s))
			return false;
		skip_space(s);
		if (!take(s, ':'))
			return false;
		skip_space(s);
	}
	if (!scan_value(s, depth))
		return false;
	skip_space(s);
	return true;
}

static bool
scan_container(struct scan *s, bool object, unsigned depth)
{
	char close = object ? '}' : ']';

	s->p++;
	if (depth == 0)
		return false;
	skip_space(s);
	if (take(s, close))
		return true;
	do {
		if (!scan_member(s, object, depth - 1))
			return false;
	} while (take(s, ','));
	return take(s, close);
}

static bool
scan_value(struct scan *s, unsigned depth)
{
	if (s->p == s->end)
		return false;
	if (*s->p == '{' || *s->p == '[')
		return scan_container(s, *s->p == '{', depth);
	if (*s->p == '"')
		return scan_string(s);
	return scan_word(s) || scan_number(s);
}

bool
json_check(struct span text)
{
	struct scan s = {text.p, text.p + text.len};

	skip_space(&s);
	if (!scan_value(&s, JSON_DEPTH_MAX))
		return false;
	skip_space(&s);
	return s.p == s.end;
}

static struct span
trim(struct span text)
{
	struct scan s = {text.p, text.p + text.len};

	skip_space(&s);
	return (struct span){s.p, (size_t)(s.end - s.p)};
}

static bool
begins_with(struct span value, char c)
{
	return value.p != NULL && (value = trim(value)).len > 0 && *value.p == c;
}

bool
json_is_object(struct span value)
{
	return begins_with(value, '{');
}

bool
json_is_array(struct span value)
{
	return begins_with(value, '[');
}

bool
json_is_string(struct span value)
{
	return begins_with(value, '"');
}

struct json_walk
json_walk_of(struct span container)
{
	bool object = json_is_object(container);

	if (!object && !json_is_array(container))
		return (struct json_walk){0};
	container = trim(container);
	return (struct json_walk){container.p + 1, container.p + container.len, object};
}

bool
json_next(struct json_walk *w, struct span *key, struct span *value)
{
	struct scan s = {w->p, w->end};

	*key = (struct span){0};
	skip_space(&s);
	take(&s, ',');
	skip_space(&s);
	if (w->object) {
		key->p = s.p;
		if (!scan_string(&s))
			return false;
		key->len = (size_t)(s.p - key->p);
		skip_space(&s);
		take(&s, ':');
		skip_space(&s);
	}
	value->p = s.p;
	if (!scan_value(&s, JSON_DEPTH_MAX))
		return false;
	value->len = (size_t)(s.p - value->p);
	w->p = s.p;
	return true;
}

/* A key may be written with escapes: then only its decoded form tells. */
static bool
key_is(struct span key, const char *name)
{
	char text[128];

	if (memchr(key.p, '\\', key.len) != NULL)
		return json_text(key, text, sizeof(text)) && strcmp(text, name) == 0;
	return key.len == strlen(name) + 2 && memcmp(key.p + 1, name, key.len - 2) == 0;
}

struct span
json_member(struct span object, const char *name)
{
	struct json_walk w = json_walk_of(object);
	struct span key, value, found = {0};

	while (w.object && json_next(&w, &key, &value)) {
		if (!key_is(key, name))
			continue;
		if (found.p != NULL)
			return (struct span){0};
		found = value;
	}
	return found;
}

double
json_number(struct span value)
{
	cJSON *item;
	double v = NAN;

	if (value.p == NULL || value.len > NUMBER_MAX_LEN)
		return NAN;
	item = cJSON_ParseWithLength(value.p, value.len);
	if (cJSON_IsNumber(item) && isfinite(item->valuedouble))
		v = item->valuedouble;
	cJSON_Delete(item);
	return v;
}

bool
json_text(struct span value, char *dst, size_t cap)
{
	cJSON *item;
	bool ok;

	*dst = '\0';
	if (!json_is_string(value) || memmem(value.p, value.len, "\\u0000", 6) != NULL)
		return false;
	item = cJSON_ParseWithLength(value.p, value.len);
	if ((ok = cJSON_IsString(item)))
		utf8_clean(dst, cap, item->valuestring, strlen(item->valuestring), false);
	cJSON_Delete(item);
	return ok;
}
