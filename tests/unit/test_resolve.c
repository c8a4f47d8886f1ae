/*
 * The asking end of the resolver: fresh, stale, failed, late, cancelled.
 */
#include "build_config.h"

#include <netinet/in.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net_fixture.h"

static struct fixture fx;
static double clock_offset;

double __real_clock_boot(void);
double __wrap_clock_boot(void);

/* The linker puts this in the place of clock_boot(): real time plus what the test adds. */
double
__wrap_clock_boot(void)
{
	return __real_clock_boot() + clock_offset;
}

struct answer {
	bool done;
	unsigned calls;
	char addresses[256], error[128];
};

static void
keep(void *ctx, const struct address_list *list, const char *error)
{
	struct answer *a = ctx;
	char text[INET6_ADDRSTRLEN];

	a->done = true;
	a->calls++;
	a->addresses[0] = '\0';
	assert_true((list == NULL) == (error != NULL));
	snprintf(a->error, sizeof(a->error), "%s", error == NULL ? "" : error);
	for (size_t i = 0; list != NULL && i < list->n; i++) {
		const struct sockaddr_storage *ss = &list->v[i].addr;
		bool six = ss->ss_family == AF_INET6;
		size_t len = strlen(a->addresses);

		assert_int_equal(list->v[i].len, six ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
		inet_ntop(ss->ss_family, six ? (const void *)&((const struct sockaddr_in6 *)ss)->sin6_addr :
		    &((const struct sockaddr_in *)ss)->sin_addr, text, sizeof(text));
		snprintf(a->addresses + len, sizeof(a->addresses) - len, "%s%s", len == 0 ? "" : " ", text);
	}
}

static int
setup(void **state)
{
	(void)state;
	fixture_open(&fx);
	clock_offset = 0;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_close(&fx);
	return 0;
}

/* The answer is there within so many seconds. */
static struct answer
look_up_within(const char *host, double timeout, double seconds)
{
	struct answer a = {0};

	assert_non_null(resolve_start(fx.resolve, host, timeout, keep, &a));
	assert_false(a.done);
	fixture_run(&fx, &a.done, seconds);
	assert_int_equal(a.calls, 1);
	return a;
}

static struct answer
look_up(const char *host, double timeout)
{
	return look_up_within(host, timeout, 5);
}

static void
test_addresses_come_in_their_order(void **state)
{
	(void)state;
	fixture_name(&fx, 3, "app.test", "2001:db8::1 192.0.2.1 192.0.2.2");
	assert_string_equal(look_up("app.test", 1).addresses, "2001:db8::1 192.0.2.1 192.0.2.2");
	assert_int_equal(fx.asked[3], 1);
}

static void
test_literals_are_answered_without_asking(void **state)
{
	(void)state;
	fixture_unlink(&fx);
	assert_string_equal(look_up("192.0.2.7", 1).addresses, "192.0.2.7");
	assert_string_equal(look_up("2001:db8::7", 1).addresses, "2001:db8::7");
	assert_string_equal(look_up("[2001:db8::8]", 1).addresses, "2001:db8::8");
	fixture_link(&fx);
}

static void
test_name_that_is_not_configured_is_refused(void **state)
{
	(void)state;
	assert_string_equal(look_up("evil.test", 1).error, "this name is not in the configuration");
	assert_string_equal(look_up("", 1).error, "this name is not in the configuration");
	assert_string_equal(look_up("[app.test]", 1).error, "this name is not in the configuration");
}

static void
test_fresh_answer_is_not_asked_for_again(void **state)
{
	(void)state;
	fixture_name(&fx, 0, "app.test", "192.0.2.1");
	look_up("app.test", 1);
	clock_offset = RESOLVE_FRESH_S - 2;
	assert_string_equal(look_up("app.test", 1).addresses, "192.0.2.1");
	assert_int_equal(fx.asked[0], 1);
}

static void
test_old_answer_is_asked_for_again(void **state)
{
	(void)state;
	fixture_name(&fx, 0, "app.test", "192.0.2.1");
	look_up("app.test", 1);
	clock_offset = RESOLVE_FRESH_S + 1;
	fx.addresses[0] = "192.0.2.2";
	assert_string_equal(look_up("app.test", 1).addresses, "192.0.2.2");
	assert_int_equal(fx.asked[0], 2);
}

static void
test_old_answer_is_served_when_the_resolver_fails(void **state)
{
	(void)state;
	fixture_name(&fx, 0, "app.test", "192.0.2.1");
	look_up("app.test", 1);
	clock_offset = 86400;
	fx.addresses[0] = "";
	assert_string_equal(look_up("app.test", 1).addresses, "192.0.2.1");
	assert_int_equal(fx.asked[0], 2);
}

static void
test_old_answer_is_served_at_once_when_the_resolver_is_down(void **state)
{
	(void)state;
	fixture_name(&fx, 0, "app.test", "192.0.2.1");
	look_up("app.test", 1);
	fixture_unlink(&fx);
	clock_offset = 86400;
	assert_string_equal(look_up_within("app.test", 3, 0.2).addresses, "192.0.2.1");
	fixture_link(&fx);
}

static void
test_old_answer_is_served_when_the_resolver_is_slow(void **state)
{
	(void)state;
	fixture_name(&fx, 0, "app.test", "192.0.2.1");
	look_up("app.test", 1);
	fx.addresses[0] = NULL;
	clock_offset = 86400;
	assert_string_equal(look_up_within("app.test", 4, 2).addresses, "192.0.2.1");
	/* The second does not wait anew for the same answer. */
	assert_string_equal(look_up_within("app.test", 4, 0.2).addresses, "192.0.2.1");
	assert_int_equal(fx.asked[0], 2);
}

/* It lives, and is busy with another name: this one waits for name servers. */
static void
test_silence_is_the_name_servers_while_the_resolver_answers_for_others(void **state)
{
	struct answer a = {0};

	(void)state;
	fixture_name(&fx, 0, "app.test", NULL);
	fixture_name(&fx, 1, "db.test", "");
	assert_non_null(resolve_start(fx.resolve, "app.test", 0.4, keep, &a));
	fixture_run(&fx, NULL, 0.05);
	assert_string_equal(look_up("db.test", 1).error, "Name or service not known");
	fixture_run(&fx, &a.done, 5);
	assert_string_equal(a.error, "no answer from a name server in time");
}

#define SILENT "Temporary failure in name resolution"

static void
wait_for_two(struct answer a[2])
{
	fixture_name(&fx, 0, "app.test", NULL);
	fixture_name(&fx, 1, "db.test", NULL);
	assert_non_null(resolve_start(fx.resolve, "app.test", 5, keep, &a[0]));
	assert_non_null(resolve_start(fx.resolve, "db.test", 5, keep, &a[1]));
	fixture_run(&fx, NULL, 0.05);
}

static void
test_silence_of_name_servers_is_heard_by_all_together(void **state)
{
	struct answer a[2] = {{0}};

	(void)state;
	wait_for_two(a);
	fixture_answer(&fx, 0, "", SILENT);
	fixture_run(&fx, NULL, 0.1);
	assert_false(a[0].done);
	fixture_answer(&fx, 1, "", SILENT);
	fixture_run(&fx, &a[1].done, 3);
	fixture_run(&fx, &a[0].done, 3);
	assert_string_equal(a[0].error, SILENT);
	assert_string_equal(a[1].error, SILENT);
}

/* … or with the first that is answered; and never later than it may. */
static void
test_silence_is_waited_with_no_longer_than_others_wait(void **state)
{
	struct answer a[2] = {{0}}, late[2] = {{0}};

	(void)state;
	wait_for_two(a);
	fixture_answer(&fx, 0, "", SILENT);
	fixture_answer(&fx, 1, "192.0.2.1", "");
	fixture_run(&fx, &a[0].done, 3);
	assert_string_equal(a[0].error, SILENT);
	assert_string_equal(a[1].addresses, "192.0.2.1");
	fixture_name(&fx, 2, "git.test", NULL);
	assert_non_null(resolve_start(fx.resolve, "app.test", 0.3, keep, &late[0]));
	assert_non_null(resolve_start(fx.resolve, "git.test", 20, keep, &late[1]));
	fixture_run(&fx, NULL, 0.05);
	fixture_answer(&fx, 0, "", SILENT);
	fixture_run(&fx, &late[0].done, 3);
	assert_string_equal(late[0].error, SILENT);
	assert_false(late[1].done);
}

/* Another failure is the name's own, and an address too. */
static void
test_what_is_said_of_a_name_waits_for_no_other(void **state)
{
	struct answer a[2] = {{0}};

	(void)state;
	wait_for_two(a);
	fixture_answer(&fx, 0, "", "Name or service not known");
	fixture_run(&fx, &a[0].done, 3);
	assert_string_equal(a[0].error, "Name or service not known");
	assert_false(a[1].done);
}

/* Answers that are later than each question are answers. */
static void
test_a_failure_that_came_late_is_told_by_the_next_question(void **state)
{
	(void)state;
	fixture_name(&fx, 0, "app.test", NULL);
	assert_string_equal(look_up("app.test", 0.1).error, "the resolver does not answer");
	fixture_answer(&fx, 0, "", "Temporary failure in name resolution");
	fixture_run(&fx, NULL, 0.05);
	assert_string_equal(look_up("app.test", 0.1).error, "Temporary failure in name resolution");
}

static void
test_without_a_resolver_it_does_not_answer(void **state)
{
	(void)state;
	fixture_name(&fx, 0, "app.test", "192.0.2.1");
	fixture_unlink(&fx);
	assert_string_equal(look_up("app.test", 0.1).error, "the resolver does not answer");
}

static void
test_late_answer_is_kept(void **state)
{
	(void)state;
	fixture_name(&fx, 0, "app.test", NULL);
	assert_string_equal(look_up("app.test", 0.1).error, "the resolver does not answer");
	fixture_answer(&fx, 0, "192.0.2.9", "");
	fixture_run(&fx, NULL, 0.05);
	assert_string_equal(look_up("app.test", 1).addresses, "192.0.2.9");
	assert_int_equal(fx.asked[0], 1);
}

static void
test_failure_says_why_and_is_not_kept(void **state)
{
	(void)state;
	fixture_name(&fx, 0, "app.test", "");
	assert_string_equal(look_up("app.test", 1).error, "Name or service not known");
	fx.addresses[0] = "192.0.2.1";
	assert_string_equal(look_up("app.test", 1).addresses, "192.0.2.1");
}

static void
test_many_queries_are_one_question(void **state)
{
	struct answer a[3] = {{0}};

	(void)state;
	fixture_name(&fx, 0, "app.test", NULL);
	for (int i = 0; i < 3; i++)
		assert_non_null(resolve_start(fx.resolve, "app.test", 2, keep, &a[i]));
	fixture_run(&fx, NULL, 0.05);
	assert_int_equal(fx.asked[0], 1);
	fixture_answer(&fx, 0, "192.0.2.1", "");
	fixture_run(&fx, NULL, 0.05);
	for (int i = 0; i < 3; i++)
		assert_string_equal(a[i].addresses, "192.0.2.1");
}

static void
test_new_link_is_asked_again(void **state)
{
	struct answer a = {0};

	(void)state;
	fixture_name(&fx, 0, "app.test", NULL);
	assert_non_null(resolve_start(fx.resolve, "app.test", 2, keep, &a));
	fixture_run(&fx, NULL, 0.05);
	fixture_unlink(&fx);
	fx.addresses[0] = "192.0.2.1";
	fixture_run(&fx, NULL, 0.05);
	assert_false(a.done);
	fixture_link(&fx);
	fixture_run(&fx, &a.done, 1);
	assert_string_equal(a.addresses, "192.0.2.1");
	assert_int_equal(fx.asked[0], 2);
}

static void
test_query_before_the_first_link_waits_for_it(void **state)
{
	struct answer a = {0};

	(void)state;
	fixture_unlink(&fx);
	fixture_name(&fx, 0, "app.test", "192.0.2.1");
	assert_non_null(resolve_start(fx.resolve, "app.test", 2, keep, &a));
	fixture_run(&fx, NULL, 0.05);
	fixture_link(&fx);
	fixture_run(&fx, &a.done, 1);
	assert_string_equal(a.addresses, "192.0.2.1");
}

static void
test_new_link_is_not_asked_what_nobody_waits_for(void **state)
{
	(void)state;
	fixture_name(&fx, 0, "app.test", NULL);
	look_up("app.test", 0.05);
	fixture_unlink(&fx);
	fixture_link(&fx);
	fixture_run(&fx, NULL, 0.05);
	assert_int_equal(fx.asked[0], 1);
}

static struct resolve_query *to_cancel;

static void
cancel_other(void *ctx, const struct address_list *list, const char *error)
{
	(void)list;
	(void)error;
	++*(unsigned *)ctx;
	resolve_cancel(to_cancel);
	to_cancel = NULL;
}

static void
test_callback_may_cancel_another(void **state)
{
	struct answer a = {0};
	unsigned calls = 0;

	(void)state;
	fixture_name(&fx, 0, "app.test", "192.0.2.1");
	assert_non_null(resolve_start(fx.resolve, "app.test", 1, cancel_other, &calls));
	to_cancel = resolve_start(fx.resolve, "app.test", 1, keep, &a);
	fixture_run(&fx, NULL, 0.1);
	assert_int_equal(calls, 1);
	assert_int_equal(a.calls, 0);
}

static void
test_cancelled_query_calls_nobody(void **state)
{
	struct answer a = {0};

	(void)state;
	fixture_name(&fx, 0, "app.test", "192.0.2.1");
	resolve_cancel(resolve_start(fx.resolve, "app.test", 1, keep, &a));
	resolve_cancel(resolve_start(fx.resolve, "192.0.2.1", 1, keep, &a));
	resolve_cancel(NULL);
	fixture_run(&fx, NULL, 0.1);
	assert_int_equal(a.calls, 0);
}

/* What the resolver says that makes no sense. */
static void
answer_raw(uint16_t index, const void *bytes, uint32_t len)
{
	resolve_answer(fx.resolve, &(struct msg_addresses){.index = index, .addresses = {bytes, len}, .error = ""});
}

static void
test_nonsense_is_no_address(void **state)
{
	uint8_t raw[2 * ADDRESS_LEN + 3] = {5, 1, 2, 3, 4};
	struct answer a = {0};

	(void)state;
	raw[ADDRESS_LEN] = 4;
	raw[ADDRESS_LEN + 1] = 192;
	fixture_name(&fx, 0, "app.test", NULL);
	assert_non_null(resolve_start(fx.resolve, "app.test", 1, keep, &a));
	answer_raw(0, raw, sizeof(raw));
	fixture_run(&fx, &a.done, 1);
	assert_string_equal(a.addresses, "192.0.0.0");
}

static void
test_answer_without_any_address_is_a_failure(void **state)
{
	struct answer a = {0};

	(void)state;
	fixture_name(&fx, 0, "app.test", NULL);
	assert_non_null(resolve_start(fx.resolve, "app.test", 1, keep, &a));
	answer_raw(0, "", 0);
	fixture_run(&fx, &a.done, 1);
	assert_string_equal(a.error, "no address");
}

static void
test_unasked_answer_is_dropped(void **state)
{
	const uint8_t evil[ADDRESS_LEN] = {4, 203, 0, 113, 66};

	(void)state;
	fixture_name(&fx, 0, "app.test", "192.0.2.1");
	answer_raw(0, evil, sizeof(evil));
	answer_raw(NAMES_MAX - 1, evil, sizeof(evil));
	look_up("app.test", 1);
	answer_raw(0, evil, sizeof(evil));
	assert_string_equal(look_up("app.test", 1).addresses, "192.0.2.1");
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(addresses_come_in_their_order),
		T(literals_are_answered_without_asking),
		T(name_that_is_not_configured_is_refused),
		T(fresh_answer_is_not_asked_for_again),
		T(old_answer_is_asked_for_again),
		T(old_answer_is_served_when_the_resolver_fails),
		T(old_answer_is_served_at_once_when_the_resolver_is_down),
		T(old_answer_is_served_when_the_resolver_is_slow),
		T(silence_is_the_name_servers_while_the_resolver_answers_for_others),
		T(silence_of_name_servers_is_heard_by_all_together),
		T(silence_is_waited_with_no_longer_than_others_wait),
		T(what_is_said_of_a_name_waits_for_no_other),
		T(a_failure_that_came_late_is_told_by_the_next_question),
		T(without_a_resolver_it_does_not_answer),
		T(late_answer_is_kept),
		T(failure_says_why_and_is_not_kept),
		T(many_queries_are_one_question),
		T(new_link_is_asked_again),
		T(query_before_the_first_link_waits_for_it),
		T(new_link_is_not_asked_what_nobody_waits_for),
		T(callback_may_cancel_another),
		T(cancelled_query_calls_nobody),
		T(nonsense_is_no_address),
		T(answer_without_any_address_is_a_failure),
		T(unasked_answer_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
