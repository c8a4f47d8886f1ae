/*
 * What every unit test includes: cmocka and what it wants before it.
 */
#ifndef WATCHDOG_UNIT_H
#define WATCHDOG_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
