/*
 * The brain: takes what was seen and what time it is, decides, and keeps
 * what is to be said.  Pure: no file, no socket, no clock.  The role and the
 * replay call the same functions.
 *
 * Calls come in the order of a tick: brain_clock(), brain_tick_begin(), each
 * source in any order, brain_tick_end(); brain_clock() again whenever time
 * has passed.  Strings are copied.  Whatever is fed is judged: a number that
 * is absurd or a name that is empty is as if it had not been read.
 *
 * Memory that runs out is remembered in brain->failed: a decision may have
 * been lost, so the caller must not go on.
 */
#ifndef WATCHDOG_BRAIN_H
#define WATCHDOG_BRAIN_H

#include "alert.h"
#include "container_life.h"
#include "docker_told.h"
#include "history.h"
#include "messages.h"
#include "orders.h"
#include "outbox.h"

#define BRAIN_AGENTS_MAX 4096     /* of one envelope; the rest is ignored */
#define BRAIN_CONTAINERS_MAX CONTAINERS_MAX
#define TICK_AGE_MAX_S 3600.0     /* a tick that began longer ago, or has not begun yet, begins now */

struct decision {
	double now;
	const char *key;
	enum action action; /* never ACTION_NONE */
	enum severity severity;
	const char *title, *detail; /* live until the callback returns */
};

typedef void brain_decided(void *ctx, const struct decision *d);

/* Something that is no trouble and worth a line of history: a deploy, a rename. */
struct note {
	double now;
	const char *key, *text; /* live until the callback returns */
};

typedef void brain_noted(void *ctx, const struct note *n);

/* A look that says something new of a signal that takes several in a row: another one soon would decide it. */
typedef void brain_unsure(void *ctx, enum signal_kind kind, const char *name);

struct brain_options {
	bool once;         /* every debounce counts as 1 */
	bool boot_grace;   /* more patience while the host is starting */
	unsigned chats;    /* 1 to CHATS_MAX queues to fill */
	uint32_t first_mark; /* any number that differs from start to start */
	uint64_t boot;     /* a number of the host's boot; 0 = not known */
	bool new_chats;    /* they may be others than those of the snapshot that is to be restored … */
	uint64_t chat_was; /* … and which is which; as in messages.h */
	uint16_t added_chats;
	brain_decided *decided; /* each decision as it falls; may be NULL */
	brain_noted *noted;     /* likewise */
	brain_unsure *unsure;   /* likewise */
	void *ctx;
};

#define EARLY_MAX 32 /* containers that events told of before they were seen */

struct early_course {
	char id[65]; /* "" = free */
	struct course course;
};

struct brain {
	const struct config *config;
	struct brain_options options;
	struct moment clock;  /* as told last */
	bool docker_missed;   /* the last time that docker was off, it was missed */
	double slept;         /* seconds that the host has slept since its boot, as the caller knows; 0 = it has not */
	/*
	 * When the host booted, by this brain's clock.  0, unless it goes on from
	 * the state of another boot: then the clock goes on too, so that all
	 * times of that state keep their meaning.
	 */
	double booted;
	double now;           /* of the tick: what is decided, is decided at this time */
	struct alerts alerts;
	struct outbox outbox;
	struct history history;
	struct orders orders;
	struct {
		uint32_t application; /* whose envelopes these were: a number for the URL, 0 = not known */
		double generated_at;  /* of the last envelope that had one, NaN = none yet */
		double changed_at;    /* our own clock when it last moved */
		double slept;         /* how long the host had slept since its boot then; NaN = not known */
		double offset;        /* of the wall clock to ours, by which that envelope was made; NaN = none yet */
		double failed;        /* the last count of failed jobs, NaN = none yet */
		uint32_t list, taken; /* the envelopes counted, the agents of this one */
		bool open;            /* agents may come */
		bool usable;          /* and can be judged */
		bool seen;            /* something of it came in this tick */
		bool ahead;           /* its clock runs ahead of ours: said in the log once */
	} metrics;
	struct {
		uint32_t list, taken;
		bool open;
		bool one, one_seen;    /* a check of one container is going on, which has been seen */
		bool lost;             /* docker does not answer: what its events say is its own doing */
		double back;           /* since when it does again, NaN = ever since */
		double due;            /* when one of them is to be judged again, INFINITY = when it is seen */
		struct early_course early[EARLY_MAX];
		size_t next_early;
		struct container_kept *kept;
		size_t kept_count;
		bool overflowed;       /* said in the log */
	} containers;
	struct {
		bool pending;  /* a new start, whose summary is still to be told */
		double since;  /* boot clock; NaN = before the first tick */
	} start;
	uint64_t looks;   /* that saw something, in all */
	bool maintenance; /* a window is open, by the clock as told last */
	struct {
		bool known, live;   /* whether docker's events flow; known: the collector has said so */
		char why[128];      /* if not, why, as the collector put it */
	} docker_events;
	struct docker_told told;
	bool unjudged; /* no whole tick has come since brain_prune() */
	bool began;    /* this tick was seen from its begin */
	bool partial;  /* and is one of some sources only */
	bool draining; /* nothing new is decided */
	bool changed;  /* something that the next snapshot must hold, and soon */
	bool aged;     /* or what may be lost: the age of a sample, a count of good looks, a gauge's past */
	bool failed;   /* out of memory */
	struct story lost; /* and what was to be remembered then: nobody reads it */
};

/* config must outlive the brain.  Free with brain_free(). */
void brain_init(struct brain *b, const struct config *config, const struct brain_options *options);
void brain_free(struct brain *b);

/* The time now.  Before any other call, and never backwards. */
void brain_clock(struct brain *b, struct moment at);

/* A tick that began at now; a time that is not within TICK_AGE_MAX_S before brain_clock()'s is not believed. */
void brain_tick_begin(struct brain *b, double now);

/* The tick that has just begun is one of some sources only. */
void brain_tick_partial(struct brain *b);

/* All sources of the tick have spoken: what was decided may leave. */
void brain_tick_end(struct brain *b);

/* What was decided so far may leave, though the tick goes on. */
void brain_flush(struct brain *b);

/* Whose the next envelope is, as in messages.h.  Another application's begins anew: its count of failed jobs, its agents. */
void brain_application(struct brain *b, uint32_t application);

/* /metrics: a failed fetch, or an envelope, its agents, and its end.  NaN = missing or unusable. */
void brain_metrics_failed(struct brain *b, const char *error);
void brain_metrics_begin(struct brain *b, double generated_at, double failed);
void brain_agent(struct brain *b, const char *run_id, const char *name, double cpu_ticks);
/* complete: the list of agents was there, so an agent that was not in it is gone. */
void brain_metrics_end(struct brain *b, bool complete);

/* Percent, NaN = could not be read, error says why. */
void brain_mem(struct brain *b, double used_pct, const char *error);

struct disk_seen {
	const char *path;
	double used_pct;  /* percent, NaN = could not be read */
	double exact_pct; /* what that is rounded up from, for its past, where small steps count; NaN = not said */
	double inodes_pct; /* of its inodes; NaN = it does not count them */
	bool missing;     /* the path does not exist */
	/* What lies beneath is no data of a path where a file system was mounted once. */
	enum mount_seen mount;
	const char *error; /* why it could not be read; NULL is as "" */
};
void brain_disk(struct brain *b, const struct disk_seen *seen);

/* It could not be looked at for want of something of this host's own: no data, which source:<key> tells if it lasts. */
void brain_unseen(struct brain *b, enum unseen what, const char *name, const char *why);

enum docker_look { DOCKER_ANSWERS, DOCKER_FAILED, DOCKER_OFF, DOCKER_MISSED };

/*
 * How a look at docker ended; error: why it failed, for a person.  Off: there
 * is none on this host, as far as who looked knows; if there has been one, it
 * is missed, which is a failure.
 */
void brain_docker(struct brain *b, enum docker_look look, const char *error);

/* Whether docker's events flow; if not, there is a full list with every tick.  For the status. */
void brain_docker_events(struct brain *b, bool live, const char *why);

/* Docker's events from before heard have been told, all of them; as in docker_told.h. */
void brain_docker_heard(struct brain *b, uint64_t heard);

struct container_seen {
	const char *name;
	const char *state;  /* docker's word, "missing", or "unknown" */
	const char *health; /* docker's word or "" */
	int32_t exit_code;  /* -1 = not known */
	bool named;         /* by the configuration; else discovered */
	/* As in messages.h; NULL is as "". */
	const char *id, *project, *service, *number;
	bool oneoff;
	enum container_expect expect;
	enum container_severity severity;
	double grace;           /* seconds, NaN = not said */
	const char *label_name;
};

/* A list of docker's: it begins, a container of it, it ends. */
void brain_containers_begin(struct brain *b);
void brain_container(struct brain *b, const struct container_seen *seen);
/* complete: the list was whole, so a container that was not in it is gone. */
void brain_containers_end(struct brain *b, bool complete);

/*
 * A check of one container, after an event and outside ticks too: begin,
 * brain_container() if it is watched, end.  Judges that one and forgets no
 * other; what was decided may leave.  found: docker has a container of this
 * id, watched or not.
 */
void brain_containers_one_begin(struct brain *b, const char *id);
void brain_containers_one_end(struct brain *b, const char *id, bool found);

/* What an event said, a hint; as in messages.h, NULL is as "". */
struct container_hint {
	enum container_act act;
	const char *id, *name, *old_name;
	const char *project, *service, *number;
	bool oneoff;
	int32_t signal; /* -1 = not known */
	double age;     /* seconds before now */
	uint32_t ended; /* its exit code and 1; 0 = not known */
	uint64_t time, event; /* as in docker_told.h */
};
void brain_container_act(struct brain *b, const struct container_hint *hint);

/* ms: how long it took; detail: the error, or what is worth saying of the answer, or "". */
void brain_dep(struct brain *b, const char *name, bool ok, double ms, const char *detail);

/* A child of the parent keeps being restarted, or has been well again for some time. */
void brain_role(struct brain *b, unsigned role, bool failing, uint32_t restarts, const char *why);

/* Look again at what nobody reports a second time (roles); call it about once an interval. */
void brain_turn(struct brain *b);

/* When brain_expire() is to be called, by the boot clock; INFINITY = not until something is seen. */
double brain_due(const struct brain *b);

/* Decide what was waiting for its time to come, and let it leave.  At any time; what is not due waits on. */
void brain_expire(struct brain *b);

/* From now on observations are ignored; what is decided leaves at once. */
void brain_drain(struct brain *b);

/*
 * A new start, nothing was restored: what is wrong is told as one summary
 * once everything has been looked at, as config->start_message says.
 */
void brain_start_anew(struct brain *b);

/*
 * Queue a line of text for the chats, its glyph with it, as a message of its
 * own or at the top of the batch's.  name: what it is about, for the minimal
 * form: "start".
 */
void brain_note(struct brain *b, const char *name, const char *text);

/* The same without sound, unless something else in the message has one. */
void brain_note_silently(struct brain *b, const char *name, const char *text);

/* Telegram knows a chat by a new id: use that, and say so there, once. */
void brain_chat_moved(struct brain *b, unsigned chat, int64_t new_id);

/* Keep in the history what happened now; as in history.h. */
void brain_remember(struct brain *b, const char *what, const char *key, const char *untold, const char *detail);

/* Signals that are active now. */
uint32_t brain_active(const struct brain *b);

/*
 * After a restore, and for a new collector, whose configuration may be
 * another: what the configuration no longer watches is forgotten,
 * with a word if it was alerting.  Whether /metrics is still looked at is
 * judged at the end of the first whole tick.
 */
void brain_prune(struct brain *b);

#endif
