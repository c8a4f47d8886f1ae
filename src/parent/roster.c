/*
 * How everybody is, for the brain, which answers watchdogctl(8).  What is
 * said of a child's confinement is the kernel's word, from its READY.
 */
#include "build_config.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "parent.h"

static const enum role_life lives[] = {
	[CHILD_OFF] = LIFE_OFF,
	[CHILD_STARTING] = LIFE_STARTING,
	[CHILD_RUNNING] = LIFE_RUNNING,
	[CHILD_STOPPING] = LIFE_STOPPING,
	[CHILD_KILLED] = LIFE_KILLED,
	[CHILD_BACKOFF] = LIFE_BACKOFF,
};

/* Bytes that a process has in memory, 0 if that cannot be read. */
static uint64_t
resident(pid_t pid)
{
	char path[64];
	uint64_t pages = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	if (pid == 0 || (in = fopen(path, "re")) == NULL)
		return 0;
	if (fscanf(in, "%*u %" SCNu64, &pages) != 1)
		pages = 0;
	fclose(in);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void
tell_of_child(const struct child *c, struct link *brain)
{
	double now = clock_awake();
	bool confined = child_is_filtered(c);

	SEND(brain, ROLE_INFO, role_info, 0,
	    .role = (uint8_t)c->role,
	    .life = (uint8_t)lives[c->state],
	    .answers = c->stopped == 0 && (c->busy || c->pinged == 0 || now - c->pinged < BEAT_S),
	    .failing = c->failing,
	    .sandbox = (uint8_t)(confined ? c->parent->config.sandbox : SANDBOX_OFF),
	    .pid = (uint32_t)c->pid,
	    .uptime = c->ready_since == 0 ? 0 : now - c->ready_since,
	    .rss = resident(c->pid),
	    .restarts = c->restarts,
	    .calls = c->ready.calls,
	    .landlock_abi = c->ready.landlock_abi,
	    .landlock_rules = c->ready.landlock_rules);
}

static void
tell_of_parent(const struct parent *p, struct link *brain)
{
	SEND(brain, ROLE_INFO, role_info, 0,
	    .role = ROLE_PARENT,
	    .life = LIFE_RUNNING,
	    .answers = true,
	    .sandbox = (uint8_t)(p->confined.calls > 0 ? p->config.sandbox : SANDBOX_OFF),
	    .pid = (uint32_t)getpid(),
	    .uptime = clock_awake() - p->started,
	    .rss = resident(getpid()),
	    .calls = (uint16_t)p->confined.calls,
	    .landlock_abi = (uint16_t)p->confined.landlock_abi);
}

void
roster_tell(const struct parent *p, struct link *brain)
{
	unsigned wanted = setup_roles(p);

	tell_of_parent(p, brain);
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		if (wanted & ROLE_BIT(i))
			tell_of_child(&p->child[i], brain);
	SEND(brain, ROLES_END, roles_end, 0, 0);
}
