/*
 * Members of a recording's line.  Each answers NULL or NaN for what is not
 * of its type.
 */
#include "build_config.h"

#include <math.h>

#include "replay_json.h"

const cJSON *
replay_member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

double
replay_number(const cJSON *object, const char *name)
{
	const cJSON *m = replay_member(object, name);

	return cJSON_IsNumber(m) && isfinite(m->valuedouble) ? m->valuedouble : NAN;
}

const char *
replay_string(const cJSON *object, const char *name, const char *other)
{
	const cJSON *m = replay_member(object, name);

	return cJSON_IsString(m) ? m->valuestring : other;
}
