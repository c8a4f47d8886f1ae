/*
 * Rows that several roles have in common.  Beside each call stands who makes
 * it.  Where two names mean the same on different machines (x86 and arm64,
 * glibc and musl, 32 and 64 bits of time) both are there: a name that does not
 * exist here is skipped.
 */
#include "build_config.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/mptcp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "sandbox.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* What a futex call does, without how. */
#define FUTEX_WHAT ((uint32_t)FUTEX_CMD_MASK)

const struct sandbox_call sandbox_basic[] = {
	/* libevent's loop */
	{"epoll_wait", SANDBOX_ALLOW, {{0}}},
	{"epoll_pwait", SANDBOX_ALLOW, {{0}}},                            /* arm64; musl */
	{"epoll_pwait2", SANDBOX_ALLOW, {{0}}},                           /* libevent 2.2 */
	{"epoll_ctl", SANDBOX_ALLOW, {{0}}},
	{"restart_syscall", SANDBOX_ALLOW, {{0}}},                        /* the kernel, after a SIGSTOP */
	{"rt_sigreturn", SANDBOX_ALLOW, {{0}}},                           /* the kernel, likewise */

	/* links: messages in and out, a new link's set-up, the last words */
	{"recvfrom", SANDBOX_ALLOW, {{0}}},
	{"recvmsg", SANDBOX_ALLOW, {{0}}},                                /* LINK, GATE_PIPE, CONTROL_CLIENT carry a descriptor */
	{"sendto", SANDBOX_ALLOW, {SANDBOX_WITHOUT(3, MSG_FASTOPEN)}},    /* a fast open connects behind Landlock's back */
	{"fcntl", SANDBOX_ALLOW, {SANDBOX_IS(1, F_GETFL)}},
	{"fcntl", SANDBOX_ALLOW, {SANDBOX_IS(1, F_SETFL)}},
	{"fcntl", SANDBOX_ALLOW, {SANDBOX_IS(1, F_GETFD)}},
	{"fcntl", SANDBOX_ALLOW, {SANDBOX_IS(1, F_SETFD)}},
	{"fcntl64", SANDBOX_ALLOW, {SANDBOX_IS(1, F_GETFL)}},
	{"fcntl64", SANDBOX_ALLOW, {SANDBOX_IS(1, F_SETFL)}},
	{"fcntl64", SANDBOX_ALLOW, {SANDBOX_IS(1, F_GETFD)}},
	{"fcntl64", SANDBOX_ALLOW, {SANDBOX_IS(1, F_SETFD)}},
	{"poll", SANDBOX_ALLOW, {{0}}},                                   /* link_flush() */
	{"ppoll", SANDBOX_ALLOW, {{0}}},                                  /* arm64 */
	{"ppoll_time64", SANDBOX_ALLOW, {{0}}},
	{"close", SANDBOX_ALLOW, {{0}}},

	/* files opened before: READY reads /proc/self/status */
	{"pread64", SANDBOX_ALLOW, {{0}}},

	/* malloc; nothing that could be run is ever mapped, nor a descriptor that somebody hands over */
	{"brk", SANDBOX_ALLOW, {{0}}},
	{"mmap", SANDBOX_ALLOW, {SANDBOX_WITHOUT(2, PROT_EXEC), SANDBOX_WITH(3, MAP_ANONYMOUS)}},
	{"mmap2", SANDBOX_ALLOW, {SANDBOX_WITHOUT(2, PROT_EXEC), SANDBOX_WITH(3, MAP_ANONYMOUS)}},
	{"mprotect", SANDBOX_ALLOW, {SANDBOX_WITHOUT(2, PROT_EXEC)}},     /* musl's malloc; glibc's beside the main heap */
	{"mremap", SANDBOX_ALLOW, {{0}}},
	{"munmap", SANDBOX_ALLOW, {{0}}},
	{"madvise", SANDBOX_ALLOW, {{0}}},                                /* give_back() */
	{"getrusage", SANDBOX_ALLOW, {{0}}},                              /* the same */
	{"sysinfo", SANDBOX_ALLOW, {{0}}},                                /* qsort() of glibc before 2.37 asks for the memory's size */

	/* clocks, where the vDSO hands on to the kernel */
	{"clock_gettime", SANDBOX_ALLOW, {{0}}},
	{"clock_gettime64", SANDBOX_ALLOW, {{0}}},
	{"gettimeofday", SANDBOX_ALLOW, {{0}}},
	{"time", SANDBOX_ALLOW, {{0}}},

	{"exit_group", SANDBOX_ALLOW, {{0}}},
	{"exit", SANDBOX_ALLOW, {{0}}},                                   /* musl; a thread of log mode */
	{0},
};

const struct sandbox_call sandbox_http[] = {
	/* TCP, and nothing that only calls itself a stream: MPTCP walks past Landlock */
	{"socket", SANDBOX_ALLOW, {SANDBOX_IS(0, AF_INET), SANDBOX_TYPE(1, SOCK_STREAM), SANDBOX_IS(2, 0)}},
	{"socket", SANDBOX_ALLOW, {SANDBOX_IS(0, AF_INET), SANDBOX_TYPE(1, SOCK_STREAM), SANDBOX_IS(2, IPPROTO_TCP)}},
	{"socket", SANDBOX_ALLOW, {SANDBOX_IS(0, AF_INET6), SANDBOX_TYPE(1, SOCK_STREAM), SANDBOX_IS(2, 0)}},
	{"socket", SANDBOX_ALLOW, {SANDBOX_IS(0, AF_INET6), SANDBOX_TYPE(1, SOCK_STREAM), SANDBOX_IS(2, IPPROTO_TCP)}},
	/* libcurl looks once whether there is IPv6; a refusal costs nothing, addresses still work */
	{"socket", EACCES, {SANDBOX_IS(0, AF_INET), SANDBOX_TYPE(1, SOCK_DGRAM)}},
	{"socket", EACCES, {SANDBOX_IS(0, AF_INET6), SANDBOX_TYPE(1, SOCK_DGRAM)}},
	{"connect", SANDBOX_ALLOW, {{0}}},                                /* ports: Landlock */
	{"getsockname", SANDBOX_ALLOW, {{0}}},                            /* libcurl, after a connect */
	{"getpeername", SANDBOX_ALLOW, {{0}}},
	{"getsockopt", SANDBOX_ALLOW, {SANDBOX_IS(1, SOL_SOCKET), SANDBOX_IS(2, SO_ERROR)}},
	{"setsockopt", SANDBOX_ALLOW, {SANDBOX_IS(1, IPPROTO_TCP), SANDBOX_IS(2, TCP_NODELAY)}},
	{"setsockopt", SANDBOX_ALLOW, {SANDBOX_IS(1, SOL_SOCKET), SANDBOX_IS(2, SO_KEEPALIVE)}}, /* CURLOPT_TCP_KEEPALIVE */
	{"setsockopt", SANDBOX_ALLOW, {SANDBOX_IS(1, IPPROTO_TCP), SANDBOX_IS(2, TCP_KEEPIDLE)}},
	{"setsockopt", SANDBOX_ALLOW, {SANDBOX_IS(1, IPPROTO_TCP), SANDBOX_IS(2, TCP_KEEPINTVL)}},
	{"setsockopt", SANDBOX_ALLOW, {SANDBOX_IS(1, IPPROTO_TCP), SANDBOX_IS(2, TCP_KEEPCNT)}},
	{"read", SANDBOX_ALLOW, {{0}}},                                   /* OpenSSL's own socket BIO, libcurl before 7.87 */
	{"write", SANDBOX_ALLOW, {{0}}},
	/* libevent's buffers and its HTTP client, in the programs without libcurl */
	{"readv", SANDBOX_ALLOW, {{0}}},
	{"writev", SANDBOX_ALLOW, {{0}}},
	{"ioctl", SANDBOX_ALLOW, {SANDBOX_IS(1, FIONREAD)}},
	{"shutdown", SANDBOX_ALLOW, {{0}}},

	/* OpenSSL */
	{"getrandom", SANDBOX_ALLOW, {{0}}},
	{"getpid", SANDBOX_ALLOW, {{0}}},                                 /* its random generator looks for a fork each time */
	/* pthread_once() wakes whoever waits, threads or none; requeueing and priorities have nobody who needs them */
	{"futex", SANDBOX_ALLOW, {SANDBOX_MASKED(1, FUTEX_WHAT, FUTEX_WAIT)}},
	{"futex", SANDBOX_ALLOW, {SANDBOX_MASKED(1, FUTEX_WHAT, FUTEX_WAKE)}},
	{"futex", SANDBOX_ALLOW, {SANDBOX_MASKED(1, FUTEX_WHAT, FUTEX_WAIT_BITSET)}},
	{"futex", SANDBOX_ALLOW, {SANDBOX_MASKED(1, FUTEX_WHAT, FUTEX_WAKE_BITSET)}},
	{"futex_time64", SANDBOX_ALLOW, {SANDBOX_MASKED(1, FUTEX_WHAT, FUTEX_WAIT)}},
	{"futex_time64", SANDBOX_ALLOW, {SANDBOX_MASKED(1, FUTEX_WHAT, FUTEX_WAKE)}},
#ifndef __GLIBC__
	{"rt_sigprocmask", SANDBOX_ALLOW, {{0}}},                         /* musl: while OpenSSL makes a key for data of a thread */
#endif

	{"rt_sigaction", SANDBOX_ALLOW, {{0}}},                           /* libcurl sets SIGPIPE aside and back */
	{"openat", EACCES, {{0}}},                                        /* /etc/localtime, at the first handshake */
	{"open", EACCES, {{0}}},                                          /* the same by musl */
	{0},
};

/*
 * Where what is unlisted gets ENOSYS, so that a C library of tomorrow finds
 * its older way, these are no accident.  fork and clone are not among them: a
 * library that would start a thread is to hear that it cannot.  Nor is
 * tgkill: by it abort() ends a process, and a crash should look like one.
 */
const struct sandbox_call sandbox_attacks[] = {
	/* another program */
	{"execve", SANDBOX_KILL, {{0}}},
	{"execveat", SANDBOX_KILL, {{0}}},
	/* another process */
	{"kill", SANDBOX_KILL, {{0}}},
	{"tkill", SANDBOX_KILL, {{0}}},
	{"rt_sigqueueinfo", SANDBOX_KILL, {{0}}},
	{"rt_tgsigqueueinfo", SANDBOX_KILL, {{0}}},
	{"pidfd_open", SANDBOX_KILL, {{0}}},
	{"pidfd_send_signal", SANDBOX_KILL, {{0}}},
	{"pidfd_getfd", SANDBOX_KILL, {{0}}},
	{"ptrace", SANDBOX_KILL, {{0}}},
	{"process_vm_readv", SANDBOX_KILL, {{0}}},
	{"process_vm_writev", SANDBOX_KILL, {{0}}},
	{"process_madvise", SANDBOX_KILL, {{0}}},
	{"kcmp", SANDBOX_KILL, {{0}}},
	/* system calls by other means */
	{"io_uring_setup", SANDBOX_KILL, {{0}}},
	{"io_uring_enter", SANDBOX_KILL, {{0}}},
	{"io_uring_register", SANDBOX_KILL, {{0}}},
	/* parts of the kernel that exploits start from */
	{"bpf", SANDBOX_KILL, {{0}}},
	{"userfaultfd", SANDBOX_KILL, {{0}}},
	{"perf_event_open", SANDBOX_KILL, {{0}}},
	{"keyctl", SANDBOX_KILL, {{0}}},
	{"add_key", SANDBOX_KILL, {{0}}},
	{"request_key", SANDBOX_KILL, {{0}}},
	{"fanotify_init", SANDBOX_KILL, {{0}}},
	{"open_by_handle_at", SANDBOX_KILL, {{0}}},
	{"personality", SANDBOX_KILL, {{0}}},
	{"modify_ldt", SANDBOX_KILL, {{0}}},
	{"memfd_secret", SANDBOX_KILL, {{0}}},
	/* another view of the system */
	{"mount", SANDBOX_KILL, {{0}}},
	{"umount2", SANDBOX_KILL, {{0}}},
	{"pivot_root", SANDBOX_KILL, {{0}}},
	{"chroot", SANDBOX_KILL, {{0}}},
	{"move_mount", SANDBOX_KILL, {{0}}},
	{"open_tree", SANDBOX_KILL, {{0}}},
	{"fsopen", SANDBOX_KILL, {{0}}},
	{"fsconfig", SANDBOX_KILL, {{0}}},
	{"fsmount", SANDBOX_KILL, {{0}}},
	{"fspick", SANDBOX_KILL, {{0}}},
	{"mount_setattr", SANDBOX_KILL, {{0}}},
	{"unshare", SANDBOX_KILL, {{0}}},
	{"setns", SANDBOX_KILL, {{0}}},
	/* another identity */
	{"setuid", SANDBOX_KILL, {{0}}},
	{"setgid", SANDBOX_KILL, {{0}}},
	{"setreuid", SANDBOX_KILL, {{0}}},
	{"setregid", SANDBOX_KILL, {{0}}},
	{"setresuid", SANDBOX_KILL, {{0}}},
	{"setresgid", SANDBOX_KILL, {{0}}},
	{"setfsuid", SANDBOX_KILL, {{0}}},
	{"setfsgid", SANDBOX_KILL, {{0}}},
	{"setgroups", SANDBOX_KILL, {{0}}},
	{"capset", SANDBOX_KILL, {{0}}},
	/* sockets that no role has; AF_UNIX and AF_NETLINK stand in the roles' own tables */
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_INET), SANDBOX_TYPE(1, SOCK_RAW)}},
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_INET6), SANDBOX_TYPE(1, SOCK_RAW)}},
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_INET), SANDBOX_TYPE(1, SOCK_STREAM), SANDBOX_IS(2, IPPROTO_MPTCP)}},
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_INET6), SANDBOX_TYPE(1, SOCK_STREAM), SANDBOX_IS(2, IPPROTO_MPTCP)}},
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_PACKET)}},
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_VSOCK)}},
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_ALG)}},
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_BLUETOOTH)}},
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_CAN)}},
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_KEY)}},
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_RDS)}},
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_TIPC)}},
	{"socket", SANDBOX_KILL, {SANDBOX_IS(0, AF_XDP)}},
	{"socketpair", SANDBOX_KILL, {SANDBOX_IS(0, AF_TIPC)}},
	/* connections that Landlock does not see, and other protocols on a TCP socket */
	{"sendto", SANDBOX_KILL, {SANDBOX_WITH(3, MSG_FASTOPEN)}},
	{"setsockopt", SANDBOX_KILL, {SANDBOX_IS(1, IPPROTO_TCP), SANDBOX_IS(2, TCP_FASTOPEN_CONNECT)}},
	{"setsockopt", SANDBOX_KILL, {SANDBOX_IS(1, IPPROTO_TCP), SANDBOX_IS(2, TCP_ULP)}},
	/* not an attack: a library that asks for a module is told, as by a policy of the host, that it may not be mapped */
	{"mmap", EACCES, {SANDBOX_WITH(2, PROT_EXEC)}},
	{"mmap2", EACCES, {SANDBOX_WITH(2, PROT_EXEC)}},
	{"mprotect", EACCES, {SANDBOX_WITH(2, PROT_EXEC)}},
	{"clone3", ENOSYS, {{0}}},                                        /* glibc then tries clone */
	{0},
};

#if defined(WITH_SANITIZERS) || defined(WITH_COVERAGE)
const struct sandbox_call sandbox_extra[] = {
	/* AddressSanitizer's and UBSan's run time */
	{"mmap", SANDBOX_ALLOW, {{0}}},
	{"mprotect", SANDBOX_ALLOW, {{0}}},
	{"sigaltstack", SANDBOX_ALLOW, {{0}}},
	{"rt_sigaction", SANDBOX_ALLOW, {{0}}},
	{"rt_sigprocmask", SANDBOX_ALLOW, {{0}}},
	{"sched_yield", SANDBOX_ALLOW, {{0}}},
	{"sched_getaffinity", SANDBOX_ALLOW, {{0}}},
	{"futex", SANDBOX_ALLOW, {{0}}},
	{"getpid", SANDBOX_ALLOW, {{0}}},
	{"gettid", SANDBOX_ALLOW, {{0}}},
	{"getuid", SANDBOX_ALLOW, {{0}}},
	{"getrusage", SANDBOX_ALLOW, {{0}}},
	{"prlimit64", SANDBOX_ALLOW, {{0}}},
	{"tgkill", SANDBOX_ALLOW, {{0}}},
	{"write", SANDBOX_ALLOW, {{0}}},
	{"writev", SANDBOX_ALLOW, {{0}}},
	/* the leak check stops the process from a second one and reads its maps */
	{"clone", SANDBOX_ALLOW, {{0}}},
	{"wait4", SANDBOX_ALLOW, {{0}}},
	{"prctl", SANDBOX_ALLOW, {{0}}},
	{"ptrace", SANDBOX_ALLOW, {{0}}},
	{"getppid", SANDBOX_ALLOW, {{0}}},
	{"process_vm_readv", SANDBOX_ALLOW, {{0}}},
	{"openat", SANDBOX_ALLOW, {{0}}},
	{"open", SANDBOX_ALLOW, {{0}}},
	{"read", SANDBOX_ALLOW, {{0}}},
	{"readlink", SANDBOX_ALLOW, {{0}}},
	{"readlinkat", SANDBOX_ALLOW, {{0}}},
	{"getdents", SANDBOX_ALLOW, {{0}}},
	{"getdents64", SANDBOX_ALLOW, {{0}}},
	{"lseek", SANDBOX_ALLOW, {{0}}},
	{"fstat", SANDBOX_ALLOW, {{0}}},
	{"stat", SANDBOX_ALLOW, {{0}}},
	{"newfstatat", SANDBOX_ALLOW, {{0}}},
	{"statx", SANDBOX_ALLOW, {{0}}},
	{"dup2", SANDBOX_ALLOW, {{0}}},
	{"pipe2", SANDBOX_ALLOW, {{0}}},
	{"access", SANDBOX_ALLOW, {{0}}},
	/* gcov locks and writes its counters at exit */
	{"fcntl", SANDBOX_ALLOW, {{0}}},
	{"mkdir", SANDBOX_ALLOW, {{0}}},
	{"mkdirat", SANDBOX_ALLOW, {{0}}},
	{"ftruncate", SANDBOX_ALLOW, {{0}}},
	{0},
};
#else
const struct sandbox_call sandbox_extra[] = {{0}};
#endif
const size_t sandbox_extra_rows = sizeof(sandbox_extra) / sizeof(sandbox_extra[0]) - 1;
