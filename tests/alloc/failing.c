/*
 * Allocation that fails at a given number.
 */
#include "build_config.h"

#include <sys/mman.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include <cjson/cJSON.h>

#include "failing.h"

void __real_free(void *p);
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t len);
void __wrap_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t len);
int __wrap_asprintf(char **p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int __wrap___asprintf_chk(char **p, int flag, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static struct failing *page;

static bool
fails(void)
{
	if (page == NULL)
		return false;
	page->count++;
	if (page->count != page->fail_at && !(page->ever_after && page->fail_at != 0 && page->count > page->fail_at))
		return false;
	page->failed = true;
	errno = ENOMEM;
	return true;
}

static void *
taken(void *p)
{
	if (page != NULL && p != NULL)
		page->live++;
	return p;
}

/* Of p, which may have grown, become new. */
static void *
grown(void *p, void *new)
{
	return p == NULL ? taken(new) : new;
}

void
__wrap_free(void *p)
{
	if (page != NULL && p != NULL)
		page->live--;
	__real_free(p);
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : taken(__real_malloc(size));
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : taken(__real_calloc(n, size));
}

void *
__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : grown(p, __real_realloc(p, size));
}

void *
__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return fails() ? NULL : grown(p, __real_reallocarray(p, n, size));
}

char *
__wrap_strdup(const char *s)
{
	return fails() ? NULL : taken(__real_strdup(s));
}

char *
__wrap_strndup(const char *s, size_t len)
{
	return fails() ? NULL : taken(__real_strndup(s, len));
}

/* What *p holds after a failure is not to be relied on. */
static int
print(char **p, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static int
print(char **p, const char *fmt, va_list ap)
{
	if (!fails()) {
		int n = vasprintf(p, fmt, ap);

		if (n != -1)
			taken(*p);
		return n;
	}
	memset(p, 0xa5, sizeof(*p));
	return -1;
}

int
__wrap_asprintf(char **p, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = print(p, fmt, ap);
	va_end(ap);
	return n;
}

int
__wrap___asprintf_chk(char **p, int flag, const char *fmt, ...)
{
	va_list ap;
	int n;

	(void)flag;
	va_start(ap, fmt);
	n = print(p, fmt, ap);
	va_end(ap);
	return n;
}

void *
failing_malloc(size_t size)
{
	return __wrap_malloc(size);
}

void *
failing_calloc(size_t n, size_t size)
{
	return __wrap_calloc(n, size);
}

void *
failing_realloc(void *p, size_t size)
{
	return __wrap_realloc(p, size);
}

char *
failing_strdup(const char *s)
{
	return __wrap_strdup(s);
}

static struct failing *
map(int fd)
{
	void *p = mmap(NULL, sizeof(struct failing), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED) {
		perror("the page of what is to fail");
		exit(126);
	}
	return p;
}

/* What coverage counters take when all is over is not the program's. */
static void
end(void)
{
	page = NULL;
}

static void
take_over(int fd)
{
	page = map(fd);
	atexit(end);
	close(fd);
	event_set_mem_functions(failing_malloc, failing_realloc, free);
}

void
failing_begin(void)
{
	cJSON_Hooks hooks = {failing_malloc, free};

	take_over(FAILING_FD);
	cJSON_InitHooks(&hooks);
}

struct failing *
failing_share(int *fd)
{
	*fd = memfd_create("failing", MFD_CLOEXEC);
	if (*fd == -1 || ftruncate(*fd, sizeof(struct failing)) == -1) {
		perror("memfd");
		exit(1);
	}
	return map(*fd);
}

struct failing *
failing_here(void)
{
	int fd;
	struct failing *shared = failing_share(&fd);

	take_over(fd);
	return shared;
}
