/*
 * Members of an answer's objects.
 */
#include "build_config.h"

#include <math.h>

#include "members.h"

const char *
string_of(const cJSON *o, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);

	return cJSON_IsString(m) ? m->valuestring : "";
}

double
number_of(const cJSON *o, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);

	return cJSON_IsNumber(m) ? m->valuedouble : NAN;
}

double
count_of(const cJSON *o, const char *name)
{
	double n = number_of(o, name);

	return isnan(n) ? 0 : n;
}

bool
flag_of(const cJSON *o, const char *name)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, name));
}
