/*
 * The sources of the configuration beside its file: credentials, the
 * environment, files of one value, what the host says; and that no secret
 * stays behind.
 */
#include "build_config.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_load_unit.h"

/* --- credentials --- */

static void
a_credential_is_called_as_its_key_and_stands_between_file_and_environment(void **state)
{
	(void)state;
	write_file("WATCHDOG_MEM_PCT", "61\n", 3);
	write_file("WATCHDOG_MEM_TICKS", "8", 1);
	load("WATCHDOG_MEM_PCT=50\nWATCHDOG_MEM_TICKS=7\n", ENV("CREDENTIALS_DIRECTORY=.", "WATCHDOG_MEM_TICKS=9"));
	expect("");
	assert_true(c.mem_pct == 61);
	assert_int_equal(c.mem_ticks, 9);
	write_file("WATCHDOG_MEM_PCT", "9O", 2);
	load(NULL, ENV("CREDENTIALS_DIRECTORY=.", "WATCHDOG_MEM_TICKS=9"));
	expect("E credentials: WATCHDOG_MEM_PCT_FILE: ./WATCHDOG_MEM_PCT: expected a percentage from 1 to 100, found \"9O\"\n");
	load(NULL, ENV("CREDENTIALS_DIRECTORY=/no/such/folder"));
	expect("");
	unlink("WATCHDOG_MEM_PCT");
	unlink("WATCHDOG_MEM_TICKS");
}

/* --- the environment --- */

static void
the_environment_wins_over_the_file(void **state)
{
	(void)state;
	load("WATCHDOG_MEM_PCT=50\nWATCHDOG_MEM_TICKS=7\n",
	    ENV("WATCHDOG_MEM_PCT=60", "PATH=/bin", "WATCHDOG", "TZ=UTC"));
	expect("");
	assert_true(c.mem_pct == 60);
	assert_int_equal(c.mem_ticks, 7);
}

static void
an_empty_variable_is_an_unset_one_save_where_it_means_none(void **state)
{
	(void)state;
	load("WATCHDOG_MEM_PCT=50\nWATCHDOG_CONTAINERS=api\nWATCHDOG_CONTROL_SOCK=/run/x\n",
	    ENV("WATCHDOG_MEM_PCT=", "WATCHDOG_CONTAINERS=", "WATCHDOG_CONTROL_SOCK=\"\"", "WATCHDOG_LANG_FILE="));
	expect("");
	assert_true(c.mem_pct == 50);
	assert_int_equal(c.containers.n, 0);
	assert_true(c.containers_given);
	assert_null(c.control_sock);
}

static void
quotes_are_stripped_from_variables_too(void **state)
{
	(void)state;
	load(NULL, ENV("WATCHDOG_MEM_PCT=\"60\"", "WATCHDOG_HOST_NAME='a b'"));
	expect("");
	assert_true(c.mem_pct == 60);
	assert_string_equal(c.host_name, "a b");
}

static void
an_unknown_variable_is_a_warning_but_for_systemds_own(void **state)
{
	(void)state;
	load(NULL, ENV("WATCHDOG_MEM_PTC=1", "WATCHDOG_FRUIT=1", "WATCHDOG_USEC=1", "WATCHDOG_PID=1", "FRUIT=1"));
	expect("W environment: WATCHDOG_MEM_PTC: unknown key; did you mean WATCHDOG_MEM_PCT?\n"
	    "W environment: WATCHDOG_FRUIT: unknown key\n");
	assert_int_equal(errors, 0);
}

static void
a_variable_that_is_no_text_is_an_error(void **state)
{
	(void)state;
	load(NULL, ENV("WATCHDOG_HOST_NAME=\xc3"));
	expect("E environment: WATCHDOG_HOST_NAME: expected UTF-8 text, found bytes that are not\n");
}

static void
a_list_may_have_lines_in_a_variable(void **state)
{
	(void)state;
	load(NULL, ENV("WATCHDOG_DEPS=a=tcp://h:1\nb=tcp://h:2\n"));
	expect("");
	assert_int_equal(c.deps.n, 2);
}

/* The names and forms that the sidecar's own file has. */
static void
the_old_sidecars_file_starts_it(void **state)
{
	(void)state;
	load("WATCHDOG_ENABLED=true\nWATCHDOG_INTERVAL_S=30.0\nWATCHDOG_COOLDOWN_S=3600\nWATCHDOG_HTTP_TIMEOUT_S=2.5\n"
	    "WATCHDOG_METRICS_URL=http://orchestrator:8000/metrics\nWATCHDOG_MEM_PCT=90.0\nWATCHDOG_CONTAINERS=a,b\n"
	    "WATCHDOG_DOCKER_SOCK=/var/run/docker.sock\n"
	    "WATCHDOG_TG_BOT_TOKEN=" TOKEN "\nWATCHDOG_TG_CHAT_ID=-100123\n", NULL);
	expect("");
	assert_true(c.http_timeout == 2.5);
}

/* --- a value's own file --- */

static void
a_value_may_stand_in_a_file_of_its_own(void **state)
{
	(void)state;
	write_file("value", "  61 \nsecond line\n", 18);
	load("WATCHDOG_MEM_PCT_FILE=value\n", NULL);
	expect("");
	assert_true(c.mem_pct == 61);
	load(NULL, ENV("WATCHDOG_MEM_PCT_FILE=\"value\""));
	expect("");
	assert_true(c.mem_pct == 61);
}

/* As for a reload, once the daemon has left the folder that it was started in. */
static void
relative_names_are_seen_from_the_folder_that_is_said(void **state)
{
	char here[PATH_MAX], deep[PATH_MAX], by_file[] = "WATCHDOG_MEM_TICKS_FILE=value", credentials[] = "CREDENTIALS_DIRECTORY=.";
	char *env[] = {by_file, credentials, NULL};
	struct config_source from = {.file = "conf", .folder = getcwd(here, sizeof(here)), .must_exist = true, .env = env};

	(void)state;
	write_file("value", "61\n", 3);
	write_file("conf", "WATCHDOG_MEM_PCT_FILE=value\n", 28);
	write_file("WATCHDOG_DISK_CRIT_PCT", "77\n", 3);
	assert_int_equal(chdir("/"), 0);
	load_from(&from);
	assert_int_equal(chdir(here), 0);
	unlink("WATCHDOG_DISK_CRIT_PCT");
	expect("");
	assert_true(c.mem_pct == 61 && c.mem_ticks == 61 && c.disk_crit_pct == 77);
	memset(deep, 'x', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	from.folder = deep;
	load_from(&from);
	expect("E conf: File name too long\nE environment: CREDENTIALS_DIRECTORY: .: File name too long\n"
	    "E environment: WATCHDOG_MEM_TICKS_FILE: value: File name too long\n");
}

static void
no_name_of_a_file_speaks_to_the_terminal(void **state)
{
	(void)state;
	load(NULL, ENV("WATCHDOG_MEM_PCT_FILE=/no\033[2Jwhere\xff"));
	expect("E environment: WATCHDOG_MEM_PCT_FILE: /no [2Jwhere?: No such file or directory\n");
}

static void
a_value_and_its_file_at_once_are_an_error(void **state)
{
	(void)state;
	write_file("value", "61", 2);
	load("WATCHDOG_MEM_PCT_FILE=value\nWATCHDOG_MEM_PCT=60\n", NULL);
	expect("E conf:2: WATCHDOG_MEM_PCT: expected WATCHDOG_MEM_PCT or WATCHDOG_MEM_PCT_FILE, found both\n");
	load(NULL, ENV("WATCHDOG_MEM_PCT=60", "WATCHDOG_MEM_PCT_FILE=value"));
	expect("E environment: WATCHDOG_MEM_PCT_FILE:"
	    " expected WATCHDOG_MEM_PCT or WATCHDOG_MEM_PCT_FILE, found both\n");
	load("WATCHDOG_MEM_PCT_FILE=value\n", ENV("WATCHDOG_MEM_PCT=60"));
	expect("");
	assert_true(c.mem_pct == 60);
	load("WATCHDOG_MEM_PCT=\nWATCHDOG_MEM_PCT_FILE=value\n", NULL);
	expect("");
	assert_true(c.mem_pct == 61);
}

static void
a_key_that_ends_in_file_is_that_key(void **state)
{
	(void)state;
	load("WATCHDOG_TG_CA_FILE=/no/such/ca.pem\n", NULL);
	expect("");
	assert_string_equal(c.tg_ca_file, "/no/such/ca.pem");
	write_file("value", "/from/file.pem\n", 15);
	load("WATCHDOG_TG_CA_FILE_FILE=value\n", NULL);
	expect("");
	assert_string_equal(c.tg_ca_file, "/from/file.pem");
}

static void
a_values_file_that_gives_none_is_an_error(void **state)
{
	(void)state;
	write_file("empty", "\n60\n", 4);
	write_file("nul", "6\0" "0\n", 4);
	write_file("wrong", "x\n", 2);
	load("WATCHDOG_MEM_PCT_FILE=no-such\nWATCHDOG_MEM_TICKS_FILE=empty\n"
	    "WATCHDOG_LANG_FILE=nul\nWATCHDOG_SANDBOX_FILE=wrong\n"
	    "WATCHDOG_USER_FILE=.\nWATCHDOG_NO_SUCH_FILE=value\n", NULL);
	expect("E conf:1: WATCHDOG_MEM_PCT_FILE: no-such: No such file or directory\n"
	    "E conf:2: WATCHDOG_MEM_TICKS_FILE: empty: expected the value on the first line, found an empty line\n"
	    "E conf:3: WATCHDOG_LANG_FILE: nul: expected the value on the first line, found a NUL byte\n"
	    "E conf:4: WATCHDOG_SANDBOX_FILE: wrong: expected enforce, log or off, found \"x\"\n"
	    "E conf:5: WATCHDOG_USER_FILE: .: Is a directory\n"
	    "E conf:6: WATCHDOG_NO_SUCH_FILE: unknown key\n");
}

static void
a_token_whose_file_is_missing_is_one_error_not_two(void **state)
{
	(void)state;
	load("WATCHDOG_TG_BOT_TOKEN_FILE=no-such\nWATCHDOG_TG_CHAT_ID=1\n", NULL);
	expect("E conf:1: WATCHDOG_TG_BOT_TOKEN_FILE: expected the path of a file that holds the value, found something else"
	    " (not shown: it may be the value itself): No such file or directory\n");
	load("WATCHDOG_TG_BOT_TOKEN_FILE=/no-such\nWATCHDOG_TG_CHAT_ID=1\n", NULL);
	expect("E conf:1: WATCHDOG_TG_BOT_TOKEN_FILE: /no-such: No such file or directory\n");
}

/* --- what the host says --- */

static void
the_docker_socket_is_docker_hosts_if_that_is_a_socket(void **state)
{
	(void)state;
	load(NULL, ENV("DOCKER_HOST=unix:///run/user/1/docker.sock"));
	assert_string_equal(c.docker_sock, "/run/user/1/docker.sock");
	load(NULL, ENV("DOCKER_HOST=tcp://1.2.3.4:2375"));
	assert_string_equal(c.docker_sock, "/var/run/docker.sock");
	load("WATCHDOG_DOCKER_SOCK=/x\n", ENV("DOCKER_HOST=unix:///y"));
	assert_string_equal(c.docker_sock, "/x");
	load(NULL, ENV("DOCKER_HOST=unix://"));
	expect("");
	assert_string_equal(c.docker_sock, "/var/run/docker.sock");
}

static void
the_language_is_the_locales(void **state)
{
	static const struct {
		const char *env[3];
		enum language lang;
	} rows[] = {
		{{NULL}, LANGUAGE_EN},
		{{"LANG=ru_RU.UTF-8"}, LANGUAGE_RU},
		{{"LANG=ru"}, LANGUAGE_RU},
		{{"LANG=ru@x"}, LANGUAGE_RU},
		{{"LANG=run"}, LANGUAGE_EN},
		{{"LANG=C"}, LANGUAGE_EN},
		{{"LANG=ru_RU", "LC_ALL=C"}, LANGUAGE_EN},
		{{"LANG=C", "LC_MESSAGES=ru_RU"}, LANGUAGE_RU},
		{{"LC_MESSAGES=en_US", "LC_ALL=ru_RU"}, LANGUAGE_RU},
		{{"LC_ALL=", "LANG=ru_RU"}, LANGUAGE_RU},
		{{"LANG=ru_RU", "WATCHDOG_LANG=en"}, LANGUAGE_EN},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		load(NULL, rows[i].env);
		assert_int_equal(c.lang, rows[i].lang);
	}
}

static void
the_host_name_is_the_mounted_hosts(void **state)
{
	char conf[PATH_MAX + 40], cwd[PATH_MAX], name[256];

	(void)state;
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	mkdir("root", 0700);
	mkdir("root/etc", 0700);
	snprintf(conf, sizeof(conf), "WATCHDOG_ROOTFS_PATH=%s/root\n", cwd);
	write_file("root/etc/hostname", "# a comment\n\n  host1 \nhost2\n", 28);
	load(conf, NULL);
	expect("");
	assert_string_equal(c.host_name, "host1");
	write_file("root/etc/hostname", "\xff\n", 2);
	gethostname(name, sizeof(name));
	load(conf, NULL);
	expect("");
	assert_string_equal(c.host_name, name);
	unlink("root/etc/hostname");
	load(conf, NULL);
	assert_string_equal(c.host_name, name);
	load(conf, ENV("WATCHDOG_HOST_NAME=mine"));
	assert_string_equal(c.host_name, "mine");
}

static void
what_the_host_says_is_not_given_by_the_user(void **state)
{
	(void)state;
	load(NULL, ENV("DOCKER_HOST=unix:///x", "LANG=ru"));
	assert_int_equal(c.given, 0);
}

/* --- secrets --- */

static void
no_report_holds_a_secret(void **state)
{
	(void)state;
	write_file("value", TOKEN " hunter2\n", sizeof(TOKEN) + 8);
	load("WATCHDOG_TG_BOT_TOKEN=" TOKEN "/hunter2\nWATCHDOG_TG_CHAT_ID=hunter2\n"
	    "WATCHDOG_TG_PROXY=http://u:hunter2@p # x\n"
	    "WATCHDOG_TG_BOT_TOKEN=hunter2\nhunter2\n",
	    ENV("WATCHDOG_TG_BOT_TOKEN_FILE=value", "WATCHDOG_TG_CHAT_ID=\"hunter2", "WATCHDOG_TG_PROXY='x'hunter2"));
	assert_int_equal(errors, 8);
	assert_null(strstr(reports, "hunter2"));
	assert_null(strstr(reports, "1234567"));
	load("WATCHDOG_TG_BOT_TOKEN_FILE=" TOKEN "\nWATCHDOG_TG_CHAT_ID_FILE=@hunter2\n", ENV("WATCHDOG_TG_PROXY_FILE=http://u:hunter2@p:1"));
	assert_int_equal(errors, 3);
	assert_null(strstr(reports, "hunter2"));
	assert_null(strstr(reports, "1234567"));
}

static void
secrets_are_wiped_from_the_environment_and_nothing_else_is(void **state)
{
	char token[] = "WATCHDOG_TG_BOT_TOKEN=" TOKEN, chat[] = "WATCHDOG_TG_CHAT_ID=-100123";
	char mem[] = "WATCHDOG_MEM_PCT=50";
	char *env[] = {token, chat, mem, NULL};
	struct config_source from = {.env = env};

	(void)state;
	assert_int_equal(load_from(&from), 0);
	assert_string_equal(c.tg_bot_token, TOKEN);
	for (size_t i = strlen("WATCHDOG_TG_BOT_TOKEN="); i < sizeof(token); i++)
		assert_int_equal(token[i], '\0');
	assert_string_equal(token, "WATCHDOG_TG_BOT_TOKEN=");
	assert_string_equal(chat, "WATCHDOG_TG_CHAT_ID=");
	assert_string_equal(mem, "WATCHDOG_MEM_PCT=50");
}

static void
a_secret_that_is_refused_is_wiped_as_well(void **state)
{
	char token[] = "WATCHDOG_TG_BOT_TOKEN=" TOKEN "!";
	char *env[] = {token, NULL};
	struct config_source from = {.env = env};

	(void)state;
	assert_int_equal(load_from(&from), 1);
	assert_string_equal(token, "WATCHDOG_TG_BOT_TOKEN=");
}

static void
a_later_load_still_knows_the_environments_secrets(void **state)
{
	char token[] = "WATCHDOG_TG_BOT_TOKEN='" TOKEN "'", chat[] = "WATCHDOG_TG_CHAT_ID=-100123";
	char *env[] = {token, chat, NULL};
	struct config_source from = {.file = "conf", .env = env, .env_secrets = memfd_create("env", MFD_CLOEXEC)};

	(void)state;
	write_file("conf", "WATCHDOG_TG_CHAT_ID=5\nWATCHDOG_TG_PROXY=http://p:1\n", 51);
	for (int round = 0; round < 3; round++) {
		assert_int_equal(load_from(&from), 0);
		assert_string_equal(c.tg_bot_token, TOKEN);
		assert_string_equal(c.tg_chat_ids.v[0], "-100123");
		assert_string_equal(c.tg_proxy.url, "http://p:1");
	}
	write_file("conf", "", 0);
	assert_int_equal(load_from(&from), 0);
	assert_null(c.tg_proxy.url);
	close(from.env_secrets);
}

/* Else a reload would go on without a token, and say nothing. */
static void
kept_secrets_that_cannot_be_read_are_an_error(void **state)
{
	struct config_source from = {.env_secrets = open(".", O_RDONLY | O_CLOEXEC)};

	(void)state;
	assert_int_equal(load_from(&from), 1);
	expect("E environment: its secrets, which were kept, cannot be read: Is a directory\n");
	close(from.env_secrets);
}

/* A blank variable gives nothing, so the file's secret must not be taken for the environment's. */
static void
only_the_environments_own_secrets_are_kept(void **state)
{
	char token[] = "WATCHDOG_TG_BOT_TOKEN= ";
	char *env[] = {token, NULL};
	struct config_source from = {.file = "conf", .env = env, .env_secrets = memfd_create("env", MFD_CLOEXEC)};

	(void)state;
	write_file("conf", "WATCHDOG_TG_CHAT_ID=5\nWATCHDOG_TG_BOT_TOKEN=" TOKEN "\n", 44 + sizeof(TOKEN));
	assert_int_equal(load_from(&from), 0);
	assert_string_equal(c.tg_bot_token, TOKEN);
	assert_int_equal(lseek(from.env_secrets, 0, SEEK_END), 0);
	close(from.env_secrets);
}

#ifndef WITH_SANITIZERS /* whose own memory is beyond searching */

/* The needle is never whole in memory: each byte stands there with its bits turned. */
#define T(c) ((c) ^ 0x55)
static const unsigned char turned[] = {
	T('7'), T('7'), T('1'), T('9'), T(':'), T('q'), T('W'), T('z'), T('X'), T('e'), T('C'), T('r'), T('V'), T('t'),
	T('B'), T('y'), T('N'), T('u'), T('M'), T('i'), T('K'), T('o'), T('L'), T('p'), T('J'), T('h'), T('G'),
};

static size_t
count_needles(const unsigned char *p, size_t len)
{
	size_t n = 0, same;

	for (size_t i = 0; i + sizeof(turned) <= len; i++) {
		for (same = 0; same < sizeof(turned) && T(p[i + same]) == turned[same]; same++)
			continue;
		n += same == sizeof(turned);
	}
	return n;
}

/* How often the secret stands in what this process can write to: data, heap, stack. */
static size_t
needles_in_memory(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long from, to;
	char line[512], mode[8];
	size_t n = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps) != NULL)
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) == 3 && strncmp(mode, "rw", 2) == 0)
			n += count_needles((const unsigned char *)from, to - from);
	fclose(maps);
	return n;
}

static void
needle_to(char *at)
{
	for (size_t i = 0; i < sizeof(turned); i++)
		at[i] = (char)T(turned[i]);
}

static void
load_once_from_everywhere(struct config_source *from, char *variable)
{
	char line[100] = "WATCHDOG_TG_BOT_TOKEN=";

	needle_to(line + strlen(line));
	strcat(line, "\nWATCHDOG_TG_CHAT_ID=1\n");
	write_file("conf", line, strlen(line));
	write_file("value", line + 22, sizeof(turned));
	strcpy(variable, "WATCHDOG_TG_BOT_TOKEN=");
	needle_to(variable + strlen(variable));
	explicit_bzero(line, sizeof(line));
	assert_int_equal(load_from(from), 0);
}

static void
no_copy_of_a_secret_stays_in_memory(void **state)
{
	char variable[100] = "", by_file[] = "WATCHDOG_TG_BOT_TOKEN_FILE=value";
	char *env[] = {variable, NULL};
	struct config_source from = {.file = "conf", .env = env, .env_secrets = memfd_create("env", MFD_CLOEXEC)};

	(void)state;
	assert_int_equal(needles_in_memory(), 0);
	load_once_from_everywhere(&from, variable);
	assert_int_equal(needles_in_memory(), 1); /* in the struct, and it can be found */
	env[0] = by_file;
	from.env_secrets = 0;
	load_once_from_everywhere(&from, variable);
	explicit_bzero(variable, sizeof(variable)); /* it was not part of that environment */
	assert_int_equal(needles_in_memory(), 1);
	assert_int_equal(config_write_secrets(&c, memfd_create("secrets", MFD_CLOEXEC)), 0);
	config_print(&c, stderr);
	assert_true(config_same(&c, &c, config_key_index(config_key_find("WATCHDOG_TG_BOT_TOKEN"))));
	assert_int_equal(needles_in_memory(), 1);
	config_drop_secrets(&c);
	assert_int_equal(needles_in_memory(), 0);
}

#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CONFIG(a_credential_is_called_as_its_key_and_stands_between_file_and_environment),
		CONFIG(the_environment_wins_over_the_file),
		CONFIG(an_empty_variable_is_an_unset_one_save_where_it_means_none),
		CONFIG(quotes_are_stripped_from_variables_too),
		CONFIG(an_unknown_variable_is_a_warning_but_for_systemds_own),
		CONFIG(a_variable_that_is_no_text_is_an_error),
		CONFIG(a_list_may_have_lines_in_a_variable),
		CONFIG(the_old_sidecars_file_starts_it),
		CONFIG(a_value_may_stand_in_a_file_of_its_own),
		CONFIG(relative_names_are_seen_from_the_folder_that_is_said),
		CONFIG(no_name_of_a_file_speaks_to_the_terminal),
		CONFIG(a_value_and_its_file_at_once_are_an_error),
		CONFIG(a_key_that_ends_in_file_is_that_key),
		CONFIG(a_values_file_that_gives_none_is_an_error),
		CONFIG(a_token_whose_file_is_missing_is_one_error_not_two),
		CONFIG(the_docker_socket_is_docker_hosts_if_that_is_a_socket),
		CONFIG(the_language_is_the_locales),
		CONFIG(the_host_name_is_the_mounted_hosts),
		CONFIG(what_the_host_says_is_not_given_by_the_user),
		CONFIG(no_report_holds_a_secret),
		CONFIG(secrets_are_wiped_from_the_environment_and_nothing_else_is),
		CONFIG(a_secret_that_is_refused_is_wiped_as_well),
		CONFIG(a_later_load_still_knows_the_environments_secrets),
		CONFIG(kept_secrets_that_cannot_be_read_are_an_error),
		CONFIG(only_the_environments_own_secrets_are_kept),
#ifndef WITH_SANITIZERS
		CONFIG(no_copy_of_a_secret_stays_in_memory),
#endif
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
