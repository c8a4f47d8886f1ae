/*
 * The table of a tick.
 */
#include "build_config.h"

#include "brain_unit.h"
#include "report.h"

static struct bench t;
static char table[65536];

static void
take_line(void *ctx, const char *line)
{
	size_t n = strlen(table);

	(void)ctx;
	snprintf(table + n, sizeof(table) - n, "%s\n", line);
}

static const char *
report(void)
{
	table[0] = '\0';
	report_table(&t.brain, take_line, NULL);
	return table;
}

static void
test_every_signal_is_a_row_with_its_state_value_and_mark(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("MEM_TICKS=1"));
	bench_tick(&t, 0);
	brain_metrics_failed(&t.brain, "timeout");
	brain_mem(&t.brain, 93.25, "");
	brain_disk(&t.brain, &(struct disk_seen){.path = "/", .used_pct = 55});
	brain_disk(&t.brain, &(struct disk_seen){.path = "/data", .used_pct = NAN, .error = "I/O error"});
	brain_dep(&t.brain, "git", true, 3.1, "");
	assert_string_equal(report(),
	    "SIGNAL             STATE       VALUE               DETAIL\n"
	    "orchestrator       bad 1 of 3                      not answering: timeout\n"
	    "mem                ACTIVE      93.3 % (mark 90 %)  93.3 % used, mark 90 %\n"
	    "disk:/             off         55 % (mark 97 %)    alarm is off\n"
	    "disk:/data         no data\n"
	    "source:disk:/data  bad 1 of 3                      cannot be read: I/O error\n"
	    "dep:git            ok          3 ms                answers in 3 ms\n");
	bench_close(&t);
}

static void
test_columns_are_aligned_by_letters_not_by_bytes(void **state)
{
	(void)state;
	bench_open(&t, SETTINGS("LANG=ru"));
	bench_tick(&t, 0);
	brain_mem(&t.brain, 41.2, "");
	brain_dep(&t.brain, "приём", true, 3.1, "");
	assert_string_equal(report(),
	    "СИГНАЛ     СОСТОЯНИЕ  ЗНАЧЕНИЕ             ПОДРОБНОСТИ\n"
	    "mem        норма      41,2 % (порог 90 %)  занято 41,2 %\n"
	    "dep:приём  норма      3 мс                 отвечает за 3 мс\n");
	bench_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_signal_is_a_row_with_its_state_value_and_mark),
		cmocka_unit_test(test_columns_are_aligned_by_letters_not_by_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
