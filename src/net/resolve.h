/*
 * Addresses of host names, from the resolver process by the name's index.
 * Answers are kept; when the resolver is down or fails, the last good answer
 * is served however old it is.
 */
#ifndef WATCHDOG_RESOLVE_H
#define WATCHDOG_RESOLVE_H

#include <sys/socket.h>

#include "role.h"

#define RESOLVE_FRESH_S 60 /* an answer younger than this is not asked for again */

struct resolve;
struct resolve_query;

struct address_list {
	size_t n;
	struct {
		struct sockaddr_storage addr; /* the port is 0 */
		socklen_t len;
	} v[ADDRESSES_MAX];
};

/*
 * The error, by its address, when the resolver has not said a word since it
 * was asked: nothing is known of the name, the trouble is our own process.
 */
extern const char resolve_silent[];

/* addrs: n >= 1, valid during the call; NULL if there are none, and error says why. */
typedef void resolve_cb(void *ctx, const struct address_list *addrs, const char *error);

/* For the names that role was told; it must outlive the result.  NULL: memory is short.  Freeing cancels every query. */
struct resolve *resolve_new(struct role *role);
void resolve_free(struct resolve *r);

/*
 * Ask for host, a name the role was told or a literal address (with or
 * without brackets; "localhost" is a name).  cb is called exactly once, from
 * the loop, never from inside this call, after timeout seconds at the latest,
 * unless the query is cancelled first.  Returns NULL only if memory is short.
 */
struct resolve_query *resolve_start(struct resolve *r, const char *host, double timeout, resolve_cb *cb, void *ctx);
void resolve_cancel(struct resolve_query *q); /* NULL is fine */

/* For the role's tables: an ADDRESSES message; a new link to the resolver, where unanswered questions are asked again. */
void resolve_answer(struct resolve *r, const struct msg_addresses *msg);
void resolve_linked(struct resolve *r);

#endif
