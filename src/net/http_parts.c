/*
 * Parts of an answer.  Pure; trusts nothing of what a server wrote.
 */
#include "build_config.h"

#include <ctype.h>

#include "http_parts.h"

bool
http_is_redirect(long status)
{
	return status >= 300 && status < 400;
}

double
http_retry_after(const char *value, size_t len)
{
	double seconds = 0;
	size_t i = 0;

	while (i < len && (value[i] == ' ' || value[i] == '\t'))
		i++;
	for (; i < len && isdigit((unsigned char)value[i]); i++)
		seconds = seconds * 10 + (value[i] - '0');
	return seconds < HTTP_RETRY_AFTER_MAX ? seconds : HTTP_RETRY_AFTER_MAX;
}
