/*
 * Memory and disks.  Trusts the kernel's figures; of the prober only that it
 * answers in the order it was asked.
 */
#include "build_config.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "host.h"
#include "log.h"
#include "loop.h"
#include "utf8.h"

#define MEMINFO_MAX 16384

struct disk {
	struct source source;
	struct host *host;
	uint16_t index;
	uint64_t asked;  /* the question's number, 0 = none is open */
	double exact;    /* Use% of the last answer, not rounded */
	double inodes;   /* IUse% of the last answer, NaN = none */
	enum mount_seen mount; /* of the last answer */
	bool hung;       /* its question is the one that the prober has not come back from */
	struct event *deadline;
};

struct host {
	struct role *role;
	struct source mem;
	int meminfo;
	int meminfo_error;
	uint64_t questions;
	size_t n;
	struct disk disks[];
};

static double
meminfo_kib(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		double v;
		char *end;

		line += *line == '\n';
		if (strncmp(line, key, n) != 0 || line[n] != ':')
			continue;
		/* sscanf() would measure the whole rest of the text first. */
		v = strtod(line + n + 1, &end);
		if (end != line + n + 1)
			return v;
	}
	return NAN;
}

double
host_mem_used_pct(const char *meminfo)
{
	double total = meminfo_kib(meminfo, "MemTotal"), available = meminfo_kib(meminfo, "MemAvailable");

	if (!(total > 0) || !(available >= 0) || !isfinite(total))
		return NAN;
	/* Figures that no host has are rounded. */
	return available > total ? 0 : fmin(100, 100 * (total - available) / total);
}

double
host_disk_exact_pct(uint64_t blocks, uint64_t bfree, uint64_t bavail)
{
	double used = blocks > bfree ? (double)(blocks - bfree) : 0;
	double available = bavail > blocks ? 0 : (double)bavail;

	return blocks == 0 || used + available <= 0 ? NAN : 100 * (used / (used + available));
}

double
host_disk_used_pct(uint64_t blocks, uint64_t bfree, uint64_t bavail)
{
	uint64_t used = blocks > bfree ? blocks - bfree : 0;
	uint64_t available = bavail > blocks ? 0 : bavail;

	if (blocks == 0 || (used == 0 && available == 0))
		return NAN;
	/* In whole numbers, so that 97 % is not 98 by a rounding error; 2^56 blocks and more are no disk. */
	if (used > UINT64_MAX / 256 || available > UINT64_MAX / 256)
		return ceil(100 * ((double)used / ((double)used + (double)available)));
	return (double)((100 * used + used + available - 1) / (used + available));
}

double
host_disk_inodes_pct(uint64_t files, uint64_t ffree)
{
	return host_disk_used_pct(files, ffree, ffree);
}

double
host_read_mem(const struct host *h, char *error, size_t len)
{
	char text[MEMINFO_MAX];
	double pct = NAN;
	ssize_t n = -1;

	error[0] = '\0';
	errno = h->meminfo_error;
	if (h->meminfo != -1)
		n = pread(h->meminfo, text, sizeof(text) - 1, 0);
	if (n == -1)
		snprintf(error, len, "%s/meminfo: %s", h->role->config.proc_path, strerror(errno));
	text[n > 0 ? n : 0] = '\0';
	if (n != -1 && isnan(pct = host_mem_used_pct(text)))
		snprintf(error, len, "%s/meminfo: no MemTotal and MemAvailable in it", h->role->config.proc_path);
	return pct;
}

static void
look_mem(struct source *s)
{
	struct host *h = (struct host *)(void *)((char *)s - offsetof(struct host, mem));
	char error[TEXT_MAX_LEN];
	double pct = host_read_mem(h, error, sizeof(error));

	utf8_clean_here(error);
	SOURCE_SAY(s, MEM, mem, .used_pct = pct, .error = error);
	source_done(s);
}

static void
abandon_mem(struct source *s)
{
	(void)s;
}

static void
say_disk(struct disk *d, double pct, bool missing, const char *error)
{
	const char *path = d->host->role->config.disk_paths.v[d->index];
	char clean[TEXT_MAX_LEN];

	event_del(d->deadline);
	if (!d->source.looking)
		return;
	/* One that names a long path was cut, maybe inside a code point. */
	utf8_clean(clean, sizeof(clean), error, strlen(error), false);
	SOURCE_SAY(&d->source, DISK, disk, .path = path, .used_pct = pct, .exact_pct = isnan(pct) ? NAN : d->exact,
	    .inodes_pct = isnan(pct) ? NAN : d->inodes, .missing = missing,
	    .mount = (uint8_t)(isnan(pct) ? MOUNT_UNKNOWN : d->mount), .error = clean);
	source_done(&d->source);
}

/* The prober takes one question after the other: the oldest that is open is the one it is at. */
static struct disk *
oldest_question(struct host *h)
{
	struct disk *oldest = NULL;

	for (size_t i = 0; i < h->n; i++)
		if (h->disks[i].asked != 0 && (oldest == NULL || h->disks[i].asked < oldest->asked))
			oldest = &h->disks[i];
	return oldest;
}

static void
ask(struct disk *d)
{
	if (d->asked == 0 && ROLE_SEND(d->host->role, ROLE_PROBER, PROBE, probe, 0, .index = d->index) == 0)
		d->asked = ++d->host->questions;
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct disk *d = arg, *oldest = oldest_question(d->host);
	char text[TEXT_MAX_LEN];

	(void)fd;
	(void)what;
	if (oldest == NULL) {
		say_disk(d, NAN, false, "not looked at: the prober is being started");
	} else if (oldest == d) {
		d->hung = true;
		say_disk(d, NAN, false, "does not answer");
	} else {
		snprintf(text, sizeof(text), "not looked at: %.900s does not answer",
		    d->host->role->config.disk_paths.v[oldest->index]);
		say_disk(d, NAN, false, text);
	}
}

static void
look_disk(struct source *s)
{
	struct disk *d = (struct disk *)s;
	struct timeval timeout = clock_timeval(d->host->role->config.http_timeout);

	if (d->hung) {
		say_disk(d, NAN, false, "does not answer");
		return;
	}
	loop_add(d->deadline, &timeout);
	ask(d);
}

static void
abandon_disk(struct source *s)
{
	struct disk *d = (struct disk *)s;

	event_del(d->deadline);
}

void
host_probed(struct host *h, const struct msg_probed *msg)
{
	struct disk *d;
	double pct;

	if (msg->index >= h->n || h->disks[msg->index].asked == 0)
		return;
	d = &h->disks[msg->index];
	d->asked = 0;
	d->hung = false;
	pct = msg->error == 0 ? host_disk_used_pct(msg->blocks, msg->bfree, msg->bavail) : NAN;
	d->exact = msg->error == 0 ? host_disk_exact_pct(msg->blocks, msg->bfree, msg->bavail) : NAN;
	d->inodes = msg->error == 0 ? host_disk_inodes_pct(msg->files, msg->ffree) : NAN;
	d->mount = msg->mount;
	if (msg->error == ENOENT)
		say_disk(d, NAN, true, "does not exist");
	else if (msg->error == ETIMEDOUT)
		say_disk(d, NAN, false, "does not answer");
	else if (msg->error != 0)
		say_disk(d, NAN, false, strerror(msg->error));
	else
		say_disk(d, pct, false, isnan(pct) ? "its file system has no blocks" : "");
}

/* A new prober knows nothing of what the old one was asked, and leaves the path alone that the old one hung in. */
void
host_prober_linked(struct host *h)
{
	for (size_t i = 0; i < h->n; i++) {
		h->disks[i].hung = false;
		if (h->disks[i].source.looking)
			ask(&h->disks[i]);
	}
}

void
host_prober_unlinked(struct host *h)
{
	for (size_t i = 0; i < h->n; i++)
		h->disks[i].asked = 0;
}

static void
open_meminfo(struct host *h)
{
	char path[PATH_MAX_LEN + sizeof("/meminfo")];

	snprintf(path, sizeof(path), "%s/meminfo", h->role->config.proc_path);
	h->meminfo = open(path, O_RDONLY | O_CLOEXEC);
	h->meminfo_error = errno;
	if (h->meminfo == -1)
		log_warning("%s: %s: memory cannot be watched", path, strerror(errno));
}

struct host *
host_new(struct role *role, struct tick *tick)
{
	size_t n = role->config.disk_paths.n;
	struct host *h = calloc(1, sizeof(*h) + n * sizeof(h->disks[0]));

	if (h == NULL)
		fatal("host");
	h->role = role;
	h->n = n;
	h->mem = (struct source){.look = look_mem, .abandon = abandon_mem, .kind = KIND_MEM};
	open_meminfo(h);
	tick_add(tick, &h->mem);
	for (size_t i = 0; i < n; i++) {
		struct disk *d = &h->disks[i];

		*d = (struct disk){.host = h, .index = (uint16_t)i};
		d->source = (struct source){
			.look = look_disk, .abandon = abandon_disk, .kind = KIND_DISK, .name = role->config.disk_paths.v[i],
		};
		if ((d->deadline = evtimer_new(role->base, on_deadline, d)) == NULL)
			fatal("host");
		tick_add(tick, &d->source);
	}
	return h;
}

void
host_free(struct host *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < h->n; i++)
		event_free(h->disks[i].deadline);
	if (h->meminfo != -1)
		close(h->meminfo);
	free(h);
}
