/*
 * Keeping the token out of what is said of it.
 */
#include "build_config.h"

#include <string.h>

#include "secret.h"

static void
blot_out(char *text, const char *secret)
{
	size_t len = strlen(secret);

	while (len > 0 && (text = strstr(text, secret)) != NULL)
		memset(text, '*', len);
}

void
secret_scrub(char *text, const char *token)
{
	const char *colon = strchr(token, ':');

	blot_out(text, token);
	if (colon != NULL)
		blot_out(text, colon + 1);
}
