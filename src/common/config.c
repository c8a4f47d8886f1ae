/*
 * The configuration: the table of config_keys.h walked over one struct.
 * Values come from a person, through config_load.c, or from the parent; none
 * is trusted.
 */
#include "build_config.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config_keys.h"
#include "config_types.h"
#include "log.h"
#include "url.h"
#include "utf8.h"

#define BLANK " \t\r\n"

static const struct config_row rows[] = {
#define K(key_name, row_type, member, fallback_text, least, most, to, bits, help_text) { \
	.key = {"WATCHDOG_" #key_name, least, most, fallback_text, to, bits, help_text}, \
	.type = &config_type_##row_type, \
	.offset = offsetof(struct config, member), \
},
	CONFIG_KEYS(K)
#undef K
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static_assert(ROWS <= 64, "the sets of keys in struct config have 64 bits");

size_t
config_key_count(void)
{
	return ROWS;
}

const struct config_key *
config_key_at(size_t i)
{
	return &rows[i].key;
}

size_t
config_key_index(const struct config_key *key)
{
	return (size_t)((const struct config_row *)(const void *)key - rows);
}

const char *
config_key_type(const struct config_key *key)
{
	return rows[config_key_index(key)].type->name;
}

const struct config_key *
config_key_find(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].key.name, name) == 0)
			return &rows[i].key;
	return NULL;
}

static void *
member_of(struct config *c, size_t i)
{
	return (char *)c + rows[i].offset;
}

static const void *
const_member_of(const struct config *c, size_t i)
{
	return (const char *)c + rows[i].offset;
}

uint64_t
config_key_bit(const struct config_key *key)
{
	return UINT64_C(1) << config_key_index(key);
}

static bool
is_given(const struct config *c, const char *name)
{
	return (c->given & config_key_bit(config_key_find(name))) != 0;
}

static void
mark(struct config *c, size_t i, bool given, bool refused)
{
	uint64_t bit = UINT64_C(1) << i;

	c->given = given ? c->given | bit : c->given & ~bit;
	c->refused = refused ? c->refused | bit : c->refused & ~bit;
	c->containers_given = is_given(c, "WATCHDOG_CONTAINERS");
	c->user_given = is_given(c, "WATCHDOG_USER");
}

static void
reset(struct config *c, size_t i)
{
	char why[256];
	struct refusal r = {why, sizeof(why), &rows[i], rows[i].key.fallback};

	rows[i].type->clear(member_of(c, i));
	if (*rows[i].key.fallback != '\0' &&
	    rows[i].type->parse(&rows[i], member_of(c, i), rows[i].key.fallback, &r) == -1)
		fatalx("default of %s: %s", rows[i].key.name, why);
}

void
config_init(struct config *c)
{
	*c = (struct config){0};
	/* Not every kind has a key of its own. */
	for (size_t i = 0; i < KIND_COUNT; i++)
		c->cooldown_kind[i] = NAN;
	for (size_t i = 0; i < ROWS; i++)
		reset(c, i);
}

void
config_free(struct config *c)
{
	for (size_t i = 0; i < ROWS; i++)
		rows[i].type->clear(member_of(c, i));
	c->given = 0;
}

/* The proxy's URL without user:password, so that its length says nothing either. */
static void
drop_proxy_user(struct url *u)
{
	static const char *const prefix[] = {[SCHEME_HTTP] = "http://", [SCHEME_SOCKS5H] = "socks5h://"};
	bool six = u->url != NULL && strchr(u->host, ':') != NULL;
	size_t len;

	if (u->url == NULL)
		return;
	explicit_bzero(u->url, strlen(u->url));
	free(u->url);
	len = strlen(u->host) + 32;
	if ((u->url = malloc(len)) == NULL)
		fatal("configuration");
	snprintf(u->url, len, "%s%s%s%s:%u", prefix[u->scheme], six ? "[" : "", u->host, six ? "]" : "",
	    (unsigned)u->port);
}

void
config_drop_secrets(struct config *c)
{
	if (c->tg_bot_token != NULL)
		explicit_bzero(c->tg_bot_token, strlen(c->tg_bot_token));
	free(c->tg_bot_token);
	c->tg_bot_token = NULL;
	for (size_t i = 0; i < c->tg_chat_ids.n; i++)
		explicit_bzero(c->tg_chat_ids.v[i], strlen(c->tg_chat_ids.v[i]));
	drop_proxy_user(&c->tg_proxy);
}

static int
parse_trimmed(struct config *c, size_t i, const char *value, size_t len, char *why, size_t whylen)
{
	char *text = strndup(value, len);
	struct refusal r = {why, whylen, &rows[i], text};
	int rc;

	if (text == NULL)
		fatal("configuration");
	rc = rows[i].type->parse(&rows[i], member_of(c, i), text, &r);
	explicit_bzero(text, len);
	free(text);
	return rc;
}

static int
set_row(struct config *c, size_t i, const char *value, char *why, size_t whylen)
{
	size_t len;

	value += strspn(value, BLANK);
	for (len = strlen(value); len > 0 && strchr(BLANK, value[len - 1]) != NULL; len--)
		continue;
	if (len > CONFIG_VALUE_MAX) {
		snprintf(why, whylen, "expected at most %d bytes, found %zu", CONFIG_VALUE_MAX, len);
		return -1;
	}
	if (!utf8_valid(value, len)) {
		snprintf(why, whylen, "expected UTF-8 text, found bytes that are not");
		return -1;
	}
	if (len > 0)
		return parse_trimmed(c, i, value, len, why, whylen);
	if ((rows[i].key.flags & CONFIG_EMPTY_IS_NONE) != 0)
		rows[i].type->clear(member_of(c, i));
	else
		reset(c, i);
	return 0;
}

int
config_set(struct config *c, const char *key, const char *value, char *why, size_t whylen)
{
	const struct config_key *k = config_key_find(key);
	bool given, empty = value[strspn(value, BLANK)] == '\0';
	size_t i;
	int rc;

	*why = '\0';
	if (k == NULL) {
		snprintf(why, whylen, "unknown key");
		return -1;
	}
	i = config_key_index(k);
	given = (c->given & config_key_bit(k)) != 0;
	if ((rc = set_row(c, i, value, why, whylen)) == 0)
		given = !empty || (k->flags & CONFIG_EMPTY_IS_NONE) != 0;
	mark(c, i, given, rc == -1);
	return rc;
}

/* --- values as text --- */

/* Returns 0 with the text, 1 if there is none, -1 if it does not fit. */
static int
print_row(const struct config *c, size_t i, char *buf, size_t len)
{
	struct text out = {.buf = buf, .cap = len};
	bool set;

	if (len == 0)
		return -1;
	*buf = '\0';
	set = rows[i].type->print(const_member_of(c, i), &out);
	if (out.failed) {
		explicit_bzero(buf, len);
		return -1;
	}
	return set ? 0 : 1;
}

int
config_value(const struct config *c, size_t i, char *buf, size_t len)
{
	int rc = print_row(c, i, buf, len);

	if (rc == -1 || (rows[i].key.flags & CONFIG_EMPTY_IS_NONE) == 0)
		return rc;
	if ((c->given & config_key_bit(&rows[i].key)) != 0)
		return 0;
	*buf = '\0';
	return 1;
}

/* Two buffers that any value fits into, each with room for what url_mask() adds. */
#define BUFFER (CONFIG_VALUE_MAX + 4 * CONFIG_LIST_MAX + 1)

static char *
new_buffers(void)
{
	char *two = calloc(2, BUFFER);

	if (two == NULL)
		fatal("configuration");
	return two;
}

static void
free_buffers(char *two)
{
	explicit_bzero(two, 2 * BUFFER);
	free(two);
}

bool
config_same(const struct config *a, const struct config *b, size_t i)
{
	char *buf = new_buffers();
	int ra = config_value(a, i, buf, BUFFER), rb = config_value(b, i, buf + BUFFER, BUFFER);
	bool same = ra == rb && strcmp(buf, buf + BUFFER) == 0;

	free_buffers(buf);
	return same;
}

void
config_print(const struct config *c, FILE *out)
{
	char *buf = new_buffers(), *masked = buf + BUFFER;

	for (size_t i = 0; i < ROWS; i++) {
		bool secret = (rows[i].key.flags & CONFIG_SECRET) != 0 && rows[i].type != &config_type_PROXY_URL;
		int rc = print_row(c, i, buf, BUFFER);

		if (rc == 1)
			strcpy(masked, "");
		else if (secret || rc == -1 || url_mask(masked, BUFFER, buf) == -1)
			strcpy(masked, "***");
		fprintf(out, "%s=%s\n", rows[i].key.name, masked);
	}
	free_buffers(buf);
}

/* --- where it may connect to --- */

static bool
asks_for(enum role_id role, enum role_id owner)
{
	return role == owner || role == ROLE_RESOLVER;
}

void
config_endpoints(const struct config *c, enum role_id role, config_endpoint_cb *cb, void *ctx)
{
	if (asks_for(role, ROLE_COLLECTOR)) {
		if (c->metrics_url.url != NULL)
			cb(ctx, &c->metrics_url);
		for (size_t i = 0; i < c->deps.n; i++)
			cb(ctx, &c->deps.v[i].url);
	}
	if (asks_for(role, ROLE_NOTIFIER) && c->tg_chat_ids.n > 0)
		cb(ctx, c->tg_proxy.url != NULL ? &c->tg_proxy : &c->tg_api_url);
}

struct names {
	const char **v;
	size_t n;
};

static void
add_name(void *ctx, const struct url *where)
{
	struct names *names = ctx;

	if (url_host_is_literal(where->host))
		return;
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->v[i], where->host) == 0)
			return;
	names->v[names->n++] = where->host;
}

struct name_filter {
	const struct names *names;
	bool *wanted;
};

static void
want_name(void *ctx, const struct url *where)
{
	struct name_filter *filter = ctx;

	for (size_t i = 0; i < filter->names->n; i++)
		if (strcmp(filter->names->v[i], where->host) == 0)
			filter->wanted[i] = true;
}

void
config_names(const struct config *c, enum role_id role, config_name_cb *cb, void *ctx)
{
	size_t most = c->deps.n + 2;
	struct names names = {calloc(most, sizeof(*names.v)), 0};
	struct name_filter filter = {&names, calloc(most, sizeof(bool))};

	if (names.v == NULL || filter.wanted == NULL)
		fatal("configuration");
	config_endpoints(c, ROLE_RESOLVER, add_name, &names);
	config_endpoints(c, role, want_name, &filter);
	for (size_t i = 0; i < names.n; i++)
		if (filter.wanted[i])
			cb(ctx, (uint16_t)i, names.v[i]);
	free(names.v);
	free(filter.wanted);
}
