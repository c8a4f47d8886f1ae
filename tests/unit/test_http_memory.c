/*
 * The n-th allocation of libcurl fails, for every n of a request.  It is
 * answered, or ends as our own trouble, or the process does and says so: the
 * server is accused of nothing before it was asked.
 */
#include "build_config.h"

#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "log.h"
#include "net_fixture.h"
#include "net_server.h"
#include "unit.h"

#define ACCUSED 3     /* exit status of a run: the server was, see stderr */
#define UNTOUCHED 4   /* the run had fewer allocations */

static struct server server;
static unsigned left; /* allocations until the one that fails; 0 = none fails any more */

static bool
fails(void)
{
	return left > 0 && --left == 0;
}

static void *
failing_malloc(size_t size)
{
	return fails() ? NULL : malloc(size);
}

static void *
failing_calloc(size_t n, size_t size)
{
	return fails() ? NULL : calloc(n, size);
}

static void *
failing_realloc(void *p, size_t size)
{
	return fails() ? NULL : realloc(p, size);
}

static char *
failing_strdup(const char *s)
{
	return fails() ? NULL : strdup(s);
}

static void
say_hello(struct conn *c, int nth)
{
	(void)nth;
	while (conn_request(c))
		if (!conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"))
			return;
}

/* The whole process of one run. */
static int
run_with_failure(unsigned n)
{
	struct http_request request;
	struct fixture fx;
	struct got got;
	struct url url;
	char text[256];

	log_set(NULL, LEVEL_ALWAYS);
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, failing_malloc, free, failing_realloc, failing_strdup, failing_calloc) != CURLE_OK)
		return ACCUSED;
	fixture_open_http(&fx, -1);
	fixture_name(&fx, 0, "app.test", "127.0.0.1");
	request = fixture_request(&url, text, sizeof(text), "http", "app.test", server.port, "/metrics");
	left = n;
	fixture_fetch(&fx, &request, &got);
	if (left > 0)
		return UNTOUCHED;
	if (got.outcome == HTTP_ANSWERED || got.own || got.outcome == HTTP_LOST)
		return 0;
	fprintf(stderr, "allocation %u: outcome %d: %s\n", n, (int)got.outcome, got.error);
	return ACCUSED;
}

static int
run_apart(unsigned n)
{
	pid_t pid = fork();
	int status;

	assert_int_not_equal(pid, -1);
	if (pid == 0)
		unit_exit(run_with_failure(n));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
a_lack_of_memory_accuses_no_server(void **state)
{
	unsigned n = 1, accused = 0;
	int status;

	(void)state;
	server_start(&server, &(struct server_spec){.script = say_hello});
	for (; (status = run_apart(n)) != UNTOUCHED; n++)
		accused += status == ACCUSED;
	server_stop(&server);
	assert_true(n > 20);
	assert_int_equal(accused, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lack_of_memory_accuses_no_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
