/*
 * The system call filters.  What the kernel would decide is computed here, by
 * a small interpreter for the filter's instructions, so that each row of each
 * table can be held against its filter for many arguments.
 */
#include "build_config.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "brain/confine.h"
#include "collector/confine.h"
#include "log.h"
#include "notifier/confine.h"
#include "parent/confine.h"
#include "prober/confine.h"
#include "resolver/confine.h"
#include "sandbox.h"
#include "unit.h"

#define HIGH_GARBAGE 0xdeadbeef00000000u
#define MPTCP 262

static const struct sandbox_policy *const policies[] = {
	&brain_policy, &collector_policy, &notifier_policy, &prober_policy, &resolver_policy, &parent_policy,
};

static const struct sandbox_policy *const with_sockets[] = {&collector_policy, &notifier_policy, &resolver_policy};
static const struct sandbox_policy *const http[] = {&collector_policy, &notifier_policy};

/* --- the kernel's part --- */

static uint32_t
load(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	assert_true(offset + sizeof(word) <= sizeof(*data));
	memcpy(&word, (const char *)data + offset, sizeof(word));
	return word;
}

static bool
holds(const struct sock_filter *f, uint32_t acc)
{
	switch (BPF_OP(f->code)) {
	case BPF_JA:
		return true;
	case BPF_JEQ:
		return acc == f->k;
	case BPF_JGT:
		return acc > f->k;
	case BPF_JGE:
		return acc >= f->k;
	case BPF_JSET:
		return (acc & f->k) != 0;
	}
	fail_msg("jump %#x", f->code);
	return false;
}

static uint32_t
run(const struct sock_filter *code, size_t n, const struct seccomp_data *data)
{
	uint32_t acc = 0;

	for (size_t pc = 0; pc < n; pc++)
		switch (BPF_CLASS(code[pc].code)) {
		case BPF_LD:
			acc = load(data, code[pc].k);
			break;
		case BPF_ALU:
			assert_int_equal(BPF_OP(code[pc].code), BPF_AND);
			acc &= code[pc].k;
			break;
		case BPF_JMP:
			if (BPF_OP(code[pc].code) == BPF_JA)
				pc += code[pc].k;
			else
				pc += holds(&code[pc], acc) ? code[pc].jt : code[pc].jf;
			break;
		case BPF_RET:
			return code[pc].k;
		default:
			fail_msg("instruction %#x", code[pc].code);
		}
	fail_msg("the filter has no end");
	return 0;
}

/* libseccomp's actions are the kernel's, without the data. */
static int
outcome_of(uint32_t action)
{
	if (action == SECCOMP_RET_ALLOW)
		return SANDBOX_ALLOW;
	if (action == SECCOMP_RET_KILL_PROCESS)
		return SANDBOX_KILL;
	assert_int_equal(action & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO);
	return (int)(action & SECCOMP_RET_DATA);
}

static struct sandbox_program *
compile(const struct sandbox_policy *policy, enum sandbox_denial denial)
{
	char why[256] = "";
	struct sandbox_program *p = sandbox_compile(policy, denial, why, sizeof(why));

	if (p == NULL)
		fail_msg("%s: %s", policy->name, why);
	return p;
}

/* The harder of the two parts' outcomes, as the kernel orders them: as signed numbers, the lowest action. */
static uint32_t
ask(const struct sandbox_program *p, uint32_t arch, int nr, const uint64_t args[6])
{
	struct seccomp_data data = {.nr = nr, .arch = arch};
	uint32_t hardest = SECCOMP_RET_ALLOW;

	memcpy(data.args, args, sizeof(data.args));
	for (int part = 0; part < PART_COUNT; part++) {
		size_t n;
		const struct sock_filter *code = sandbox_instructions(p, (enum sandbox_part)part, &n);
		uint32_t got = n == 0 ? SECCOMP_RET_ALLOW : run(code, n, &data);

		if ((int32_t)(got & SECCOMP_RET_ACTION_FULL) < (int32_t)(hardest & SECCOMP_RET_ACTION_FULL))
			hardest = got;
	}
	return hardest;
}

/* What becomes of a call in a role. */
#define DECIDE(policy, call, ...) decide(policy, call, (const uint64_t[6]){__VA_ARGS__})
static int
decide(const struct sandbox_policy *policy, const char *call, const uint64_t args[6])
{
	struct sandbox_program *p = compile(policy, DENY_ENFORCE);
	int outcome = outcome_of(ask(p, seccomp_arch_native(), seccomp_syscall_resolve_name(call), args));

	sandbox_free(p);
	return outcome;
}

/* --- rows --- */

static bool
in_extra(const char *name)
{
	for (const struct sandbox_call *e = sandbox_extra; e->name != NULL; e++)
		if (strcmp(e->name, name) == 0)
			return true;
	return false;
}

static void
for_each_row(const struct sandbox_policy *policy, void (*check)(const struct sandbox_policy *, const struct sandbox_call *, void *), void *ctx)
{
	for (size_t t = 0; policy->tables[t] != NULL; t++)
		for (const struct sandbox_call *row = policy->tables[t]; row->name != NULL; row++)
			if (seccomp_syscall_resolve_name(row->name) >= 0 && !in_extra(row->name))
				check(policy, row, ctx);
}

/* Arguments that fit the row, the rest as a pattern says. */
static void
fitting(const struct sandbox_call *row, uint64_t pattern, uint64_t args[6])
{
	for (int i = 0; i < 6; i++)
		args[i] = pattern;
	for (int i = 0; i < SANDBOX_ARGS_MAX && row->args[i].mask != 0; i++) {
		uint64_t *arg = &args[row->args[i].arg];

		*arg = (*arg & ~row->args[i].mask) | row->args[i].value;
	}
}

static void
check_outcome(const struct sandbox_policy *policy, const struct sandbox_call *row, void *ctx)
{
	static const uint64_t patterns[] = {0, 1, 0x7fffffff, HIGH_GARBAGE, ~UINT64_C(0), 0x5555555555555555};
	const struct sandbox_program *p = ctx;
	int nr = seccomp_syscall_resolve_name(row->name);
	uint64_t args[6];

	for (size_t i = 0; i < LENGTH(patterns); i++) {
		fitting(row, patterns[i], args);
		int got = outcome_of(ask(p, seccomp_arch_native(), nr, args));

		if (got != row->outcome)
			fail_msg("%s: %s, pattern %#llx: expected %d, found %d", policy->name, row->name,
			    (unsigned long long)patterns[i], row->outcome, got);
	}
}

static void
each_row_has_the_outcome_that_it_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(policies); i++) {
		struct sandbox_program *p = compile(policies[i], DENY_ENFORCE);

		for_each_row(policies[i], check_outcome, p);
		sandbox_free(p);
	}
}

/* Two rows overlap if some arguments fit both. */
static bool
overlap(const struct sandbox_call *a, const struct sandbox_call *b)
{
	for (int i = 0; i < SANDBOX_ARGS_MAX && a->args[i].mask != 0; i++)
		for (int j = 0; j < SANDBOX_ARGS_MAX && b->args[j].mask != 0; j++) {
			const struct sandbox_arg *x = &a->args[i], *y = &b->args[j];

			if (x->arg == y->arg && ((x->value ^ y->value) & x->mask & y->mask) != 0)
				return false;
		}
	return true;
}

static void
check_against(const struct sandbox_policy *policy, const struct sandbox_call *row, void *ctx)
{
	const struct sandbox_call *other = ctx;

	if (strcmp(row->name, other->name) == 0 && row->outcome != other->outcome && overlap(row, other))
		fail_msg("%s: rows of %s contradict each other", policy->name, row->name);
}

static void
check_against_all(const struct sandbox_policy *policy, const struct sandbox_call *row, void *ctx)
{
	(void)ctx;
	for_each_row(policy, check_against, (void *)(uintptr_t)row);
}

/* With room for what another architecture or a longer list may need. */
static void
every_program_fits_into_the_least_of_pipes(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(policies); i++) {
		struct sandbox_program *p = compile(policies[i], DENY_ENFORCE);
		size_t n;

		for (int part = 0; part < PART_COUNT; part++) {
			sandbox_instructions(p, (enum sandbox_part)part, &n);
			assert_true(n * sizeof(struct sock_filter) < SANDBOX_PROGRAM_MAX);
		}
		sandbox_free(p);
	}
}

static void
no_two_rows_contradict_each_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(policies); i++)
		for_each_row(policies[i], check_against_all, NULL);
}

static void
every_named_call_is_known_to_libseccomp_or_new(void **state)
{
	(void)state;
	/* A typing error in a name would skip its row in silence; these alone may be unknown to an old libseccomp. */
	static const char *const recent[] = {"epoll_pwait2", "memfd_secret", "mount_setattr", "quotactl_fd"};

	for (size_t i = 0; i < LENGTH(policies); i++)
		for (size_t t = 0; policies[i]->tables[t] != NULL; t++)
			for (const struct sandbox_call *row = policies[i]->tables[t]; row->name != NULL; row++) {
				bool known = seccomp_syscall_resolve_name(row->name) != __NR_SCMP_ERROR;

				for (size_t r = 0; r < LENGTH(recent); r++)
					known = known || strcmp(row->name, recent[r]) == 0;
				if (!known)
					fail_msg("%s: %s", policies[i]->name, row->name);
			}
}

/* --- claims --- */

static void
the_brain_dies_of_what_is_not_listed(void **state)
{
	(void)state;
	if (in_extra("getdents"))
		skip();
	assert_int_equal(DECIDE(&brain_policy, "socket", AF_INET, SOCK_STREAM, 0), SANDBOX_KILL);
	assert_int_equal(DECIDE(&brain_policy, "getdents", 3), SANDBOX_KILL);
	assert_int_equal(DECIDE(&brain_policy, "recvfrom", 3), SANDBOX_ALLOW);
}

static void
roles_with_libraries_hear_enosys_of_what_is_not_listed(void **state)
{
	(void)state;
	if (in_extra("getdents"))
		skip();
	assert_int_equal(DECIDE(&collector_policy, "getdents", 3), ENOSYS);
	assert_int_equal(DECIDE(&notifier_policy, "fork", 0), ENOSYS);
	assert_int_equal(DECIDE(&resolver_policy, "unlink", 0), ENOSYS);
	assert_int_equal(DECIDE(&prober_policy, "getdents", 3), ENOSYS);
}

static void
the_parent_may_do_what_is_not_forbidden(void **state)
{
	(void)state;
	assert_int_equal(DECIDE(&parent_policy, "execve", 0), SANDBOX_ALLOW);
	assert_int_equal(DECIDE(&parent_policy, "seccomp", 1), SANDBOX_ALLOW);
	assert_int_equal(DECIDE(&parent_policy, "clone", SIGCHLD), SANDBOX_ALLOW);
}

static void
no_process_gets_a_namespace(void **state)
{
	(void)state;
	if (in_extra("clone"))
		skip();
	assert_int_equal(DECIDE(&parent_policy, "clone", SIGCHLD | CLONE_NEWUSER), SANDBOX_KILL);
	assert_int_equal(DECIDE(&parent_policy, "clone", HIGH_GARBAGE | CLONE_NEWNET | CLONE_NEWNS), SANDBOX_KILL);
	assert_int_equal(DECIDE(&parent_policy, "clone3", 0), ENOSYS);
	assert_int_equal(DECIDE(&parent_policy, "unshare", 0), SANDBOX_KILL);
}

static void
tcp_is_the_only_stream(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(with_sockets); i++)
		for (unsigned family = AF_INET; family <= AF_INET6; family += AF_INET6 - AF_INET) {
			assert_int_equal(DECIDE(with_sockets[i], "socket", family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP), SANDBOX_ALLOW);
			assert_int_equal(DECIDE(with_sockets[i], "socket", family, SOCK_STREAM, MPTCP), SANDBOX_KILL);
			assert_int_equal(DECIDE(with_sockets[i], "socket", family, SOCK_STREAM | SOCK_NONBLOCK, MPTCP), SANDBOX_KILL);
			assert_int_equal(DECIDE(with_sockets[i], "socket", family, HIGH_GARBAGE | SOCK_STREAM, MPTCP), SANDBOX_KILL);
			assert_int_equal(DECIDE(with_sockets[i], "socket", family, SOCK_STREAM, IPPROTO_SCTP), ENOSYS);
			assert_int_equal(DECIDE(with_sockets[i], "socket", family, SOCK_RAW, IPPROTO_ICMP), SANDBOX_KILL);
		}
}

static void
only_the_resolver_has_datagrams(void **state)
{
	(void)state;
	assert_int_equal(DECIDE(&resolver_policy, "socket", AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), SANDBOX_ALLOW);
	for (size_t i = 0; i < LENGTH(http); i++)
		assert_int_equal(DECIDE(http[i], "socket", AF_INET6, SOCK_DGRAM, 0), EACCES);
	assert_int_equal(DECIDE(&prober_policy, "socket", AF_INET, SOCK_DGRAM, 0), ENOSYS);
}

static void
other_families_of_sockets_are_deadly(void **state)
{
	static const int families[] = {AF_PACKET, AF_VSOCK, AF_ALG, AF_XDP, AF_TIPC, AF_KEY};

	(void)state;
	for (size_t i = 0; i < LENGTH(families); i++)
		for (size_t k = 0; k < LENGTH(with_sockets); k++)
			assert_int_equal(DECIDE(with_sockets[k], "socket", (uint64_t)families[i], SOCK_DGRAM, 0), SANDBOX_KILL);
	for (size_t k = 0; k < LENGTH(http); k++) {
		assert_int_equal(DECIDE(http[k], "socket", AF_UNIX, SOCK_STREAM, 0), SANDBOX_KILL);
		assert_int_equal(DECIDE(http[k], "socket", AF_NETLINK, SOCK_RAW, 0), SANDBOX_KILL);
	}
	assert_int_equal(DECIDE(&resolver_policy, "socket", AF_UNIX, SOCK_STREAM, 0), EACCES);
	assert_int_equal(DECIDE(&resolver_policy, "socket", AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0), EAFNOSUPPORT);
}

static void
nobody_connects_by_fast_open(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(with_sockets); i++) {
		assert_int_equal(DECIDE(with_sockets[i], "sendto", 3, 0, 0, MSG_FASTOPEN), SANDBOX_KILL);
		assert_int_equal(DECIDE(with_sockets[i], "sendto", 3, 0, 0, MSG_FASTOPEN | MSG_NOSIGNAL), SANDBOX_KILL);
		assert_int_equal(DECIDE(with_sockets[i], "setsockopt", 3, IPPROTO_TCP, TCP_FASTOPEN_CONNECT), SANDBOX_KILL);
		assert_int_equal(DECIDE(with_sockets[i], "sendmsg", 3), ENOSYS);
	}
	assert_int_equal(DECIDE(&resolver_policy, "sendmmsg", 3, 0, 0, MSG_FASTOPEN), ENOSYS);
}

static void
the_resolver_opens_for_reading_only(void **state)
{
	static const int writing[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND, O_TMPFILE, O_PATH};

	(void)state;
	if (in_extra("openat"))
		skip();
	assert_int_equal(DECIDE(&resolver_policy, "openat", (uint64_t)AT_FDCWD, 0, O_RDONLY | O_CLOEXEC), SANDBOX_ALLOW);
	for (size_t i = 0; i < LENGTH(writing); i++)
		assert_int_equal(DECIDE(&resolver_policy, "openat", (uint64_t)AT_FDCWD, 0, (uint64_t)writing[i]), ENOSYS);
	assert_int_equal(DECIDE(&collector_policy, "openat", (uint64_t)AT_FDCWD, 0, O_RDONLY), EACCES);
}

static void
nothing_that_could_be_run_is_mapped(void **state)
{
	(void)state;
	if (in_extra("mmap"))
		skip();
	for (size_t i = 0; i < LENGTH(policies) - 1; i++) {
		int refused = policies[i] == &brain_policy ? SANDBOX_KILL : EACCES;

		assert_int_equal(DECIDE(policies[i], "mmap", 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS), SANDBOX_ALLOW);
		assert_int_equal(DECIDE(policies[i], "mmap", 0, 4096, PROT_READ | PROT_EXEC), refused);
		assert_int_equal(DECIDE(policies[i], "mprotect", 0, 4096, PROT_EXEC), refused);
	}
	/* Nor is a descriptor, whatever for. */
	assert_int_equal(DECIDE(&brain_policy, "mmap", 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED), SANDBOX_KILL);
}

static void
calls_by_another_architectures_numbers_are_deadly(void **state)
{
	const uint64_t none[6] = {0};

	(void)state;
	for (size_t i = 0; i < LENGTH(policies); i++) {
		struct sandbox_program *p = compile(policies[i], DENY_ENFORCE);

		assert_int_equal(ask(p, seccomp_arch_native() ^ 1, 3, none), SECCOMP_RET_KILL_PROCESS);
		assert_int_equal(ask(p, seccomp_arch_native(), 3, none) == SECCOMP_RET_KILL_PROCESS, false);
		sandbox_free(p);
	}
}

static void
log_mode_kills_and_refuses_nothing_that_is_not_expected(void **state)
{
	const uint64_t none[6] = {0};
	int getdents = seccomp_syscall_resolve_name("getdents64"), execve = seccomp_syscall_resolve_name("execve");

	(void)state;
	if (in_extra("getdents64"))
		skip();
	for (size_t i = 0; i < LENGTH(policies) - 1; i++) {
		struct sandbox_program *ask_us = compile(policies[i], DENY_NOTIFY), *log = compile(policies[i], DENY_LOG);

		assert_int_equal(ask(ask_us, seccomp_arch_native(), getdents, none), SECCOMP_RET_USER_NOTIF);
		assert_int_equal(ask(ask_us, seccomp_arch_native(), execve, none), SECCOMP_RET_USER_NOTIF);
		assert_int_equal(ask(log, seccomp_arch_native(), getdents, none), SECCOMP_RET_LOG);
		assert_int_equal(ask(log, seccomp_arch_native(), execve, none), SECCOMP_RET_LOG);
		sandbox_free(ask_us);
		sandbox_free(log);
	}
}

static void
a_release_lets_nothing_through_for_sanitizers(void **state)
{
	(void)state;
#if defined(WITH_SANITIZERS) || defined(WITH_COVERAGE)
	assert_true(sandbox_extra_rows > 0);
#else
	assert_int_equal(sandbox_extra_rows, 0);
#endif
}

/* What a program is known to try is answered by the part that the kernel does not log. */
static void
what_is_expected_is_not_logged(void **state)
{
	const struct seccomp_data probe = {
		.nr = seccomp_syscall_resolve_name("socket"), .arch = seccomp_arch_native(), .args = {AF_NETLINK, SOCK_RAW, 0},
	};
	struct sandbox_program *p = compile(&resolver_policy, DENY_ENFORCE);
	const struct sock_filter *code;
	size_t n;

	(void)state;
	code = sandbox_instructions(p, PART_EXPECTED, &n);
	assert_int_equal(run(code, n, &probe), SECCOMP_RET_ERRNO | EAFNOSUPPORT);
	code = sandbox_instructions(p, PART_REST, &n);
	assert_int_equal(run(code, n, &probe), SECCOMP_RET_ALLOW);
	sandbox_free(p);
}

/* --- loading --- */

static struct event_base *base;
static char logged[4096];

static void
keep_log(enum log_level level, const char *text)
{
	(void)level;
	strncat(logged, text, sizeof(logged) - strlen(logged) - 1);
	strncat(logged, "\n", sizeof(logged) - strlen(logged) - 1);
}

/* Run body in a process of its own; returns its wait status. */
static int
in_child(void (*body)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		log_set(keep_log, LEVEL_INFO);
		body();
		unit_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
must_enter(const struct sandbox_policy *policy, enum sandbox_mode mode)
{
	char why[256];

	if (sandbox_enter(policy, mode, base, why, sizeof(why)) <= 0)
		unit_exit(100);
}

/* 0, where the session's leader is of an outer PID namespace, is an answer too: only -1 is an error. */
static void
call_getsid(void)
{
	must_enter(&collector_policy, SANDBOX_ENFORCE);
	unit_exit(getsid(0) == -1 && errno == ENOSYS ? 1 : 2);
}

static void
enforce_refuses_what_is_not_listed(void **state)
{
	(void)state;
	assert_int_equal(WEXITSTATUS(in_child(call_getsid)), 1);
}

static void
call_getsid_in_the_brain(void)
{
	must_enter(&brain_policy, SANDBOX_ENFORCE);
	getsid(0);
}

static void
enforce_kills_the_brain_for_what_is_not_listed(void **state)
{
	int status = in_child(call_getsid_in_the_brain);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void
call_getsid_in_log_mode(void)
{
	pid_t sid;

	base = event_base_new();
	must_enter(&brain_policy, SANDBOX_LOG);
	sid = getsid(0);
	for (int i = 0; i < 100 && strstr(logged, "getsid(") == NULL; i++) {
		struct timeval soon = {.tv_usec = 10000};

		event_base_loopexit(base, &soon);
		event_base_dispatch(base);
	}
	unit_exit(sid == -1 ? 1 : strstr(logged, "getsid(") == NULL ? 2 : strstr(logged, "brain's list") == NULL ? 3 : 0);
}

static void
log_mode_lets_a_call_go_on_and_logs_its_name(void **state)
{
	int status = in_child(call_getsid_in_log_mode);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Of no process: fails as it would without a filter. */
static void
call_process_vm_readv_in_log_mode(void)
{
	must_enter(&parent_policy, SANDBOX_LOG);
	unit_exit(syscall(SYS_process_vm_readv, -1, NULL, 0, NULL, 0, 1) == -1 && errno == EINVAL ? 0 : 1);
}

static void
log_mode_of_the_parent_kills_nothing(void **state)
{
	(void)state;
	assert_int_equal(in_child(call_process_vm_readv_in_log_mode), 0);
}

/* A container's filter around us; by prctl(2), which libseccomp cannot be asked for. */
static void
surround_with(const struct sandbox_call *rows)
{
	const struct sandbox_call *const tables[] = {rows, NULL};
	const struct sandbox_policy container = {"container", SANDBOX_ALLOW, tables};
	struct sandbox_program *p = compile(&container, DENY_ENFORCE);
	size_t n;
	struct sock_filter *code = (struct sock_filter *)(uintptr_t)sandbox_instructions(p, PART_EXPECTED, &n);
	struct sock_fprog prog = {.len = (unsigned short)n, .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == -1)
		unit_exit(101);
	sandbox_free(p);
}

static void
call_getsid_behind_a_filter(void)
{
	static const struct sandbox_call rows[] = {{"seccomp", EPERM, {{0}}}, {0}};

	surround_with(rows);
	call_getsid();
}

static void
where_seccomp_is_refused_prctl_does_it(void **state)
{
	(void)state;
	assert_int_equal(WEXITSTATUS(in_child(call_getsid_behind_a_filter)), 1);
}

static void
enter_where_nothing_can_be_loaded(void)
{
	static const struct sandbox_call rows[] = {{"seccomp", EPERM, {{0}}}, {"prctl", EPERM, {{0}}}, {0}};
	char why[256] = "";

	surround_with(rows);
	unit_exit(sandbox_enter(&collector_policy, SANDBOX_ENFORCE, NULL, why, sizeof(why)) == -1 && why[0] != '\0' ? 1 : 2);
}

static void
a_filter_that_cannot_be_loaded_is_an_error(void **state)
{
	(void)state;
	if (in_extra("prctl"))
		skip();
	assert_int_equal(WEXITSTATUS(in_child(enter_where_nothing_can_be_loaded)), 1);
}

static void
enter_off(void)
{
	char why[256];

	unit_exit(sandbox_enter(&brain_policy, SANDBOX_OFF, NULL, why, sizeof(why)) == 0 && getsid(0) != -1 ? 0 : 1);
}

static void
off_loads_nothing(void **state)
{
	(void)state;
	assert_int_equal(in_child(enter_off), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_has_the_outcome_that_it_names),
		cmocka_unit_test(no_two_rows_contradict_each_other),
		cmocka_unit_test(every_program_fits_into_the_least_of_pipes),
		cmocka_unit_test(every_named_call_is_known_to_libseccomp_or_new),
		cmocka_unit_test(the_brain_dies_of_what_is_not_listed),
		cmocka_unit_test(roles_with_libraries_hear_enosys_of_what_is_not_listed),
		cmocka_unit_test(the_parent_may_do_what_is_not_forbidden),
		cmocka_unit_test(no_process_gets_a_namespace),
		cmocka_unit_test(tcp_is_the_only_stream),
		cmocka_unit_test(only_the_resolver_has_datagrams),
		cmocka_unit_test(other_families_of_sockets_are_deadly),
		cmocka_unit_test(nobody_connects_by_fast_open),
		cmocka_unit_test(the_resolver_opens_for_reading_only),
		cmocka_unit_test(nothing_that_could_be_run_is_mapped),
		cmocka_unit_test(calls_by_another_architectures_numbers_are_deadly),
		cmocka_unit_test(log_mode_kills_and_refuses_nothing_that_is_not_expected),
		cmocka_unit_test(a_release_lets_nothing_through_for_sanitizers),
		cmocka_unit_test(what_is_expected_is_not_logged),
		cmocka_unit_test(enforce_refuses_what_is_not_listed),
		cmocka_unit_test(enforce_kills_the_brain_for_what_is_not_listed),
		cmocka_unit_test(log_mode_lets_a_call_go_on_and_logs_its_name),
		cmocka_unit_test(log_mode_of_the_parent_kills_nothing),
		cmocka_unit_test(where_seccomp_is_refused_prctl_does_it),
		cmocka_unit_test(a_filter_that_cannot_be_loaded_is_an_error),
		cmocka_unit_test(off_loads_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
