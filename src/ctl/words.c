/*
 * Numbers and times as words.
 */
#include "build_config.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "words.h"

#define HALF_A_DAY 43200.0
#define TIME_MAX 1e15 /* a time_t holds it */

void
words_duration(char *buf, size_t cap, double seconds)
{
	long long s = seconds > 0 ? (long long)fmin(seconds, 1e12) : 0;

	if (s < 60)
		snprintf(buf, cap, "%lld s", s);
	else if (s < 3600)
		snprintf(buf, cap, "%lld min", s / 60);
	else if (s < 86400)
		snprintf(buf, cap, "%lld h %lld min", s / 3600, s / 60 % 60);
	else
		snprintf(buf, cap, "%lld d %lld h", s / 86400, s / 3600 % 24);
}

void
words_time(char *buf, size_t cap, double at, double now)
{
	bool known = fabs(at) < TIME_MAX;
	time_t when = (time_t)(known ? at : 0);
	struct tm tm;

	buf[0] = '\0';
	if (!known || localtime_r(&when, &tm) == NULL)
		return;
	if (strftime(buf, cap, fabs(now - at) < HALF_A_DAY ? "%H:%M:%S" : "%b %e %H:%M", &tm) == 0)
		buf[0] = '\0';
}

const char *
words_s(double n)
{
	return n > 1 || n < 1 ? "s" : "";
}

void
words_bytes(char *buf, size_t cap, double bytes)
{
	buf[0] = '\0';
	if (isfinite(bytes))
		snprintf(buf, cap, "%.1f MiB", bytes / 1048576);
}
