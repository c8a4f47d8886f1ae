/*
 * Compiles a policy with libseccomp and loads it.
 *
 * The filter is built for the newest kernel interface and loaded here, not by
 * seccomp_load(): libseccomp asks the running kernel what it can do, and gets
 * a wrong answer where a container's own filter refuses seccomp(2) but lets
 * prctl(2) through; told what to build for, 2.5.4 cannot load at all.  It is
 * also the form in which the tests can examine it.
 */
#include "build_config.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "sandbox.h"
#include "sandbox_log.h"

#define API_NOTIFY 5 /* seccomp_api_set(3): has every action used here */
#define CALLS_MAX 512

struct sandbox_program {
	unsigned calls;
	size_t n[PART_COUNT];
	struct sock_filter code[PART_COUNT][BPF_MAXINSNS];
};

/* What is known while the rows go in. */
struct build {
	scmp_filter_ctx filter;
	enum sandbox_part part;
	uint32_t denial, otherwise;
	unsigned rows;
	int seen[CALLS_MAX];
	unsigned nseen;
	char *why;
	size_t whylen;
};

static int fail(struct build *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int
fail(struct build *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(b->why, b->whylen, fmt, ap);
	va_end(ap);
	return -1;
}

/* Each part lets through what the other one decides. */
static uint32_t
action(const struct build *b, int outcome)
{
	bool expected = outcome > 0;

	if (outcome == SANDBOX_ALLOW || expected != (b->part == PART_EXPECTED))
		return SCMP_ACT_ALLOW;
	return expected ? SCMP_ACT_ERRNO((uint32_t)outcome) : b->denial;
}

static uint32_t
denial_action(enum sandbox_denial denial)
{
	static const uint32_t actions[] = {
		[DENY_ENFORCE] = SCMP_ACT_KILL_PROCESS,
		[DENY_LOG] = SCMP_ACT_LOG,
		[DENY_NOTIFY] = SCMP_ACT_NOTIFY,
	};

	return actions[denial];
}

/* An errno for all that is unlisted is a refusal too, so it gives way in log mode; letting it through does not. */
static uint32_t
otherwise_action(const struct build *b, int otherwise, enum sandbox_denial denial)
{
	if (b->part == PART_EXPECTED || otherwise == SANDBOX_ALLOW)
		return SCMP_ACT_ALLOW;
	return otherwise == SANDBOX_KILL || denial != DENY_ENFORCE ? b->denial : SCMP_ACT_ERRNO((uint32_t)otherwise);
}

static void
count(struct build *b, int nr)
{
	for (unsigned i = 0; i < b->nseen; i++)
		if (b->seen[i] == nr)
			return;
	if (b->nseen < CALLS_MAX)
		b->seen[b->nseen++] = nr;
}

static int
add_row(struct build *b, const struct sandbox_call *row, bool counts)
{
	int nr = seccomp_syscall_resolve_name(row->name), rc;
	uint32_t act = action(b, row->outcome);
	struct scmp_arg_cmp args[SANDBOX_ARGS_MAX];
	unsigned n = 0;

	if (nr < 0) /* unknown, or a call of other architectures */
		return 0;
	if (counts)
		count(b, nr);
	if (act == b->otherwise)
		return 0;
	b->rows++;
	for (; n < SANDBOX_ARGS_MAX && row->args[n].mask != 0; n++)
		args[n] = SCMP_CMP(row->args[n].arg, SCMP_CMP_MASKED_EQ, row->args[n].mask, row->args[n].value);
	rc = seccomp_rule_add_exact_array(b->filter, act, nr, n, args);
	return rc == 0 || rc == -EEXIST ? 0 : fail(b, "%s: %s", row->name, strerror(-rc));
}

/* A sanitizer's needs go before every other row about the same call. */
static bool
overridden(const struct sandbox_call *table, const struct sandbox_call *row)
{
	if (table == sandbox_extra)
		return false;
	for (const struct sandbox_call *e = sandbox_extra; e->name != NULL; e++)
		if (strcmp(e->name, row->name) == 0)
			return true;
	return false;
}

static int
add_table(struct build *b, const struct sandbox_policy *policy, const struct sandbox_call *table)
{
	for (const struct sandbox_call *row = table; row->name != NULL; row++) {
		bool counts = (row->outcome == SANDBOX_ALLOW) != (policy->otherwise == SANDBOX_ALLOW);

		if (!overridden(table, row) && add_row(b, row, counts) == -1)
			return -1;
	}
	return 0;
}

static int
add_tables(struct build *b, const struct sandbox_policy *policy)
{
	for (size_t i = 0; policy->tables[i] != NULL; i++)
		if (add_table(b, policy, policy->tables[i]) == -1)
			return -1;
	return add_table(b, policy, sandbox_extra);
}

/* Into a full pipe libseccomp would write a part and call that success; the least that one holds is SANDBOX_PROGRAM_MAX, test_sandbox. */
static int
export_program(struct build *b, struct sandbox_program *p)
{
	ssize_t n = -1;
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) == -1)
		return fail(b, "pipe: %s", strerror(errno));
	if ((rc = seccomp_export_bpf(b->filter, fds[1])) != 0)
		fail(b, "the filter cannot be generated: %s", strerror(-rc));
	else if ((n = read(fds[0], p->code[b->part], sizeof(p->code[b->part]))) <= 0)
		fail(b, "the filter cannot be read back: %s", strerror(errno));
	close(fds[0]);
	close(fds[1]);
	p->n[b->part] = n <= 0 ? 0 : (size_t)n / sizeof(struct sock_filter);
	p->calls = b->nseen;
	return n <= 0 ? -1 : 0;
}

static int
compile_part(struct build *b, const struct sandbox_policy *policy, struct sandbox_program *p)
{
	int rc = -1;

	if ((b->filter = seccomp_init(b->otherwise)) == NULL)
		return fail(b, "libseccomp has not the action %#x", b->otherwise);
	/* Calls by another architecture's numbers (int 0x80, x32) are nobody's here. */
	if (seccomp_attr_set(b->filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0)
		fail(b, "libseccomp refuses to kill calls of another architecture");
	else if ((rc = add_tables(b, policy)) == 0 && (b->part == PART_REST || b->rows > 0))
		rc = export_program(b, p);
	seccomp_release(b->filter);
	return rc;
}

struct sandbox_program *
sandbox_compile(const struct sandbox_policy *policy, enum sandbox_denial denial, char *why, size_t whylen)
{
	struct sandbox_program *p = calloc(1, sizeof(*p));

	seccomp_api_set(API_NOTIFY);
	for (int part = 0; p != NULL && part < PART_COUNT; part++) {
		struct build b = {.part = (enum sandbox_part)part, .denial = denial_action(denial), .why = why, .whylen = whylen};

		b.otherwise = otherwise_action(&b, policy->otherwise, denial);
		if (compile_part(&b, policy, p) == -1) {
			free(p);
			return NULL;
		}
	}
	if (p == NULL)
		snprintf(why, whylen, "out of memory");
	return p;
}

void
sandbox_free(struct sandbox_program *p)
{
	free(p);
}

const struct sock_filter *
sandbox_instructions(const struct sandbox_program *p, enum sandbox_part part, size_t *n)
{
	*n = p->n[part];
	return p->code[part];
}

/*
 * Returns the listener's descriptor if flags ask for one, else 0; -1 = errno
 * says why.  FLAG_LOG is Linux 4.14's.  A container's filter that refuses the
 * system call usually lets the older prctl through.
 */
static int
load(struct sandbox_program *p, enum sandbox_part part, unsigned flags)
{
	struct sock_fprog prog = {.len = (unsigned short)p->n[part], .filter = p->code[part]};
	long rc;

	rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	if (rc == -1 && errno == EINVAL && flags == SECCOMP_FILTER_FLAG_LOG)
		rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
	if (rc == -1 && (errno == ENOSYS || errno == EPERM) && (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) == 0)
		rc = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
	return (int)rc;
}

static int
load_parts(struct sandbox_program *p, unsigned flags)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	if (p->n[PART_EXPECTED] > 0 && load(p, PART_EXPECTED, 0) == -1)
		return -1;
	return load(p, PART_REST, flags);
}

static int
enter(const struct sandbox_policy *policy, enum sandbox_denial denial, unsigned flags, int *listener, char *why, size_t whylen)
{
	struct sandbox_program *p = sandbox_compile(policy, denial, why, whylen);
	int calls, rc;

	if (p == NULL)
		return -1;
	if ((rc = load_parts(p, flags)) == -1)
		snprintf(why, whylen, "the kernel does not take the filter: %s", strerror(errno));
	if (listener != NULL)
		*listener = rc;
	calls = rc == -1 ? -1 : (int)p->calls;
	sandbox_free(p);
	return calls;
}

/* The thread that answers must be there before the filter is: it is to be free of it. */
static int
enter_with_names(const struct sandbox_policy *policy, struct event_base *base, char *why, size_t whylen)
{
	struct sandbox_log *names = sandbox_log_new(base, policy->name, why, whylen);
	int listener = -1, calls;

	if (names == NULL)
		return -1;
	calls = enter(policy, DENY_NOTIFY, SECCOMP_FILTER_FLAG_NEW_LISTENER, &listener, why, whylen);
	sandbox_log_listen(names, listener);
	return calls;
}

int
sandbox_enter(const struct sandbox_policy *policy, enum sandbox_mode mode, struct event_base *base, char *why, size_t whylen)
{
	int calls;

	switch (mode) {
	case SANDBOX_ENFORCE:
		return enter(policy, DENY_ENFORCE, SECCOMP_FILTER_FLAG_LOG, NULL, why, whylen);
	case SANDBOX_LOG:
		if (base != NULL && (calls = enter_with_names(policy, base, why, whylen)) != -1)
			return calls;
		if (base != NULL)
			log_warning("sandbox: calls cannot be logged by name here (%s); see the kernel's log, type=1326", why);
		return enter(policy, DENY_LOG, SECCOMP_FILTER_FLAG_LOG, NULL, why, whylen);
	case SANDBOX_OFF:
		break;
	}
	return 0;
}
