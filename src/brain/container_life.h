/*
 * The course of one container's life: when it began and ended and why, as
 * far as events and looks tell, and what is to be thought of it now.  Pure.
 *
 * Events are hints and may be lost, or come late; a look is the truth of a
 * moment that may be over when it arrives.  So an end or a begin that both
 * tell is one, and a look that contradicts an event that has only just come
 * is taken to be older than the event.
 *
 * All times are the boot clock's, NaN = not known.
 */
#ifndef WATCHDOG_CONTAINER_LIFE_H
#define WATCHDOG_CONTAINER_LIFE_H

#include <stdint.h>

#include "alert.h"
#include "container_class.h"
#include "messages.h"

#define LIFE_SOON_S 10.0    /* up again so soon after its end, it has to prove that it stays up */
#define LIFE_ASKED_S 90.0   /* an end so long after a stop was asked for is what was asked for */
#define LIFE_OOM_S 10.0     /* the two events come in any order */
#define LIFE_HINT_S 2.0     /* a look may have been under way for so long when an event came */
#define LIFE_SETTLE_S 30.0  /* docker's own time between two health checks */
#define LIFE_ENGINE_S 60.0  /* an end so short before the engine was lost, and that no look has shown, is the engine's doing */
#define LIFE_NEWS_S 900.0   /* an end that is heard of so late is told only if it is still down, or in a loop */
#define LIFE_MOMENT_S 1.0
#define LIFE_RESTARTS_MAX 16 /* of WATCHDOG_LOOP_RESTARTS */

enum stand { STAND_UNKNOWN, STAND_UP, STAND_DOWN, STAND_COUNT };

struct course {
	enum stand stand;
	enum container_class class; /* as last seen; CLASS_UNKNOWN = never */
	enum container_check check;
	int32_t exit_code;       /* of its last end, -1 = not known */
	int32_t said_code;       /* likewise, as its event said: counts if it is removed before anybody looks */
	double began, ended;     /* its last begin and end */
	double ran;              /* how long it was up before that end */
	double asked;            /* a person asked for its end */
	double oom;              /* a process of it was killed for lack of memory */
	double away;             /* since when it is away on purpose: stopped, or removed */
	double settles;          /* until then an unhealthy check is an old one */
	double starting;         /* since when its health check is starting */
	double hinted;           /* the last event that said begin or end, by its arrival */
	bool eventful;           /* events tell of it: what they have not told has not happened */
	bool on_purpose;         /* its last end */
	bool by_oom;             /* its last end */
	bool unjudged;           /* an end that nobody asked for, of which no look has said how bad it was */
	bool untold;             /* a bad end that no look has told */
	bool looping;            /* in a crash loop */
	bool loop_news;          /* which no look has told */
	bool absent;             /* not in the list, and nobody insists that it is */
	uint32_t restarts;       /* bad ends in this streak */
	double streak;           /* its first */
	uint32_t recent;         /* how many of them: */
	double ends[LIFE_RESTARTS_MAX]; /* the last ones, oldest first */
};

/* What is asked of a container. */
struct life_rules {
	bool must_run;           /* its end is an alarm, whatever its exit code and whoever ended it */
	bool any_state;          /* nothing that it does is one */
	bool seen_running;       /* else, it ended before anybody looked */
	bool expects_end;        /* it is there to end, with code 0 */
	double grace;            /* how long it may be away on purpose */
	double stable;           /* how long it must be up to be believed, after an end */
	double window;           /* of a crash loop */
	unsigned loop_restarts;  /* bad ends within it that make one; 0 = none do */
	double starting_max;     /* how long its health check may be starting; 0 = for ever */
};

struct life_look {
	enum container_class class;
	enum container_check check;
	int32_t exit_code; /* -1 = not said */
};

enum life_reason {
	REASON_STATE,     /* what it is doing now */
	REASON_CAME_BACK, /* it ended and is up again */
	REASON_ENDED,     /* it ended and was removed */
	REASON_LOOP,
	REASON_STARTING   /* its health check is, for too long */
};

struct life_opinion {
	enum verdict verdict;
	enum life_reason reason;
	bool again;    /* a loop: to be told once more, though it is told that it is down */
	bool gone;     /* it may be forgotten */
	double away;   /* it is back, after so many seconds that it was away on purpose; NaN = it is not */
	double lasted; /* seconds since the trouble began */
	double due;    /* when to ask again, though nothing will have been seen; INFINITY = never */
};

/* Nothing is known yet. */
void course_init(struct course *c);

/* An event said act (signal: of a kill, -1 = not known) of a time at; it came at now. */
void course_act(struct course *c, enum container_act act, int32_t signal, double at, double now);

/* It was looked at. */
void course_look(struct course *c, const struct life_look *look, const struct life_rules *rules, double now);

/* It was looked for and is not there.  One that must run and ended by itself before that is judged by what the event said. */
void course_missing(struct course *c, const struct life_rules *rules, double now);

/* At now another container has taken its place: its own course begins, what is told of the place goes on. */
void course_replace(struct course *c, const struct course *new, double now);

/* The engine does not answer: what it said lately of ends was its own. */
void course_engine_lost(struct course *c, double now);

/*
 * What is to be thought of it at now; active: it is told to be down.  What is
 * told by the answer is not told again.
 */
struct life_opinion course_judge(struct course *c, const struct life_rules *rules, bool active, double now);

#endif
