/*
 * A role on a loop of its own, whose resolver is this very process: it
 * answers from a table, or not at all.
 */
#ifndef WATCHDOG_TEST_NET_FIXTURE_H
#define WATCHDOG_TEST_NET_FIXTURE_H

#include "http.h"
#include "resolve.h"
#include "role.h"

#define FIXTURE_NAMES 8
#define FIXTURE_PATIENCE_S 20.0 /* less than a request's own deadline: what waits for that fails */

struct fixture {
	struct role role;
	struct role_spec spec;
	struct resolve *resolve;
	struct http *http;
	struct link *far;                      /* the resolver's end, NULL = none */
	unsigned asked[FIXTURE_NAMES];         /* RESOLVE messages by index */
	const char *addresses[FIXTURE_NAMES];  /* what it answers: separated by blanks; "" = failed; NULL = silence */
};

/* With a resolver that is linked; no name has an answer yet. */
void fixture_open(struct fixture *f);
/* ca_fd: as for http_new(). */
void fixture_open_http(struct fixture *f, int ca_fd);
void fixture_close(struct fixture *f);

/* The role's name of that index, and the resolver's answer. */
void fixture_name(struct fixture *f, int index, const char *host, const char *addresses);

void fixture_link(struct fixture *f);
void fixture_unlink(struct fixture *f);
/* Answer a question that was met with silence. */
void fixture_answer(struct fixture *f, int index, const char *addresses, const char *error);

/* Run the loop until *done or for so many seconds. */
void fixture_run(struct fixture *f, const bool *done, double seconds);

/* A copy of a result. */
struct got {
	bool done;
	unsigned calls;
	enum http_outcome outcome;
	long status;
	size_t body_len;
	char body[4096];
	double retry_after, seconds;
	char location[256], error[256];
	bool has_location, own;
};

http_cb got_result;

/* A GET for scheme://host:port/path with generous limits; the caller changes what it is about.  u is filled in. */
struct http_request fixture_request(struct url *u, char *text, size_t len, const char *scheme, const char *host, uint16_t port,
    const char *path);

/* Start it, run the loop until it ends. */
void fixture_fetch(struct fixture *f, const struct http_request *request, struct got *got);

#endif
