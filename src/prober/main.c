/*
 * The prober: statvfs(3), which may hang for ever in a dead file system, so
 * nobody else does it, and whether one is mounted there at all.  Trusts its parent for the paths; the collector asks
 * by index only.
 */
#include "build_config.h"

#include <sys/statvfs.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "confine.h"
#include "mount.h"
#include "role.h"

#define FLUSH_S 1

struct answer {
	struct statvfs fs;
	enum mount_seen mount;
};

/* The path as it is to be asked for: below WATCHDOG_ROOTFS_PATH.  Returns 0 or an errno. */
static int
full_path(const struct config *c, uint16_t index, char *path, size_t cap)
{
	size_t root = strlen(c->rootfs_path);
	int n;

	if (index >= c->disk_paths.n)
		return EINVAL;
	if (strncmp(c->disk_paths.v[index], ABANDONED_PATH, sizeof(ABANDONED_PATH) - 1) == 0)
		return ETIMEDOUT;
	while (root > 0 && c->rootfs_path[root - 1] == '/')
		root--;
	n = snprintf(path, cap, "%.*s%s", (int)root, c->rootfs_path, c->disk_paths.v[index]);
	return n < 0 || (size_t)n >= cap ? ENAMETOOLONG : 0;
}

/* The parent must have heard of a call before it begins: it is judged by it.  Returns 0 or an errno. */
static int
ask_kernel(struct role *role, uint16_t index, const char *path, struct answer *to)
{
	int error;

	SEND(role->parent, BUSY, busy, 0, .index = index);
	link_flush(role->parent, FLUSH_S);
	to->mount = mount_look(path);
	error = statvfs(path, &to->fs) == -1 ? errno : 0;
	/* Before and after: the figures of what lies beneath must not pass for those of one that comes or goes meanwhile. */
	if (to->mount == MOUNT_THERE)
		to->mount = mount_look(path);
	SEND(role->parent, IDLE, idle, 0, 0);
	return error;
}

static void
on_probe(void *ctx, struct link *l, uint32_t id, const union message *msg)
{
	struct role *role = ctx;
	uint16_t index = msg->probe.index;
	char path[2 * PATH_MAX_LEN];
	struct answer a = {.mount = MOUNT_UNKNOWN};
	int error;

	if ((error = full_path(&role->config, index, path, sizeof(path))) == 0)
		error = ask_kernel(role, index, path, &a);
	if (error != 0)
		a = (struct answer){.mount = MOUNT_UNKNOWN};
	SEND(l, PROBED, probed, id, .index = index, .error = error, .blocks = a.fs.f_blocks, .bfree = a.fs.f_bfree,
	    .bavail = a.fs.f_bavail, .files = a.fs.f_files, .ffree = a.fs.f_ffree, .mount = (uint8_t)a.mount);
	/* The next question may be here already, and its call may hang. */
	link_push(l);
}

static void
prove(struct role *role)
{
	char path[2 * PATH_MAX_LEN];
	struct answer a;
	int error = full_path(&role->config, 0, path, sizeof(path));

	if (error == 0)
		error = ask_kernel(role, 0, path, &a);
	role_proved(role, error == 0 ? PROOF_HOLDS : PROOF_FAILED, "statvfs of %s: %s", role->config.disk_paths.v[0],
	    error == 0 ? "ok" : strerror(error));
}

static link_handler *const handlers[MSG_COUNT] = {[MSG_PROBE] = on_probe};
static const struct role_spec spec = {.id = ROLE_PROBER, .handlers = handlers, .confine = prober_confine,
    .prove = prove};

int
main(void)
{
	return role_main(&spec, NULL);
}
