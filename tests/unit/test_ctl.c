/*
 * watchdogctl: gathering an answer, tables, words.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gather.h"
#include "show.h"
#include "table.h"
#include "unit.h"
#include "words.h"

static char page[16384];

static FILE *
open_page(void)
{
	memset(page, 0, sizeof(page));
	return fmemopen(page, sizeof(page), "w");
}

static void
a_table_is_as_wide_as_its_letters(void **state)
{
	struct table t;
	FILE *out = open_page();

	(void)state;
	table_init(&t, 3);
	for (size_t i = 0; i < 6; i++)
		table_cell(&t, (const char *const[]){"A", "B", "C", "приём", "x", ""}[i], COLOUR_NONE);
	table_print(&t, out, false);
	fclose(out);
	assert_string_equal(page, "A      B  C\nприём  x\n");
	table_free(&t);
}

static void
a_cell_cannot_speak_to_the_terminal(void **state)
{
	struct table t;
	FILE *out = open_page();

	(void)state;
	table_init(&t, 1);
	table_cell(&t, "a\033[2Jb\nc", COLOUR_NONE);
	table_print(&t, out, false);
	fclose(out);
	assert_null(strchr(page, '\033'));
	assert_string_equal(page, "a [2Jb c\n");
	table_free(&t);
}

static void
colours_only_where_they_are_wanted(void **state)
{
	FILE *out = open_page();

	(void)state;
	table_say(out, true, COLOUR_RED, "x");
	table_say(out, false, COLOUR_RED, "y");
	fclose(out);
	assert_string_equal(page, "\033[31mx\033[0my");
}

static void
an_answer_is_gathered_line_by_line(void **state)
{
	struct gather g = {0};

	(void)state;
	assert_int_equal(gather_line(&g, "{\"signal\":{\"key\":\"mem\"}}"), GATHER_MORE);
	assert_int_equal(gather_line(&g, "{\"frame\":true}"), GATHER_FRAME);
	gather_next(&g);
	assert_int_equal(gather_line(&g, "{\"signal\":{\"key\":\"disk:/\"}}"), GATHER_MORE);
	assert_int_equal(gather_line(&g, "{\"end\":true,\"exit\":0}"), GATHER_END);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(g.document, "signals")), 1);
	gather_free(&g);
}

static void
what_is_no_line_of_an_answer_is_refused(void **state)
{
	static const char *const bad[] = {"", "x", "[]", "{}", "{\"strange\":1}", "\"end\"", "{\"signal\":"};
	struct gather g = {0};

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		assert_int_equal(gather_line(&g, bad[i]), GATHER_BAD);
	gather_free(&g);
}

/* A brain that was taken over writes the answer. */
static void
no_text_of_an_answer_commands_the_terminal(void **state)
{
	static const char *const lines[] = {
		"{\"status\":{\"version\":\"\\u001b[2J1\",\"host\":\"\xc2\x9b\x31mh\xe2\x80\xae\",\"now\":1e300,\"\x1b]0;x\":1}}",
		"{\"explain\":{\"subject\":\"s\",\"state\":\"\\u001b[31mok\",\"hushed\":\"\\u0007x\"}}",
	};
	struct gather g = {0};
	FILE *out = open_page();
	char *json;

	(void)state;
	for (size_t i = 0; i < LENGTH(lines); i++)
		assert_int_equal(gather_line(&g, lines[i]), GATHER_MORE);
	show_status(g.document, out, false);
	show_explain(g.document, out, false);
	fputs(json = cJSON_PrintUnformatted(g.document), out);
	fclose(out);
	assert_non_null(strstr(page, "watchdog  [2J1 on  1mh?, \n"));
	assert_non_null(strstr(page, "s:  [31mok, nothing is told:  x\n"));
	for (const char *p = page; *p != '\0'; p++)
		assert_true(((unsigned char)*p >= ' ' || *p == '\n') && *p != '\x7f');
	assert_null(strstr(page, "\xc2\x9b"));
	cJSON_free(json);
	gather_free(&g);
}

static void
an_answer_without_end_is_refused(void **state)
{
	static char line[2u << 20];
	struct gather g = {0};
	size_t n = 0;

	(void)state;
	snprintf(line, sizeof(line), "{\"signal\":{\"key\":\"%0*d\"}}", (int)sizeof(line) - 100, 0);
	while (gather_line(&g, line) == GATHER_MORE)
		assert_true(++n < 64);
	assert_true(n >= 16);
	gather_free(&g);
}

static void
words_are_what_a_person_would_say(void **state)
{
	char text[WORDS_MAX];
	static const struct {
		double seconds;
		const char *text;
	} durations[] = {{-5, "0 s"}, {59.9, "59 s"}, {60, "1 min"}, {4320, "1 h 12 min"}, {183600, "2 d 3 h"}, {INFINITY, "11574074 d 1 h"}};

	(void)state;
	for (size_t i = 0; i < LENGTH(durations); i++) {
		words_duration(text, sizeof(text), durations[i].seconds);
		assert_string_equal(text, durations[i].text);
	}
	words_bytes(text, sizeof(text), 11264000);
	assert_string_equal(text, "10.7 MiB");
	assert_string_equal(words_s(0), "s");
	assert_string_equal(words_s(1), "");
	assert_string_equal(words_s(2), "s");
	words_time(text, sizeof(text), NAN, 0);
	assert_string_equal(text, "");
	words_time(text, sizeof(text), 1e300, 0);
	assert_string_equal(text, "");
	words_time(text, sizeof(text), 1700000000, 1700000000 + 60);
	assert_string_equal(text, "22:13:20");
	words_time(text, sizeof(text), 1700000000, 1700000000 + 86400);
	assert_string_equal(text, "Nov 14 22:13");
}

static void
a_status_is_three_tables_without_surprises(void **state)
{
	static const char *const lines[] = {
		"{\"signal\":{\"key\":\"dep:git\",\"subject\":\"dep git\",\"state\":\"active\",\"since\":1700000000,\"last_message\":1700000001,"
		"\"value\":\"\",\"mark\":\"\",\"detail\":\"refused\"}}",
		"{\"signal\":{\"subject\":\"container db\",\"name\":\"Orders\",\"state\":\"pending\",\"bad\":1,\"need\":2,\"value\":\"93 %\",\"mark\":\"90 %\"}}",
		"{\"role\":{\"role\":\"brain\",\"state\":\"running\",\"uptime\":75,\"memory\":2936012,\"restarts\":1,\"sandbox\":\"enforce\","
		"\"calls\":26,\"landlock_abi\":7}}",
		"{\"role\":{\"role\":\"prober\",\"state\":\"does not answer\",\"restarts\":0,\"sandbox\":\"off\"}}",
		"{\"status\":{\"version\":\"1\",\"host\":\"host1\",\"now\":1700000060,\"last_tick\":1700000059,\"queue\":3,\"chats\":2,"
		"\"unusable_chats\":1,\"docker_events\":false,\"docker_events_why\":\"timeout\"}}",
	};
	struct gather g = {0};
	FILE *out = open_page();

	(void)state;
	for (size_t i = 0; i < LENGTH(lines); i++)
		assert_int_equal(gather_line(&g, lines[i]), GATHER_MORE);
	show_status(g.document, out, false);
	fclose(out);
	assert_string_equal(page,
	    "watchdog 1 on host1, 22:14:20\n"
	    "\n"
	    "SIGNAL                 STATE        SINCE     VALUE         LAST MESSAGE  DETAIL\n"
	    "dep git                active       22:13:20                22:13:21      refused\n"
	    "container db (Orders)  pending 1/2            93 % of 90 %\n"
	    "\n"
	    "ROLE    STATE            UP     MEMORY   RESTARTS  SANDBOX\n"
	    "brain   running          1 min  2.8 MiB  1         enforce, 26 calls, Landlock ABI 7\n"
	    "prober  does not answer                  0         off\n"
	    "\n"
	    "last tick       22:14:19\n"
	    "last message    none delivered since the brain was started\n"
	    "waiting         3 changes to be told\n"
	    "unusable        1 of 2 chats, see the log\n"
	    "docker events   none: timeout\n");
	gather_free(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_is_as_wide_as_its_letters),
		cmocka_unit_test(a_cell_cannot_speak_to_the_terminal),
		cmocka_unit_test(colours_only_where_they_are_wanted),
		cmocka_unit_test(an_answer_is_gathered_line_by_line),
		cmocka_unit_test(what_is_no_line_of_an_answer_is_refused),
		cmocka_unit_test(no_text_of_an_answer_commands_the_terminal),
		cmocka_unit_test(an_answer_without_end_is_refused),
		cmocka_unit_test(words_are_what_a_person_would_say),
		cmocka_unit_test(a_status_is_three_tables_without_surprises),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
