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

/*
 * Read ticks from in, write decisions to out; with messages also the texts
 * that would leave, as {"now": …, "message": "…"}.  What is wrong with the
 * input goes to stderr.  Returns an exit status of sysexits.h.
 */
int replay_run(const struct config *config, bool messages, FILE *in, FILE *out);

/* The command line: --replay [-f file] [--messages].  Returns the exit status. */
int replay_main(int argc, char **argv);

#endif
