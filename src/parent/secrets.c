/*
 * Secrets at rest.  What is written here is read by the notifier alone; the
 * scratch that it passes through is wiped.
 */
#include "build_config.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "secrets.h"

int
secrets_new(const char *name)
{
	return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

static int
seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
}

int
secrets_store(struct config *c)
{
	int fd = secrets_new("watchdog-secret");
	off_t size = -1;

	if (fd != -1 && config_write_secrets(c, fd) == 0)
		size = lseek(fd, 0, SEEK_END);
	config_drop_secrets(c);
	if (size > 0 && seal(fd) == 0)
		return fd;
	if (fd != -1)
		close(fd);
	return size == 0 ? -1 : -2;
}

bool
secrets_same(int a, int b)
{
	static char pa[4096], pb[4096];
	ssize_t na = 0, nb = 0;
	off_t at = 0;
	bool same;

	if (a == -1 || b == -1)
		return a == b;
	do {
		na = pread(a, pa, sizeof(pa), at);
		nb = pread(b, pb, sizeof(pb), at);
		same = na == nb && na >= 0 && memcmp(pa, pb, (size_t)na) == 0;
		at += na;
	} while (same && na > 0);
	explicit_bzero(pa, sizeof(pa));
	explicit_bzero(pb, sizeof(pb));
	return same;
}
