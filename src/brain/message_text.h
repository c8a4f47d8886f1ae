/*
 * Every sentence that a person reads, in one table with a column a language.
 * Adding a language is adding a column.
 */
#ifndef WATCHDOG_MESSAGE_TEXT_H
#define WATCHDOG_MESSAGE_TEXT_H

#include "config.h"
#include "strbuf.h"

/* Room for any duration, percentage, clock time. */
#define TEXT_SHORT 64

enum text_id {
	/* {1} is the subject, {2} the detail */
	TEXT_ALERT,
	TEXT_REALERT,       /* {3} duration */
	TEXT_STILL,         /* its detail says for how long */
	TEXT_RECOVERY,      /* {3} duration */
	TEXT_GONE,          /* {2} duration */
	TEXT_UNWATCHED,     /* {2} duration */
	/* {1} subject, {2} {3} from and until when */
	TEXT_WAS_DOWN,
	TEXT_WAS_OVER,
	TEXT_WAS_STALLED,
	TEXT_WAS_UNREADABLE,
	TEXT_WAS_FAILING,
	TEXT_WAS_CUT_OFF,
	TEXT_WAS_TOLD_LATE, /* follows one of them */
	TEXT_LATE,          /* {1} how late, {2} the time now */
	TEXT_COVERED,       /* {1} a count, mostly with its word; follows a detail, or a name */
	TEXT_NETWORK_DOWN,
	TEXT_NETWORK_UP,
	TEXT_FLAPPING,      /* {1} subject, {2} detail */
	TEXT_FLAPS,         /* that detail: {1} changes with their word, {2} duration, {3} window */
	TEXT_STEADY,        /* {1} duration, follows a detail */
	TEXT_ACKED,         /* {1} subject, {2} who, and the comment */
	TEXT_WAS_ACKED,     /* {1} likewise; follows the detail of a recovery */
	TEXT_SILENCED,      /* {1} pattern, {2} duration, {3} who, and the comment */
	TEXT_UNSILENCED,    /* {1} pattern, {2} who */
	TEXT_ORDERS_BOUNDED, /* {1} who, {2} how many, {3} duration */
	TEXT_STARTED,       /* {1} problems with their word, {2} how many are fine */
	TEXT_STARTED_WELL,  /* {1} how many are fine */
	TEXT_CHAT_MOVED,    /* {1} its new id */
	TEXT_MORE,          /* {1} a count with its word, follows a line */
	/* {1} how many of what, {2} their names */
	TEXT_MANY_DOWN,
	TEXT_MANY_STALLED,
	TEXT_MANY_OVER,
	TEXT_MANY_UNREADABLE,
	TEXT_MANY_FAILING,
	TEXT_MANY_STILL_DOWN,
	TEXT_MANY_STILL_STALLED,
	TEXT_MANY_STILL_OVER,
	TEXT_MANY_STILL_UNREADABLE,
	TEXT_MANY_STILL_FAILING,
	TEXT_MANY_WERE_DOWN,
	TEXT_MANY_WERE_STALLED,
	TEXT_MANY_WERE_OVER,
	TEXT_MANY_WERE_UNREADABLE,
	TEXT_MANY_WERE_FAILING,
	TEXT_MANY_RECOVERED,
	TEXT_MANY_GONE,
	TEXT_MANY_UNWATCHED,
	/* {1} percentage, {2} duration; or {1} duration */
	TEXT_TREND_RISING,
	TEXT_TREND_FALLING,
	TEXT_TREND_STEADY,
	TEXT_TREND_UNSTEADY,
	TEXT_TREND_FULL,    /* {1} duration, follows one of them */
	TEXT_MORE_FOLLOW,   /* {1} how many, follows one of them */
	/* details */
	TEXT_SILENT,        /* {1} why */
	TEXT_SILENT_WHY_UNKNOWN,
	TEXT_STANDS_STILL,  /* {1} duration */
	TEXT_ANSWERS,
	TEXT_ANSWERS_IN,    /* {1} milliseconds */
	TEXT_ANSWERS_WITH,  /* {1} what is worth saying */
	TEXT_NO_PROGRESS,   /* {1} duration */
	TEXT_NAMED,         /* {1} a name, {2} what there is to say of it */
	TEXT_NAMED_BEHIND,  /* {1} what there is to say, {2} a name */
	TEXT_PROGRESS,
	TEXT_JOBS,          /* {1} count with its word, {2} all */
	TEXT_NO_JOBS,       /* {1} all */
	TEXT_USED,          /* {1} percentage */
	TEXT_USED_MARK,     /* {1} percentage, {2} mark */
	TEXT_INODES_MARK,   /* likewise, {3} percentage of the space */
	TEXT_UNREADABLE,    /* {1} why */
	TEXT_UNREADABLE_WHY_UNKNOWN,
	TEXT_UNSEEN,        /* {1} why */
	TEXT_SEEN_AGAIN,
	TEXT_ABSENT,
	TEXT_UNMOUNTED,
	TEXT_READABLE,
	TEXT_RESTARTED,     /* {1} count with its word */
	TEXT_NOT_STARTED,
	TEXT_RUNS_AGAIN,
	TEXT_IS_GONE,
	TEXT_IS_UNWATCHED,
	TEXT_NOT_WATCHED,
	TEXT_DROPPED,       /* {1} count with its word */
	/* containers */
	TEXT_RUNNING,
	TEXT_RUNNING_HEALTHY,
	TEXT_RUNNING_STARTING,
	TEXT_UNHEALTHY,
	TEXT_RESTARTING,
	TEXT_RESTARTING_CODE, /* {1} code, perhaps with its signal */
	TEXT_PAUSED,
	TEXT_DEAD,
	TEXT_EXITED,
	TEXT_EXITED_CODE,   /* {1} code, perhaps with its signal */
	TEXT_CREATED,
	TEXT_CREATED_CODE,  /* {1} code */
	TEXT_MISSING,
	TEXT_NO_MATCH,
	TEXT_MATCHES,    /* {1} name of a container */
	TEXT_STATE_UNKNOWN, /* {1} what docker said */
	TEXT_CAME_BACK,
	TEXT_CAME_BACK_CODE, /* {1} code, perhaps with its signal */
	TEXT_LOOP,          /* {1} count with its word, {2} duration */
	TEXT_LOOP_GOES_ON,  /* likewise, of one that was told before */
	TEXT_LOOP_CODE,     /* follows it; {1} code, perhaps with its signal */
	TEXT_STILL_STARTING, /* {1} duration */
	TEXT_BY_PERSON,     /* follows an end */
	TEXT_BY_OOM,        /* likewise */
	/* notes of containers, {1} duration */
	TEXT_REPLACED,
	TEXT_RETURNED,
	TEXT_RENAMED,       /* {1} its old name */
	/* the table of a tick */
	TEXT_HEAD_SIGNAL,
	TEXT_HEAD_STATE,
	TEXT_HEAD_VALUE,
	TEXT_HEAD_DETAIL,
	TEXT_STATE_OK,
	TEXT_STATE_ACTIVE,
	TEXT_STATE_PENDING, /* {1} bad looks so far, {2} needed */
	TEXT_STATE_NO_DATA,
	TEXT_STATE_OFF,
	TEXT_VALUE_MS,      /* {1} milliseconds */
	TEXT_VALUE_MARK,    /* {1} value, {2} mark */
	TEXT_COUNT
};

/* Words that follow a number. */
enum plural_id {
	PLURAL_JOBS,
	PLURAL_CHANGES,
	PLURAL_TIMES,
	PLURAL_PROBLEMS,
	PLURAL_RESTARTS,
	PLURAL_AGENTS,
	PLURAL_DISKS,
	PLURAL_CONTAINERS,
	PLURAL_DEPS,
	PLURAL_SOURCES,
	PLURAL_ROLES,
	PLURAL_SIGNALS,
	PLURAL_COUNT
};

/*
 * Add a sentence, its {1} {2} … replaced by the strings that follow; the
 * last argument is NULL.
 */
void text_say(struct strbuf *out, enum language lang, enum text_id id, ...) __attribute__((sentinel));

/* "3 changes", "3 изменения": the number with the word in its right form. */
void text_counted(char *buf, size_t cap, enum language lang, enum plural_id id, uint64_t n);

/* The detail of an edge: how many more, and in all. */
void text_edge(struct strbuf *out, enum language lang, enum signal_kind kind, uint64_t amount, uint64_t total);

/* "45 s", "12 min", "1 h 12 min", "2 d 3 h"; negative counts as 0. */
void text_duration(char *buf, size_t cap, enum language lang, double seconds);

/* "41.2 %", "97 %": one decimal if it is not 0. */
void text_percent(char *buf, size_t cap, enum language lang, double percent);

/* "14:02:11" in TZ, with the date before it if today (wall time now) is another day.  Seconds since the epoch. */
void text_time(char *buf, size_t cap, double wall, double now);

/* "14:02", or as text_time() if it is not today. */
void text_minute(char *buf, size_t cap, double wall, double now);

#endif
