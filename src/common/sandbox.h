/*
 * The system call filter.  A role's policy is data: tables of calls, one row
 * a call, and what becomes of everything else.  This applies them.
 *
 * Rows are matched on their arguments.  The rows of one call must not
 * overlap with different outcomes: tests/unit/test_sandbox.c holds them
 * against that.  Names that this machine's libseccomp does not know, or that
 * this architecture does not have, are skipped.
 */
#ifndef WATCHDOG_SANDBOX_H
#define WATCHDOG_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "config.h"

/* What becomes of a call: it is let through, answered with an errno (1 to 4095), or the process dies of SIGSYS. */
#define SANDBOX_ALLOW 0
#define SANDBOX_KILL (-1)

#define SANDBOX_ARGS_MAX 3
#define SANDBOX_PROGRAM_MAX 4096 /* bytes of a part: one page, which a pipe of whoever has many still has; pipe(7) */

/* The row holds if (argument number arg & mask) == value.  A mask of 0 ends the list. */
struct sandbox_arg {
	unsigned arg;
	uint64_t mask, value;
};

struct sandbox_call {
	const char *name;
	int outcome;
	struct sandbox_arg args[SANDBOX_ARGS_MAX]; /* all must hold; none = whatever the arguments */
};

/*
 * An int argument is compared by its low half only: the kernel looks at no
 * more, and the C library need not clear what is above.
 */
#define SANDBOX_IS(n, v) {n, 0xffffffffu, (uint32_t)(v)}
#define SANDBOX_WITHOUT(n, bits) {n, (bits), 0}
#define SANDBOX_WITH(n, bits) {n, (bits), (bits)}
#define SANDBOX_MASKED(n, mask, v) {n, (mask), (v)}
/* A socket's type, whatever it says of blocking and of exec. */
#define SANDBOX_TYPE(n, type) {n, 0xffffffffu & ~(uint32_t)(SOCK_NONBLOCK | SOCK_CLOEXEC), (type)}

struct sandbox_policy {
	const char *name;                                 /* whose it is, for the log */
	int otherwise;                                    /* for what no row matches */
	const struct sandbox_call *const *tables;         /* NULL at the end; each table ends with a row without name */
};

/* Rows that several roles have in common. */
extern const struct sandbox_call sandbox_basic[];   /* the event loop, links, memory, clocks: every role */
extern const struct sandbox_call sandbox_http[];    /* libcurl and OpenSSL on TCP: collector, notifier */
extern const struct sandbox_call sandbox_attacks[]; /* what only an intruder calls: dies of it, where ENOSYS is the rule */

/* Calls of sanitizers and of coverage counters; empty in every other build, and then sandbox_extra_rows is 0. */
extern const struct sandbox_call sandbox_extra[];
extern const size_t sandbox_extra_rows;

/*
 * A compiled policy: two filters, of whose outcomes the kernel takes the
 * harder.  One holds the rows that answer with an errno: a program is known
 * to try those calls, so they are not logged.  The other holds all the rest,
 * and what it refuses the kernel logs.
 */
struct sandbox_program;
enum sandbox_part { PART_EXPECTED, PART_REST, PART_COUNT };

/* What becomes of a call that enforce would not let through and that no row answers with an errno. */
enum sandbox_denial { DENY_ENFORCE, DENY_LOG, DENY_NOTIFY };

/* Returns NULL with the reason in why.  Free with sandbox_free(). */
struct sandbox_program *sandbox_compile(const struct sandbox_policy *policy, enum sandbox_denial denial, char *why, size_t whylen);
void sandbox_free(struct sandbox_program *p);

/* The instructions of one part, n of them (0: nothing is expected, the part is not loaded). */
struct sock_filter;
const struct sock_filter *sandbox_instructions(const struct sandbox_program *p, enum sandbox_part part, size_t *n);

/*
 * Confine the calling process, which must be single-threaded, for good; sets
 * NO_NEW_PRIVS.  Returns how many different system calls are let through where
 * not all are, else how many are forbidden, or -1 with the reason in why.  What
 * is refused is logged by the kernel where it can do that.
 *
 * enforce: as the policy says.  log: nothing dies and nothing that is not
 * listed is refused.  Each such call is reported by name in our own log from
 * base's loop, by a thread that the kernel asks first (Linux 5.5); where that
 * cannot be had, or base is NULL, the kernel logs the call's number.
 * Rows that answer with an errno keep doing so: a program expects them.
 */
int sandbox_enter(const struct sandbox_policy *policy, enum sandbox_mode mode, struct event_base *base, char *why, size_t whylen);

/* For the line that tells of a child's death by SIGSYS. */
#define SANDBOX_SIGSYS_HINT \
	"it made a system call that its sandbox forbids; the kernel's log (type=1326, syscall=N; scmp_sys_resolver N) or " \
	"a run with WATCHDOG_SANDBOX=log names the call"

#endif
