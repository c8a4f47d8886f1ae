/*
 * Members of an answer's objects.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>

#include "members.h"

const char *
string_of(const cJSON *o, const char *name)
{
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, name);

	return cJSON_IsString(m) ? m->valuestring : "";
}

void
subject_of(const cJSON *signal, char *buf, size_t cap)
{
	const char *subject = string_of(signal, "subject"), *name = string_of(signal, "name");

	if (name[0] == '\0')
		snprintf(buf, cap, "%s", subject);
	else
		snprintf(buf, cap, "%s (%s)", subject, name);
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
