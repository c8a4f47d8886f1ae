/*
 * Windows in which nothing is told, by the local clock.
 *
 * When clocks are put forward, a window whose hour is left out comes right
 * after it, as long as ever.  When they are put back, a window in the hour
 * that comes twice lasts through both.
 */
#ifndef WATCHDOG_MAINTENANCE_H
#define WATCHDOG_MAINTENANCE_H

#include "config.h"

/* True if one of the windows is open at wall, seconds since the epoch, in TZ. */
bool maintenance_open(const struct window_list *windows, double wall);

#endif
