/*
 * Which files name look-up reads, and whether they are still the same ones.
 */
#include "build_config.h"

#include <sys/stat.h>

#include "resolv_files.h"

const char *const resolv_files[RESOLV_FILES] = {
	"/etc/resolv.conf",
	"/etc/hosts",
	"/etc/nsswitch.conf",
	"/etc/gai.conf",
	"/etc/host.conf",
};

struct resolv_stamp
resolv_stamp(void)
{
	struct resolv_stamp s = {0};
	struct stat st;

	for (int i = 0; i < RESOLV_FILES; i++)
		if (stat(resolv_files[i], &st) == 0) {
			s.file[i].dev = st.st_dev;
			s.file[i].ino = st.st_ino;
		}
	return s;
}

bool
resolv_stamp_same(const struct resolv_stamp *a, const struct resolv_stamp *b)
{
	for (int i = 0; i < RESOLV_FILES; i++)
		if (a->file[i].dev != b->file[i].dev || a->file[i].ino != b->file[i].ino)
			return false;
	return true;
}
