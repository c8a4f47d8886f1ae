/*
 * A configuration that a test sets and asks.
 */
#ifndef WATCHDOG_CONFIG_UNIT_H
#define WATCHDOG_CONFIG_UNIT_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "unit.h"

#define TOKEN "1234567:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"

static struct config c;
static char why[512]; /* of what was refused last */

static inline int
setup(void **state)
{
	(void)state;
	config_init(&c);
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	config_free(&c);
	return 0;
}

static inline void
set_in(struct config *into, const char *key, const char *value)
{
	if (config_set(into, key, value, why, sizeof(why)) == -1)
		fail_msg("%s=%s: %s", key, value, why);
}

static inline void
set(const char *key, const char *value)
{
	set_in(&c, key, value);
}

/* As config_value() has it, or "(unset)". */
static inline const char *
value_of(const struct config *from, const char *key)
{
	static char value[CONFIG_VALUE_MAX + 1];
	int rc = config_value(from, config_key_index(config_key_find(key)), value, sizeof(value));

	assert_true(rc == 0 || (rc == 1 && value[0] == '\0'));
	return rc == 1 ? "(unset)" : value;
}

#define CONFIG(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
