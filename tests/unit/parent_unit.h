/*
 * For tests of what the parent does with its children.
 */
#ifndef WATCHDOG_PARENT_UNIT_H
#define WATCHDOG_PARENT_UNIT_H

#include "parent.h"
#include "unit.h"
#include "unit_log.h"

/* main.c's, which has a main() of its own. */
void
tick_now(struct parent *parent)
{
	(void)parent;
	fail_msg("nobody has asked for a tick");
}

#endif
