/*
 * The command line: one table for parser and help.
 */
#include "build_config.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <sysexits.h>

#include "options.h"

#define ONLY_LONG 256 /* options without a letter begin here */

static const struct row {
	int letter;
	const char *name;
	bool argument;
	enum mode mode; /* MODE_DAEMON: not a mode of its own */
	const char *help;
} rows[] = {
	{'f', "config", true, MODE_DAEMON, "configuration file (default " SYSCONFDIR "/watchdog.conf, if there is one)"},
	{'n', "check-config", false, MODE_CHECK_CONFIG, "check the configuration, print it with secrets masked, exit"},
	{'1', "once", false, MODE_ONCE, "one tick: print every signal, send nothing; exit 0 all fine, 1 something active, 2 error"},
	{'t', "test-message", false, MODE_TEST_MESSAGE, "send one test message through the real channel; exit 0 delivered, 1 not"},
	{ONLY_LONG, "find-chat", false, MODE_FIND_CHAT, "print the chats that wrote to the bot; exit 0 some, 1 none"},
	{'T', "self-test", false, MODE_SELF_TEST, "start every role in its sandbox, let each prove itself, report, exit"},
	{'v', "verbose", false, MODE_DAEMON, "show the first tick as a table; twice: debug log"},
	{'V', "version", false, MODE_VERSION, "print the version, exit"},
	{'h', "help", false, MODE_HELP, "print this, exit"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void
build_tables(struct option *longs, char *shorts)
{
	*shorts++ = ':';
	for (size_t i = 0; i < ROWS; i++) {
		longs[i] = (struct option){rows[i].name, rows[i].argument ? required_argument : no_argument, NULL, rows[i].letter};
		if (rows[i].letter >= ONLY_LONG)
			continue;
		*shorts++ = (char)rows[i].letter;
		if (rows[i].argument)
			*shorts++ = ':';
	}
	longs[ROWS] = (struct option){0};
	*shorts = '\0';
}

static int
usage_error(const char *what, const char *which)
{
	fprintf(stderr, "watchdog: %s%s; try watchdog --help\n", what, which);
	return EX_USAGE;
}

static enum mode
mode_of(int letter)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].letter == letter)
			return rows[i].mode;
	return MODE_DAEMON;
}

/* -t with -n and the like make no sense together; the same one twice is harmless. */
static int
set_mode(struct options *o, int letter)
{
	enum mode mode = mode_of(letter);

	if (o->mode != MODE_DAEMON && o->mode != mode)
		return usage_error("-1, -n, -t, -T, -V, -h and --find-chat exclude each other", "");
	o->mode = mode;
	return 0;
}

int
options_parse(struct options *o, int argc, char *argv[])
{
	struct option longs[ROWS + 1];
	char shorts[2 * ROWS + 2];
	int letter, rc = 0;

	*o = (struct options){0};
	build_tables(longs, shorts);
	opterr = 0;
	while (rc == 0 && (letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (letter == '?')
			rc = usage_error("unknown option ", argv[optind - 1]);
		else if (letter == ':')
			rc = usage_error("a file name must follow ", argv[optind - 1]);
		else if (letter == 'f')
			o->file = optarg;
		else if (letter == 'v')
			o->verbose++;
		else
			rc = set_mode(o, letter);
	}
	if (rc == 0 && optind < argc)
		rc = usage_error("unexpected argument ", argv[optind]);
	return rc;
}

void
options_help(void)
{
	printf("usage: watchdog [-1ntTvV] [-f file]\n");
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].letter < ONLY_LONG)
			printf("  -%c, ", rows[i].letter);
		else
			printf("      ");
		printf("--%-13s %s%s\n", rows[i].name, rows[i].argument ? "FILE: " : "", rows[i].help);
	}
}
