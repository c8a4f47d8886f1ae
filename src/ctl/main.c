/*
 * watchdogctl: asks a running daemon.  Holds no state and no privilege; what
 * it may do is decided at the other end of the socket.
 */
#include "build_config.h"

#include <sys/stat.h>

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "gather.h"
#include "nearest.h"
#include "output.h"
#include "show.h"
#include "standard_fds.h"
#include "talk.h"
#include "utf8.h"

#define DEFAULT_SOCKET "/run/watchdog/watchdog.sock"
#define WORDS_MOST 64
#define SLIPS_MOST 2
#define LINE_MOST 128

enum rule {
	RULE_PLAIN,
	RULE_HEALTH, /* 0 or 1, whatever happens */
	RULE_RAW     /* lines go out as they come */
};

typedef void show_document(const cJSON *document, FILE *out, bool colours);

static const struct command {
	const char *name, *request, *arguments;
	double patience; /* seconds for each line */
	show_document *show;
	enum rule rule;
	const char *help;
} commands[] = {
	{"status", "status", "[--watch]", 15, show_status, RULE_PLAIN, "every signal, every process, and delivery"},
	{"explain", "explain", "SIGNAL", 15, show_explain, RULE_PLAIN, "why a signal did, or did not, fire"},
	{"history", "history", "[SIGNAL]", 15, show_history, RULE_PLAIN, "what was decided, oldest first"},
	{"health", "health", "", 5, NULL, RULE_HEALTH, "whether the watchdog itself is well: exit 0 or 1"},
	{"ack", "ack", "SIGNAL [COMMENT ...]", 15, NULL, RULE_PLAIN, "no repeats of an alert until it recovers"},
	{"record", "record", "", INFINITY, NULL, RULE_RAW, "ticks as they come, for watchdog-brain --replay"},
	{"silence", "silence", "PATTERN TIME [COMMENT ...]", 15, NULL, RULE_PLAIN, "tell nothing of what matches, for a time"},
	{"unsilence", "unsilence", "PATTERN", 15, NULL, RULE_PLAIN, "end a silence"},
	{"tick", "tick", "", 15, NULL, RULE_PLAIN, "look now"},
	{"test", "test", "", 130, NULL, RULE_PLAIN, "send one test message through the real channel"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command watch = {"status --watch", "watch", "", INFINITY, show_status, RULE_PLAIN, ""};

struct ctl {
	const char *socket;
	bool json, live, colours;
	const struct command *command;
	struct talk talk;
	struct gather gather;
};

static void
help(void)
{
	printf("usage: watchdogctl [-jwhV] [-s socket] command [argument ...]\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-9s %-30s %s\n", commands[i].name, commands[i].arguments, commands[i].help);
	printf("\n"
	    "  -s, --socket PATH  the daemon's socket (else WATCHDOG_CONTROL_SOCK, else " DEFAULT_SOCKET ")\n"
	    "  -j, --json         print JSON\n"
	    "  -w, --watch        status: again after every tick\n"
	    "  -V, --version      print the version, exit\n"
	    "  -h, --help         print this, exit\n");
}

static int
usage_error(const char *what, const char *which)
{
	fprintf(stderr, "watchdogctl: %s%s; try watchdogctl --help\n", what, which);
	return EX_USAGE;
}

/* --- what came of it --- */

static const char *
string_of(const cJSON *o, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);

	return cJSON_IsString(m) ? m->valuestring : NULL;
}

static void
say(FILE *out, const char *prefix, const char *text)
{
	char clean[2048];

	utf8_clean(clean, sizeof(clean), text, strlen(text), false);
	fprintf(out, "%s%s\n", prefix, clean);
}

/* health has two answers, for container engines know two. */
static int
failed(const struct ctl *c, int status)
{
	return c->command->rule == RULE_HEALTH ? 1 : status;
}

static const struct {
	const char *word, *text;
} refusals[] = {
	{"disabled", "the daemon is disabled (WATCHDOG_ENABLED is false): nothing is watched"},
	{"restarting", "the brain is being started anew: try again"},
	{"stopping", "the daemon is stopping"},
	{"crowded", "too many ask at once: try again"},
};

static int
print_json(const cJSON *json)
{
	char *text = cJSON_PrintUnformatted(json);

	if (text == NULL) {
		fprintf(stderr, "watchdogctl: out of memory\n");
		return EX_OSERR;
	}
	printf("%s\n", text);
	cJSON_free(text);
	return 0;
}

/* The parent has turned us away. */
static int
refused(const struct ctl *c, const char *word)
{
	const char *text = word;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (strcmp(refusals[i].word, word) == 0)
			text = refusals[i].text;
	if (c->json && print_json(c->gather.end) != 0)
		return EX_OSERR;
	if (strcmp(word, "disabled") == 0) {
		if (!c->json)
			say(stdout, "", text);
		return 0;
	}
	say(stderr, "watchdogctl: ", text);
	return failed(c, EX_TEMPFAIL);
}

static int
show(struct ctl *c)
{
	int rc = 0;

	if (c->json)
		rc = print_json(c->gather.document);
	else if (c->command->show != NULL)
		c->command->show(c->gather.document, stdout, c->colours);
	gather_next(&c->gather);
	if (fflush(stdout) == EOF)
		return EX_IOERR;
	return rc;
}

static int
frame(struct ctl *c)
{
	static bool again;

	if (!c->json && isatty(STDOUT_FILENO))
		fputs("\033[H\033[J", stdout);
	else if (!c->json && again)
		fputc('\n', stdout);
	again = true;
	return show(c);
}

/* Whoever answers may say anything, but what failed is no success, nor is a status that an exit would cut. */
static int
exit_status(const struct ctl *c, bool is_error)
{
	const cJSON *said = cJSON_GetObjectItemCaseSensitive(c->gather.end, "exit");
	int rc = cJSON_IsNumber(said) ? said->valueint : EX_PROTOCOL;

	if (rc < 0 || rc > 255 || (rc == 0 && is_error))
		rc = EX_PROTOCOL;
	return rc == 0 ? 0 : failed(c, rc);
}

static int
ended(struct ctl *c)
{
	const char *error = string_of(c->gather.end, "error"), *text = string_of(c->gather.end, "text");
	const char *word = string_of(c->gather.end, "refused");
	int rc = exit_status(c, error != NULL);

	if (word != NULL)
		return refused(c, word);
	if (error != NULL) {
		say(stderr, "watchdogctl: ", error);
		return rc;
	}
	if (c->gather.document != NULL)
		return show(c);
	if (c->json)
		return print_json(c->gather.end) != 0 ? EX_OSERR : rc;
	if (text != NULL)
		say(stdout, "", text);
	return rc;
}

static int
broken(const struct ctl *c, enum talk_end end)
{
	static const char *const why[] = {
		[TALK_OVER] = "the daemon closed the connection before the end of its answer",
		[TALK_LATE] = "the daemon did not answer in time",
		[TALK_BROKEN] = "the answer cannot be read",
	};

	fprintf(stderr, "watchdogctl: %s\n", why[end]);
	return failed(c, EX_UNAVAILABLE);
}

static const char last_line[] = "{\"end\":";

static bool
is_raw(const struct ctl *c)
{
	return c->command->rule == RULE_RAW && strncmp(c->talk.line, last_line, sizeof(last_line) - 1) != 0;
}

/* For a terminal too: what is JSON has no control characters, so nothing is lost. */
static int
pass_on(char *line)
{
	utf8_clean_here(line);
	return puts(line) == EOF || fflush(stdout) == EOF ? EX_IOERR : 0;
}

static int
listen_to(struct ctl *c)
{
	enum talk_end end;
	int rc = 0;

	while (rc == 0 && (end = talk_line(&c->talk, c->command->patience)) == TALK_LINE) {
		if (is_raw(c)) {
			rc = pass_on(c->talk.line);
			continue;
		}
		switch (gather_line(&c->gather, c->talk.line)) {
		case GATHER_MORE: break;
		case GATHER_FRAME: rc = frame(c); break;
		case GATHER_END: return ended(c);
		case GATHER_BAD: return broken(c, TALK_BROKEN);
		}
		/* Nobody reads: a closed pipe. */
		if (ferror(stdout))
			return EX_IOERR;
	}
	return rc != 0 ? rc : broken(c, end);
}

/* --- asking --- */

/* Who could, where this one may not. */
static void
say_denied(const char *path)
{
	struct stat st;
	const struct group *gr = stat(path, &st) == 0 ? getgrgid(st.st_gid) : NULL;

	if (gr != NULL)
		fprintf(stderr, "watchdogctl: %s: permission denied: be root or a member of the group \"%s\"\n", path, gr->gr_name);
	else
		fprintf(stderr, "watchdogctl: %s: permission denied: be root or the daemon's user\n", path);
}

static int
not_connected(const struct ctl *c, int error)
{
	if (error == EACCES || error == EPERM) {
		say_denied(c->socket);
		return failed(c, EX_NOPERM);
	}
	if (error == ENOENT || error == ECONNREFUSED)
		fprintf(stderr, "watchdogctl: %s: no daemon listens there (another socket? use -s or WATCHDOG_CONTROL_SOCK)\n", c->socket);
	else
		fprintf(stderr, "watchdogctl: %s: %s\n", c->socket, strerror(error));
	return failed(c, EX_UNAVAILABLE);
}

static int
ask(struct ctl *c, char **argv, size_t n)
{
	const char *words[WORDS_MOST + 1] = {c->command->request};
	int rc;

	if (n > WORDS_MOST)
		return usage_error("too many words", "");
	for (size_t i = 0; i < n; i++)
		words[i + 1] = argv[i];
	if ((rc = talk_open(&c->talk, c->socket)) != 0)
		rc = not_connected(c, rc);
	else if ((rc = talk_ask(&c->talk, words, n + 1)) == EMSGSIZE)
		rc = usage_error("too long a request", "");
	else if (rc != 0)
		rc = not_connected(c, rc);
	else
		rc = listen_to(c);
	talk_close(&c->talk);
	gather_free(&c->gather);
	return rc;
}

/* --- the command line --- */

static const struct option longs[] = {
	{"socket", required_argument, NULL, 's'},
	{"json", no_argument, NULL, 'j'},
	{"watch", no_argument, NULL, 'w'},
	{"version", no_argument, NULL, 'V'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

/* Returns -1 to go on, or an exit status. */
static int
parse(struct ctl *c, int argc, char **argv)
{
	int letter;

	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":s:jwVh", longs, NULL)) != -1) {
		switch (letter) {
		case 's': c->socket = optarg; break;
		case 'j': c->json = true; break;
		case 'w': c->live = true; break;
		case 'V': printf("watchdogctl %s\n", PACKAGE_VERSION); return 0;
		case 'h': help(); return 0;
		case ':': return usage_error("a path must follow ", argv[optind - 1]);
		default: return usage_error("unknown option ", argv[optind - 1]);
		}
	}
	return optind < argc ? -1 : usage_error("what is to be done? a command is missing", "");
}

/* One that a slip of the pen or two make of name, or NULL. */
static const char *
nearest_command(const char *name)
{
	const char *nearest = NULL;
	unsigned least = SLIPS_MOST + 1;

	for (size_t i = 0; i < COMMANDS; i++) {
		unsigned d = word_distance(name, commands[i].name);

		if (d < least) {
			least = d;
			nearest = commands[i].name;
		}
	}
	return nearest;
}

static int
unknown_command(const char *name)
{
	const char *nearest = nearest_command(name);
	char text[LINE_MOST];

	if (nearest == NULL)
		return usage_error("unknown command ", name);
	snprintf(text, sizeof(text), "%.64s: did you mean %s?", name, nearest);
	return usage_error("unknown command ", text);
}

static int
find_command(struct ctl *c, const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			c->command = &commands[i];
	if (c->command == NULL)
		return unknown_command(name);
	if (c->live && c->command->show != show_status)
		return usage_error("--watch goes with status, not with ", name);
	if (c->live)
		c->command = &watch;
	return 0;
}

static const char *
default_socket(void)
{
	const char *given = getenv("WATCHDOG_CONTROL_SOCK");

	return given != NULL && given[0] != '\0' ? given : DEFAULT_SOCKET;
}

static bool
wants_colours(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no == NULL || no[0] == '\0') && term != NULL && strcmp(term, "dumb") != 0;
}

static int
run(int argc, char **argv)
{
	struct ctl c = {.socket = default_socket(), .colours = wants_colours()};
	int rc = parse(&c, argc, argv);

	if (rc != -1)
		return rc;
	if ((rc = find_command(&c, argv[optind])) != 0)
		return rc;
	return ask(&c, argv + optind + 1, (size_t)(argc - optind - 1));
}

int
main(int argc, char **argv)
{
	if (standard_fds_take() == -1)
		return EX_OSERR;
	return output_end("watchdogctl", run(argc, argv));
}
