/*
 * Closing what whoever started us has left open.  Trusts nothing about their
 * numbers or how many there are.
 */
#include "build_config.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "compat.h"
#include "descriptors.h"

static bool
is_kept(int fd, const int *keep, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (keep[i] == fd)
			return true;
	return false;
}

/* INT_MAX, which no descriptor is, if there is none. */
static int
next_kept(int from, const int *keep, size_t n)
{
	int next = INT_MAX;

	for (size_t i = 0; i < n; i++)
		if (keep[i] >= from && keep[i] < next)
			next = keep[i];
	return next;
}

/* The kernel goes through them by number, so that closing one passes over no other: proc_pid_fd(5). */
static int
close_one_by_one(int first, const int *keep, size_t n)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;

	if (folder == NULL)
		return -1;
	while ((entry = readdir(folder)) != NULL) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fd >= first && fd != dirfd(folder) && !is_kept(fd, keep, n))
			close(fd);
	}
	return closedir(folder);
}

int
descriptors_close_but(int first, const int *keep, size_t n)
{
	int from = first, next;

	while ((next = next_kept(from, keep, n)) != INT_MAX) {
		if (next > from && close_range((unsigned)from, (unsigned)next - 1, 0) == -1)
			return close_one_by_one(first, keep, n);
		from = next + 1;
	}
	return close_range((unsigned)from, ~0u, 0) == -1 ? close_one_by_one(first, keep, n) : 0;
}
