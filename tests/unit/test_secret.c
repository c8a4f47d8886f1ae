/*
 * The secrets' file, and keeping the token out of what is said.
 */
#include "build_config.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "secret.h"

#define TOKEN "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"
#define BOTH "WATCHDOG_TG_BOT_TOKEN=" TOKEN "\nWATCHDOG_TG_CHAT_ID=-100123:45,@news"

static struct config c;
static char why[256];

static int
fresh(void **state)
{
	(void)state;
	config_init(&c);
	why[0] = '\0';
	return 0;
}

static int
done(void **state)
{
	(void)state;
	config_free(&c);
	return 0;
}

/* Read from a memfd whose offset stands at its end, as the parent leaves it. */
static int
read_bytes(const char *bytes, size_t len)
{
	int fd = memfd_create("secret", MFD_CLOEXEC), rc;

	assert_true(fd != -1);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	rc = secret_read(&c, fd, why, sizeof(why));
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	return rc;
}

static int
read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void
assert_both(void)
{
	assert_string_equal(c.tg_bot_token, TOKEN);
	assert_int_equal(c.tg_chat_ids.n, 2);
	assert_string_equal(c.tg_chat_ids.v[0], "-100123:45");
	assert_string_equal(c.tg_chat_ids.v[1], "@news");
}

static void
lines_set_their_keys(void **state)
{
	(void)state;
	assert_int_equal(read_text(BOTH "\n"), 0);
	assert_both();
}

static void
the_last_line_needs_no_newline(void **state)
{
	(void)state;
	assert_int_equal(read_text(BOTH), 0);
	assert_both();
}

static void
crlf_and_blank_lines_are_fine(void **state)
{
	(void)state;
	assert_int_equal(read_text("\r\n\nWATCHDOG_TG_BOT_TOKEN=" TOKEN "\r\n\r\n"
	    "WATCHDOG_TG_CHAT_ID=-100123:45,@news\r\n"), 0);
	assert_both();
}

static void
the_proxy_is_a_secret_too(void **state)
{
	(void)state;
	assert_int_equal(read_text("WATCHDOG_TG_PROXY=http://user:pw@proxy.example:3128\n"), 0);
	assert_string_equal(c.tg_proxy.host, "proxy.example");
	assert_int_equal(c.tg_proxy.port, 3128);
}

static void
nothing_at_all_sets_nothing(void **state)
{
	(void)state;
	assert_int_equal(read_text(""), 0);
	assert_null(c.tg_bot_token);
}

static void
assert_refused(const char *text, const char *expected)
{
	assert_int_equal(read_text(text), -1);
	assert_string_equal(why, expected);
}

static void
a_line_without_a_value_is_refused(void **state)
{
	(void)state;
	assert_refused("WATCHDOG_TG_CHAT_ID=5\nWATCHDOG_TG_BOT_TOKEN\n", "secrets, line 2: expected KEY=VALUE");
}

static void
a_key_that_is_no_secret_is_refused(void **state)
{
	(void)state;
	assert_refused("WATCHDOG_INTERVAL_S=5\n", "secrets, line 1: not a secret key of the configuration");
	assert_refused("WATCHDOG_NOTHING=5\n", "secrets, line 1: not a secret key of the configuration");
}

static void
a_bad_value_is_named_but_never_shown(void **state)
{
	(void)state;
	assert_refused("WATCHDOG_TG_BOT_TOKEN=not a token\n",
	    "secrets, line 1: WATCHDOG_TG_BOT_TOKEN: not a usable value");
}

static void
too_much_is_refused(void **state)
{
	char *big = malloc(SECRET_MAX + 1);

	(void)state;
	assert_non_null(big);
	memset(big, '\n', SECRET_MAX + 1);
	assert_int_equal(read_bytes(big, SECRET_MAX), 0);
	assert_int_equal(read_bytes(big, SECRET_MAX + 1), -1);
	assert_string_equal(why, "secrets: more than 65536 bytes");
	free(big);
}

static void
a_nul_is_refused(void **state)
{
	(void)state;
	assert_int_equal(read_bytes("WATCHDOG_TG_CHAT_ID=5\0\n", 23), -1);
	assert_string_equal(why, "secrets: a NUL byte");
}

static void
what_cannot_be_read_is_said(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(secret_read(&c, fds[0], why, sizeof(why)), -1);
	assert_string_equal(why, "secrets: cannot be read: Illegal seek");
	close(fds[1]);
}

static void
the_token_is_blotted_out_wherever_it_stands(void **state)
{
	char text[200] = "Cannot POST /bot" TOKEN "/sendMessage, bot123456%3AABC-DEF1234ghIkl-zyx57W2v1u123ew11!";

	(void)state;
	secret_scrub(text, TOKEN);
	assert_null(strstr(text, "ABC-DEF"));
	assert_non_null(strstr(text, "Cannot POST /bot***"));
	assert_int_equal(text[strlen(text) - 1], '!');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_set_their_keys, fresh, done),
		cmocka_unit_test_setup_teardown(the_last_line_needs_no_newline, fresh, done),
		cmocka_unit_test_setup_teardown(crlf_and_blank_lines_are_fine, fresh, done),
		cmocka_unit_test_setup_teardown(the_proxy_is_a_secret_too, fresh, done),
		cmocka_unit_test_setup_teardown(nothing_at_all_sets_nothing, fresh, done),
		cmocka_unit_test_setup_teardown(a_line_without_a_value_is_refused, fresh, done),
		cmocka_unit_test_setup_teardown(a_key_that_is_no_secret_is_refused, fresh, done),
		cmocka_unit_test_setup_teardown(a_bad_value_is_named_but_never_shown, fresh, done),
		cmocka_unit_test_setup_teardown(too_much_is_refused, fresh, done),
		cmocka_unit_test_setup_teardown(a_nul_is_refused, fresh, done),
		cmocka_unit_test_setup_teardown(what_cannot_be_read_is_said, fresh, done),
		cmocka_unit_test(the_token_is_blotted_out_wherever_it_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
