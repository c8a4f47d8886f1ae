/*
 * The configuration: one table of keys (config_keys.h), one struct, one
 * parser for the file, the environment, a role's CONFIG messages and replay.
 */
#ifndef WATCHDOG_CONFIG_H
#define WATCHDOG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "kinds.h"
#include "log.h"
#include "roles.h"

#define CONFIG_FILE_MAX (1u << 20)  /* bytes */
#define CONFIG_VALUE_MAX 60000      /* bytes, so that a value fits into one CONFIG message */
#define CONFIG_LIST_MAX 1000        /* entries of any list */

enum language { LANGUAGE_EN, LANGUAGE_RU };
enum sandbox_mode { SANDBOX_ENFORCE, SANDBOX_LOG, SANDBOX_OFF };
enum log_format { LOG_TEXT, LOG_JSON };
/* Bits: which messages make no sound, if all of one is such. */
#define SILENT_RECOVERY 1u
#define SILENT_WARNING 2u

enum start_message { START_PROBLEMS, START_ALWAYS, START_NEVER };

struct string_list {
	char **v;
	size_t n;
};

enum url_scheme { SCHEME_HTTP, SCHEME_HTTPS, SCHEME_TCP, SCHEME_SOCKS5H };

/* A parsed URL.  url is NULL if none is configured. */
struct url {
	char *url;              /* as given, user:password too: never log it, see url_mask() */
	enum url_scheme scheme;
	char *host;             /* lower case, without brackets */
	uint16_t port;          /* given, or the scheme's own */
};

struct dep {
	char *name;
	struct url url;
};

struct dep_list {
	struct dep *v;
	size_t n;
};

/* A window that comes each week, local time.  until <= from: it ends the day after. */
struct window {
	unsigned first, last; /* days it begins on, 0 = Sunday; first > last: over the week's end */
	unsigned from, until; /* minutes of the day, until up to 1440 */
};

struct window_list {
	struct window *v;
	size_t n;
};

/* A signal and what it depends on, both by key: "dep:api", "docker". */
struct dependence {
	char *child, *parent;
};

struct dependence_list {
	struct dependence *v;
	size_t n;
};

/* The key of the one signal that a whole kind depends on, whatever is configured; NULL = none. */
const char *config_natural_parent(const char *key);

/*
 * Times are seconds; 0 = off where the table allows it; cooldown INFINITY =
 * never again, NAN in cooldown_kind = as cooldown.  Percentages 1 to 100.
 * Strings are NULL if unset.
 */
struct config {
	bool enabled;
	double interval;
	double cooldown;
	double cooldown_kind[KIND_COUNT];
	double http_timeout;
	char *host_name;
	enum language lang;
	struct url metrics_url;
	unsigned orch_down_ticks;
	double agent_stall;
	double mem_pct, mem_clear_pct;
	unsigned mem_ticks;
	bool disk_crit_enabled;
	double disk_crit_pct, disk_clear_pct;
	struct string_list disk_paths;
	char *docker_sock;
	struct string_list containers; /* names and globs; {"*"} = discover; empty = docker off */
	bool containers_given;         /* said by the user, so that a missing socket is an alarm */
	bool containers_labeled_only;
	double docker_resync;          /* seconds; 0 = with every tick */
	unsigned container_down_ticks;
	double recreate_grace;
	double container_stable;
	unsigned loop_restarts;        /* 0 to 16, 0 = off */
	double loop_window;
	double starting_max;
	struct dep_list deps;
	unsigned dep_down_ticks;
	unsigned recover_ticks;
	double confirm;    /* seconds, 0 = at the interval */
	double group_wait; /* seconds */
	unsigned tg_silent; /* SILENT_… */
	enum start_message start_message;
	struct window_list maintenance;
	unsigned flap_changes;         /* 0 = off */
	double flap_window;
	struct dependence_list depends; /* without circles, the natural parents counted in */
	char *proc_path, *rootfs_path;
	char *tg_bot_token;            /* the parent drops it once it has gone into the secret memfd */
	struct string_list tg_chat_ids;
	struct url tg_api_url;
	struct url tg_proxy;
	char *ca_file;                 /* NULL = the system's bundle */
	char *tg_ca_file;              /* for Telegram's API; NULL = as ca_file */
	char *control_sock;            /* NULL = none */
	char *state_file;              /* NULL = none */
	char *user;
	bool user_given;
	enum sandbox_mode sandbox;
	enum log_level log_level;
	enum log_format log_format;
	uint64_t given;                /* a bit for each key of the table that has been set */
	uint64_t refused;              /* ... whose value was refused: config_finish() does not complain of it again */
};

/* All defaults; nothing else may be called on a struct config before this.  Free with config_free(). */
void config_init(struct config *c);
void config_free(struct config *c);

/*
 * Wipe what is secret: the token, the chat ids, the proxy's user:password.
 * The number of chats and the proxy's host and port stay, so that
 * config_names() and config_endpoints() go on telling the same.
 */
void config_drop_secrets(struct config *c);

/*
 * Set one key to a value's text.  An empty value means unset (default), save
 * where the table says that it means none.  value may be a part of c.  A
 * refused value changes nothing.  Returns 0, or -1 with what was
 * expected and what was found in why (always NUL-terminated): unknown key,
 * bad value.  For a role's CONFIG messages and for tests.
 */
int config_set(struct config *c, const char *key, const char *value, char *why, size_t whylen);

/* The checks between keys (token with chat id, clear mark under mark).  Each problem goes to report once.
 * Derived defaults (clear marks) are filled in.  Returns the number of problems. */
typedef void config_report(void *ctx, bool error, const char *text);
unsigned config_finish(struct config *c, config_report *report, void *ctx);

/*
 * Load file (NULL = none; if must_exist is false a missing one is fine) and
 * the environment env (NULL = none), which wins, then config_finish().
 * Between the two in rank are files in env's CREDENTIALS_DIRECTORY that are
 * called as a key: their first line is its value.
 * Everything wrong is reported, one call a problem, text like
 *     watchdog.conf:12: WATCHDOG_MEM_PCT: expected a percentage from 1 to 100, found "9O"
 * (errors), and unknown WATCHDOG_ variables of the environment (warnings).
 * Defaults that come from the host (host name, language, docker's socket)
 * are filled in.  Values of secret keys are wiped from env's strings and
 * from every buffer of its own.  Returns the number of errors; c is usable
 * only if it is 0.
 */
#define CONFIG_NO_CHAT "@_" /* names at Telegram are longer */

struct config_source {
	const char *file;
	const char *folder; /* which relative names of files are seen from; NULL = the working directory */
	bool must_exist;
	char **env;
	/*
	 * A file (memfd) of the caller's; 0 = none.  Secrets that are wiped from
	 * env are kept in it, and a later load (a reload) takes them from there
	 * as if they still stood in env.
	 */
	int env_secrets;
	bool token_alone; /* a token without a chat is fine; CONFIG_NO_CHAT, which no chat has, stands in for one */
};
unsigned config_load(struct config *c, const struct config_source *from, config_report *report, void *ctx);

/*
 * The secrets on their way to the notifier: write a KEY=VALUE line for each
 * secret that is set to fd; set what such lines say, from the start of fd.
 * Return 0, or -1 with errno (write) or the reason in why (read).
 */
int config_write_secrets(const struct config *c, int fd);
int config_read_secrets(struct config *c, int fd, char *why, size_t whylen);

/* Print KEY=value for every key, secrets as "***" (user:password in URLs too), to out: watchdog -n. */
void config_print(const struct config *c, FILE *out);

/* --- the table, for those who walk it --- */

#define CONFIG_SECRET 1u        /* value never leaves the parent but through the secret memfd, to the notifier */
#define CONFIG_RESTART 2u       /* a reload refuses a change */
#define CONFIG_EMPTY_IS_NONE 4u /* an empty value means none, not default */

struct config_key {
	const char *name;
	double min, max;            /* of a number; max: the most bytes of a text, entries of a list; 0, 0 = none */
	const char *fallback;       /* the default, for people and for the parser; "" = none */
	unsigned roles;             /* ROLE_BIT of each child that is told (a secret: through the memfd) */
	unsigned flags;
	const char *help;           /* one line */
};

/* By index, 0 to config_key_count() - 1, in the table's order; by name; and back. */
size_t config_key_count(void);
const struct config_key *config_key_at(size_t i);
const struct config_key *config_key_find(const char *name); /* NULL if there is none */
size_t config_key_index(const struct config_key *key);
uint64_t config_key_bit(const struct config_key *key);      /* its bit of given and refused */
const char *config_key_type(const struct config_key *key);  /* for people: "time", "percentage", … */

/*
 * The value of key i as text that config_set() takes back, into buf (of
 * CONFIG_VALUE_MAX + 1 bytes: always enough).  Returns 0; 1 if it is unset,
 * so that there is nothing to tell a child (buf is "" then: an empty text
 * with 0 means none, where the table allows that); -1 if it does not fit.
 */
int config_value(const struct config *c, size_t i, char *buf, size_t len);

/* True if key i has the same value in both.  Of secrets that were dropped it can tell nothing. */
bool config_same(const struct config *a, const struct config *b, size_t i);

/*
 * The host names that this configuration may look up, in a fixed order
 * without duplicates; literal addresses are left out.  role: only those this
 * role asks for (ROLE_COLLECTOR, ROLE_NOTIFIER), or ROLE_RESOLVER for all.
 * An index is the same for every role.  Calls back for each.
 */
typedef void config_name_cb(void *ctx, uint16_t index, const char *host);
void config_names(const struct config *c, enum role_id role, config_name_cb *cb, void *ctx);

/* Every place that role (as above) may connect to: /metrics, dependencies; the Bot API or, if given, its proxy. */
typedef void config_endpoint_cb(void *ctx, const struct url *where);
void config_endpoints(const struct config *c, enum role_id role, config_endpoint_cb *cb, void *ctx);

#endif
