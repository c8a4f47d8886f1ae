/*
 * Answers as tables.  A member that is missing is shown as nothing: a client
 * may be newer than its daemon.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include "members.h"
#include "show.h"
#include "table.h"
#include "utf8.h"
#include "words.h"

static void
head(struct table *t, const char *const *names)
{
	size_t n = 0;

	while (names[n] != NULL)
		n++;
	table_init(t, n);
	for (size_t i = 0; i < n; i++)
		table_cell(t, names[i], COLOUR_BOLD);
}

/* --- signals --- */

static const struct {
	const char *state;
	enum colour colour;
} state_colours[] = {
	{"active", COLOUR_RED},
	{"pending", COLOUR_YELLOW},
	{"in grace", COLOUR_YELLOW},
	{"no data", COLOUR_YELLOW},
	{"not watched", COLOUR_FAINT},
	{"ok", COLOUR_GREEN},
};

static enum colour
colour_of_state(const char *state)
{
	for (size_t i = 0; i < sizeof(state_colours) / sizeof(state_colours[0]); i++)
		if (strcmp(state_colours[i].state, state) == 0)
			return state_colours[i].colour;
	return COLOUR_NONE;
}

static void
signal_row(struct table *t, const cJSON *s, double now)
{
	const char *state = string_of(s, "state"), *hushed = string_of(s, "hushed");
	char text[TABLE_CELL_MAX], time[WORDS_MAX];

	subject_of(s, text, sizeof(text));
	table_cell(t, text, COLOUR_NONE);
	if (strcmp(state, "pending") == 0)
		snprintf(text, sizeof(text), "pending %.0f/%.0f", count_of(s, "bad"), count_of(s, "need"));
	else
		snprintf(text, sizeof(text), "%s%s%s", state, hushed[0] == '\0' ? "" : ", ", hushed);
	table_cell(t, text, colour_of_state(state));
	words_time(time, sizeof(time), number_of(s, "since"), now);
	table_cell(t, time, COLOUR_NONE);
	snprintf(text, sizeof(text), "%s%s%s", string_of(s, "value"), string_of(s, "mark")[0] == '\0' ? "" : " of ", string_of(s, "mark"));
	table_cell(t, text, COLOUR_NONE);
	words_time(time, sizeof(time), number_of(s, "last_message"), now);
	table_cell(t, time, COLOUR_NONE);
	table_cell(t, string_of(s, "detail"), COLOUR_NONE);
}

static void
show_signals(const cJSON *list, double now, FILE *out, bool colours)
{
	static const char *const names[] = {"SIGNAL", "STATE", "SINCE", "VALUE", "LAST MESSAGE", "DETAIL", NULL};
	const cJSON *s;
	struct table t;

	head(&t, names);
	cJSON_ArrayForEach(s, list)
		signal_row(&t, s, now);
	table_print(&t, out, colours);
	table_free(&t);
}

/* --- roles --- */

static void
role_row(struct table *t, const cJSON *r)
{
	const char *state = string_of(r, "state"), *sandbox = string_of(r, "sandbox");
	bool parent = strcmp(string_of(r, "role"), "parent") == 0, running = strcmp(state, "running") == 0;
	char text[256];

	table_cell(t, string_of(r, "role"), COLOUR_NONE);
	table_cell(t, state, running ? COLOUR_GREEN : COLOUR_RED);
	words_duration(text, sizeof(text), count_of(r, "uptime"));
	table_cell(t, running ? text : "", COLOUR_NONE);
	words_bytes(text, sizeof(text), number_of(r, "memory"));
	table_cell(t, text, COLOUR_NONE);
	snprintf(text, sizeof(text), "%.0f", count_of(r, "restarts"));
	table_cell(t, text, count_of(r, "restarts") > 0 ? COLOUR_YELLOW : COLOUR_NONE);
	if (strcmp(sandbox, "off") == 0)
		snprintf(text, sizeof(text), "off");
	else
		snprintf(text, sizeof(text), "%s, %.0f calls%s, Landlock ABI %.0f", sandbox, count_of(r, "calls"),
		    parent ? " forbidden" : "", count_of(r, "landlock_abi"));
	table_cell(t, text, strcmp(sandbox, "enforce") == 0 ? COLOUR_GREEN : COLOUR_RED);
}

static void
show_roles(const cJSON *list, FILE *out, bool colours)
{
	static const char *const names[] = {"ROLE", "STATE", "UP", "MEMORY", "RESTARTS", "SANDBOX", NULL};
	const cJSON *r;
	struct table t;

	head(&t, names);
	cJSON_ArrayForEach(r, list)
		role_row(&t, r);
	table_print(&t, out, colours);
	table_free(&t);
}

/* --- silences --- */

static void
show_silences(const cJSON *list, double now, FILE *out, bool colours)
{
	static const char *const names[] = {"SILENCED", "UNTIL", "BY", "COMMENT", NULL};
	char time[WORDS_MAX];
	const cJSON *s;
	struct table t;

	if (cJSON_GetArraySize(list) == 0)
		return;
	head(&t, names);
	cJSON_ArrayForEach(s, list) {
		words_time(time, sizeof(time), number_of(s, "until"), now);
		table_cell(&t, string_of(s, "pattern"), COLOUR_NONE);
		table_cell(&t, time, COLOUR_NONE);
		table_cell(&t, string_of(s, "by"), COLOUR_NONE);
		table_cell(&t, string_of(s, "comment"), COLOUR_NONE);
	}
	fputc('\n', out);
	table_print(&t, out, colours);
	table_free(&t);
}

/* --- the rest --- */

/* A container's death is then seen with the next list, not at once. */
static void
show_events(const cJSON *s, FILE *out, bool colours)
{
	char text[TABLE_CELL_MAX], clean[TABLE_CELL_MAX];

	if (!cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(s, "docker_events")))
		return;
	snprintf(text, sizeof(text), "docker events   none: %s", string_of(s, "docker_events_why"));
	utf8_clean(clean, sizeof(clean), text, strlen(text), false);
	table_say(out, colours, COLOUR_YELLOW, clean);
	fputc('\n', out);
}

static void
show_delivery(const cJSON *s, FILE *out, bool colours)
{
	double now = number_of(s, "now");
	char text[WORDS_MAX];

	words_time(text, sizeof(text), number_of(s, "last_tick"), now);
	fprintf(out, "last tick       %s\n", text[0] == '\0' ? "none yet" : text);
	words_time(text, sizeof(text), number_of(s, "last_delivered"), now);
	fprintf(out, "last message    %s%s\n", text[0] == '\0' ? "none delivered since the brain was started" : text,
	    count_of(s, "chats") == 0 ? " (no chat: messages go to the log)" : "");
	fprintf(out, "waiting         %.0f change%s to be told\n", count_of(s, "queue"), words_s(count_of(s, "queue")));
	if (count_of(s, "set_aside") > 0) {
		snprintf(text, sizeof(text), "set aside       %.0f message%s that Telegram refused", count_of(s, "set_aside"),
		    words_s(count_of(s, "set_aside")));
		table_say(out, colours, COLOUR_RED, text);
		fputc('\n', out);
	}
	if (count_of(s, "unusable_chats") > 0) {
		snprintf(text, sizeof(text), "unusable        %.0f of %.0f chat%s, see the log", count_of(s, "unusable_chats"),
		    count_of(s, "chats"), words_s(count_of(s, "chats")));
		table_say(out, colours, COLOUR_RED, text);
		fputc('\n', out);
	}
}

void
show_status(const cJSON *document, FILE *out, bool colours)
{
	const cJSON *status = cJSON_GetObjectItemCaseSensitive(document, "status");
	double now = number_of(status, "now");
	char text[WORDS_MAX];

	words_time(text, sizeof(text), now, now);
	fprintf(out, "watchdog %s on %s, %s\n\n", string_of(status, "version"), string_of(status, "host"), text);
	show_signals(cJSON_GetObjectItemCaseSensitive(document, "signals"), now, out, colours);
	show_silences(cJSON_GetObjectItemCaseSensitive(document, "silences"), now, out, colours);
	fputc('\n', out);
	show_roles(cJSON_GetObjectItemCaseSensitive(document, "roles"), out, colours);
	fputc('\n', out);
	show_delivery(status, out, colours);
	show_events(status, out, colours);
}
