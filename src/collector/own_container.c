/*
 * Which container is this?  Only the cgroup's path says so for certain, and
 * with a private cgroup namespace it says nothing.  Then docker's own files,
 * bound over /etc, and the host name tell; both are another's where a
 * container shares its network, which the list shows (see docker.c).
 */
#include "build_config.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "own_container.h"

#define SHORT_ID 12
#define FILE_MAX (256u << 10) /* bytes of mountinfo that are looked at */

/* The first run of exactly 64 hex digits in the len bytes at text. */
static bool
find_id(char *id, const char *text, size_t len)
{
	size_t run = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && isxdigit((unsigned char)text[i])) {
			run++;
			continue;
		}
		if (run == OWN_CONTAINER_LEN) {
			memcpy(id, text + i - OWN_CONTAINER_LEN, OWN_CONTAINER_LEN);
			id[OWN_CONTAINER_LEN] = '\0';
			return true;
		}
		run = 0;
	}
	return false;
}

/* A line of mountinfo: … root, mount point, …; docker binds its own hostname, hosts and resolv.conf. */
static bool
find_in_mount(char *id, const char *line, size_t len)
{
	char root[1024], where[64], copy[2048];

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, line, len);
	copy[len] = '\0';
	if (sscanf(copy, "%*s %*s %*s %1023s %63s", root, where) != 2)
		return false;
	if (strcmp(where, "/etc/hostname") != 0 && strcmp(where, "/etc/hosts") != 0 &&
	    strcmp(where, "/etc/resolv.conf") != 0)
		return false;
	return find_id(id, root, strlen(root));
}

static bool
find_in_mountinfo(char *id, const char *text)
{
	for (size_t len; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (find_in_mount(id, text, len))
			return true;
	}
	return false;
}

static bool
is_short_id(const char *name)
{
	return strlen(name) == SHORT_ID && strspn(name, "0123456789abcdef") == SHORT_ID;
}

void
own_container_find(char *id, const char *cgroup, const char *mountinfo, const char *hostname)
{
	*id = '\0';
	if (find_id(id, cgroup, strlen(cgroup)) || find_in_mountinfo(id, mountinfo))
		return;
	if (is_short_id(hostname))
		memcpy(id, hostname, SHORT_ID + 1);
}

static void
read_file(const char *path, char *buf, size_t cap)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	while (fd != -1 && n > 0 && len < cap - 1) {
		n = read(fd, buf + len, cap - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	buf[len] = '\0';
	if (fd != -1)
		close(fd);
}

void
own_container_read(char *id)
{
	char *mountinfo = malloc(FILE_MAX), cgroup[8192], hostname[256] = "";

	if (mountinfo == NULL)
		fatal("malloc");
	read_file("/proc/self/cgroup", cgroup, sizeof(cgroup));
	read_file("/proc/self/mountinfo", mountinfo, FILE_MAX);
	gethostname(hostname, sizeof(hostname) - 1);
	own_container_find(id, cgroup, mountinfo, hostname);
	free(mountinfo);
}
