/*
 * The types of the configuration's keys.  Every text here comes from a
 * person or from the parent; all of it is checked, and any of it may be
 * secret: copies are wiped before they are freed.
 */
#include "build_config.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config_types.h"
#include "log.h"
#include "url.h"
#include "utf8.h"
#include "values.h"

#define SEPARATORS ", \t\n"
#define QUOTED_MOST 80 /* bytes of a wrong value that are shown */
#define DECIMALS_MOST 20
#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

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

/* A secret is not quoted, nor is anything that may hold a password. */
static bool
may_be_quoted(const struct refusal *r)
{
	const char *scheme = strstr(r->whole, "://");

	return (r->row->key.flags & CONFIG_SECRET) == 0 && (scheme == NULL || strchr(scheme, '@') == NULL);
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

static int
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

static void
text_add_len(struct text *t, const char *s, size_t len)
{
	if (t->failed || len >= t->cap - t->len) {
		t->failed = true;
		return;
	}
	memcpy(t->buf + t->len, s, len);
	t->len += len;
	t->buf[t->len] = '\0';
}

void
text_add(struct text *t, const char *s)
{
	text_add_len(t, s, strlen(s));
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

static void
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

	if (strspn(text, DIGITS) != strlen(text) || !value_decimal(text, strlen(text), &v) ||
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
WORDS(START, "problems, always or never", {"problems", START_PROBLEMS}, {"always", START_ALWAYS}, {"never", START_NEVER});

/* --- texts --- */

static void
clear_text(void *member)
{
	char **slot = member;

	free_text(*slot);
	*slot = NULL;
}

static int
keep_text(void *member, const char *text, size_t len)
{
	clear_text(member);
	*(char **)member = copy_text(text, len);
	return 0;
}

static bool
print_text(const void *member, struct text *out)
{
	const char *s = *(char *const *)member;

	if (s == NULL)
		return false;
	text_add(out, s);
	return true;
}

static bool
has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return true;
	return false;
}

static int
parse_text(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	if (strlen(text) > (size_t)row->key.max)
		return refuse_plainly(r, "expected at most %.0f bytes, found %zu", row->key.max, strlen(text));
	return has_control(text) ? refuse_value(r, text) : keep_text(member, text, strlen(text));
}

/* The length of a path without slashes at its end. */
static size_t
path_length(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return len;
}

static int
parse_path(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	size_t len = path_length(text);

	/* A blank that only a slash hid would not survive being printed and read again. */
	if (*text != '/' || has_control(text) || text[len - 1] == ' ')
		return refuse_value(r, text);
	if (len > (size_t)row->key.max)
		return refuse_plainly(r, "expected a path of at most %.0f bytes, found %zu", row->key.max, len);
	return keep_text(member, text, len);
}

static int
parse_user(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	size_t len = strlen(text);

	if (len > (size_t)row->key.max || strspn(text, LETTERS DIGITS "_.-") != len || *text == '-')
		return refuse_value(r, text);
	return keep_text(member, text, len);
}

/* <bot's number>:<secret>, as BotFather gives it. */
static int
parse_token(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	size_t number = strspn(text, DIGITS), secret;

	(void)row;
	if (*text == '0' || number < 1 || number > 17 || text[number] != ':')
		return refuse_value(r, text);
	secret = strspn(text + number + 1, LETTERS DIGITS "_-");
	if (secret < 20 || secret > 64 || text[number + 1 + secret] != '\0')
		return refuse_value(r, text);
	return keep_text(member, text, strlen(text));
}

const struct config_type config_type_TEXT = {
	"text", "text without control characters", false, parse_text, print_text, clear_text,
};

const struct config_type config_type_PATH = {
	"path", "a path that begins with /", false, parse_path, print_text, clear_text,
};

const struct config_type config_type_USER = {
	"user", "a user's name (letters, digits, _ . -)", false, parse_user, print_text, clear_text,
};

const struct config_type config_type_TOKEN = {
	"token", "a bot token of the form 123456:AAbbCC...", false, parse_token, print_text, clear_text,
};

/* --- URLs --- */

static void
clear_url(void *member)
{
	url_free(member);
}

static bool
print_url(const void *member, struct text *out)
{
	const struct url *u = member;

	if (u->url == NULL)
		return false;
	text_add(out, u->url);
	return true;
}

static int
parse_url(void *member, const char *text, unsigned schemes, struct refusal *r)
{
	char why[160];

	if (url_parse(member, text, schemes, why, sizeof(why)) == 0)
		return 0;
	return strncmp(why, "expected ", 9) == 0 ? refuse(r, why + 9, text) : refuse_plainly(r, "%s", why);
}

static int
parse_http_url(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	(void)row;
	return parse_url(member, text, URL_SCHEME(SCHEME_HTTP) | URL_SCHEME(SCHEME_HTTPS), r);
}

/* Methods are appended to it, so it ends without a slash and has no query. */
static int
parse_api_url(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	char *bare = copy_text(text, path_length(text));
	int rc;

	(void)row;
	if (strchr(bare, '?') != NULL)
		rc = refuse(r, "a URL without ?", text);
	else
		rc = parse_url(member, bare, URL_SCHEME(SCHEME_HTTP) | URL_SCHEME(SCHEME_HTTPS), r);
	free_text(bare);
	return rc;
}

static int
parse_proxy_url(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	(void)row;
	return parse_url(member, text, URL_SCHEMES_PROXY, r);
}

const struct config_type config_type_HTTP_URL = {"URL", "a URL", false, parse_http_url, print_url, clear_url};
const struct config_type config_type_API_URL = {"URL", "a URL", false, parse_api_url, print_url, clear_url};
const struct config_type config_type_PROXY_URL = {"URL", "a URL", false, parse_proxy_url, print_url, clear_url};

/* --- lists --- */

int
for_each_entry(const char *text, struct refusal *r, void *list,
    int (*each)(void *list, const char *entry, struct refusal *r))
{
	int rc = 0;

	if (strspn(text, SEPARATORS) == strlen(text) && (r->row->key.flags & CONFIG_EMPTY_IS_NONE) == 0)
		return refuse_value(r, text);
	for (const char *at = text; rc == 0; ) {
		size_t len;
		char *entry;

		at += strspn(at, SEPARATORS);
		if ((len = strcspn(at, SEPARATORS)) == 0)
			break;
		entry = copy_text(at, len);
		rc = each(list, entry, r);
		free_text(entry);
		at += len;
	}
	return rc;
}

static void
clear_list(void *member)
{
	struct string_list *list = member;

	for (size_t i = 0; i < list->n; i++)
		free_text(list->v[i]);
	free(list->v);
	*list = (struct string_list){0};
}

void *
grow(void *v, size_t n, size_t size)
{
	void *more = reallocarray(v, n + 1, size);

	if (more == NULL)
		fatal("configuration");
	return more;
}

/* An entry that is there already is left out. */
static int
list_add(struct string_list *list, const char *entry, size_t len, struct refusal *r)
{
	for (size_t i = 0; i < list->n; i++)
		if (strncmp(list->v[i], entry, len) == 0 && list->v[i][len] == '\0')
			return 0;
	if (list->n >= (size_t)r->row->key.max)
		return refuse_plainly(r, "expected at most %.0f entries, found more", r->row->key.max);
	list->v = grow(list->v, list->n, sizeof(*list->v));
	list->v[list->n++] = copy_text(entry, len);
	return 0;
}

static bool
print_list(const void *member, struct text *out)
{
	const struct string_list *list = member;

	for (size_t i = 0; i < list->n; i++) {
		text_add(out, i == 0 ? "" : ",");
		text_add(out, list->v[i]);
	}
	return list->n > 0;
}

static int
parse_list(void *member, const char *text, struct refusal *r,
    int (*each)(void *list, const char *entry, struct refusal *r))
{
	struct string_list list = {0};

	if (for_each_entry(text, r, &list, each) == -1) {
		clear_list(&list);
		return -1;
	}
	clear_list(member);
	*(struct string_list *)member = list;
	return 0;
}

static int
add_path(void *list, const char *entry, struct refusal *r)
{
	return *entry == '/' && strlen(entry) <= 4000 && !has_control(entry) ?
	    list_add(list, entry, path_length(entry), r) : refuse_value(r, entry);
}

static int
parse_paths(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	(void)row;
	return parse_list(member, text, r, add_path);
}

static int
add_container(void *list, const char *entry, struct refusal *r)
{
	size_t len = strlen(entry);

	if (strspn(entry, LETTERS DIGITS "_.-*?") != len)
		return refuse_value(r, entry);
	if (len > 128)
		return refuse_plainly(r, "expected names of at most 128 bytes, found %zu", len);
	return list_add(list, entry, len, r);
}

static int
parse_containers(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	(void)row;
	return parse_list(member, text, r, add_container);
}

/* True if s is an optional minus and a number that fits into 63 bits with room to spare. */
static bool
is_chat_number(const char *s, size_t len)
{
	if (len > 0 && *s == '-') {
		s++;
		len--;
	}
	return len > 0 && len <= 18 && *s != '0' && strspn(s, DIGITS) >= len;
}

/* :45, or nothing */
static bool
is_topic(const char *s)
{
	size_t len = strlen(s);

	return len == 0 || (len >= 2 && len <= 11 && s[1] != '0' && strspn(s + 1, DIGITS) == len - 1);
}

/* -100123, -100123:45, @name */
static bool
is_chat(const char *entry)
{
	size_t chat = strcspn(entry, ":");

	if (!is_topic(entry + chat))
		return false;
	if (*entry != '@')
		return is_chat_number(entry, chat);
	return chat >= 2 && chat <= 65 && strspn(entry + 1, LETTERS DIGITS "_") == chat - 1;
}

static int
add_chat(void *list, const char *entry, struct refusal *r)
{
	return is_chat(entry) ? list_add(list, entry, strlen(entry), r) : refuse_value(r, entry);
}

static int
parse_chats(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	(void)row;
	return parse_list(member, text, r, add_chat);
}

const struct config_type config_type_PATHS = {
	"list of paths", "a path that begins with /", false, parse_paths, print_list, clear_list,
};

const struct config_type config_type_CONTAINERS = {
	"list of names", "names of containers (letters, digits, _ . - * ?)", false,
	parse_containers, print_list, clear_list,
};

const struct config_type config_type_CHATS = {
	"list of chats", "chats like -100123, -100123:45 or @name", false, parse_chats, print_list, clear_list,
};

/* --- dependencies --- */

static void
clear_deps(void *member)
{
	struct dep_list *list = member;

	for (size_t i = 0; i < list->n; i++) {
		free(list->v[i].name);
		url_free(&list->v[i].url);
	}
	free(list->v);
	*list = (struct dep_list){0};
}

static int
check_dep_name(const struct dep_list *list, const char *entry, size_t len, struct refusal *r)
{
	if (entry[len] != '=' || len == 0 || len > 64 || strspn(entry, LETTERS DIGITS "_.-") < len)
		return refuse_value(r, entry);
	for (size_t i = 0; i < list->n; i++)
		if (strncmp(list->v[i].name, entry, len) == 0 && list->v[i].name[len] == '\0')
			return refuse_plainly(r, "expected each name once, found \"%.*s\" twice", (int)len, entry);
	if (list->n >= (size_t)r->row->key.max)
		return refuse_plainly(r, "expected at most %.0f entries, found more", r->row->key.max);
	return 0;
}

static int
add_dep(void *member, const char *entry, struct refusal *r)
{
	struct dep_list *list = member;
	size_t len = strcspn(entry, "=");
	unsigned schemes = URL_SCHEME(SCHEME_HTTP) | URL_SCHEME(SCHEME_HTTPS) | URL_SCHEME(SCHEME_TCP);
	struct dep dep = {0};

	if (check_dep_name(list, entry, len, r) == -1 || parse_url(&dep.url, entry + len + 1, schemes, r) == -1)
		return -1;
	dep.name = copy_text(entry, len);
	list->v = grow(list->v, list->n, sizeof(*list->v));
	list->v[list->n++] = dep;
	return 0;
}

static int
parse_deps(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	struct dep_list list = {0};

	(void)row;
	if (for_each_entry(text, r, &list, add_dep) == -1) {
		clear_deps(&list);
		return -1;
	}
	clear_deps(member);
	*(struct dep_list *)member = list;
	return 0;
}

static bool
print_deps(const void *member, struct text *out)
{
	const struct dep_list *list = member;

	for (size_t i = 0; i < list->n; i++) {
		text_add(out, i == 0 ? "" : ",");
		text_add(out, list->v[i].name);
		text_add(out, "=");
		text_add(out, list->v[i].url.url);
	}
	return list->n > 0;
}

const struct config_type config_type_DEPS = {
	"list of dependencies",
	"entries like name=https://host/path or name=tcp://host:port (name: letters, digits, _ . -)", false,
	parse_deps, print_deps, clear_deps,
};
