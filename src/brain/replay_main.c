/*
 * The command line of a replay.
 */
#include "build_config.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "config.h"
#include "replay.h"

extern char **environ;

static int
usage(void)
{
	fprintf(stderr, "usage: watchdog-brain --replay [-f file] [--messages [--start]] < trace.ndjson\n");
	return EX_USAGE;
}

static void
report(void *ctx, bool error, const char *text)
{
	(void)ctx;
	fprintf(stderr, "%s%s\n", error ? "" : "warning: ", text);
}

static int
replay_with(const char *file, const struct replay_options *how)
{
	struct config_source from = {.file = file, .must_exist = true, .env = environ};
	struct config config;
	int rc;

	config_init(&config);
	rc = config_load(&config, &from, report, NULL) > 0 ? EX_CONFIG : replay_run(&config, how, stdin, stdout);
	config_free(&config);
	return rc;
}

int
replay_main(int argc, char **argv)
{
	static const struct option options[] = {
		{"replay", no_argument, NULL, 'r'},
		{"messages", no_argument, NULL, 'm'},
		{"start", no_argument, NULL, 's'},
		{"file", required_argument, NULL, 'f'},
		{NULL, 0, NULL, 0},
	};
	struct replay_options how = {0};
	bool replay = false;
	const char *file = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "f:", options, NULL)) != -1) {
		if (c == 'r')
			replay = true;
		else if (c == 'm')
			how.messages = true;
		else if (c == 's')
			how.anew = true;
		else if (c == 'f')
			file = optarg;
		else
			return usage();
	}
	if (!replay || optind < argc || (how.anew && !how.messages))
		return usage();
	return replay_with(file, &how);
}
