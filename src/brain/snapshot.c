/*
 * Encoding and decoding of the brain's state.  The decoder treats the bytes
 * as hostile: a brain that was taken over may have written them.
 */
#include "build_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "snapshot.h"
#include "snapshot_parts.h"

#define MAGIC 0x57444253u /* "WDBS" */
#define FORMAT_VERSION 2
#define OLDEST_VERSION 1
#define FIRST_SIZE 8192u /* a small state's whole: a block of the heap, not a mapping of its own each time */
#define SIGNAL_SIZE 64u /* of one that is well, about */
#define AWAY_MAX_S (366 * 86400.0)     /* between two boots; a wall clock that says more is not believed */
#define CLOCK_MAX_S (100 * AWAY_MAX_S)

/* --- the tables: a new member is a line here --- */

/* Which clock the times are of. */
static const struct field clock_fields[] = {
	TIME(2, brain, clock.wall),
	TIME(2, brain, booted),
	NUMBER(2, brain, options.boot, UINT64_MAX),
};

static const struct field brain_fields[] = {
	TIME(1, brain, now),
	MAYBE(1, brain, metrics.generated_at),
	MAYBE(1, brain, metrics.changed_at),
	MAYBE(1, brain, metrics.failed),
	MAYBE(2, brain, metrics.offset),
	NUMBER(2, brain, metrics.application, UINT32_MAX),
	NUMBER(2, brain, looks, UINT64_MAX),
	FLAG(2, brain, start.pending),
	MAYBE(2, brain, start.since),
	MAYBE(2, brain, metrics.slept),
};

/* In the order of their bytes: what does not fit a line of a table above, such as a list. */
static const struct section {
	unsigned since;
	void (*put)(struct writer *w, const struct brain *b);
	void (*get)(struct loading *l, struct brain *b);
} sections[] = {
	{1, snapshot_put_alerts, snapshot_get_alerts},
	{2, snapshot_put_flaps, snapshot_get_flaps},
	{1, snapshot_put_outbox, snapshot_get_outbox},
	{2, snapshot_put_history, snapshot_get_history},
	{2, snapshot_put_threads, snapshot_get_threads},
	{2, snapshot_put_orders, snapshot_get_orders},
	{2, snapshot_put_trails, snapshot_get_trails},
	{2, snapshot_put_told, snapshot_get_told},
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

const char *
snapshot_get_key(struct reader *r, enum signal_kind kind)
{
	const char *key = read_str(r, ALERT_KEY_MAX - 1), *prefix;
	char again[ALERT_KEY_MAX];

	if (r->failed)
		return NULL;
	prefix = kind_prefix(kind);
	if (strncmp(key, prefix, strlen(prefix)) != 0 ||
	    alert_key(again, sizeof(again), kind, key + strlen(prefix)) == -1)
		r->failed = true;
	return r->failed ? NULL : key;
}

/* --- the whole --- */

static void
put_brain(struct writer *w, const struct brain *b, uint64_t generation)
{
	write_u32(w, MAGIC);
	write_u16(w, FORMAT_VERSION);
	write_u64(w, generation);
	write_f64(w, b->clock.now);
	fields_put(w, FIELDS(clock_fields), b);
	fields_put(w, FIELDS(brain_fields), b);
	for (size_t i = 0; i < SECTIONS; i++)
		sections[i].put(w, b);
}

int
snapshot_encode(const struct brain *b, uint64_t generation, uint8_t **bytes, size_t *len)
{
	size_t size = FIRST_SIZE + HASH_COUNT(b->alerts.by_key) * SIGNAL_SIZE;

	for (; size <= 2 * SNAPSHOT_BYTES_MAX; size *= 2) {
		uint8_t *buf = malloc(size);
		struct writer w = writer_of(buf, size > SNAPSHOT_BYTES_MAX ? SNAPSHOT_BYTES_MAX : size);

		if (buf == NULL)
			return -1;
		put_brain(&w, b, generation);
		if (!w.failed) {
			*bytes = buf;
			*len = w.len;
			return 0;
		}
		free(buf);
	}
	log_error("the brain's state is over %u bytes and cannot be kept", SNAPSHOT_BYTES_MAX);
	return -1;
}

static void
get_brain(struct loading *l, struct brain *b)
{
	fields_get(&l->r, l->version, FIELDS(brain_fields), b);
	b->now = fmin(b->now, b->clock.now);
	if (l->rebooted)
		b->metrics.slept = NAN;
	for (size_t i = 0; i < SECTIONS && !l->r.failed; i++)
		if (sections[i].since <= l->version)
			sections[i].get(l, b);
}

/* Go on by the clock of the snapshot.  Returns -1 if that cannot be. */
static int
get_clock(struct loading *l, struct brain *b)
{
	struct brain then = {.options.boot = b->options.boot};
	double taken = get_time(&l->r), away;

	fields_get(&l->r, l->version, FIELDS(clock_fields), &then);
	if (l->r.failed || fabs(then.booted) > CLOCK_MAX_S || taken > CLOCK_MAX_S)
		return -1;
	away = fmin(fmax(b->clock.wall - then.clock.wall, 0), AWAY_MAX_S);
	l->rebooted = then.options.boot != b->options.boot;
	b->booted = l->rebooted ? taken + away - b->clock.now : then.booted;
	b->clock.now += b->booted;
	return taken > b->clock.now ? -1 : 0;
}

const char *
snapshot_decode(struct brain *b, const uint8_t *bytes, size_t len, uint64_t *generation)
{
	struct loading l = {.r = reader_of(bytes, len)};

	if (read_u32(&l.r) != MAGIC)
		return "not a snapshot";
	l.version = read_u16(&l.r);
	if (l.version < OLDEST_VERSION || l.version > FORMAT_VERSION)
		return "of another version";
	*generation = l.generation = read_u64(&l.r);
	if (get_clock(&l, b) == -1)
		return "from the future of this host's clock: of another boot";
	get_brain(&l, b);
	return reader_done(&l.r) ? NULL : "malformed";
}
