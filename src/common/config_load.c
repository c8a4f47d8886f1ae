/*
 * The configuration's sources: the file, the environment, files that hold
 * one value, and what the host itself says.  Trusts none of them.  Buffers
 * may hold secrets: they are read without stdio and wiped.
 */
#include "build_config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "config.h"
#include "log.h"
#include "nearest.h"
#include "utf8.h"

#define PREFIX "WATCHDOG_"
#define FILE_SUFFIX "_FILE"
#define NAME_MOST 64        /* bytes of a key's name, its suffix included */
#define KEYS_MOST 64
#define FAR 4               /* typing errors in a name that is still recognised */
#define BLANK " \t\r\n"
#define BOM "\xef\xbb\xbf"
#define COMMENT_HINT "a comment stands on a line of its own; put a value that holds \" #\" in quotes"

/* Where an assignment stands. */
struct place {
	const char *file; /* NULL = the environment */
	unsigned line;
};

struct load {
	struct config *c;
	config_report *report;
	void *ctx;
	unsigned errors;
	/* What this source has given so far, by key: the line (1 in the environment), 0 = nothing. */
	unsigned by_value[KEYS_MOST], by_file[KEYS_MOST];
};

/* A run of bytes that is wiped when it is freed. */
struct bytes {
	char *p;
	size_t len, cap;
};

static void say(struct load *l, bool error, const struct place *at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void
say(struct load *l, bool error, const struct place *at, const char *fmt, ...)
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
	l->errors += error;
	if (l->report != NULL)
		l->report(l->ctx, error, text);
}

/* --- bytes --- */

static void
bytes_free(struct bytes *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	free(b->p);
	*b = (struct bytes){0};
}

/* cap bytes and a NUL. */
static void
bytes_new(struct bytes *b, size_t cap)
{
	*b = (struct bytes){.p = calloc(1, cap + 1), .cap = cap};
	if (b->p == NULL)
		fatal("configuration");
}

/* Reads fd to its end.  Returns 0, or -1 with errno; EFBIG: more than cap bytes. */
static int
bytes_read(struct bytes *b, int fd)
{
	char one;
	ssize_t n;

	for (;;) {
		bool full = b->len == b->cap;

		n = read(fd, full ? &one : b->p + b->len, full ? 1 : b->cap - b->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n > 0 && full) {
			errno = EFBIG;
			return -1;
		}
		if (n <= 0)
			break;
		b->len += (size_t)n;
	}
	b->p[b->len] = '\0';
	return n == 0 ? 0 : -1;
}

static int
bytes_read_file(struct bytes *b, const char *path, size_t most)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc, saved;

	if (fd == -1)
		return -1;
	bytes_new(b, most);
	rc = bytes_read(b, fd);
	saved = errno;
	close(fd);
	if (rc == -1)
		bytes_free(b);
	errno = saved;
	return rc;
}

static const char *
read_error(size_t most)
{
	static char text[64];

	if (errno != EFBIG)
		return strerror(errno);
	snprintf(text, sizeof(text), "expected at most %zu bytes, found more", most);
	return text;
}

/* --- names --- */

/* The nearest known name, or NULL if none is near: a third of what follows the prefix may differ, FAR at the most. */
static const char *
nearest_name(const char *name)
{
	const char *best = NULL;
	unsigned least = UINT_MAX;

	if (strlen(name) > NAME_MOST)
		return NULL;
	for (size_t i = 0; i < config_key_count(); i++) {
		const char *known = config_key_at(i)->name;
		unsigned d = word_distance(name, known), third = 1 + (unsigned)strlen(known + strlen(PREFIX)) / 3;

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
	size_t len = strlen(name), suffix = strlen(FILE_SUFFIX);
	const struct config_key *key = config_key_find(name);
	char bare[NAME_MOST + 1];

	*by_file = false;
	if (key != NULL || len > NAME_MOST || len <= suffix || strcmp(name + len - suffix, FILE_SUFFIX) != 0)
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
	bool ours = strncasecmp(name, PREFIX, strlen(PREFIX)) == 0;
	const char *near = nearest_name(name);
	char shown[NAME_MOST + 1];

	if (is_neighbour(name))
		return;
	utf8_clean(shown, sizeof(shown), name, strlen(name), false);
	if (near != NULL)
		say(l, ours && at->file != NULL, at, "%s: unknown key; did you mean %s?", shown, near);
	else
		say(l, ours && at->file != NULL, at, "%s: unknown key%s", shown, ours ? "" : ", ignored");
}

/* --- one assignment --- */

/* Strip blanks and one pair of quotes in place.  Returns the value, or NULL with the reason. */
static char *
unquote(char *value, const char **why)
{
	char *end, *rest;

	value += strspn(value, BLANK);
	if (*value == '"' || *value == '\'') {
		if ((end = strchr(value + 1, *value)) == NULL) {
			*why = "expected a closing quote, found none";
			return NULL;
		}
		rest = end + 1 + strspn(end + 1, BLANK);
		*why = *rest == '#' ? COMMENT_HINT : "expected nothing after the closing quote";
		*end = '\0';
		return *rest == '\0' ? value + 1 : NULL;
	}
	for (char *p = strchr(value, '#'); p != NULL; p = strchr(p + 1, '#'))
		if (p == value || strchr(BLANK, p[-1]) != NULL) {
			*why = COMMENT_HINT;
			return NULL;
		}
	return value;
}

static void
set_value(struct load *l, const struct place *at, const char *name, const struct config_key *key, const char *value)
{
	char why[512];

	if (config_set(l->c, key->name, value, why, sizeof(why)) == -1)
		say(l, true, at, "%s: %s", name, why);
}

/* The first line of the file at path is the value. */
static void
set_from_file(struct load *l, const struct place *at, const char *name, const struct config_key *key, const char *path)
{
	struct bytes b = {0};
	char *end;

	if (bytes_read_file(&b, path, CONFIG_VALUE_MAX) == -1) {
		say(l, true, at, "%s: %.200s: %s", name, path, read_error(CONFIG_VALUE_MAX));
		l->c->refused |= UINT64_C(1) << config_key_index(key);
		return;
	}
	if ((end = memchr(b.p, '\n', b.len)) == NULL)
		end = b.p + b.len;
	*end = '\0';
	if (end == b.p || strlen(b.p) != (size_t)(end - b.p)) {
		say(l, true, at, "%s: %.200s: expected the value on the first line, found %s", name, path,
		    end == b.p ? "an empty line" : "a NUL byte");
		l->c->refused |= UINT64_C(1) << config_key_index(key);
	} else
		set_value(l, at, name, key, b.p);
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
		say(l, true, at, "%s: expected once, found on line %u too", name, before);
	else if (before != 0)
		say(l, true, at, "%s: expected once, found twice", name);
	else if (other != 0)
		say(l, true, at, "%s: expected %s or %s%s, found both", name, key, key, FILE_SUFFIX);
	return before != 0 || other != 0;
}

/* name=value; the value may be changed in place. */
static void
assign(struct load *l, const struct place *at, const char *name, char *value)
{
	bool by_file;
	const struct config_key *key = find_key(name, &by_file);
	const char *why;

	if (key == NULL) {
		say_unknown(l, at, name);
		return;
	}
	if ((value = unquote(value, &why)) == NULL) {
		say(l, true, at, "%s: %s", name, why);
		l->c->refused |= UINT64_C(1) << config_key_index(key);
		return;
	}
	/* Empty is not given, so that a file's value is not undone by compose's ${X:-}. */
	if (value[strspn(value, BLANK)] == '\0' && (by_file || (key->flags & CONFIG_EMPTY_IS_NONE) == 0))
		return;
	if (given_before(l, at, name, config_key_index(key), by_file))
		return;
	if (by_file)
		set_from_file(l, at, name, key, value);
	else
		set_value(l, at, name, key, value);
}

static void
next_source(struct load *l)
{
	memset(l->by_value, 0, sizeof(l->by_value));
	memset(l->by_file, 0, sizeof(l->by_file));
}

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
	char *name = line + strspn(line, BLANK), *equals;

	if (*name == '#' || (*name == '\0' && strlen(line) == len))
		return;
	if (strlen(line) != len) {
		say(l, true, at, "expected text, found a NUL byte");
		return;
	}
	if (!utf8_valid(line, len)) {
		say(l, true, at, "expected UTF-8 text, found bytes that are not");
		return;
	}
	if ((equals = strchr(name, '=')) == NULL || !is_name(name, (size_t)(equals - name))) {
		say(l, true, at, "expected KEY=VALUE without spaces before the =, found something else");
		return;
	}
	*equals = '\0';
	assign(l, at, name, equals + 1);
}

static void
load_lines(struct load *l, const char *file, char *p, size_t left)
{
	struct place at = {file, 0};
	bool told = false;

	if (left >= strlen(BOM) && memcmp(p, BOM, strlen(BOM)) == 0) {
		at.line = 1;
		say(l, true, &at, "expected text, found a byte order mark: save the file without it");
		p += strlen(BOM);
		left -= strlen(BOM);
	}
	for (at.line = 1; left > 0; at.line++) {
		char *end = memchr(p, '\n', left);
		size_t len = end == NULL ? left : (size_t)(end - p), whole = end == NULL ? len : len + 1;

		if (len > 0 && p[len - 1] == '\r') {
			if (!told)
				say(l, true, &at,
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
	if (bytes_read_file(&b, from->file, CONFIG_FILE_MAX) == -1) {
		if (errno != ENOENT || from->must_exist)
			say(l, true, &at, "%s", read_error(CONFIG_FILE_MAX));
		return;
	}
	load_lines(l, from->file, b.p, b.len);
	bytes_free(&b);
}

/* --- the environment --- */

static int
read_from_start(int fd, struct bytes *b)
{
	if (lseek(fd, 0, SEEK_SET) == -1)
		return -1;
	bytes_new(b, CONFIG_FILE_MAX);
	return bytes_read(b, fd);
}

static void
load_kept_secrets(struct load *l, const struct config_source *from)
{
	const struct place at = {NULL, 0};
	struct bytes b = {0};

	if (from->env_secrets > 0 && read_from_start(from->env_secrets, &b) == 0)
		for (char *line = b.p, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
			char *equals = strchr(line, '=');

			*end = '\0';
			if (equals != NULL) {
				*equals = '\0';
				assign(l, &at, line, equals + 1);
			}
		}
	bytes_free(&b);
}

static int
write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
write_secret(const struct config *c, size_t i, int fd)
{
	const char *name = config_key_at(i)->name;
	size_t len = strlen(name);
	struct bytes b;
	int rc = 0;

	bytes_new(&b, len + CONFIG_VALUE_MAX + 2);
	memcpy(b.p, name, len);
	b.p[len] = '=';
	if (config_value(c, i, b.p + len + 1, CONFIG_VALUE_MAX + 1) == 0) {
		len = strlen(b.p);
		b.p[len] = '\n';
		rc = write_all(fd, b.p, len + 1);
	}
	bytes_free(&b);
	return rc;
}

int
config_write_secrets(const struct config *c, int fd)
{
	for (size_t i = 0; i < config_key_count(); i++)
		if ((config_key_at(i)->flags & CONFIG_SECRET) != 0 && write_secret(c, i, fd) == -1)
			return -1;
	return 0;
}

static int
take_secret(struct config *c, char *line, char *why, size_t whylen)
{
	char *equals = strchr(line, '=');
	const struct config_key *key;

	if (equals == NULL) {
		snprintf(why, whylen, "expected KEY=VALUE");
		return -1;
	}
	*equals = '\0';
	if ((key = config_key_find(line)) == NULL || (key->flags & CONFIG_SECRET) == 0) {
		snprintf(why, whylen, "expected the key of a secret");
		return -1;
	}
	return config_set(c, line, equals + 1, why, whylen);
}

int
config_read_secrets(struct config *c, int fd, char *why, size_t whylen)
{
	struct bytes b = {0};
	int rc = 0;

	*why = '\0';
	if (read_from_start(fd, &b) == -1) {
		snprintf(why, whylen, "%s", read_error(CONFIG_FILE_MAX));
		rc = -1;
	}
	for (char *line = b.p, *end; rc == 0 && (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		rc = take_secret(c, line, why, whylen);
	}
	bytes_free(&b);
	return rc;
}

/* What stood in the environment is wiped there and, if it was good, kept for the next load. */
static void
move_secret(struct load *l, const struct config_source *from, const struct config_key *key, char *value)
{
	const struct place at = {NULL, 0};
	size_t i = config_key_index(key);

	explicit_bzero(value, strlen(value));
	if (from->env_secrets <= 0 || l->by_value[i] == 0 || (l->c->refused & UINT64_C(1) << i) != 0)
		return;
	if (lseek(from->env_secrets, 0, SEEK_END) == -1 || write_secret(l->c, i, from->env_secrets) == -1)
		say(l, true, &at, "%s: cannot be kept: %s", key->name, strerror(errno));
}

static void
load_variable(struct load *l, const struct config_source *from, char *variable)
{
	const struct place at = {NULL, 0};
	size_t len = strcspn(variable, "=");
	char *equals = variable + len;
	const struct config_key *key;
	struct bytes name, value;

	if (strncasecmp(variable, PREFIX, strlen(PREFIX)) != 0 || *equals == '\0')
		return;
	bytes_new(&name, len);
	memcpy(name.p, variable, len);
	bytes_new(&value, strlen(equals + 1));
	memcpy(value.p, equals + 1, value.cap);
	assign(l, &at, name.p, value.p);
	if ((key = config_key_find(name.p)) != NULL && (key->flags & CONFIG_SECRET) != 0 && equals[1] != '\0')
		move_secret(l, from, key, equals + 1);
	bytes_free(&name);
	bytes_free(&value);
}

/* --- what the host says --- */

static const char *
variable_of(char **env, const char *name)
{
	size_t len = strlen(name);

	for (; env != NULL && *env != NULL; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=' && (*env)[len + 1] != '\0')
			return *env + len + 1;
	return NULL;
}

static bool
is_given(const struct config *c, const char *name)
{
	return (c->given & UINT64_C(1) << config_key_index(config_key_find(name))) != 0;
}

/* A default is not something that the user has given. */
static int
set_default(struct config *c, const char *name, const char *value)
{
	uint64_t bit = UINT64_C(1) << config_key_index(config_key_find(name)), refused = c->refused & bit;
	char why[256];
	int rc = config_set(c, name, value, why, sizeof(why));

	c->given &= ~bit;
	c->refused = (c->refused & ~bit) | refused;
	return rc;
}

static void
default_language(struct config *c, char **env)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	const char *v = NULL;

	for (size_t i = 0; v == NULL && i < sizeof(names) / sizeof(names[0]); i++)
		v = variable_of(env, names[i]);
	if (v != NULL && strncmp(v, "ru", 2) == 0 && !isalpha((unsigned char)v[2]))
		set_default(c, "WATCHDOG_LANG", "ru");
}

static void
default_docker_sock(struct config *c, char **env)
{
	const char *v = variable_of(env, "DOCKER_HOST");

	if (v != NULL && strncmp(v, "unix://", 7) == 0)
		set_default(c, "WATCHDOG_DOCKER_SOCK", v + 7);
}

/* The first line of hostname(5)'s file that is not a comment. */
static int
host_name_from_file(struct config *c)
{
	char path[4096];
	struct bytes b = {0};
	int rc = -1;

	snprintf(path, sizeof(path), "%s/etc/hostname", strcmp(c->rootfs_path, "/") == 0 ? "" : c->rootfs_path);
	if (bytes_read_file(&b, path, 4096) == -1)
		return -1;
	for (char *line = b.p, *next = line; rc == -1 && next != NULL; line = next) {
		if ((next = strchr(line, '\n')) != NULL)
			*next++ = '\0';
		line += strspn(line, BLANK);
		if (*line != '#' && *line != '\0')
			rc = set_default(c, "WATCHDOG_HOST_NAME", line);
	}
	bytes_free(&b);
	return rc;
}

static void
default_host_name(struct config *c)
{
	char name[256] = "";

	if (host_name_from_file(c) == 0)
		return;
	if (gethostname(name, sizeof(name) - 1) == -1 || *name == '\0' ||
	    set_default(c, "WATCHDOG_HOST_NAME", name) == -1)
		set_default(c, "WATCHDOG_HOST_NAME", "localhost");
}

/* systemd.exec(5), LoadCredential=: a file for each, called as the key is. */
static void
load_credentials(struct load *l, const struct config_source *from)
{
	const char *folder = variable_of(from->env, "CREDENTIALS_DIRECTORY");
	const struct place at = {NULL, 0};
	char name[NAME_MOST + 1], path[PATH_MAX];

	if (folder != NULL && access(folder, X_OK) == -1 && errno == EACCES) {
		say(l, true, &at, "CREDENTIALS_DIRECTORY: %.200s: %s", folder, strerror(errno));
		return;
	}
	for (size_t i = 0; folder != NULL && i < config_key_count(); i++) {
		const char *key = config_key_at(i)->name;
		int n = snprintf(path, sizeof(path), "%s/%s", folder, key);

		if (n < 0 || (size_t)n >= sizeof(path) || access(path, F_OK) == -1)
			continue;
		snprintf(name, sizeof(name), "%s" FILE_SUFFIX, key);
		assign(l, &at, name, path);
	}
}

static void
load_defaults(struct config *c, char **env)
{
	if (!is_given(c, "WATCHDOG_LANG"))
		default_language(c, env);
	if (!is_given(c, "WATCHDOG_DOCKER_SOCK"))
		default_docker_sock(c, env);
	if (!is_given(c, "WATCHDOG_HOST_NAME"))
		default_host_name(c);
}

static void
report_finish(void *ctx, bool error, const char *text)
{
	say(ctx, error, NULL, "%s", text);
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
	struct load l = {.c = c, .report = report, .ctx = ctx};

	load_file(&l, from);
	next_source(&l);
	load_credentials(&l, from);
	next_source(&l);
	load_kept_secrets(&l, from);
	next_source(&l);
	for (char **env = from->env; env != NULL && *env != NULL; env++)
		load_variable(&l, from, *env);
	load_defaults(c, from->env);
	if (from->token_alone)
		stand_in_chat(c);
	config_finish(c, report_finish, &l);
	return l.errors;
}
