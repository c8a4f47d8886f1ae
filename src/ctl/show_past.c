/*
 * One signal explained, and what happened.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "members.h"
#include "show.h"
#include "table.h"
#include "utf8.h"
#include "words.h"

#define TEXT_MAX 512

static double
now(void)
{
	return (double)time(NULL);
}

/* --- history --- */

static void
past_row(struct table *t, const cJSON *p)
{
	const char *untold = string_of(p, "untold");
	char text[TEXT_MAX];

	words_time(text, sizeof(text), number_of(p, "at"), now());
	table_cell(t, text, COLOUR_NONE);
	table_cell(t, string_of(p, "key"), COLOUR_NONE);
	table_cell(t, string_of(p, "what"), strcmp(string_of(p, "what"), "recovery") == 0 ? COLOUR_GREEN : COLOUR_NONE);
	snprintf(text, sizeof(text), untold[0] == '\0' ? "yes" : "no: %s", untold);
	table_cell(t, text, untold[0] == '\0' ? COLOUR_NONE : COLOUR_FAINT);
	table_cell(t, string_of(p, "detail"), COLOUR_NONE);
}

void
show_history(const cJSON *document, FILE *out, bool colours)
{
	static const char *const names[] = {"TIME", "SIGNAL", "WHAT", "TOLD", "DETAIL"};
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(document, "history"), *p;
	struct table t;

	if (cJSON_GetArraySize(list) == 0) {
		fputs("nothing has happened that is remembered\n", out);
		return;
	}
	table_init(&t, sizeof(names) / sizeof(names[0]));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		table_cell(&t, names[i], COLOUR_BOLD);
	cJSON_ArrayForEach(p, list)
		past_row(&t, p);
	table_print(&t, out, colours);
	table_free(&t);
}

/* --- explain: one line an aspect, each a function that writes "" where there is nothing to say --- */

static void
say_seen(const cJSON *e, char *text)
{
	snprintf(text, TEXT_MAX, "%.500s", string_of(e, "detail"));
}

static void
say_value(const cJSON *e, char *text)
{
	const char *mark = string_of(e, "mark");

	snprintf(text, TEXT_MAX, "%s%s%s", string_of(e, "value"), mark[0] == '\0' ? "" : ", the mark is ", mark);
}

static void
say_harmless(const cJSON *e, char *text)
{
	snprintf(text, TEXT_MAX, "%.500s", string_of(e, "harmless"));
}

/* Back by then it is no alarm. */
static void
say_grace(const cJSON *e, char *text)
{
	char until[WORDS_MAX];

	words_time(until, sizeof(until), number_of(e, "grace_until"), now());
	snprintf(text, TEXT_MAX, "%s%s", until[0] == '\0' ? "" : "until ", until);
}

static void
say_debounce(const cJSON *e, char *text)
{
	double bad = count_of(e, "bad"), need = count_of(e, "need"), good = count_of(e, "good"), recover = count_of(e, "recover");

	if (bad > 0)
		snprintf(text, TEXT_MAX, "%.0f bad look%s in a row, %.0f make%s an alert", bad, words_s(bad), need, need == 1 ? "s" : "");
	else if (strcmp(string_of(e, "state"), "active") == 0)
		snprintf(text, TEXT_MAX, "%.0f good look%s in a row, %.0f make%s a recovery", good, words_s(good), recover, recover == 1 ? "s" : "");
	else
		snprintf(text, TEXT_MAX, "no bad look; %.0f in a row make%s an alert", need, need == 1 ? "s" : "");
}

static void
say_chats(const cJSON *e, char *text)
{
	char at[WORDS_MAX], left[WORDS_MAX], all[WORDS_MAX];

	words_time(at, sizeof(at), number_of(e, "last_message"), now());
	words_duration(left, sizeof(left), number_of(e, "cooldown_left"));
	words_duration(all, sizeof(all), number_of(e, "cooldown"));
	if (!flag_of(e, "told"))
		snprintf(text, TEXT_MAX, flag_of(e, "alerting") ? "not told" : "nothing to tell");
	else if (!flag_of(e, "alerting"))
		snprintf(text, TEXT_MAX, "told at %s, and not yet that it is over", at);
	else if (string_of(e, "acked_by")[0] != '\0')
		snprintf(text, TEXT_MAX, "told at %s, and not again until it recovers", at);
	else if (string_of(e, "hushed")[0] != '\0')
		snprintf(text, TEXT_MAX, "told at %s, and nothing more for now", at);
	else if (isnan(number_of(e, "cooldown_left")))
		snprintf(text, TEXT_MAX, "told at %s, and not again (cooldown never)", at);
	else
		snprintf(text, TEXT_MAX, "told at %s, again in %s (cooldown %s)", at, left, all);
}

static void
say_covered(const cJSON *e, char *text)
{
	snprintf(text, TEXT_MAX, "%.500s", string_of(e, "covered_by"));
}

static void
say_silenced(const cJSON *e, char *text)
{
	const cJSON *s = cJSON_GetObjectItemCaseSensitive(e, "silence");
	char until[WORDS_MAX];

	text[0] = '\0';
	if (s == NULL)
		return;
	words_time(until, sizeof(until), number_of(s, "until"), now());
	snprintf(text, TEXT_MAX, "%.64s until %s, \"%.150s\"%s%.200s", string_of(s, "by"), until, string_of(s, "pattern"),
	    string_of(s, "comment")[0] == '\0' ? "" : ": ", string_of(s, "comment"));
}

static void
say_acked(const cJSON *e, char *text)
{
	const char *by = string_of(e, "acked_by"), *comment = string_of(e, "ack_comment");
	char at[WORDS_MAX];

	text[0] = '\0';
	if (by[0] == '\0')
		return;
	words_time(at, sizeof(at), number_of(e, "acked"), now());
	snprintf(text, TEXT_MAX, "%.64s at %s%s%.200s", by, at, comment[0] == '\0' ? "" : ": ", comment);
}

static const struct {
	const char *name;
	void (*say)(const cJSON *e, char *text);
} aspects[] = {
	{"seen", say_seen},
	{"value", say_value},
	{"no alarm", say_harmless},
	{"grace", say_grace},
	{"debounce", say_debounce},
	{"chats", say_chats},
	{"covered by", say_covered},
	{"silenced by", say_silenced},
	{"acked by", say_acked},
};

static void
show_state(const cJSON *e, FILE *out)
{
	const char *state = string_of(e, "state"), *hushed = string_of(e, "hushed");
	char at[WORDS_MAX], lasted[WORDS_MAX], said[TABLE_CELL_MAX], subject[TABLE_CELL_MAX];

	subject_of(e, said, sizeof(said));
	utf8_clean(subject, sizeof(subject), said, strlen(said), false);
	fprintf(out, "%s: %s", subject, state);
	if (isfinite(number_of(e, "since"))) {
		words_time(at, sizeof(at), number_of(e, "since"), now());
		words_duration(lasted, sizeof(lasted), now() - number_of(e, "since"));
		fprintf(out, " since %s, for %s", at, lasted);
	}
	if (strcmp(hushed, "acknowledged") == 0)
		fprintf(out, ", acknowledged\n");
	else
		fprintf(out, "%s%s\n", hushed[0] == '\0' ? "" : ", nothing is told: ", hushed);
}

void
show_explain(const cJSON *document, FILE *out, bool colours)
{
	const cJSON *e = cJSON_GetObjectItemCaseSensitive(document, "explain");
	char text[TEXT_MAX];
	struct table t;

	show_state(e, out);
	table_init(&t, 3);
	for (size_t i = 0; i < sizeof(aspects) / sizeof(aspects[0]); i++) {
		aspects[i].say(e, text);
		if (text[0] == '\0')
			continue;
		table_cell(&t, "", COLOUR_NONE);
		table_cell(&t, aspects[i].name, COLOUR_BOLD);
		table_cell(&t, text, COLOUR_NONE);
	}
	table_print(&t, out, colours);
	table_free(&t);
	if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(document, "history")) == 0)
		return;
	fputc('\n', out);
	show_history(document, out, colours);
}
