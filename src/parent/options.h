/*
 * The command line of watchdog(8).
 */
#ifndef WATCHDOG_OPTIONS_H
#define WATCHDOG_OPTIONS_H

enum mode { MODE_DAEMON, MODE_ONCE, MODE_TEST_MESSAGE, MODE_FIND_CHAT, MODE_SELF_TEST, MODE_CHECK_CONFIG, MODE_VERSION, MODE_HELP };

struct options {
	enum mode mode;
	const char *file; /* NULL = the default one, which may be missing */
	int verbose;
};

/*
 * Parse argv.  Returns 0, or EX_USAGE after one line on stderr that says
 * what was wrong.
 */
int options_parse(struct options *o, int argc, char *argv[]);

/* The usage, a line for each option, to stdout. */
void options_help(void);

#endif
