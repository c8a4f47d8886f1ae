/*
 * The types of the configuration's keys whose values are one text: names,
 * paths, URLs, the token.
 */
#include "build_config.h"

#include <stdio.h>
#include <string.h>

#include "config_types.h"
#include "url.h"

bool
has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return true;
	return false;
}

size_t
path_length(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return len;
}

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

static int
parse_text(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	if (strlen(text) > (size_t)row->key.max)
		return refuse_plainly(r, "expected at most %.0f bytes, found %zu", row->key.max, strlen(text));
	return has_control(text) ? refuse_value(r, text) : keep_text(member, text, strlen(text));
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

	if (len > (size_t)row->key.max || strspn(text, CONFIG_LETTERS CONFIG_DIGITS "_.-") != len || *text == '-')
		return refuse_value(r, text);
	return keep_text(member, text, len);
}

/* <bot's number>:<secret>, as BotFather gives it. */
static int
parse_token(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	size_t number = strspn(text, CONFIG_DIGITS), secret;

	(void)row;
	if (*text == '0' || number < 1 || number > 17 || text[number] != ':')
		return refuse_value(r, text);
	secret = strspn(text + number + 1, CONFIG_LETTERS CONFIG_DIGITS "_-");
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

int
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
