/*
 * The environment: a variable a line.  What a container engine or a service
 * manager passes on has quotes, blanks and bytes of all kinds.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"
#include "fuzz.h"

#define VARIABLES_MAX 64

static void
report(void *ctx, bool error, const char *text)
{
	*(unsigned *)ctx += error;
	FUZZ_CHECK(text[0] != '\0');
	fuzz_check_clean(text, 1023);
}

/* Secrets that were wiped from the environment come back at the next load, the same. */
static void
load_again(const struct config *first, struct config_source *from)
{
	struct config again;
	unsigned errors = 0;

	config_init(&again);
	FUZZ_CHECK(config_load(&again, from, report, &errors) == errors);
	FUZZ_CHECK((first->tg_bot_token == NULL) == (again.tg_bot_token == NULL));
	FUZZ_CHECK(first->tg_bot_token == NULL || strcmp(first->tg_bot_token, again.tg_bot_token) == 0);
	config_free(&again);
}

static void
load(char **env)
{
	struct config_source from = {.env = env, .env_secrets = memfd_create("secrets", MFD_CLOEXEC)};
	struct config c;
	unsigned errors = 0;

	FUZZ_CHECK(from.env_secrets != -1);
	config_init(&c);
	FUZZ_CHECK(config_load(&c, &from, report, &errors) == errors);
	/* The token stands nowhere in it any more. */
	for (size_t i = 0; c.tg_bot_token != NULL && env[i] != NULL; i++)
		FUZZ_CHECK(strncmp(env[i], "WATCHDOG_TG_BOT_TOKEN=", 22) != 0 || strstr(env[i], c.tg_bot_token) == NULL);
	if (errors == 0)
		load_again(&c, &from);
	config_free(&c);
	close(from.env_secrets);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *rest = text, *line, *env[VARIABLES_MAX + 1];
	size_t n = 0;

	fuzz_quiet_log();
	while (n < VARIABLES_MAX && (line = strsep(&rest, "\n")) != NULL)
		env[n++] = line;
	env[n] = NULL;
	load(env);
	free(text);
	return 0;
}
