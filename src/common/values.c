/*
 * Words and numbers of people.  Trusts nothing of the text but its NUL.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "values.h"

#define NUMBER_MOST 32 /* digits */
#define DIGITS "0123456789"

bool
value_bool(const char *text, bool *v)
{
	static const char *const words[2][4] = {{"0", "false", "no", "off"}, {"1", "true", "yes", "on"}};

	for (int truth = 0; truth < 2; truth++)
		for (int i = 0; i < 4; i++)
			if (strcasecmp(text, words[truth][i]) == 0) {
				*v = truth == 1;
				return true;
			}
	return false;
}

bool
value_decimal(const char *text, size_t len, double *v)
{
	char digits[NUMBER_MOST + 1];
	size_t whole, fraction = 0;

	if (len == 0 || len > NUMBER_MOST)
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	whole = strspn(digits, DIGITS);
	if (digits[whole] == '.')
		fraction = 1 + strspn(digits + whole + 1, DIGITS);
	if (whole == 0 || fraction == 1 || whole + fraction != len)
		return false;
	*v = strtod(digits, NULL);
	return true;
}

bool
value_seconds(const char *text, double *v)
{
	static const struct {
		char letter;
		double seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	size_t len = strlen(text);
	double unit = 1;

	for (size_t i = 0; len > 0 && i < sizeof(units) / sizeof(units[0]); i++)
		if (text[len - 1] == units[i].letter) {
			unit = units[i].seconds;
			len--;
			break;
		}
	if (!value_decimal(text, len, v))
		return false;
	*v *= unit;
	return true;
}
