/*
 * Links between children: the parent makes the socketpairs and gives each
 * end away.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "parent.h"

static const enum role_id pairs[][2] = {
	{ROLE_COLLECTOR, ROLE_BRAIN},
	{ROLE_BRAIN, ROLE_NOTIFIER},
	{ROLE_COLLECTOR, ROLE_RESOLVER},
	{ROLE_NOTIFIER, ROLE_RESOLVER},
	{ROLE_COLLECTOR, ROLE_PROBER},
};

#define PAIRS (sizeof(pairs) / sizeof(pairs[0]))

static void
give_link(struct child *c, enum role_id peer, int fd)
{
	link_send_fd(c->link, MSG_LINK, c->parent->pair_number[c->role][peer], &(const struct msg_link){.peer = (uint8_t)peer}, fd);
}

static void
connect_pair(struct child *a, struct child *b)
{
	int fd[2];

	if (a->state != CHILD_RUNNING || b->state != CHILD_RUNNING)
		return;
	a->parent->broken_pair[a->role][b->role] = a->parent->broken_pair[b->role][a->role] = false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == -1) {
		log_error("no link between %s and %s: %s", role_name(a->role), role_name(b->role), strerror(errno));
		a->parent->broken_pair[a->role][b->role] = true;
		return;
	}
	a->parent->pair_number[a->role][b->role] = a->parent->pair_number[b->role][a->role] = ++a->parent->pairs_made;
	give_link(a, b->role, fd[0]);
	give_link(b, a->role, fd[1]);
}

void
pairs_connect(struct child *c)
{
	for (size_t i = 0; i < PAIRS; i++)
		if (pairs[i][0] == c->role || pairs[i][1] == c->role)
			connect_pair(&c->parent->child[pairs[i][0]], &c->parent->child[pairs[i][1]]);
}

static bool
are_neighbours(enum role_id a, enum role_id b)
{
	for (size_t i = 0; i < PAIRS; i++)
		if ((pairs[i][0] == a && pairs[i][1] == b) || (pairs[i][0] == b && pairs[i][1] == a))
			return true;
	return false;
}

void
pairs_broken(struct child *c, enum role_id peer, uint32_t number, const char *why)
{
	char text[128];

	if (!are_neighbours(c->role, peer)) {
		child_kill(c, "it accuses one that it has no link with");
	} else if (number != c->parent->pair_number[c->role][peer]) {
		log_debug("the %s has heard late of a link to the %s that was replaced", role_name(c->role), role_name(peer));
	} else if (why[0] != '\0') {
		snprintf(text, sizeof(text), "the %s says of it: %s", role_name(c->role), why);
		child_kill(&c->parent->child[peer], text);
	} else {
		c->parent->broken_pair[c->role][peer] = true;
	}
}

void
pairs_mend(struct parent *p)
{
	for (size_t i = 0; i < PAIRS; i++) {
		enum role_id a = pairs[i][0], b = pairs[i][1];

		if (p->broken_pair[a][b] || p->broken_pair[b][a])
			connect_pair(&p->child[a], &p->child[b]);
	}
}
