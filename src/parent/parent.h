/*
 * What the parts of the parent share: its one state, and what they call of
 * each other.
 */
#ifndef WATCHDOG_PARENT_H
#define WATCHDOG_PARENT_H

#include <event2/event.h>

#include "ca_file.h"
#include "config.h"
#include "dead_paths.h"
#include "confine.h"
#include "control.h"
#include "gate.h"
#include "give_back.h"
#include "keeper.h"
#include "link.h"
#include "log_quota.h"
#include "options.h"
#include "privileges.h"
#include "resolv_files.h"
#include "seating.h"
#include "service.h"
#include "state_file.h"

#define READY_S 10.0            /* from exec to READY */
#define BEAT_S 10.0             /* between heartbeats; who has not answered at the next one is stuck */
#define BEAT_EARLY_S 1.0        /* that one may come earlier, with a tick, when the others are awake */
#define BEAT_WAIT_S 0.5         /* a beat that is due waits so long for a tick */
#define ASK_S 25.0              /* who need not be asked at each beat is so often all the same: with a PING roles give memory back */
#define SLEPT_S 2.0             /* a beat this late means that we stood still ourselves */
#define RESOLVER_BUSY_S 60.0    /* one look-up: several servers, each tried twice */
#define STOP_S 1.0              /* from SIGKILL, or the time that STOP leaves a role, to the end of patience */
#define MODE_DEADLINE_S 60.0    /* -1 and -t must end */
#define DRAIN_S 5.0             /* for what waits to be sent, at the end */
#define BACKOFF_FIRST_S 0.1
#define BACKOFF_MAX_S 30.0
#define STEADY_S 60.0           /* up this long: the next failure starts from the first back-off */
#define FAILING_RESTARTS 3      /* this many restarts */
#define FAILING_WINDOW_S 300.0  /* in this time are an alarm */
#define RESTORE_DEATH_S 10.0    /* a brain that dies this soon after a restore, */
#define RESTORE_DEATHS_MAX 2    /* this often, gets a clean start */
#define STATUS_TEXT_MAX 320       /* bytes, for the service manager */

enum child_state {
	CHILD_OFF,      /* not wanted */
	CHILD_STARTING, /* exec'd, not READY yet */
	CHILD_RUNNING,
	CHILD_STOPPING, /* STOP sent */
	CHILD_KILLED,   /* SIGKILL sent, not reaped yet */
	CHILD_BACKOFF   /* dead, to be started anew */
};

#define SECCOMP_FILTERED 2 /* the Seccomp line of /proc/self/status, proc_pid_status(5) */

/* What a new child has been told. */
struct told {
	size_t keys;      /* of the configuration's table, from its beginning */
	bool snapshot, all;
	struct keeper_restore restore;
};

struct parent;

struct child {
	struct parent *parent;
	enum role_id role;
	enum child_state state;
	pid_t pid;               /* 0 = none */
	int report_fd;           /* what it says if its program cannot be run; 0 = none */
	bool unstarted;          /* which was so */
	struct link *link;
	struct msg_ready ready;
	double since;            /* of this state, awake clock */
	double ready_since;      /* READY came then; 0 = not yet */
	double pinged;           /* an unanswered PING was sent then; 0 = none */
	double heard;            /* collector, prober: what a tick makes it say came then, which is as good as an answer; 0 = never */
	double asked;            /* the last PING was sent then; 0 = none yet */
	double stopped;          /* by a SIGSTOP, then; 0 = it is not */
	bool busy;               /* in a blocking call, which has its own deadline */
	uint32_t busy_index;
	struct ca_stamp ca;      /* the certificates of its last start; all zero if it was given none */
	struct ca_stamp ca_seen; /* those that were there when we last looked */
	bool ca_refused;         /* which cannot be used, as the log says */
	struct told told;
	bool restored;           /* brain: started from a snapshot */
	double backoff;
	unsigned restarts;       /* since the daemon started */
	double deaths[FAILING_RESTARTS]; /* the last ones, awake clock, in a ring */
	bool failing;            /* what the brain was told */
	struct log_quota log_quota;
	char why[256];           /* why it was last killed, for the log and the brain */
	struct event *timer;     /* the deadline of this state, or the end of its back-off */
	const char *timer_why;
};

struct parent {
	struct options options;
	const char *folder;      /* the working directory that we were started in; NULL = it still is */
	struct event_base *base;
	struct config config;
	struct identity identity;
	struct parent_confined confined;
	struct resolv_stamp resolv; /* what the resolver that runs was started with */
	bool resolv_used;        /* since we last looked if they still are */
	double resolv_looked;    /* then */
	double certificates_looked; /* for others than the roles have, then */
	bool resolv_late;        /* they have been replaced while it was in a call: it is started anew when that returns */
	int secret_fd;           /* what the notifier gets; -1 = none */
	int env_secrets;         /* what was wiped from the environment, for the next reload */
	uint16_t chats;
	bool new_chats;          /* since the brain was last started */
	struct seating seating;  /* which of them is which of those that the brain knows */
	struct child child[ROLE_COUNT];
	struct gate *gate;
	struct control *control; /* NULL = nobody can ask */
	double started;          /* awake clock */
	struct keeper *keeper;
	struct state_file *state_file; /* NULL = none */
	unsigned restore_deaths;
	struct dead_paths dead_paths;
	struct service *service;
	struct event *alive;     /* the service manager wants to hear that we are; NULL = it does not */
	bool ready_said, reload_refused, disorder;
	char status_said[STATUS_TEXT_MAX];
	struct event *beat;
	double last_beat;
	struct give_back held;
	bool untold;             /* by its last snapshot the brain has something to be told, or there was none yet */
	struct event *give_up;   /* the deadline of a mode or of the shutdown */
	struct event *signals[6];
	bool broken_pair[ROLE_COUNT][ROLE_COUNT];
	uint32_t pair_number[ROLE_COUNT][ROLE_COUNT]; /* of the newest link between two, either way round */
	uint32_t pairs_made;
	bool stopping;
	int exit_status;
};

/* --- main.c --- */

/* Have the collector look now. */
void tick_now(struct parent *p);

/* --- children.c: one child's life --- */

/* Start every role that the mode and the configuration want and that is not up; stop the others. */
void children_start(struct parent *p);

/* STOP; once it has ended it is started anew if it is still wanted (setup_roles()) and the daemon is not stopping. */
void child_stop(struct child *c);

/* SIGKILL, for a reason that goes to the log; it is started anew as after child_stop(). */
void child_kill(struct child *c, const char *why);

/* READY came: it runs now, and is linked with its neighbours.  False: it is on its way out already. */
bool child_ready(struct child *c);

/* By its READY it has a filter of its own: the kernel's word alone would not do, which counts what is inherited from us. */
bool child_is_filtered(const struct child *c);

/*
 * BUSY and IDLE: around a call that may block, heartbeats do not count and the
 * call's own deadline does.  Neither puts off the deadline of one that is to
 * stop, nor a second BUSY that of the call.
 */
void child_busy(struct child *c, uint32_t index);
void child_idle(struct child *c);

/* Reap whatever has died, see who was stopped, and who goes on. */
void children_reap(struct parent *p);

/* It has not died of late: the brain hears of it, if it had heard that it failed. */
void child_well_again(struct child *c);

/* A new brain hears of every role whether it keeps failing: what it remembers may be of an earlier daemon. */
void children_tell_brain(struct parent *p);

/* True if no child process is left. */
bool children_gone(const struct parent *p);

/* --- beat.c: heartbeats --- */

/* Ask the living, kill the stuck.  Comes again after BEAT_S. */
void children_beat(struct parent *p);

/* A tick has made it speak.  If it is the collector, a heartbeat that is nearly due comes now, while many are awake. */
void child_heard(struct child *c);

/* The files that name look-up reads may have been replaced: if so, it is started anew, or once its call returns. */
void beat_renew_resolver(struct parent *p);

/* --- handlers.c: what children say --- */

/* For link_new(): MSG_COUNT entries; ctx is the struct child. */
extern link_handler *const parent_handlers[MSG_COUNT];

/* --- pairs.c: links between children --- */

/* c is READY: link it with every neighbour that is. */
void pairs_connect(struct child *c);

/*
 * c says that its link to peer is gone, and why ("" = end of file).  number:
 * which one; of a link that has been replaced since nothing is believed, for
 * its peer was another process.  Who accuses a role that it has no link with
 * is killed itself.
 */
void pairs_broken(struct child *c, enum role_id peer, uint32_t number, const char *why);

/* Renew links that are broken though both ends live. */
void pairs_mend(struct parent *p);

/* --- roster.c --- */

/* ROLE_INFO for each role that is wanted, then ROLES_END. */
void roster_tell(const struct parent *p, struct link *brain);

/* --- setup.c: what a new child is told --- */

/* The roles that this mode and configuration want. */
unsigned setup_roles(const struct parent *p);

/*
 * CONFIG, the snapshot, NAME, START: as much as leaves no more than
 * SETUP_AHEAD and a message in the queue of its link, which calls back for
 * the rest (setup_go_on()) when that has left.  Return 0 or -1.
 */
#define SETUP_AHEAD (256u << 10) /* bytes */
int setup_begin(struct child *c);
int setup_go_on(struct child *c);

/* True if the role must be the program that is linked with libcurl. */
bool setup_needs_https(const struct parent *p, enum role_id role);

/* What watchdog -t sends. */
const char *setup_test_text(const struct parent *p);

/* --- certificates.c: the CA bundles of those who speak https --- */

/* A bundle open for reading if this role needs one, else -1; says in the log if there is none to be found. */
int certificates_open(const struct parent *p, enum role_id role);

/* c is being started, and is given what that returned. */
void certificates_given(struct child *c, int fd);

/*
 * True if a child that were started now would be given other certificates
 * than it was at its last start.  A file that cannot be used is said in the
 * log, and is no reason.
 */
bool certificates_replaced(struct child *c);

/* The same of all that run, from time to time: who needs new ones is started anew. */
void certificates_beat(struct parent *p, double now);

/* True if a notifier that were started by this configuration could not verify the Bot API, which is then said in the log. */
bool certificates_silence(const struct config *config, uint16_t chats);

/* --- reload.c --- */

/* Load the configuration at start: prints every problem.  Returns 0 or an exit status. */
int reload_first(struct parent *p);

/* SIGHUP: load anew, compare, start anew whom it concerns; on any error the old one goes on. */
void reload(struct parent *p);

/* --- manager.c: what the service manager hears; without one nothing is said --- */

/* WATCHDOG=1 at half its period from now on, as long as supervision is orderly.  Returns 0 or -1. */
int manager_start(struct parent *p);

/*
 * The keeper of the snapshot that an earlier parent has left with the
 * service manager, or a new one, which the manager is given.  What it was
 * given and cannot be used is said, what is not ours is closed.  Without a
 * snapshot from there the state file's is taken, if there is one.
 * Returns 0 or -1: there is no memfd to be had, or memory is short.
 */
int manager_keeper(struct parent *p);

/* Something may have changed: READY=1 once every role has either come or failed, STATUS if it is another. */
void manager_update(struct parent *p);

/* Around a reload; READY=1 follows when everybody whom it concerned is back. */
void manager_reloading(struct parent *p);
void manager_reloaded(struct parent *p, bool refused);

/* STOPPING=1, once. */
void manager_stopping(struct parent *p);

/* --- stop.c --- */

/* The deadline of a mode, in seconds from now; parent_stop() is called when it passes. */
void parent_give_up_in(struct parent *p, double seconds);

/*
 * Stop everything in order and leave the loop with this status: the
 * collector first, then the brain empties its outbox (DRAIN_S at the most),
 * then everybody goes.  Called again: at once.
 */
void parent_stop(struct parent *p, int exit_status);

/* The event of p->give_up. */
void parent_on_give_up(evutil_socket_t fd, short what, void *arg);

/* A child has gone; leave the loop if it was the last of a stop. */
void parent_stop_step(struct parent *p);

/* DRAINED came. */
void parent_drained(struct parent *p);

#endif
