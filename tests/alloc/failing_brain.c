/*
 * watchdog-brain, whose n-th allocation fails.
 */
#include "build_config.h"

#include <stddef.h>

#include "failing.h"

int brain_main(int argc, char **argv); /* src/brain/main.c */

int
main(int argc, char **argv)
{
	failing_begin();
	return brain_main(argc, argv);
}
