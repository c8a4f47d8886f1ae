/*
 * A scripted server in a child process of its own, on loopback.
 */
#ifndef WATCHDOG_TEST_NET_SERVER_H
#define WATCHDOG_TEST_NET_SERVER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "net_pki.h"

struct conn {
	int fd;
	SSL *ssl; /* NULL: plain */
	int log;
};

/* One connection, from accept to close; nth counts from 0. */
typedef void server_script(struct conn *c, int nth);

struct server {
	pid_t pid;
	uint16_t port;
	int log;
	char said[16384]; /* the last server_log() */
};

struct server_spec {
	server_script *script;
	const struct identity *tls; /* NULL: plain */
	const char *address;        /* NULL: 127.0.0.1 */
	uint16_t port;              /* 0: any */
};

/* Listening when it returns. */
void server_start(struct server *s, const struct server_spec *spec);
void server_stop(struct server *s);

/* What the scripts logged since the start; requests are logged by conn_request(). */
const char *server_log(struct server *s);

/* True once the log has text; waits for it, some seconds at most. */
bool server_logged(struct server *s, const char *text);

/* A port of address (0: any) at which no connection is ever completed.  Returns 0 if that port is taken. */
#define TARPIT_FDS 4
uint16_t tarpit_open(const char *address, uint16_t port, int fds[TARPIT_FDS]);
void tarpit_close(int fds[TARPIT_FDS]);

/* --- for scripts --- */

/* Read and log one request, body included.  False at the end of the connection. */
bool conn_request(struct conn *c);
/* False if the client is gone. */
bool conn_write(struct conn *c, const void *bytes, size_t len);
bool conn_say(struct conn *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
ssize_t conn_read(struct conn *c, void *buf, size_t len);
void conn_log(struct conn *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void conn_reset(struct conn *c); /* the next close sends RST */
void conn_hang(void) __attribute__((noreturn));

#endif
