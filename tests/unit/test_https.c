/*
 * HTTPS: who is believed, and that a confined process can do it.
 */
#include "build_config.h"

#include <sys/wait.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <seccomp.h>

#include <cmocka.h>

#include "net_fixture.h"
#include "net_server.h"

static struct identity authority, other_authority, good, other_name, expired, not_yet, self_signed, other_issuer, by_address;
static struct fixture fx;
static struct server server;
static struct url url;
static char url_text[256];

static int
make_certificates(void **state)
{
	(void)state;
	pki_authority(&authority, "the authority");
	pki_authority(&other_authority, "another authority");
	pki_issue(&good, &authority, "DNS:app.test", -1, 1);
	pki_issue(&other_name, &authority, "DNS:other.test", -1, 1);
	pki_issue(&expired, &authority, "DNS:app.test", -3, -1);
	pki_issue(&not_yet, &authority, "DNS:app.test", 1, 3);
	pki_issue(&self_signed, NULL, "DNS:app.test", -1, 1);
	pki_issue(&other_issuer, &other_authority, "DNS:app.test", -1, 1);
	pki_issue(&by_address, &authority, "IP:127.0.0.1", -1, 1);
	return 0;
}

static int
free_certificates(void **state)
{
	struct identity *const all[] = {
		&authority, &other_authority, &good, &other_name, &expired, &not_yet, &self_signed, &other_issuer, &by_address,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		pki_free(all[i]);
	return 0;
}

static int
setup(void **state)
{
	(void)state;
	fixture_open_http(&fx, pki_bundle_of(&authority));
	fixture_name(&fx, 0, "app.test", "127.0.0.1");
	server.pid = 0;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fixture_close(&fx);
	if (server.pid != 0)
		server_stop(&server);
	return 0;
}

static void
say_hello(struct conn *c, int nth)
{
	while (conn_request(c))
		if (!conn_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhello %d", nth))
			return;
}

static struct got
get(const struct identity *id, const char *host)
{
	struct http_request request;
	struct got got;

	server_start(&server, &(struct server_spec){.script = say_hello, .tls = id});
	request = fixture_request(&url, url_text, sizeof(url_text), "https", host, server.port, "/secret-path");
	fixture_fetch(&fx, &request, &got);
	return got;
}

static void
test_good_certificate_is_believed(void **state)
{
	struct got got = get(&good, "app.test");

	(void)state;
	assert_int_equal(got.outcome, HTTP_ANSWERED);
	assert_string_equal(got.body, "hello 0");
}

static void
test_certificate_for_an_address_is_believed(void **state)
{
	(void)state;
	assert_int_equal(get(&by_address, "127.0.0.1").outcome, HTTP_ANSWERED);
}

static void
is_refused(const struct identity *id, const char *why)
{
	struct got got = get(id, "app.test");

	assert_int_equal(got.outcome, HTTP_NOT_SENT);
	assert_string_equal(got.error, why);
	assert_null(strstr(server_log(&server), "GET"));
}

static void
test_other_authority_is_refused(void **state)
{
	(void)state;
	is_refused(&other_issuer, "certificate: unable to get local issuer certificate");
}

static void
test_other_name_is_refused(void **state)
{
	(void)state;
	is_refused(&other_name, "certificate: it is for another host name");
}

static void
test_expired_is_refused(void **state)
{
	(void)state;
	is_refused(&expired, "certificate: certificate has expired");
}

static void
test_not_yet_valid_is_refused(void **state)
{
	(void)state;
	is_refused(&not_yet, "certificate: certificate is not yet valid");
}

static void
test_self_signed_is_refused(void **state)
{
	(void)state;
	is_refused(&self_signed, "certificate: self-signed certificate");
}

static void
test_environment_cannot_add_authorities(void **state)
{
	const struct identity *ids[] = {&other_authority};
	char path[32];

	(void)state;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pki_bundle("", ids, 1, ""));
	setenv("SSL_CERT_FILE", path, 1);
	setenv("CURL_CA_BUNDLE", path, 1);
	is_refused(&other_issuer, "certificate: unable to get local issuer certificate");
	unsetenv("SSL_CERT_FILE");
	unsetenv("CURL_CA_BUNDLE");
	close(atoi(path + strlen("/proc/self/fd/")));
}

static void
test_each_new_connection_is_verified(void **state)
{
	struct http_request request;
	uint16_t port;
	struct got got;

	(void)state;
	assert_int_equal(get(&good, "app.test").outcome, HTTP_ANSWERED);
	port = server.port;
	server_stop(&server);
	server_start(&server, &(struct server_spec){.script = say_hello, .tls = &other_issuer, .port = port});
	request = fixture_request(&url, url_text, sizeof(url_text), "https", "app.test", port, "/");
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_NOT_SENT);
}

static void
test_connection_is_kept_and_used_again(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	get(&good, "app.test");
	request = fixture_request(&url, url_text, sizeof(url_text), "https", "app.test", server.port, "/");
	fixture_fetch(&fx, &request, &got);
	assert_string_equal(got.body, "hello 0");
}

static struct got
get_from_plain(server_script *script)
{
	struct http_request request;
	struct got got;

	server_start(&server, &(struct server_spec){.script = script});
	request = fixture_request(&url, url_text, sizeof(url_text), "https", "app.test", server.port, "/");
	request.connect_timeout = 0.5;
	fixture_fetch(&fx, &request, &got);
	return got;
}

static void
hang(struct conn *c, int nth)
{
	(void)c;
	(void)nth;
	conn_hang();
}

static void
test_hang_in_the_handshake_is_a_timeout_before(void **state)
{
	struct got got = get_from_plain(hang);

	(void)state;
	assert_int_equal(got.outcome, HTTP_TIMEOUT_BEFORE);
	assert_string_equal(got.error, "timeout: the TLS handshake did not end");
	assert_true(got.seconds >= 0.49);
}

static void
reset_in_the_handshake(struct conn *c, int nth)
{
	char hello[16];

	(void)nth;
	conn_read(c, hello, sizeof(hello));
	conn_reset(c);
}

static void
test_reset_in_the_handshake_is_not_sent(void **state)
{
	struct got got = get_from_plain(reset_in_the_handshake);

	(void)state;
	assert_int_equal(got.outcome, HTTP_NOT_SENT);
	assert_string_equal(got.error, "TLS: the handshake failed");
}

static void
say_plain(struct conn *c, int nth)
{
	(void)nth;
	conn_say(c, "HTTP/1.1 400 Bad Request\r\n\r\n");
	usleep(50000);
}

static void
test_plain_server_is_not_sent(void **state)
{
	struct got got = get_from_plain(say_plain);

	(void)state;
	assert_int_equal(got.outcome, HTTP_NOT_SENT);
	assert_string_equal(got.error, "TLS: wrong version number");
}

static void
reset_after_the_request(struct conn *c, int nth)
{
	(void)nth;
	conn_request(c);
	conn_reset(c);
	close(c->fd);
}

static void
test_reset_after_the_request_is_lost(void **state)
{
	struct http_request request;
	struct got got;

	(void)state;
	server_start(&server, &(struct server_spec){.script = reset_after_the_request, .tls = &good});
	request = fixture_request(&url, url_text, sizeof(url_text), "https", "app.test", server.port, "/");
	fixture_fetch(&fx, &request, &got);
	assert_int_equal(got.outcome, HTTP_LOST);
}

/* What a confined role is refused kills; everything else is allowed. */
static void
forbid(void)
{
	static const int calls[] = {
		SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(stat), SCMP_SYS(newfstatat), SCMP_SYS(access),
		SCMP_SYS(readlink), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(execve),
		SCMP_SYS(socketpair), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(eventfd2), SCMP_SYS(sendmsg), SCMP_SYS(bind),
		SCMP_SYS(rt_sigaction),
	};
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, calls[i], 0);
	seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, 4, 4));
	seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
	seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_NETLINK, 0));
	seccomp_rule_add(ctx, SCMP_ACT_ERRNO(13), SCMP_SYS(socket), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_DGRAM));
	if (ctx == NULL || seccomp_load(ctx) != 0)
		_exit(9);
	seccomp_release(ctx);
}

/* So that each request needs a connection and a handshake. */
static void
say_hello_once(struct conn *c, int nth)
{
	conn_request(c);
	conn_say(c, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 7\r\n\r\nhello %d", nth);
}

static void
fetch_forbidden_to_open(uint16_t port)
{
	struct http_request request = fixture_request(&url, url_text, sizeof(url_text), "https", "app.test", port, "/");
	struct got got = {0};

	forbid();
	request.body = "{}";
	for (int i = 0; i < 3; i++)
		fixture_fetch(&fx, &request, &got);
	_exit(got.outcome == HTTP_ANSWERED && strcmp(got.body, "hello 2") == 0 ? 0 : 1);
}

static void
test_transfer_opens_no_file_and_starts_no_thread(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	/* As the parent of a role gives it: with a zone, libc does not look for its file again. */
	setenv("TZ", ":/etc/localtime", 1);
	tzset();
	server_start(&server, &(struct server_spec){.script = say_hello_once, .tls = &good});
	if ((pid = fork()) == 0)
		fetch_forbidden_to_open(server.port);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	unsetenv("TZ");
	assert_false(WIFSIGNALED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(good_certificate_is_believed),
		T(certificate_for_an_address_is_believed),
		T(other_authority_is_refused),
		T(other_name_is_refused),
		T(expired_is_refused),
		T(not_yet_valid_is_refused),
		T(self_signed_is_refused),
		T(environment_cannot_add_authorities),
		T(each_new_connection_is_verified),
		T(connection_is_kept_and_used_again),
		T(hang_in_the_handshake_is_a_timeout_before),
		T(reset_in_the_handshake_is_not_sent),
		T(plain_server_is_not_sent),
		T(reset_after_the_request_is_lost),
		T(transfer_opens_no_file_and_starts_no_thread),
	};

	return cmocka_run_group_tests(tests, make_certificates, free_certificates);
}
