/*
 * statx(2) of a path and of the folder above it.  Trusts the kernel.  By the
 * call's number: older musl has no function for it.
 */
#include "build_config.h"

#include <sys/syscall.h>

#include <linux/stat.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "mount.h"

#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif

/* No field is asked for: the device and the attributes always come, and from nobody but the kernel itself. */
static int
look(const char *path, struct statx *st)
{
	return (int)syscall(SYS_statx, -1, path, MOUNT_STATX_FLAGS, 0, st);
}

/* By its name, for ".." needs the right to search the path itself. */
static void
folder_above(const char *path, char *folder)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n > 1 && path[n - 1] != '/')
		n--;
	memcpy(folder, path, n);
	folder[n] = '\0';
}

static bool
same_device(const struct statx *a, const struct statx *b)
{
	return a->stx_dev_major == b->stx_dev_major && a->stx_dev_minor == b->stx_dev_minor;
}

enum mount_seen
mount_look(const char *path)
{
	char folder[2 * PATH_MAX_LEN];
	struct statx here = {0}, above = {0};

	folder_above(path, folder);
	if (path[strspn(path, "/")] == '\0' && path[0] == '/')
		return MOUNT_THERE;
	if (look(path, &here) == -1 || look(folder, &above) == -1)
		return MOUNT_UNKNOWN;
	if ((here.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0 && (here.stx_attributes & STATX_ATTR_MOUNT_ROOT) == 0)
		return MOUNT_NONE;
	return same_device(&here, &above) ? MOUNT_NONE : MOUNT_THERE;
}
