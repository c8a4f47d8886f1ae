/*
 * One struct, one table: the checks between keys, who is told what, and how.
 * What each key takes: test_config_values.c.
 */
#include "build_config.h"

#include <sys/mman.h>

#include <unistd.h>

#include "config_unit.h"

/* --- the table --- */

static void
every_default_is_a_value_that_its_key_takes_and_gives_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_key_count(); i++) {
		const struct config_key *key = config_key_at(i);

		if (key->fallback[0] == '\0')
			continue;
		set(key->name, key->fallback);
		assert_string_equal(value_of(&c, key->name), key->fallback);
	}
}

static void
every_key_is_found_by_its_name_and_only_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < config_key_count(); i++) {
		assert_ptr_equal(config_key_find(config_key_at(i)->name), config_key_at(i));
		assert_int_equal(config_key_index(config_key_at(i)), i);
		assert_true(config_key_at(i)->help[0] != '\0');
	}
	assert_null(config_key_find("WATCHDOG_NO_SUCH"));
	assert_null(config_key_find("watchdog_mem_pct"));
}

static void
no_child_but_the_notifier_is_told_a_secret(void **state)
{
	unsigned secrets = 0;

	(void)state;
	for (size_t i = 0; i < config_key_count(); i++)
		if (config_key_at(i)->flags & CONFIG_SECRET) {
			secrets++;
			assert_int_equal(config_key_at(i)->roles, ROLE_BIT(ROLE_NOTIFIER));
		}
	assert_int_equal(secrets, 3);
}

static void
each_role_is_told_what_it_needs_and_no_more(void **state)
{
	static const struct {
		const char *key;
		unsigned roles;
	} rows[] = {
		{"WATCHDOG_DISK_PATHS", ROLE_BIT(ROLE_COLLECTOR) | ROLE_BIT(ROLE_BRAIN) | ROLE_BIT(ROLE_PROBER)},
		{"WATCHDOG_ROOTFS_PATH", ROLE_BIT(ROLE_PROBER)},
		{"WATCHDOG_PROC_PATH", ROLE_BIT(ROLE_COLLECTOR)},
		{"WATCHDOG_METRICS_URL", ROLE_BIT(ROLE_COLLECTOR)},
		{"WATCHDOG_MEM_PCT", ROLE_BIT(ROLE_BRAIN)},
		{"WATCHDOG_TG_API_URL", ROLE_BIT(ROLE_NOTIFIER)},
		{"WATCHDOG_USER", 0},
		{"WATCHDOG_CONTROL_SOCK", 0},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++)
		assert_int_equal(config_key_find(rows[i].key)->roles, rows[i].roles);
	for (unsigned role = ROLE_PARENT + 1; role < ROLE_COUNT; role++) {
		assert_true(config_key_find("WATCHDOG_LOG_LEVEL")->roles & ROLE_BIT(role));
		assert_true(config_key_find("WATCHDOG_SANDBOX")->roles & ROLE_BIT(role));
	}
}

/* --- a child gets the same --- */

static void
fill(struct config *into)
{
	set_in(into, "WATCHDOG_INTERVAL_S", "0.7");
	set_in(into, "WATCHDOG_COOLDOWN_S", "never");
	set_in(into, "WATCHDOG_COOLDOWN_DEP_S", "90.25");
	set_in(into, "WATCHDOG_HOST_NAME", "узел 1");
	set_in(into, "WATCHDOG_LANG", "ru");
	set_in(into, "WATCHDOG_METRICS_URL", "https://u:p@app.example/metrics");
	set_in(into, "WATCHDOG_MEM_PCT", "33.3");
	set_in(into, "WATCHDOG_DISK_PATHS", "/,/var");
	set_in(into, "WATCHDOG_CONTAINERS", "");
	set_in(into, "WATCHDOG_DEPS", "a=http://app.example,b=tcp://10.0.0.1:22,c=tcp://cache:6379,d=https://[::1]/");
	set_in(into, "WATCHDOG_TG_BOT_TOKEN", TOKEN);
	set_in(into, "WATCHDOG_TG_CHAT_ID", "-1001:2,@x");
	set_in(into, "WATCHDOG_TG_PROXY", "socks5h://user:hunter2@Proxy.example:1080");
}

static void
told_by_text_a_child_has_the_same_configuration(void **state)
{
	struct config child;

	(void)state;
	fill(&c);
	assert_int_equal(config_finish(&c, NULL, NULL), 0);
	config_init(&child);
	for (size_t i = 0; i < config_key_count(); i++) {
		const char *value = value_of(&c, config_key_at(i)->name);

		if (strcmp(value, "(unset)") != 0)
			set_in(&child, config_key_at(i)->name, value);
	}
	for (size_t i = 0; i < config_key_count(); i++)
		if (!config_same(&c, &child, i))
			fail_msg("%s differs", config_key_at(i)->name);
	assert_true(child.mem_clear_pct == c.mem_clear_pct);
	config_free(&child);
}

static void
a_key_that_differs_is_told(void **state)
{
	struct config other;
	size_t differ = 0;

	(void)state;
	config_init(&other);
	set_in(&other, "WATCHDOG_MEM_PCT", "91");
	set_in(&other, "WATCHDOG_DEPS", "a=tcp://b:1");
	set_in(&other, "WATCHDOG_TG_BOT_TOKEN", TOKEN);
	for (size_t i = 0; i < config_key_count(); i++)
		differ += !config_same(&c, &other, i);
	assert_int_equal(differ, 3);
	config_free(&other);
}

static void
a_value_that_does_not_fit_is_not_cut(void **state)
{
	size_t i = config_key_index(config_key_find("WATCHDOG_HOST_NAME"));
	char buf[8];

	(void)state;
	set("WATCHDOG_HOST_NAME", "1234567");
	assert_int_equal(config_value(&c, i, buf, sizeof(buf)), 0);
	set("WATCHDOG_HOST_NAME", "12345678");
	assert_int_equal(config_value(&c, i, buf, sizeof(buf)), -1);
	assert_int_equal(config_value(&c, i, buf, 0), -1);
}

/* Whatever a key takes it gives back in a form that it takes again.  The generator is our own: each run is the same. */
static void
whatever_is_taken_comes_back_the_same(void **state)
{
	static const char alphabet[] = "0123456789.,:;/*?-_@= \tsmhdnever#[]httpcx%\xd0\xb6";
	uint32_t seed = 1;
	size_t taken = 0;
	char value[24], first[200];

	(void)state;
	for (int round = 0; round < 200000; round++) {
		size_t i = (size_t)round % config_key_count(), len;

		seed = seed * 1664525 + 1013904223;
		len = seed >> 28;
		for (size_t n = 0; n < len; n++) {
			seed = seed * 1664525 + 1013904223;
			value[n] = alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		value[len] = '\0';
		if (config_set(&c, config_key_at(i)->name, value, why, sizeof(why)) == -1 ||
		    config_value(&c, i, first, sizeof(first)) != 0)
			continue;
		taken++;
		set(config_key_at(i)->name, first);
		assert_string_equal(value_of(&c, config_key_at(i)->name), first);
	}
	assert_true(taken > 5000);
}

/* --- the checks between keys --- */

static char problems[1000];

static void
note_problem(void *ctx, bool error, const char *text)
{
	(void)ctx;
	assert_true(error);
	strcat(strcat(problems, text), "\n");
}

static unsigned
finish_noted(void)
{
	problems[0] = '\0';
	return config_finish(&c, note_problem, NULL);
}

static void
clear_marks_follow_their_alert_marks(void **state)
{
	(void)state;
	set("WATCHDOG_MEM_PCT", "60");
	set("WATCHDOG_DISK_CRIT_PCT", "2");
	assert_int_equal(finish_noted(), 0);
	assert_true(c.mem_clear_pct == 55);
	assert_true(c.disk_clear_pct == 1);
}

static void
what_depends_names_dependencies_that_there_are(void **state)
{
	(void)state;
	set("WATCHDOG_DEPS", "api=tcp://a:1,router=tcp://r:1");
	set("WATCHDOG_DEPENDS", "dep:api>dep:router,container:web>dep:roter");
	assert_int_equal(finish_noted(), 1);
	assert_string_equal(problems, "WATCHDOG_DEPENDS: expected names that WATCHDOG_DEPS has, found \"dep:roter\"\n");
}

static void
a_clear_mark_over_its_alert_mark_is_an_error_an_equal_one_is_not(void **state)
{
	(void)state;
	set("WATCHDOG_MEM_CLEAR_PCT", "90");
	set("WATCHDOG_DISK_CLEAR_PCT", "97");
	assert_int_equal(finish_noted(), 0);
	set("WATCHDOG_MEM_CLEAR_PCT", "90.5");
	set("WATCHDOG_DISK_CLEAR_PCT", "98");
	assert_int_equal(finish_noted(), 2);
	assert_string_equal(problems,
	    "WATCHDOG_MEM_CLEAR_PCT: expected at most WATCHDOG_MEM_PCT, which is 90, found 90.5\n"
	    "WATCHDOG_DISK_CLEAR_PCT: expected at most WATCHDOG_DISK_CRIT_PCT, which is 97, found 98\n");
}

static void
a_token_without_a_chat_is_an_error_and_the_other_way_round(void **state)
{
	(void)state;
	set("WATCHDOG_TG_BOT_TOKEN", TOKEN);
	assert_int_equal(finish_noted(), 1);
	assert_string_equal(problems,
	    "WATCHDOG_TG_CHAT_ID: expected to be set because WATCHDOG_TG_BOT_TOKEN is, found nothing\n");
	set("WATCHDOG_TG_CHAT_ID", "1");
	assert_int_equal(finish_noted(), 0);
	set("WATCHDOG_TG_BOT_TOKEN", "");
	assert_int_equal(finish_noted(), 1);
	assert_string_equal(problems,
	    "WATCHDOG_TG_BOT_TOKEN: expected to be set because WATCHDOG_TG_CHAT_ID is, found nothing\n");
}

static void
a_state_file_has_a_folder_that_is_not_the_root(void **state)
{
	(void)state;
	set("WATCHDOG_STATE_FILE", "/state/alerts");
	assert_int_equal(finish_noted(), 0);
	set("WATCHDOG_STATE_FILE", "/alerts");
	assert_int_equal(finish_noted(), 1);
	assert_string_equal(problems,
	    "WATCHDOG_STATE_FILE: expected a file in a folder of its own, found \"/alerts\" in /\n");
}

static void
a_refused_value_is_not_complained_of_twice(void **state)
{
	(void)state;
	set("WATCHDOG_TG_BOT_TOKEN", TOKEN);
	assert_int_equal(config_set(&c, "WATCHDOG_TG_CHAT_ID", "x", why, sizeof(why)), -1);
	set("WATCHDOG_MEM_CLEAR_PCT", "99");
	assert_int_equal(config_set(&c, "WATCHDOG_MEM_PCT", "1OO", why, sizeof(why)), -1);
	assert_int_equal(finish_noted(), 0);
}

/* --- names and places --- */

static char names[500];

static void
note_name(void *ctx, uint16_t index, const char *host)
{
	(void)ctx;
	sprintf(names + strlen(names), "%u=%s ", (unsigned)index, host);
}

static const char *
names_for(enum role_id role)
{
	names[0] = '\0';
	config_names(&c, role, note_name, NULL);
	return names;
}

static void
note_endpoint(void *ctx, const struct url *where)
{
	(void)ctx;
	sprintf(names + strlen(names), "%s:%u ", where->host, (unsigned)where->port);
}

static const char *
endpoints_for(enum role_id role)
{
	names[0] = '\0';
	config_endpoints(&c, role, note_endpoint, NULL);
	return names;
}

static void
names_have_one_order_no_duplicates_and_the_same_index_for_every_role(void **state)
{
	(void)state;
	set("WATCHDOG_METRICS_URL", "http://App.example:8080/");
	set("WATCHDOG_DEPS", "a=tcp://db:1 b=tcp://127.0.0.1:2 c=http://app.example d=tcp://[::1]:3"
	    " e=https://api.telegram.org f=tcp://db:9");
	set("WATCHDOG_TG_CHAT_ID", "1");
	assert_string_equal(names_for(ROLE_RESOLVER), "0=app.example 1=db 2=api.telegram.org ");
	assert_string_equal(names_for(ROLE_COLLECTOR), "0=app.example 1=db 2=api.telegram.org ");
	assert_string_equal(names_for(ROLE_NOTIFIER), "2=api.telegram.org ");
	assert_string_equal(names_for(ROLE_BRAIN), "");
	assert_string_equal(endpoints_for(ROLE_COLLECTOR),
	    "app.example:8080 db:1 127.0.0.1:2 app.example:80 ::1:3 api.telegram.org:443 db:9 ");
}

static void
a_proxy_is_looked_up_instead_of_the_api(void **state)
{
	(void)state;
	set("WATCHDOG_TG_CHAT_ID", "1");
	set("WATCHDOG_TG_PROXY", "http://u:p@proxy:3128");
	assert_string_equal(names_for(ROLE_NOTIFIER), "0=proxy ");
	assert_string_equal(endpoints_for(ROLE_NOTIFIER), "proxy:3128 ");
}

static void
without_a_chat_nobody_looks_for_telegram(void **state)
{
	(void)state;
	assert_string_equal(names_for(ROLE_RESOLVER), "");
	assert_string_equal(endpoints_for(ROLE_NOTIFIER), "");
}

static void
without_its_secrets_it_tells_the_same_names_and_places(void **state)
{
	static const char *const rows[] = {
		"http://u:p@[2001:db8::1]:3128", "socks5h://user:hunter2@proxy.example:1080",
	};
	char before[2][sizeof(names)];

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		fill(&c);
		set("WATCHDOG_TG_PROXY", rows[i]);
		strcpy(before[0], names_for(ROLE_RESOLVER));
		strcpy(before[1], endpoints_for(ROLE_RESOLVER));
		config_drop_secrets(&c);
		assert_string_equal(names_for(ROLE_RESOLVER), before[0]);
		assert_string_equal(endpoints_for(ROLE_RESOLVER), before[1]);
		assert_null(c.tg_bot_token);
		assert_int_equal(c.tg_chat_ids.n, 2);
		assert_string_equal(c.tg_chat_ids.v[0], "");
		assert_null(strchr(c.tg_proxy.url, '@'));
		set("WATCHDOG_TG_PROXY", c.tg_proxy.url);
	}
	assert_string_equal(c.tg_proxy.url, "socks5h://proxy.example:1080");
}

/* --- printed, and on its way to the notifier --- */

static void
printed_it_has_every_key_and_no_secret(void **state)
{
	char *text = NULL;
	size_t len, lines = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	fill(&c);
	set("WATCHDOG_DEPS", "a=http://user:hunter2@h/,b=tcp://h:1");
	config_print(&c, out);
	fclose(out);
	for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	assert_int_equal(lines, config_key_count());
	assert_non_null(strstr(text, "\nWATCHDOG_INTERVAL_S=0.7\n"));
	assert_non_null(strstr(text, "\nWATCHDOG_DEPS=a=http://***@h/,b=tcp://h:1\n"));
	assert_non_null(strstr(text, "\nWATCHDOG_METRICS_URL=https://***@app.example/metrics\n"));
	assert_non_null(strstr(text, "\nWATCHDOG_TG_BOT_TOKEN=***\n"));
	assert_non_null(strstr(text, "\nWATCHDOG_TG_CHAT_ID=***\n"));
	assert_non_null(strstr(text, "\nWATCHDOG_TG_PROXY=socks5h://***@Proxy.example:1080\n"));
	assert_null(strstr(text, TOKEN));
	assert_null(strstr(text, "hunter2"));
	assert_null(strstr(text, "-1001"));
	free(text);
}

static void
unset_is_printed_empty(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	config_print(&c, out);
	fclose(out);
	assert_non_null(strstr(text, "\nWATCHDOG_TG_BOT_TOKEN=\n"));
	assert_non_null(strstr(text, "\nWATCHDOG_CONTAINERS=*\n"));
	assert_non_null(strstr(text, "\nWATCHDOG_COOLDOWN_MEM_S=\n"));
	free(text);
}

static void
secrets_reach_the_notifier_through_a_file(void **state)
{
	struct config notifier;
	int fd = memfd_create("secrets", MFD_CLOEXEC);

	(void)state;
	fill(&c);
	assert_int_equal(config_write_secrets(&c, fd), 0);
	config_init(&notifier);
	assert_int_equal(config_read_secrets(&notifier, fd, why, sizeof(why)), 0);
	assert_string_equal(notifier.tg_bot_token, TOKEN);
	assert_string_equal(value_of(&notifier, "WATCHDOG_TG_CHAT_ID"), "-1001:2,@x");
	assert_string_equal(notifier.tg_proxy.url, "socks5h://user:hunter2@Proxy.example:1080");
	assert_null(notifier.metrics_url.url);
	config_free(&notifier);
	close(fd);
}

static void
a_file_of_secrets_holds_nothing_else(void **state)
{
	static const char *const rows[][2] = {
		{"WATCHDOG_MEM_PCT=50\n", "expected the key of a secret"},
		{"WATCHDOG_NO_SUCH=50\n", "expected the key of a secret"},
		{"hunter2\n", "expected KEY=VALUE"},
		{"WATCHDOG_TG_BOT_TOKEN=hunter2\n",
		    "expected a bot token of the form 123456:AAbbCC... (what was found is not shown)"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		int fd = memfd_create("secrets", MFD_CLOEXEC);

		assert_int_equal(write(fd, rows[i][0], strlen(rows[i][0])), strlen(rows[i][0]));
		assert_int_equal(config_read_secrets(&c, fd, why, sizeof(why)), -1);
		assert_string_equal(why, rows[i][1]);
		close(fd);
	}
	assert_int_equal(config_read_secrets(&c, -1, why, sizeof(why)), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG(every_default_is_a_value_that_its_key_takes_and_gives_back),
		CONFIG(every_key_is_found_by_its_name_and_only_once),
		CONFIG(no_child_but_the_notifier_is_told_a_secret),
		CONFIG(each_role_is_told_what_it_needs_and_no_more),
		CONFIG(told_by_text_a_child_has_the_same_configuration),
		CONFIG(a_key_that_differs_is_told),
		CONFIG(a_value_that_does_not_fit_is_not_cut),
		CONFIG(whatever_is_taken_comes_back_the_same),
		CONFIG(clear_marks_follow_their_alert_marks),
		CONFIG(a_clear_mark_over_its_alert_mark_is_an_error_an_equal_one_is_not),
		CONFIG(what_depends_names_dependencies_that_there_are),
		CONFIG(a_token_without_a_chat_is_an_error_and_the_other_way_round),
		CONFIG(a_state_file_has_a_folder_that_is_not_the_root),
		CONFIG(a_refused_value_is_not_complained_of_twice),
		CONFIG(names_have_one_order_no_duplicates_and_the_same_index_for_every_role),
		CONFIG(a_proxy_is_looked_up_instead_of_the_api),
		CONFIG(without_a_chat_nobody_looks_for_telegram),
		CONFIG(without_its_secrets_it_tells_the_same_names_and_places),
		CONFIG(printed_it_has_every_key_and_no_secret),
		CONFIG(unset_is_printed_empty),
		CONFIG(secrets_reach_the_notifier_through_a_file),
		CONFIG(a_file_of_secrets_holds_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
