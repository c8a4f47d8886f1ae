/*
 * The windows of WATCHDOG_MAINTENANCE: "Sun 03:00-04:00, daily 02:00-02:15".
 * Text of a person's; all of it is checked.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config_types.h"

#define WEEK 7
#define DAY_MINUTES 1440
#define WORD_MAX 16
#define BLANKS " \t\n"

static const char *const days[WEEK] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

/* Sun, or Sunday, in any case; -1 if it is no day. */
static int
day_of(const char *word, size_t len)
{
	for (int i = 0; i < WEEK; i++)
		if ((len == 3 || len == strlen(days[i])) && strncasecmp(word, days[i], len) == 0)
			return i;
	return -1;
}

static int
parse_days(struct window *w, const char *word, struct refusal *r)
{
	const char *dash = strchr(word, '-');
	size_t len = dash == NULL ? strlen(word) : (size_t)(dash - word);
	int first = day_of(word, len), last = dash == NULL ? first : day_of(dash + 1, strlen(dash + 1));

	if (strcasecmp(word, "daily") == 0) {
		first = 0;
		last = WEEK - 1;
	}
	if (first == -1 || last == -1)
		return refuse(r, "daily, a day (Mon) or days (Mon-Fri) before the times of a window", word);
	w->first = (unsigned)first;
	w->last = (unsigned)last;
	return 0;
}

/* HH:MM, up to 24:00.  Returns minutes, -1 if it is no time. */
static int
time_of(const char *s)
{
	int hours, minutes;

	if (strlen(s) != 5 || strspn(s, "0123456789") != 2 || s[2] != ':' || strspn(s + 3, "0123456789") != 2)
		return -1;
	hours = (s[0] - '0') * 10 + s[1] - '0';
	minutes = (s[3] - '0') * 10 + s[4] - '0';
	return minutes < 60 && hours * 60 + minutes <= DAY_MINUTES ? hours * 60 + minutes : -1;
}

static int
parse_times(struct window *w, char *word, struct refusal *r)
{
	char *dash = strchr(word, '-');
	int from, until;

	if (dash == NULL)
		return refuse(r, "times of a window like 03:00-04:00", word);
	*dash = '\0';
	if ((from = time_of(word)) == -1 || from == DAY_MINUTES)
		return refuse(r, "a window that begins from 00:00 to 23:59", word);
	if ((until = time_of(dash + 1)) == -1)
		return refuse(r, "a window that ends from 00:00 to 24:00", dash + 1);
	if (from == until)
		return refuse(r, "a window that ends at another time than it begins (all day is 00:00-24:00)", word);
	w->from = (unsigned)from;
	w->until = (unsigned)until;
	return 0;
}

/* The next word of s into buf, which a longer one does not fit.  Returns what is behind it. */
static const char *
next_word(const char *s, char buf[WORD_MAX * 2])
{
	size_t len;

	s += strspn(s, BLANKS);
	len = strcspn(s, BLANKS);
	snprintf(buf, WORD_MAX * 2, "%.*s", (int)len, s);
	return s + len;
}

static int
parse_window(struct window *w, const char *entry, struct refusal *r)
{
	char day[WORD_MAX * 2], times[WORD_MAX * 2];
	const char *rest = next_word(next_word(entry, day), times);

	if (times[0] == '\0' || rest[strspn(rest, BLANKS)] != '\0')
		return refuse(r, "windows like Sun 03:00-04:00, Mon-Fri 23:50-00:10, daily 02:00-02:15", entry);
	return parse_days(w, day, r) == -1 ? -1 : parse_times(w, times, r);
}

static int
add_window(struct window_list *list, const char *entry, struct refusal *r)
{
	struct window w;

	if (parse_window(&w, entry, r) == -1)
		return -1;
	if (list->n >= (size_t)r->row->key.max)
		return refuse_plainly(r, "expected at most %.0f windows, found more", r->row->key.max);
	list->v = grow(list->v, list->n, sizeof(*list->v));
	list->v[list->n++] = w;
	return 0;
}

static void
clear_windows(void *member)
{
	struct window_list *list = member;

	free(list->v);
	*list = (struct window_list){0};
}

static int
parse_windows(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	struct window_list list = {0};
	char *copy = strdup(text), *at = copy, *entry;
	int rc = 0;

	(void)row;
	if (copy == NULL)
		fatal("configuration");
	while (rc == 0 && (entry = strsep(&at, ",")) != NULL)
		rc = add_window(&list, entry, r);
	free(copy);
	if (rc == -1) {
		clear_windows(&list);
		return -1;
	}
	clear_windows(member);
	*(struct window_list *)member = list;
	return 0;
}

static void
print_window(const struct window *w, struct text *out)
{
	char text[64];

	if (w->first == 0 && w->last == WEEK - 1)
		snprintf(text, sizeof(text), "daily");
	else if (w->first == w->last)
		snprintf(text, sizeof(text), "%.3s", days[w->first]);
	else
		snprintf(text, sizeof(text), "%.3s-%.3s", days[w->first], days[w->last]);
	text_add(out, text);
	snprintf(text, sizeof(text), " %02u:%02u-%02u:%02u", w->from / 60, w->from % 60, w->until / 60, w->until % 60);
	text_add(out, text);
}

static bool
print_windows(const void *member, struct text *out)
{
	const struct window_list *list = member;

	for (size_t i = 0; i < list->n; i++) {
		text_add(out, i == 0 ? "" : ", ");
		print_window(&list->v[i], out);
	}
	return list->n > 0;
}

const struct config_type config_type_WINDOWS = {
	"list of windows", "windows like Sun 03:00-04:00, Mon-Fri 23:50-00:10, daily 02:00-02:15", false,
	parse_windows, print_windows, clear_windows,
};
