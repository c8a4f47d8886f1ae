/*
 * Preloaded into every process of a daemon under test: the wall clock, and as
 * many seconds more as OFFSET_FILE says at that moment.  The file is mapped
 * before any sandbox is entered.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int (*true_clock)(clockid_t, struct timespec *);
static const volatile int64_t *offset;

/* Without it a test would prove nothing, so it ends the process. */
__attribute__((constructor)) static void
begin(void)
{
	int fd = open(OFFSET_FILE, O_RDONLY | O_CLOEXEC);
	void *page = fd == -1 ? MAP_FAILED : mmap(NULL, sizeof(*offset), PROT_READ, MAP_SHARED, fd, 0);

	*(void **)&true_clock = dlsym(RTLD_NEXT, "clock_gettime");
	if (page == MAP_FAILED || true_clock == NULL)
		abort();
	offset = page;
	close(fd);
}

int
clock_gettime(clockid_t id, struct timespec *now)
{
	int status;

	if (offset == NULL)
		begin();
	status = true_clock(id, now);
	if (status == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		now->tv_sec += *offset;
	return status;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec exact;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &exact);
	*now = (struct timeval){.tv_sec = exact.tv_sec, .tv_usec = exact.tv_nsec / 1000};
	return 0;
}

time_t
time(time_t *now)
{
	struct timespec exact;

	clock_gettime(CLOCK_REALTIME, &exact);
	if (now != NULL)
		*now = exact.tv_sec;
	return exact.tv_sec;
}
