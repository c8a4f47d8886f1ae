/*
 * Secrets at rest.  What is written here is read by the notifier alone; the
 * scratch that it passes through is wiped.
 */
#include "build_config.h"

#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "secrets.h"

static int
write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
store_key(int fd, const struct config *c, size_t i, char *scratch, size_t len)
{
	const struct config_key *key = config_key_at(i);

	if ((key->flags & CONFIG_SECRET) == 0)
		return 0;
	if (config_value(c, i, scratch, len) == -1)
		return -1;
	if (scratch[0] == '\0')
		return 0;
	if (write_all(fd, key->name, strlen(key->name)) == -1 || write_all(fd, "=", 1) == -1 ||
	    write_all(fd, scratch, strlen(scratch)) == -1)
		return -1;
	return write_all(fd, "\n", 1);
}

int
secrets_store(struct config *c)
{
	static char scratch[CONFIG_VALUE_MAX + 1];
	int fd = memfd_create("watchdog-secret", MFD_CLOEXEC | MFD_ALLOW_SEALING), rc = 0;
	bool empty;

	if (fd == -1)
		return -2;
	for (size_t i = 0; rc == 0 && i < config_key_count(); i++)
		rc = store_key(fd, c, i, scratch, sizeof(scratch));
	explicit_bzero(scratch, sizeof(scratch));
	config_wipe_secrets(c);
	empty = lseek(fd, 0, SEEK_CUR) == 0;
	if (rc == 0 && !empty)
		rc = fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	if (rc == 0 && !empty)
		return fd;
	close(fd);
	return rc == 0 ? -1 : -2;
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
