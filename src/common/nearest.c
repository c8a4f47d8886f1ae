/*
 * The distance of two words.
 */
#include "build_config.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "nearest.h"

static char
upper(char c)
{
	return (char)toupper((unsigned char)c);
}

unsigned
word_distance(const char *a, const char *b)
{
	unsigned row[3][NEAREST_MOST + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > NEAREST_MOST || lb > NEAREST_MOST)
		return UINT_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned *now = row[i % 3], *above = row[(i - 1) % 3], *swap = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			bool same = upper(a[i - 1]) == upper(b[j - 1]);

			now[j] = above[j - 1] + !same;
			if (now[j] > above[j] + 1)
				now[j] = above[j] + 1;
			if (now[j] > now[j - 1] + 1)
				now[j] = now[j - 1] + 1;
			if (i > 1 && j > 1 && upper(a[i - 1]) == upper(b[j - 2]) &&
			    upper(a[i - 2]) == upper(b[j - 1]) && now[j] > swap[j - 2] + 1)
				now[j] = swap[j - 2] + 1;
		}
	}
	return row[la % 3][lb];
}
