/*
 * Patterns.  fnmatch(3) takes exponential time for some, and these come from
 * control clients.
 */
#include "build_config.h"

#include <string.h>

#include "glob.h"
#include "utf8.h"

/* Bytes of a code point; never 0, whatever the text. */
static size_t
step(const char *text)
{
	size_t n = utf8_step(text, strnlen(text, 4));

	return n == 0 ? 1 : n;
}

bool
glob_match(const char *pattern, const char *text)
{
	const char *star = NULL, *retry = NULL; /* behind the last '*', and where its text ends for now */

	while (*text != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			retry = text;
		} else if (*pattern == '?') {
			pattern++;
			text += step(text);
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star;
			text = retry += step(retry);
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
