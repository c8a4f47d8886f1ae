/*
 * One signal and all that is remembered of it, and the table of them by key.
 * Bounded by the constants below, whatever is fed.
 */
#ifndef WATCHDOG_ALERT_H
#define WATCHDOG_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "config.h"
#include "decide.h"
#include "messages.h"

struct brain;
struct container;
struct flaps;
struct trail;

#ifndef ALERTS_MAX /* the bench has more */
#define ALERTS_MAX 20480 /* agents, containers, and 4096 others */
#define ALERT_KEYS_BYTES_MAX (1u << 20)    /* all keys together */
#define ALERT_DETAILS_BYTES_MAX (2u << 20) /* all details; past that one is cut at ALERT_DETAIL_SHORT */
#endif
#define ALERT_DETAIL_MAX 1536
#define ALERT_DETAIL_SHORT 64
#define ALERT_KEY_MAX 4352
#define ALERT_SUBJECT_MAX (ALERT_KEY_MAX + 16 + NAME_MAX_LEN + 4)

/* A byte of each of many signals. */
#define BYTE_ENUM enum __attribute__((packed))

BYTE_ENUM severity { SEVERITY_WARNING, SEVERITY_CRITICAL };

/* What the last look said. */
BYTE_ENUM verdict {
	LOOK_GOOD,
	LOOK_BAD,
	LOOK_NO_DATA, /* could not be read: the signal stays as it was, counters too */
	LOOK_SHOWN,   /* read and shown, but not watched */
	VERDICT_COUNT
};

/* Why there will be no more looks at a signal.  The numbers stand in snapshots. */
BYTE_ENUM farewell {
	FAREWELL_NONE,
	FAREWELL_GONE,      /* it is no longer there */
	FAREWELL_UNWATCHED, /* the configuration no longer asks for it */
	FAREWELL_COUNT
};

/* What has happened to a signal.  Of most nothing has, and all read story_none. */
struct story {
	double bad_since;         /* the first of the bad looks in a row, boot clock */
	double ripe;              /* the look at which enough had been bad, boot clock */
	double ended;             /* when it was last decided to be over, boot clock */
	double lasted;            /* seconds of trouble, then */
	uint64_t ended_look;      /* the number of the look that ended it; 0 = none */
	uint32_t mark;            /* incident, while alerting */

	/* what the chats know of it (hush.h) */
	uint32_t told_batch;      /* of the outbox, when its alert was queued */
	double told_at;           /* when that it alerts was last told, boot clock */
	double flap_since;        /* the first of the changes that made it flap, boot clock */
	uint32_t flap_count;      /* changes since then */
	struct flaps *flaps;      /* its changes of late; NULL = none */
	struct trail *trail;      /* a gauge's last half hour; NULL = none */
	uint64_t held, held_total; /* an edge's amount that is still to be told, and the total then */

	/* agents */
	double ticks, moved_at;   /* the sample: cpu_ticks, and the envelope's clock then; moved_at NaN = none */
	double moved_now;         /* our own clock then */
	bool moved;               /* the sample was set because they moved, not because samples started anew */
};

extern const struct story story_none;

/* A million of them are meant to fit into 200 MiB: what most do not have stands in the story. */
struct alert {
	UT_hash_handle hh;
	const struct story *story; /* never NULL; alert_story() to write */
	struct container *container; /* container_identity.h; NULL = none */
	char *detail;             /* of the last look that had one; NULL = what the value says (signal_text.h) */
	double value;             /* of the last look, in the unit of its kind; NaN = none */
	uint64_t looked;          /* the number of its last look that saw something; 0 = none */
	struct alert_state state;
	uint32_t bad, good;       /* looks in a row, "no data" left out */
	uint32_t need;            /* bad looks in a row before active, as at the last look */
	uint32_t sighting;        /* agents and containers: the number of the last list that it stood in */
	enum signal_kind kind : 8;
	enum severity severity;   /* its kind's, unless its label says otherwise */
	enum verdict last;
	bool active;              /* debounced */

	/* what the chats know of it (hush.h) */
	bool told;                /* that it alerts */
	enum farewell farewell;   /* the signal is no more, and why */
	bool leaving;             /* it is forgotten once its end is told */
	bool flapping;            /* it changes too often (flap.h) */
	bool flap_told;           /* and the chats know */
	bool steady;              /* it no longer does; the line that says how it is is still to come */
	bool told_steady;         /* that line was the last that was told of it */

	bool named, seen_running; /* containers */
	bool mounted;             /* disks: a file system of its own has been seen there */
	char key[];
};

struct alerts {
	struct alert *by_key; /* in the order of their first look */
	struct alert *last;   /* looked up; NULL = none */
	size_t key_bytes, detail_bytes;
	size_t with_flaps, with_trail;
	bool overflowed;      /* said in the log */
	struct container *by_id, *by_identity;
	size_t containers, identity_bytes; /* how many have one, and of their identities */
};

/* What a signal of that kind is, unless its label says otherwise; its name: "critical". */
enum severity kind_severity(enum signal_kind kind);
const char *severity_name(enum severity severity);

/* Write the key of a signal; name is "" where the kind has but one.  Returns 0, or -1 if it does not fit. */
int alert_key(char *buf, size_t cap, enum signal_kind kind, const char *name);

/* True for "container", "disk" …: the word of a kind of which there are several, each with a name behind it. */
bool kind_word_takes_name(const char *word);

/* The name inside a key of that kind, "" if it has none. */
const char *alert_key_name(enum signal_kind kind, const char *key);

/* The subject of a message: "container api", "memory", …, as watchdogctl takes it. */
void alert_subject(char *buf, size_t cap, enum signal_kind kind, const char *key);

/* The same with the name behind it that people gave it, "" or NULL = none: "container api (Payments)". */
void alert_subject_shown(char *buf, size_t cap, enum signal_kind kind, const char *key, const char *shown);

/* Its name within its kind likewise, as it stands in a list: "api (Payments)". */
void alert_name_shown(char *buf, size_t cap, enum signal_kind kind, const char *key, const char *shown);

/* Look up; NULL if it is not there. */
struct alert *alerts_find(const struct alerts *all, enum signal_kind kind, const char *name);

/* The same by its key. */
struct alert *alerts_find_key(const struct alerts *all, const char *key);

/* Look up or add.  NULL with *full set to true if a bound is reached, else memory is short. */
struct alert *alerts_get(struct alerts *all, enum signal_kind kind, const char *name, bool *full);

/*
 * Give a signal another name.  Returns it, at another address; NULL if memory
 * is short, and nothing has changed.  The name must be free.
 */
struct alert *alerts_rename(struct alerts *all, struct alert *a, const char *name);

/* Keep a copy of detail, cut to what there is room for; NULL or "" = none.  Returns 0, or -1 if memory is short. */
int alert_set_detail(struct alerts *all, struct alert *a, const char *detail);

/* Its own story, to write to.  If memory is short b->failed is set, and what is written is lost. */
struct story *alert_story(struct brain *b, struct alert *a);

/* Its trail, made if there is none; NULL if there are TRAILS_MAX, or memory is short: then nothing of the past is told. */
struct trail *alert_trail(struct brain *b, struct alert *a);

/* Remove and free one, or all. */
void alerts_forget(struct alerts *all, struct alert *a);
void alerts_free(struct alerts *all);

/* Walk all; the current one may be forgotten. */
#define ALERTS_EACH(all, a, next) HASH_ITER(hh, (all)->by_key, a, next)

#endif
