/*
 * RFC 3339, section 5.6.  Pure; trusts nothing of the text.
 */
#include "build_config.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "rfc3339.h"

/* Exactly n digits, as a number from lo to hi. */
static bool
take_number(const char **s, int n, int lo, int hi, int *value)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return false;
		v = v * 10 + (**s - '0');
	}
	*value = v;
	return v >= lo && v <= hi;
}

static bool
take_one_of(const char **s, const char *set)
{
	if (**s == '\0' || strchr(set, **s) == NULL)
		return false;
	(*s)++;
	return true;
}

static bool
take_date(const char **s, struct tm *tm)
{
	if (!take_number(s, 4, 1, 9999, &tm->tm_year) || !take_one_of(s, "-") ||
	    !take_number(s, 2, 1, 12, &tm->tm_mon) || !take_one_of(s, "-") ||
	    !take_number(s, 2, 1, 31, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	return true;
}

/* 60 is a leap second. */
static bool
take_time(const char **s, struct tm *tm)
{
	return take_number(s, 2, 0, 23, &tm->tm_hour) && take_one_of(s, ":") &&
	    take_number(s, 2, 0, 59, &tm->tm_min) && take_one_of(s, ":") &&
	    take_number(s, 2, 0, 60, &tm->tm_sec);
}

static bool
take_fraction(const char **s, double *fraction)
{
	double unit = 0.1;

	*fraction = 0;
	if (!take_one_of(s, "."))
		return true;
	if (!isdigit((unsigned char)**s))
		return false;
	for (; isdigit((unsigned char)**s); (*s)++, unit /= 10)
		*fraction += (**s - '0') * unit;
	return true;
}

static bool
take_offset(const char **s, int *seconds)
{
	int sign = **s == '-' ? -1 : 1, h, m;

	*seconds = 0;
	if (take_one_of(s, "Zz"))
		return true;
	if (!take_one_of(s, "+-") || !take_number(s, 2, 0, 23, &h) || !take_one_of(s, ":") ||
	    !take_number(s, 2, 0, 59, &m))
		return false;
	*seconds = sign * (h * 3600 + m * 60);
	return true;
}

double
rfc3339_parse(const char *s)
{
	struct tm tm = {0};
	double fraction;
	int offset, day;
	time_t t;

	if (!take_date(&s, &tm) || !take_one_of(&s, "Tt ") || !take_time(&s, &tm) ||
	    !take_fraction(&s, &fraction) || !take_offset(&s, &offset) || *s != '\0')
		return NAN;
	day = tm.tm_mday;
	if (tm.tm_sec == 60) {
		tm.tm_sec = 59;
		offset--;
	}
	t = timegm(&tm);
	/* timegm() makes the 31st of April the 1st of May. */
	return tm.tm_mday == day ? (double)(t - offset) + fraction : NAN;
}
