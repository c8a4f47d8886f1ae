/*
 * watchdog-notifier, whose n-th allocation fails.
 */
#include "build_config.h"

#include <stdlib.h>

#include <curl/curl.h>

#include "failing.h"

int notifier_main(void); /* src/notifier/main.c */

int
main(void)
{
	failing_begin();
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, failing_malloc, free, failing_realloc, failing_strdup,
	    failing_calloc) != CURLE_OK)
		return 1;
	return notifier_main();
}
