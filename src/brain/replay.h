/*
 * watchdog-brain --replay: run the brain on a recording.  Input and output
 * are newline-delimited JSON, one tick and one decision a line; the man page
 * watchdog(8) has the members.
 */
#ifndef WATCHDOG_REPLAY_H
#define WATCHDOG_REPLAY_H

#include <stdbool.h>
#include <stdio.h>

#define REPLAY_LINE_MAX (16u << 20) /* bytes */

struct config;

struct replay_options {
	bool messages; /* write the texts that would leave, too */
	bool anew;     /* ... as if the daemon had been started anew with the first tick */
};

/*
 * Read ticks from in, write decisions to out, and messages as
 * {"now": …, "message": "…"}.  What is wrong with the input goes to stderr.
 * Returns an exit status of sysexits.h.
 */
int replay_run(const struct config *config, const struct replay_options *how, FILE *in, FILE *out);

/* The command line: --replay [-f file] [--messages [--start]].  Returns the exit status. */
int replay_main(int argc, char **argv);

#endif
