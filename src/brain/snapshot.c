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
#define FIRST_SIZE 65536u
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
	NUMBER(2, brain, looks, UINT64_MAX),
	FLAG(2, brain, start.pending),
	MAYBE(2, brain, start.since),
};

/* Behind the kind and the key. */
static const struct field alert_fields[] = {
	FLAG(1, alert, active),
	FLAG(1, alert, state.alerting),
	FLAG(1, alert, moved),
	FLAG(1, alert, named),
	FLAG(1, alert, seen_running),
	NUMBER(1, alert, bad, UINT32_MAX),
	NUMBER(1, alert, good, UINT32_MAX),
	NUMBER(1, alert, mark, MARKS - 1),
	TIME(1, alert, bad_since),
	TIME(1, alert, ripe),
	TIME(1, alert, state.last_alert),
	MAYBE(1, alert, ticks),
	MAYBE(1, alert, moved_at),
	TIME(1, alert, moved_now),
	FLAG(2, alert, told),
	CODE(2, alert, farewell, FAREWELL_COUNT - 1),
	FLAG(2, alert, leaving),
	FLAG(2, alert, flapping),
	FLAG(2, alert, flap_told),
	FLAG(2, alert, steady),
	FLAG(2, alert, told_steady),
	NUMBER(2, alert, flap_count, UINT32_MAX),
	TIME(2, alert, flap_since),
	TIME(2, alert, told_at),
	TIME(2, alert, ended),
	NUMBER(2, alert, looked, UINT64_MAX),
	NUMBER(2, alert, ended_look, UINT64_MAX),
	NUMBER(2, alert, held, UINT64_MAX),
	NUMBER(2, alert, held_total, UINT64_MAX),
	CODE(2, alert, severity, SEVERITY_CRITICAL),
};

static void put_alerts(struct writer *, const struct brain *);
static void get_alerts(struct loading *, struct brain *);

/* In the order of their bytes: what does not fit a line of a table above, such as a list. */
static const struct section {
	unsigned since;
	void (*put)(struct writer *w, const struct brain *b);
	void (*get)(struct loading *l, struct brain *b);
} sections[] = {
	{1, put_alerts, get_alerts},
	{2, snapshot_put_flaps, snapshot_get_flaps},
	{1, snapshot_put_outbox, snapshot_get_outbox},
	{2, snapshot_put_history, snapshot_get_history},
	{2, snapshot_put_threads, snapshot_get_threads},
	{2, snapshot_put_orders, snapshot_get_orders},
	{2, snapshot_put_trails, snapshot_get_trails},
};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

/* --- alerts --- */

/* Nobody looks again at a signal that is leaving, so its detail is kept; short, so that there is room for all. */
static void
put_last_words(struct writer *w, const struct alert *a)
{
	char text[ALERT_DETAIL_SHORT];
	struct strbuf words = STRBUF_IN(text);

	strbuf_puts(&words, a->leaving && a->detail != NULL ? a->detail : "");
	write_str(w, text, sizeof(text) - 1);
}

static void
get_last_words(struct reader *r, struct brain *b, struct alert *a)
{
	const char *words = read_str(r, ALERT_DETAIL_SHORT - 1);

	if (words != NULL && alert_set_detail(&b->alerts, a, words) == -1)
		r->failed = true;
}

static void
put_alerts(struct writer *w, const struct brain *b)
{
	size_t room = SNAPSHOT_CONTAINERS_MAX;
	struct alert *a, *next;

	write_u32(w, HASH_COUNT(b->alerts.by_key));
	ALERTS_EACH(&b->alerts, a, next) {
		write_u8(w, (uint8_t)a->kind);
		write_str(w, a->key, ALERT_KEY_MAX);
		fields_put(w, FIELDS(alert_fields), a);
		put_last_words(w, a);
		snapshot_put_container(w, a, &room);
	}
}

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

static void
get_alert(struct loading *l, struct brain *b)
{
	enum signal_kind kind = get_number(&l->r, read_u8(&l->r), KIND_COUNT - 1);
	const char *key = snapshot_get_key(&l->r, kind);
	const char *name = key == NULL ? NULL : alert_key_name(kind, key);
	bool full;
	struct alert *a;

	if (name == NULL || alerts_find(&b->alerts, kind, name) != NULL ||
	    (a = alerts_get(&b->alerts, kind, name, &full)) == NULL) {
		l->r.failed = true;
		return;
	}
	fields_get(&l->r, l->version, FIELDS(alert_fields), a);
	if (l->version < 2) {
		a->told = a->state.alerting; /* there was nothing yet that left a chat untold */
	} else {
		get_last_words(&l->r, b, a);
		snapshot_get_container(l, b, a);
	}
	a->state.last_alert = fmin(a->state.last_alert, b->clock.now);
}

static void
get_alerts(struct loading *l, struct brain *b)
{
	uint32_t count = get_number(&l->r, read_u32(&l->r), ALERTS_MAX);

	for (uint32_t i = 0; i < count && !l->r.failed; i++)
		get_alert(l, b);
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
	for (size_t size = FIRST_SIZE; size <= 2 * SNAPSHOT_BYTES_MAX; size *= 2) {
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
	b->booted = then.options.boot == b->options.boot ? then.booted : taken + away - b->clock.now;
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
