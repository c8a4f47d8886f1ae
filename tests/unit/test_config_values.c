/*
 * What each key takes, what it gives back, and what is said of a value that it
 * refuses.
 */
#include "build_config.h"

#include "config_unit.h"

static const struct {
	const char *key, *value, *back;
} taken[] = {
	{"WATCHDOG_ENABLED", "0", "false"},
	{"WATCHDOG_ENABLED", "No", "false"},
	{"WATCHDOG_ENABLED", "OFF", "false"},
	{"WATCHDOG_ENABLED", "fAlSe", "false"},
	{"WATCHDOG_DISK_CRIT_ENABLED", "1", "true"},
	{"WATCHDOG_DISK_CRIT_ENABLED", "YES", "true"},
	{"WATCHDOG_DISK_CRIT_ENABLED", "on", "true"},
	{"WATCHDOG_DISK_CRIT_ENABLED", "True", "true"},
	{"WATCHDOG_INTERVAL_S", "30", "30"},
	{"WATCHDOG_INTERVAL_S", "2.5", "2.5"},
	{"WATCHDOG_INTERVAL_S", "0.1", "0.1"},
	{"WATCHDOG_INTERVAL_S", "30.0", "30"},
	{"WATCHDOG_INTERVAL_S", "90s", "90"},
	{"WATCHDOG_INTERVAL_S", "5m", "300"},
	{"WATCHDOG_INTERVAL_S", "2h", "7200"},
	{"WATCHDOG_INTERVAL_S", "1d", "86400"},
	{"WATCHDOG_INTERVAL_S", "0.5m", "30"},
	{"WATCHDOG_INTERVAL_S", "1.23456789012345669", "1.2345678901234567"},
	{"WATCHDOG_COOLDOWN_S", "never", "never"},
	{"WATCHDOG_COOLDOWN_S", "Never", "never"},
	{"WATCHDOG_COOLDOWN_S", "0", "0"},
	{"WATCHDOG_COOLDOWN_DISK_S", "1d", "86400"},
	{"WATCHDOG_COOLDOWN_DISK_S", "", "(unset)"},
	{"WATCHDOG_AGENT_STALL_S", "0", "0"},
	{"WATCHDOG_MEM_PCT", "92.5", "92.5"},
	{"WATCHDOG_MEM_PCT", "1", "1"},
	{"WATCHDOG_MEM_PCT", "100", "100"},
	{"WATCHDOG_MEM_TICKS", "007", "7"},
	{"WATCHDOG_HOST_NAME", "  web 1, north  ", "web 1, north"},
	{"WATCHDOG_HOST_NAME", "узел", "узел"},
	{"WATCHDOG_LANG", "RU", "ru"},
	{"WATCHDOG_LOG_LEVEL", "DEBUG", "debug"},
	{"WATCHDOG_LOG_FORMAT", "json", "json"},
	{"WATCHDOG_SANDBOX", "log", "log"},
	{"WATCHDOG_METRICS_URL", "https://u:p@App:8443/m?a=b", "https://u:p@App:8443/m?a=b"},
	{"WATCHDOG_METRICS_URL", "", "(unset)"},
	{"WATCHDOG_TG_API_URL", "http://127.0.0.1:8081/", "http://127.0.0.1:8081"},
	{"WATCHDOG_TG_API_URL", "https://bots.example/api//", "https://bots.example/api"},
	{"WATCHDOG_TG_PROXY", "socks5h://u:p@[::1]:1080", "socks5h://u:p@[::1]:1080"},
	{"WATCHDOG_DISK_PATHS", "/, /var/ ,/var\t/home//\n", "/,/var,/home"},
	{"WATCHDOG_CONTAINERS", "api db,,worker-*", "api,db,worker-*"},
	{"WATCHDOG_CONTAINERS", "*", "*"},
	{"WATCHDOG_CONTAINERS", "", ""},
	{"WATCHDOG_CONTAINERS", " , ", ""},
	{"WATCHDOG_CONTROL_SOCK", "", ""},
	{"WATCHDOG_CONTROL_SOCK", "/run/w.sock", "/run/w.sock"},
	{"WATCHDOG_MAINTENANCE", "sunday 03:00-04:00,  DAILY 02:00-02:15", "Sun 03:00-04:00, daily 02:00-02:15"},
	{"WATCHDOG_MAINTENANCE", "Mon-Fri 23:50-00:10,Sat-sunday 00:00-24:00", "Mon-Fri 23:50-00:10, Sat-Sun 00:00-24:00"},
	{"WATCHDOG_DEPENDS", "dep:api>dep:router,container:web>container:db", "dep:api>dep:router, container:web>container:db"},
	{"WATCHDOG_DEPENDS", "orchestrator>container:app docker>mem", "orchestrator>container:app, docker>mem"},
	{"WATCHDOG_START_MESSAGE", "Always", "always"},
	{"WATCHDOG_GROUP_WAIT_S", "0", "0"},
	{"WATCHDOG_TG_SILENT", "Warning recovery", "recovery,warning"},
	{"WATCHDOG_TG_SILENT", "warning", "warning"},
	{"WATCHDOG_TG_SILENT", "recovery,recovery", "recovery"},
	{"WATCHDOG_TG_SILENT", "none", "none"},
	{"WATCHDOG_GROUP_WAIT_S", "5m", "300"},
	{"WATCHDOG_PROC_PATH", "/host/proc/", "/host/proc"},
	{"WATCHDOG_ROOTFS_PATH", "///", "/"},
	{"WATCHDOG_DEPS", "git=https://git/x db=tcp://db:5432", "git=https://git/x,db=tcp://db:5432"},
	{"WATCHDOG_DEPS", "a=http://h/?x=y=z", "a=http://h/?x=y=z"},
	{"WATCHDOG_TG_BOT_TOKEN", TOKEN, TOKEN},
	{"WATCHDOG_TG_BOT_TOKEN", "1:abcdefghijabcdefghij", "1:abcdefghijabcdefghij"},
	{"WATCHDOG_TG_CHAT_ID", "-100123", "-100123"},
	{"WATCHDOG_TG_CHAT_ID", "-100123:45, 77 @Name_1;", NULL},
	{"WATCHDOG_TG_CHAT_ID", "-100123:45, 77 @Name_1", "-100123:45,77,@Name_1"},
	{"WATCHDOG_USER", "_wd-1.x", "_wd-1.x"},
};

static void
values_are_taken_and_come_back_in_one_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(taken); i++) {
		if (taken[i].back == NULL) {
			assert_int_equal(config_set(&c, taken[i].key, taken[i].value, why, sizeof(why)), -1);
			continue;
		}
		set(taken[i].key, taken[i].value);
		assert_string_equal(value_of(&c, taken[i].key), taken[i].back);
	}
}

#define EXPECTED_TIME "expected a time in seconds, or like 90s, 5m, 2h, 1d, from 0.1 to 86400"
#define EXPECTED_NAMES "expected names of containers (letters, digits, _ . - * ?)"

static const struct {
	const char *key, *value, *why;
} refused[] = {
	{"WATCHDOG_NO_SUCH", "1", "unknown key"},
	{"WATCHDOG_ENABLED", "2", "expected true or false (or 1, 0, yes, no, on, off), found \"2\""},
	{"WATCHDOG_ENABLED", "y", "expected true or false (or 1, 0, yes, no, on, off), found \"y\""},
	{"WATCHDOG_MEM_PCT", "9O", "expected a percentage from 1 to 100, found \"9O\""},
	{"WATCHDOG_MEM_PCT", "0", "expected a percentage from 1 to 100, found \"0\""},
	{"WATCHDOG_MEM_PCT", "100.1", "expected a percentage from 1 to 100, found \"100.1\""},
	{"WATCHDOG_MEM_PCT", "90%", "expected a percentage from 1 to 100, found \"90%\""},
	{"WATCHDOG_MEM_PCT", "-5", "expected a percentage from 1 to 100, found \"-5\""},
	{"WATCHDOG_MEM_PCT", "+5", "expected a percentage from 1 to 100, found \"+5\""},
	{"WATCHDOG_MEM_PCT", "5.", "expected a percentage from 1 to 100, found \"5.\""},
	{"WATCHDOG_MEM_PCT", ".5", "expected a percentage from 1 to 100, found \".5\""},
	{"WATCHDOG_MEM_PCT", "9e1", "expected a percentage from 1 to 100, found \"9e1\""},
	{"WATCHDOG_MEM_PCT", "0x5", "expected a percentage from 1 to 100, found \"0x5\""},
	{"WATCHDOG_MEM_PCT", "nan", "expected a percentage from 1 to 100, found \"nan\""},
	{"WATCHDOG_MEM_PCT", "inf", "expected a percentage from 1 to 100, found \"inf\""},
	{"WATCHDOG_MEM_PCT", "9,5", "expected a percentage from 1 to 100, found \"9,5\""},
	{"WATCHDOG_INTERVAL_S", "0", EXPECTED_TIME ", found \"0\""},
	{"WATCHDOG_INTERVAL_S", "2d", EXPECTED_TIME ", found \"2d\""},
	{"WATCHDOG_INTERVAL_S", "5 m", EXPECTED_TIME ", found \"5 m\""},
	{"WATCHDOG_INTERVAL_S", "1h30m",
	    EXPECTED_TIME ", found \"1h30m\""},
	{"WATCHDOG_INTERVAL_S", "m", EXPECTED_TIME ", found \"m\""},
	{"WATCHDOG_INTERVAL_S", "never",
	    EXPECTED_TIME ", found \"never\""},
	{"WATCHDOG_MEM_TICKS", "0", "expected a whole number from 1 to 100000, found \"0\""},
	{"WATCHDOG_MEM_TICKS", "1.0", "expected a whole number from 1 to 100000, found \"1.0\""},
	{"WATCHDOG_MEM_TICKS", "99999999999999999999999999999999999999",
	    "expected a whole number from 1 to 100000, found \"99999999999999999999999999999999999999\""},
	{"WATCHDOG_LANG", "de", "expected en or ru, found \"de\""},
	{"WATCHDOG_SANDBOX", "on", "expected enforce, log or off, found \"on\""},
	{"WATCHDOG_LOG_LEVEL", "loud", "expected error, warning, info or debug, found \"loud\""},
	{"WATCHDOG_LOG_FORMAT", "xml", "expected text or json, found \"xml\""},
	{"WATCHDOG_HOST_NAME", "a\nb", "expected text without control characters, found \"a b\""},
	{"WATCHDOG_HOST_NAME", "\xff", "expected UTF-8 text, found bytes that are not"},
	{"WATCHDOG_MAINTENANCE", "sunday",
	    "expected windows like Sun 03:00-04:00, Mon-Fri 23:50-00:10, daily 02:00-02:15, found \"sunday\""},
	{"WATCHDOG_MAINTENANCE", "Sun 03:00-04:00 x",
	    "expected windows like Sun 03:00-04:00, Mon-Fri 23:50-00:10, daily 02:00-02:15, found \"Sun 03:00-04:00 x\""},
	{"WATCHDOG_MAINTENANCE", "Sun 03:00-04:00,",
	    "expected windows like Sun 03:00-04:00, Mon-Fri 23:50-00:10, daily 02:00-02:15, found \"\""},
	{"WATCHDOG_MAINTENANCE", "Funday 03:00-04:00",
	    "expected daily, a day (Mon) or days (Mon-Fri) before the times of a window, found \"Funday\""},
	{"WATCHDOG_MAINTENANCE", "Mon- 03:00-04:00",
	    "expected daily, a day (Mon) or days (Mon-Fri) before the times of a window, found \"Mon-\""},
	{"WATCHDOG_MAINTENANCE", "03:00-04:00 Sun",
	    "expected daily, a day (Mon) or days (Mon-Fri) before the times of a window, found \"03:00-04:00\""},
	{"WATCHDOG_MAINTENANCE", "Sun 03:00",
	    "expected times of a window like 03:00-04:00, found \"03:00\""},
	{"WATCHDOG_MAINTENANCE", "Sun 3:00-04:00",
	    "expected a window that begins from 00:00 to 23:59, found \"3:00\""},
	{"WATCHDOG_MAINTENANCE", "Sun 24:00-04:00",
	    "expected a window that begins from 00:00 to 23:59, found \"24:00\""},
	{"WATCHDOG_MAINTENANCE", "Sun 03:00-24:01",
	    "expected a window that ends from 00:00 to 24:00, found \"24:01\""},
	{"WATCHDOG_MAINTENANCE", "Sun 03:00-03:60",
	    "expected a window that ends from 00:00 to 24:00, found \"03:60\""},
	{"WATCHDOG_MAINTENANCE", "Sun 03:00-03:00",
	    "expected a window that ends at another time than it begins (all day is 00:00-24:00), found \"03:00\""},
	{"WATCHDOG_DEPENDS", "dep:api",
	    "expected entries like dep:api>dep:router: the first depends on the second, found \"dep:api\""},
	{"WATCHDOG_DEPENDS", "dep:a>dep:b>dep:c",
	    "expected entries like dep:api>dep:router: the first depends on the second, found \"dep:a>dep:b>dep:c\""},
	{"WATCHDOG_DEPENDS", "dep:a > dep:b",
	    "expected entries like dep:api>dep:router: the first depends on the second, found \"dep:a\""},
	{"WATCHDOG_DEPENDS", ">",
	    "expected keys of signals on both sides of >, like dep:api, container:web, docker, orchestrator, found \">\""},
	{"WATCHDOG_DEPENDS", "dep:>dep:b",
	    "expected keys of signals on both sides of >, like dep:api, container:web, docker, orchestrator, found \"dep:>dep:b\""},
	{"WATCHDOG_DEPENDS", "dep:a>router",
	    "expected keys of signals on both sides of >, like dep:api, container:web, docker, orchestrator, found \"dep:a>router\""},
	{"WATCHDOG_DEPENDS", "api>dep:b",
	    "expected keys of signals on both sides of >, like dep:api, container:web, docker, orchestrator, found \"api>dep:b\""},
	{"WATCHDOG_DEPENDS", "watchdog:brain>mem",
	    "expected keys of signals on both sides of >, like dep:api, container:web, docker, orchestrator, found \"watchdog:brain>mem\""},
	{"WATCHDOG_DEPENDS", "dep:a>dep:a",
	    "expected no circle of what depends on what, found \"dep:a>dep:a\""},
	{"WATCHDOG_DEPENDS", "dep:a>dep:b,dep:b>dep:c,dep:c>dep:a",
	    "expected no circle of what depends on what, found \"dep:c>dep:a>dep:b>dep:c\""},
	{"WATCHDOG_DEPENDS", "docker>container:proxy",
	    "expected no circle of what depends on what, found \"docker>container:proxy>docker\""},
	{"WATCHDOG_DEPENDS", "orchestrator>dep:db,dep:db>agent:1",
	    "expected no circle of what depends on what, found \"dep:db>agent:1>orchestrator>dep:db\""},
	{"WATCHDOG_FLAP_CHANGES", "21", "expected a whole number from 0 to 20, found \"21\""},
	{"WATCHDOG_FLAP_WINDOW_S", "0", "expected a time in seconds, or like 90s, 5m, 2h, 1d, from 1 to 31622400, found \"0\""},
	{"WATCHDOG_TG_SILENT", "alert", "expected recovery, warning or none, found \"alert\""},
	{"WATCHDOG_TG_SILENT", "none,recovery", "none stands alone"},
	{"WATCHDOG_START_MESSAGE", "sometimes", "expected problems, always or never, found \"sometimes\""},
	{"WATCHDOG_PROC_PATH", "proc", "expected a path that begins with /, found \"proc\""},
	{"WATCHDOG_PROC_PATH", "/host /", "expected a path that begins with /, found \"/host /\""},
	{"WATCHDOG_DISK_PATHS", "/ var", "expected a path that begins with /, found \"var\""},
	{"WATCHDOG_DISK_PATHS", ",", "expected a path that begins with /, found \",\""},
	{"WATCHDOG_DEPS", ", ,", "expected entries like name=https://host/path or name=tcp://host:port"
	    " (name: letters, digits, _ . -), found \", ,\""},
	{"WATCHDOG_CONTAINERS", "api we/b",
	    EXPECTED_NAMES ", found \"we/b\""},
	{"WATCHDOG_CONTAINERS", "a[bc]", EXPECTED_NAMES ", found \"a[bc]\""},
	{"WATCHDOG_CONTAINERS", "a\"b", EXPECTED_NAMES ", found \"a\"b\""},
	{"WATCHDOG_METRICS_URL", "tcp://h:1", "expected http://... or https://..., found \"tcp://h:1\""},
	{"WATCHDOG_METRICS_URL", "http://h:99999", "expected a port from 1 to 65535, found \"http://h:99999\""},
	{"WATCHDOG_TG_API_URL", "https://h/?x", "expected a URL without ?, found \"https://h/?x\""},
	{"WATCHDOG_DEPS", "db=tcp://db", "expected host:port, found \"tcp://db\""},
	{"WATCHDOG_DEPS", "db", "expected entries like name=https://host/path or name=tcp://host:port"
	    " (name: letters, digits, _ . -), found \"db\""},
	{"WATCHDOG_DEPS", "a b=http://c", "expected entries like name=https://host/path or name=tcp://host:port"
	    " (name: letters, digits, _ . -), found \"a\""},
	{"WATCHDOG_DEPS", "a=http://b a=http://c", "expected each name once, found \"a\" twice"},
	{"WATCHDOG_USER", "a b", "expected a user's name (letters, digits, _ . -), found \"a b\""},
	{"WATCHDOG_USER", "-x", "expected a user's name (letters, digits, _ . -), found \"-x\""},
};

static void
a_wrong_value_is_refused_with_what_was_expected_and_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(refused); i++) {
		if (config_set(&c, refused[i].key, refused[i].value, why, sizeof(why)) != -1)
			fail_msg("%s=%s was taken", refused[i].key, refused[i].value);
		assert_string_equal(why, refused[i].why);
	}
}

static void
a_refused_value_leaves_the_old_one(void **state)
{
	(void)state;
	set("WATCHDOG_CONTAINERS", "api,db");
	assert_int_equal(config_set(&c, "WATCHDOG_CONTAINERS", "web a/b", why, sizeof(why)), -1);
	assert_string_equal(value_of(&c, "WATCHDOG_CONTAINERS"), "api,db");
	set("WATCHDOG_DEPS", "a=http://b");
	assert_int_equal(config_set(&c, "WATCHDOG_DEPS", "c=http://d e", why, sizeof(why)), -1);
	assert_string_equal(value_of(&c, "WATCHDOG_DEPS"), "a=http://b");
}

static void
a_long_wrong_value_is_quoted_in_part(void **state)
{
	char value[1000];

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assert_int_equal(config_set(&c, "WATCHDOG_LANG", value, why, sizeof(why)), -1);
	assert_true(strlen(why) < 150);
	assert_string_equal(why + strlen(why) - 4, "...\"");
}

static void
no_reason_ever_quotes_a_secret(void **state)
{
	static const char *const rows[][2] = {
		{"WATCHDOG_TG_BOT_TOKEN", "hunter2"},
		{"WATCHDOG_TG_BOT_TOKEN", "0123:hunter2hunter2hunter2"},
		{"WATCHDOG_TG_BOT_TOKEN", "12345hunter2hunter2hunter2hunter2"},
		{"WATCHDOG_TG_BOT_TOKEN", "123:hunter2"},
		{"WATCHDOG_TG_BOT_TOKEN", "123:hunter2hunter2hunter2!"},
		{"WATCHDOG_TG_BOT_TOKEN", "123:hunter2hunter2hunter2 123:hunter2hunter2hunter2"},
		{"WATCHDOG_TG_CHAT_ID", "hunter2"},
		{"WATCHDOG_TG_CHAT_ID", "-1001 hunter2"},
		{"WATCHDOG_TG_PROXY", "hunter2"},
		{"WATCHDOG_TG_PROXY", "http://user:hunter2@proxy"},
		{"WATCHDOG_TG_PROXY", "http://user:hunter2/@proxy:1"},
		{"WATCHDOG_METRICS_URL", "ftp://user:hunter2@app"},
		{"WATCHDOG_METRICS_URL", "http://user:hunter2/x@app"},
		{"WATCHDOG_METRICS_URL", "user:hunter2@app:9090/metrics"},
		{"WATCHDOG_METRICS_URL", "http:/user:hunter2@app"},
		{"WATCHDOG_DEPS", "a=user:hunter2@app"},
		{"WATCHDOG_DEPS", "a=http://user:hunter2@h:0/"},
		{"WATCHDOG_DEPS", "a=http://user:hunter2,x@h/"},
		{"WATCHDOG_DEPS", "a=http://user:x,hunter2@h/"},
		{"WATCHDOG_DEPS", "a=http://user:hunter2@h/ b"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		assert_int_equal(config_set(&c, rows[i][0], rows[i][1], why, sizeof(why)), -1);
		assert_non_null(strstr(why, "expected"));
		if (strstr(why, "hunter2") != NULL)
			fail_msg("%s", why);
	}
}

static void
a_token_has_the_form_that_botfather_gives(void **state)
{
	static const char *const wrong[] = {
		"abc", "123:", ":abcdefghijabcdefghij", "0:abcdefghijabcdefghij", "1:abcdefghijabcdefghi",
		"123456789012345678:abcdefghijabcdefghij", "1:abcdefghijabcdefghi/", "1;abcdefghijabcdefghij",
		"1:abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcde",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(wrong); i++)
		assert_int_equal(config_set(&c, "WATCHDOG_TG_BOT_TOKEN", wrong[i], why, sizeof(why)), -1);
	set("WATCHDOG_TG_BOT_TOKEN",
	    "12345678901234567:abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd");
}

static void
chats_are_numbers_topics_and_names(void **state)
{
	static const char *const wrong[] = {
		"0", "-0", "-", "1-2", "12x", "-100:", "-100:0", "-100:x", "-100:1:2", "@", "@a-b", "name", "-100:-1",
		"1234567890123456789", "-100:12345678901", "@a@b",
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(wrong); i++)
		if (config_set(&c, "WATCHDOG_TG_CHAT_ID", wrong[i], why, sizeof(why)) != -1)
			fail_msg("%s was taken", wrong[i]);
	set("WATCHDOG_TG_CHAT_ID", "1,-1,@a,@a:7,-100123:45,@a,1");
	assert_int_equal(c.tg_chat_ids.n, 5);
}

static void
lists_and_texts_have_an_end(void **state)
{
	static char value[70000];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 17; i++)
		n += (size_t)sprintf(value + n, "%d,", 100 + i);
	assert_int_equal(config_set(&c, "WATCHDOG_TG_CHAT_ID", value, why, sizeof(why)), -1);
	assert_string_equal(why, "expected at most 16 entries, found more");
	n = 0;
	for (int i = 0; i < 1001; i++)
		n += (size_t)sprintf(value + n, "d%d=tcp://h:1,", i);
	assert_int_equal(config_set(&c, "WATCHDOG_DEPS", value, why, sizeof(why)), -1);
	assert_string_equal(why, "expected at most 1000 entries, found more");
	memset(value, 'x', sizeof(value) - 1);
	assert_int_equal(config_set(&c, "WATCHDOG_CONTAINERS", value, why, sizeof(why)), -1);
	assert_string_equal(why, "expected at most 60000 bytes, found 69999");
	value[256] = '\0';
	assert_int_equal(config_set(&c, "WATCHDOG_HOST_NAME", value, why, sizeof(why)), -1);
	value[255] = '\0';
	set("WATCHDOG_HOST_NAME", value);
	value[0] = '/';
	value[108] = '\0';
	assert_int_equal(config_set(&c, "WATCHDOG_DOCKER_SOCK", value, why, sizeof(why)), -1);
	value[107] = '\0';
	set("WATCHDOG_DOCKER_SOCK", value);
}

static void
an_empty_value_is_the_default_save_where_it_means_none(void **state)
{
	(void)state;
	set("WATCHDOG_MEM_PCT", "50");
	set("WATCHDOG_MEM_PCT", "");
	assert_true(c.mem_pct == 90);
	set("WATCHDOG_DISK_PATHS", "/a");
	set("WATCHDOG_DISK_PATHS", " ");
	assert_string_equal(value_of(&c, "WATCHDOG_DISK_PATHS"), "/");
	set("WATCHDOG_CONTAINERS", "");
	assert_int_equal(c.containers.n, 0);
	set("WATCHDOG_CONTROL_SOCK", "");
	assert_null(c.control_sock);
}

/* Without it a host without docker would raise an alarm in a child that was told the default. */
static void
containers_that_nobody_named_are_told_from_a_star_that_somebody_wrote(void **state)
{
	(void)state;
	assert_false(c.containers_given);
	assert_string_equal(value_of(&c, "WATCHDOG_CONTAINERS"), "(unset)");
	assert_string_equal(c.containers.v[0], "*");
	set("WATCHDOG_CONTAINERS", "*");
	assert_true(c.containers_given);
	assert_string_equal(value_of(&c, "WATCHDOG_CONTAINERS"), "*");
	assert_false(c.user_given);
	set("WATCHDOG_USER", "watchdog");
	assert_true(c.user_given);
}

static void
never_is_endless_and_a_kinds_own_cooldown_may_be_unset(void **state)
{
	(void)state;
	set("WATCHDOG_COOLDOWN_S", "never");
	assert_true(isinf(c.cooldown));
	assert_true(isnan(c.cooldown_kind[KIND_CONTAINER]));
	set("WATCHDOG_COOLDOWN_CONTAINER_S", "5m");
	assert_true(c.cooldown_kind[KIND_CONTAINER] == 300);
	for (int kind = 0; kind < KIND_COUNT; kind++)
		if (kind != KIND_CONTAINER && kind != KIND_JOB_FAILED)
			assert_true(isnan(c.cooldown_kind[kind]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG(values_are_taken_and_come_back_in_one_form),
		CONFIG(a_wrong_value_is_refused_with_what_was_expected_and_found),
		CONFIG(a_refused_value_leaves_the_old_one),
		CONFIG(a_long_wrong_value_is_quoted_in_part),
		CONFIG(no_reason_ever_quotes_a_secret),
		CONFIG(a_token_has_the_form_that_botfather_gives),
		CONFIG(chats_are_numbers_topics_and_names),
		CONFIG(lists_and_texts_have_an_end),
		CONFIG(an_empty_value_is_the_default_save_where_it_means_none),
		CONFIG(containers_that_nobody_named_are_told_from_a_star_that_somebody_wrote),
		CONFIG(never_is_endless_and_a_kinds_own_cooldown_may_be_unset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
