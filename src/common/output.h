/*
 * What a program has printed for whoever asked.
 */
#ifndef WATCHDOG_OUTPUT_H
#define WATCHDOG_OUTPUT_H

/*
 * The exit status of a program that is done and would exit with status, once
 * all that it printed to stdout is written: that, or EX_IOERR, said on
 * stderr, if it would be 0 and something could not be written (a full disk).
 */
int output_end(const char *program, int status);

#endif
