/*
 * The queue of look-ups.  Pure bookkeeping: what comes in has been held
 * against the message table.
 */
#include "build_config.h"

#include <sys/queue.h>

#include <stdlib.h>

#include "requests.h"

struct request {
	TAILQ_ENTRY(request) entry;
	uint16_t index;
	uint32_t id;
	bool waiting;
};

TAILQ_HEAD(request_queue, request);

struct requests {
	unsigned last; /* the peer that was served last */
	struct request_queue queue[ROLE_COUNT];
	struct request *of[ROLE_COUNT]; /* NAMES_MAX each; NULL until that role asks */
};

struct requests *
requests_new(void)
{
	struct requests *r = calloc(1, sizeof(*r));

	for (unsigned i = 0; r != NULL && i < ROLE_COUNT; i++)
		TAILQ_INIT(&r->queue[i]);
	return r;
}

void
requests_free(struct requests *r)
{
	for (unsigned i = 0; r != NULL && i < ROLE_COUNT; i++)
		free(r->of[i]);
	free(r);
}

int
requests_add(struct requests *r, enum role_id peer, uint16_t index, uint32_t id)
{
	struct request *request;

	if (r->of[peer] == NULL && (r->of[peer] = calloc(NAMES_MAX, sizeof(*request))) == NULL)
		return -1;
	request = &r->of[peer][index];
	request->id = id;
	if (request->waiting)
		return 0;
	request->index = index;
	request->waiting = true;
	TAILQ_INSERT_TAIL(&r->queue[peer], request, entry);
	return 0;
}

static void
take_from(struct requests *r, unsigned peer, struct request *request)
{
	request->waiting = false;
	TAILQ_REMOVE(&r->queue[peer], request, entry);
}

void
requests_drop(struct requests *r, enum role_id peer)
{
	struct request *request;

	while ((request = TAILQ_FIRST(&r->queue[peer])) != NULL)
		take_from(r, peer, request);
}

bool
requests_take(struct requests *r, struct askers *askers)
{
	struct request *first = NULL;

	for (unsigned i = 1; i <= ROLE_COUNT && first == NULL; i++) {
		unsigned peer = (r->last + i) % ROLE_COUNT;

		if ((first = TAILQ_FIRST(&r->queue[peer])) == NULL)
			continue;
		r->last = peer;
	}
	if (first == NULL)
		return false;
	*askers = (struct askers){.index = first->index};
	for (unsigned peer = 0; peer < ROLE_COUNT; peer++) {
		struct request *same = r->of[peer] == NULL ? NULL : &r->of[peer][askers->index];

		if (same == NULL || !same->waiting)
			continue;
		askers->asked[peer] = true;
		askers->id[peer] = same->id;
		take_from(r, peer, same);
	}
	return true;
}
