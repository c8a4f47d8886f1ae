/*
 * A scripted server: forks, accepts one connection after the other, runs the
 * script on each.  It dies with the test.
 */
#include "build_config.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "net_server.h"

static socklen_t
address_of(struct sockaddr_storage *ss, const char *text, uint16_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		return sizeof(*in);
	}
	assert_int_equal(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	return sizeof(*in6);
}

/* Returns -1 if the port is taken. */
static int
listen_at(const char *address, uint16_t *port, int backlog)
{
	struct sockaddr_storage ss;
	socklen_t len = address_of(&ss, address, *port);
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	assert_int_not_equal(fd, -1);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&ss, len) == -1) {
		assert_int_equal(errno, EADDRINUSE);
		close(fd);
		return -1;
	}
	assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	*port = ntohs(ss.ss_family == AF_INET ? ((struct sockaddr_in *)&ss)->sin_port : ((struct sockaddr_in6 *)&ss)->sin6_port);
	return fd;
}

static SSL_CTX *
server_context(const struct identity *id)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL || SSL_CTX_use_certificate(ctx, id->cert) != 1 || SSL_CTX_use_PrivateKey(ctx, id->key) != 1)
		_exit(3);
	return ctx;
}

static void
serve_one(struct conn *c, SSL_CTX *ctx, server_script *script, int nth)
{
	if (ctx != NULL) {
		c->ssl = SSL_new(ctx);
		SSL_set_fd(c->ssl, c->fd);
		if (SSL_accept(c->ssl) != 1) {
			conn_log(c, "[no handshake]");
			close(c->fd);
			SSL_free(c->ssl);
			return;
		}
	}
	script(c, nth);
	if (c->ssl != NULL)
		SSL_shutdown(c->ssl);
	SSL_free(c->ssl);
	close(c->fd);
}

static void
serve(int listener, int log, const struct server_spec *spec)
{
	SSL_CTX *ctx = spec->tls == NULL ? NULL : server_context(spec->tls);

	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int nth = 0;; nth++) {
		struct conn c = {.fd = accept(listener, NULL, NULL), .log = log};

		if (c.fd == -1)
			_exit(2);
		serve_one(&c, ctx, spec->script, nth);
	}
}

void
server_start(struct server *s, const struct server_spec *spec)
{
	int log[2], listener;

	*s = (struct server){.port = spec->port};
	listener = listen_at(spec->address == NULL ? "127.0.0.1" : spec->address, &s->port, 16);
	assert_int_not_equal(listener, -1);
	assert_int_equal(pipe2(log, O_CLOEXEC | O_NONBLOCK), 0);
	s->pid = fork();
	assert_int_not_equal(s->pid, -1);
	if (s->pid == 0)
		serve(listener, log[1], spec);
	close(listener);
	close(log[1]);
	s->log = log[0];
}

void
server_stop(struct server *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	close(s->log);
}

const char *
server_log(struct server *s)
{
	size_t len = strlen(s->said);
	ssize_t n = read(s->log, s->said + len, sizeof(s->said) - 1 - len);

	if (n > 0)
		s->said[len + (size_t)n] = '\0';
	return s->said;
}

bool
server_logged(struct server *s, const char *text)
{
	for (int i = 0; i < 500; i++) {
		if (strstr(server_log(s), text) != NULL)
			return true;
		usleep(10000);
	}
	return false;
}

/* Its queue of connections is full and nobody accepts, so that the kernel drops each further SYN. */
uint16_t
tarpit_open(const char *address, uint16_t port, int fds[TARPIT_FDS])
{
	struct sockaddr_storage ss;
	socklen_t len;

	if ((fds[0] = listen_at(address, &port, 0)) == -1)
		return 0;
	len = address_of(&ss, address, port);
	for (int i = 1; i < TARPIT_FDS; i++) {
		fds[i] = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		assert_int_not_equal(fds[i], -1);
		connect(fds[i], (struct sockaddr *)&ss, len);
	}
	usleep(20000);
	return port;
}

void
tarpit_close(int fds[TARPIT_FDS])
{
	for (int i = 0; i < TARPIT_FDS; i++)
		close(fds[i]);
}

ssize_t
conn_read(struct conn *c, void *buf, size_t len)
{
	return c->ssl != NULL ? SSL_read(c->ssl, buf, (int)len) : read(c->fd, buf, len);
}

bool
conn_request(struct conn *c)
{
	char all[8192] = "";
	size_t len = 0, want = 0;
	const char *end, *length;
	ssize_t n;

	do {
		if ((n = conn_read(c, all + len, sizeof(all) - 1 - len)) <= 0)
			return false;
		len += (size_t)n;
		all[len] = '\0';
		if ((end = strstr(all, "\r\n\r\n")) != NULL) {
			length = strstr(all, "Content-Length: ");
			want = (size_t)(end - all) + 4 + (length != NULL ? strtoul(length + 16, NULL, 10) : 0);
		}
	} while (end == NULL || len < want);
	conn_log(c, "%s", all);
	return true;
}

bool
conn_write(struct conn *c, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = c->ssl != NULL ? SSL_write(c->ssl, at, (int)len) : write(c->fd, at, len);

		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool
conn_say(struct conn *c, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return conn_write(c, text, strlen(text));
}

void
conn_log(struct conn *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vdprintf(c->log, fmt, ap) < 0)
		_exit(4);
	va_end(ap);
}

void
conn_reset(struct conn *c)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

void
conn_hang(void)
{
	for (;;)
		pause();
}
