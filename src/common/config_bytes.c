/*
 * Bytes that may be secret.  Read without stdio, so that no buffer keeps a
 * copy.
 */
#include "build_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_bytes.h"
#include "log.h"

void
bytes_free(struct bytes *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	free(b->p);
	*b = (struct bytes){0};
}

void
bytes_new(struct bytes *b, size_t cap)
{
	*b = (struct bytes){.p = calloc(1, cap + 1), .cap = cap};
	if (b->p == NULL)
		fatal("configuration");
}

/* Reads fd to its end.  Returns 0, or -1 with errno; EFBIG: more than cap bytes. */
static int
bytes_read(struct bytes *b, int fd)
{
	char one;
	ssize_t n;

	for (;;) {
		bool full = b->len == b->cap;

		n = read(fd, full ? &one : b->p + b->len, full ? 1 : b->cap - b->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n > 0 && full) {
			errno = EFBIG;
			return -1;
		}
		if (n <= 0)
			break;
		b->len += (size_t)n;
	}
	b->p[b->len] = '\0';
	return n == 0 ? 0 : -1;
}

int
bytes_read_from_start(struct bytes *b, int fd, size_t most)
{
	off_t size = lseek(fd, 0, SEEK_END);

	if (size == -1 || lseek(fd, 0, SEEK_SET) == -1)
		return -1;
	/* All of it is wiped afterwards, which touches every page. */
	bytes_new(b, (size_t)size < most ? (size_t)size : most);
	return bytes_read(b, fd);
}

const char *
bytes_path(char buf[PATH_MAX], const char *folder, const char *path)
{
	int n;

	if (folder == NULL || *path == '/')
		return path;
	n = snprintf(buf, PATH_MAX, "%s/%s", folder, path);
	if (n >= 0 && n < PATH_MAX)
		return buf;
	errno = ENAMETOOLONG;
	return NULL;
}

int
bytes_read_file(struct bytes *b, const char *folder, const char *path, size_t most)
{
	char whole[PATH_MAX];
	int fd, rc, saved;

	if ((path = bytes_path(whole, folder, path)) == NULL || (fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1)
		return -1;
	bytes_new(b, most);
	rc = bytes_read(b, fd);
	saved = errno;
	close(fd);
	if (rc == -1)
		bytes_free(b);
	errno = saved;
	return rc;
}

const char *
bytes_read_error(size_t most)
{
	static char text[64];

	if (errno != EFBIG)
		return strerror(errno);
	snprintf(text, sizeof(text), "expected at most %zu bytes, found more", most);
	return text;
}
