/*
 * The configuration's sources: the file, the environment, files that hold
 * one value, and what the host itself says.  Trusts none of them; buffers
 * that may hold secrets are wiped.
 */
#include "build_config.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "config_assign.h"
#include "config_bytes.h"
#include "config_host.h"
#include "config_secrets.h"
#include "utf8.h"

#define BOM "\xef\xbb\xbf"

/* --- the file --- */

static bool
is_name(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isascii((unsigned char)s[i]) || (!isalnum((unsigned char)s[i]) && s[i] != '_'))
			return false;
	return len > 0;
}

/* What is wrong with a line is said without quoting it: it may be half a secret. */
static void
load_line(struct load *l, const struct place *at, char *line, size_t len)
{
	char *name = line + strspn(line, CONFIG_BLANK), *equals;

	if (*name == '#' || (*name == '\0' && strlen(line) == len))
		return;
	if (strlen(line) != len) {
		config_say(l, true, at, "expected text, found a NUL byte");
		return;
	}
	if (!utf8_valid(line, len)) {
		config_say(l, true, at, "expected UTF-8 text, found bytes that are not");
		return;
	}
	if ((equals = strchr(name, '=')) == NULL || !is_name(name, (size_t)(equals - name))) {
		config_say(l, true, at, "expected KEY=VALUE without spaces before the =, found something else");
		return;
	}
	*equals = '\0';
	config_assign(l, at, name, equals + 1);
}

static void
load_lines(struct load *l, const char *file, char *p, size_t left)
{
	struct place at = {file, 0};
	bool told = false;

	if (left >= strlen(BOM) && memcmp(p, BOM, strlen(BOM)) == 0) {
		at.line = 1;
		config_say(l, true, &at, "expected text, found a byte order mark: save the file without it");
		p += strlen(BOM);
		left -= strlen(BOM);
	}
	for (at.line = 1; left > 0; at.line++) {
		char *end = memchr(p, '\n', left);
		size_t len = end == NULL ? left : (size_t)(end - p), whole = end == NULL ? len : len + 1;

		if (len > 0 && p[len - 1] == '\r') {
			if (!told)
				config_say(l, true, &at,
				    "expected a line that ends in LF, found CR LF: save the file with Unix line ends");
			told = true;
			len--;
		}
		p[len] = '\0';
		load_line(l, &at, p, len);
		p += whole;
		left -= whole;
	}
}

static void
load_file(struct load *l, const struct config_source *from)
{
	struct place at = {from->file, 0};
	struct bytes b = {0};

	if (from->file == NULL)
		return;
	if (bytes_read_file(&b, from->folder, from->file, CONFIG_FILE_MAX) == -1) {
		if (errno != ENOENT || from->must_exist)
			config_say(l, true, &at, "%s", bytes_read_error(CONFIG_FILE_MAX));
		return;
	}
	load_lines(l, from->file, b.p, b.len);
	bytes_free(&b);
}

/* --- the environment --- */

static void
load_variable(struct load *l, const struct config_source *from, char *variable)
{
	const struct place at = {NULL, 0};
	size_t len = strcspn(variable, "=");
	char *equals = variable + len;
	const struct config_key *key;
	struct bytes name, value;

	if (strncasecmp(variable, CONFIG_PREFIX, strlen(CONFIG_PREFIX)) != 0 || *equals == '\0')
		return;
	bytes_new(&name, len);
	memcpy(name.p, variable, len);
	bytes_new(&value, strlen(equals + 1));
	memcpy(value.p, equals + 1, value.cap);
	config_assign(l, &at, name.p, value.p);
	if ((key = config_key_find(name.p)) != NULL && (key->flags & CONFIG_SECRET) != 0 && equals[1] != '\0')
		config_move_secret(l, from, key, equals + 1);
	bytes_free(&name);
	bytes_free(&value);
}

/* systemd.exec(5), LoadCredential=: a file for each, called as the key is. */
static void
load_credentials(struct load *l, const struct config_source *from)
{
	const char *given = config_variable(from->env, "CREDENTIALS_DIRECTORY");
	const struct place at = {NULL, 0}, there = {"credentials", 0};
	char name[CONFIG_NAME_MOST + 1], path[PATH_MAX], whole[PATH_MAX];
	const char *folder = given == NULL ? NULL : bytes_path(whole, from->folder, given);

	if (given != NULL && (folder == NULL || (access(folder, X_OK) == -1 && errno == EACCES))) {
		config_say(l, true, &at, "CREDENTIALS_DIRECTORY: %.200s: %s", given, strerror(errno));
		return;
	}
	for (size_t i = 0; folder != NULL && i < config_key_count(); i++) {
		const char *key = config_key_at(i)->name;
		int n = snprintf(path, sizeof(path), "%s/%s", folder, key);

		if (n < 0 || (size_t)n >= sizeof(path) || access(path, F_OK) == -1)
			continue;
		snprintf(name, sizeof(name), "%s" CONFIG_FILE_SUFFIX, key);
		config_assign(l, &there, name, path);
	}
}

/* --- all of it --- */

static void
report_finish(void *ctx, bool error, const char *text)
{
	config_say(ctx, error, NULL, "%s", text);
}

/* So that all else is as with a chat: who is started, with which rights, and what may be looked up. */
static void
stand_in_chat(struct config *c)
{
	char why[256];

	if (c->tg_bot_token != NULL && c->tg_chat_ids.n == 0)
		config_set(c, "WATCHDOG_TG_CHAT_ID", CONFIG_NO_CHAT, why, sizeof(why));
}

unsigned
config_load(struct config *c, const struct config_source *from, config_report *report, void *ctx)
{
	struct load l = {.c = c, .report = report, .ctx = ctx, .folder = from->folder};

	load_file(&l, from);
	config_next_source(&l);
	load_credentials(&l, from);
	config_next_source(&l);
	config_load_kept_secrets(&l, from);
	config_next_source(&l);
	for (char **env = from->env; env != NULL && *env != NULL; env++)
		load_variable(&l, from, *env);
	config_host_defaults(c, from->env);
	if (from->token_alone)
		stand_in_chat(c);
	config_finish(c, report_finish, &l);
	return l.errors;
}
