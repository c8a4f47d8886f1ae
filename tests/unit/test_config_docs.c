/*
 * What people read about the configuration, held against the table of keys:
 * the manual page, and the sample file, which `test_config_docs --sample`
 * prints anew.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "unit.h"

static char *
read_source(const char *name)
{
	char path[4096];
	char *text = calloc(1, 1 << 20);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", getenv("TOP_SRCDIR") == NULL ? "." : getenv("TOP_SRCDIR"), name);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("%s cannot be read", path);
	assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
	fclose(f);
	return text;
}

static void
print_sample(FILE *out)
{
	fprintf(out, "# Every key of watchdog with its default; see watchdog.conf(5).\n"
	    "# One syntax for /etc/watchdog.conf, docker's --env-file, compose's env_file and systemd's"
	    " EnvironmentFile=.\n");
	for (size_t i = 0; i < config_key_count(); i++) {
		const struct config_key *key = config_key_at(i);

		fprintf(out, "\n# %s (%s)\n#%s=%s\n", key->help, config_key_type(key), key->name, key->fallback);
	}
}

static void
the_sample_is_what_the_table_says(void **state)
{
	char *sample = read_source("contrib/env.example"), *expected = NULL;
	size_t len;
	FILE *out = open_memstream(&expected, &len);

	(void)state;
	print_sample(out);
	fclose(out);
	assert_string_equal(sample, expected);
	free(sample);
	free(expected);
}

/* An entry of the page begins so; the rest of it is prose. */
static void
page_entry(char *text, size_t len, const struct config_key *key)
{
	int n = snprintf(text, len, ".It Ev %s\n.Pq %s", key->name, config_key_type(key));

	if (key->fallback[0] != '\0')
		n += snprintf(text + n, len - (size_t)n, " , default Ql %s", key->fallback);
	snprintf(text + n, len - (size_t)n, "\n");
}

static void
the_page_has_each_key_with_type_and_default_in_the_tables_order(void **state)
{
	char *page = read_source("man/watchdog.conf.5");
	const char *at = page;
	char entry[512];

	(void)state;
	for (size_t i = 0; i < config_key_count(); i++) {
		page_entry(entry, sizeof(entry), config_key_at(i));
		if ((at = strstr(at, entry)) == NULL)
			fail_msg("the page lacks, or has elsewhere:\n%s", entry);
	}
	free(page);
}

static void
the_page_has_no_key_that_is_none(void **state)
{
	char *page = read_source("man/watchdog.conf.5");
	size_t entries = 0;

	(void)state;
	for (const char *at = page; (at = strstr(at, ".It Ev WATCHDOG_")) != NULL; at++)
		entries++;
	assert_int_equal(entries, config_key_count());
	free(page);
}

/* "need a restart": each such key stands before the list of all. */
static void
the_page_says_which_keys_need_a_restart(void **state)
{
	char *page = read_source("man/watchdog.conf.5"), *list = strstr(page, ".Sh KEYS");

	(void)state;
	assert_non_null(list);
	*list = '\0';
	for (size_t i = 0; i < config_key_count(); i++)
		if ((config_key_at(i)->flags & CONFIG_RESTART) != 0 && strstr(page, config_key_at(i)->name) == NULL)
			fail_msg("the page does not say that %s needs a restart", config_key_at(i)->name);
	free(page);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sample_is_what_the_table_says),
		cmocka_unit_test(the_page_has_each_key_with_type_and_default_in_the_tables_order),
		cmocka_unit_test(the_page_has_no_key_that_is_none),
		cmocka_unit_test(the_page_says_which_keys_need_a_restart),
	};

	if (argc == 2 && strcmp(argv[1], "--sample") == 0) {
		print_sample(stdout);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
