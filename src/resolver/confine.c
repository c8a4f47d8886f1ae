/*
 * The resolver is the C library's getaddrinfo() and nothing else: it reads
 * five files, asks name servers by UDP, and by TCP where an answer did not
 * fit.  UDP is beyond Landlock, so its ports and addresses are open.
 */
#include "build_config.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "confine.h"
#include "resolv_files.h"
#include "role_confine.h"

#define DNS_PORT 53

/* Anything in an open's flags that is more than reading. */
#define NOT_READING (O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | O_PATH | (O_TMPFILE & ~O_DIRECTORY))

static const struct sandbox_call calls[] = {
	/* the files */
	{"openat", SANDBOX_ALLOW, {SANDBOX_WITHOUT(2, NOT_READING)}},
	{"open", SANDBOX_ALLOW, {SANDBOX_WITHOUT(1, NOT_READING)}},       /* musl */
	{"read", SANDBOX_ALLOW, {{0}}},
	{"readv", SANDBOX_ALLOW, {{0}}},                                  /* musl's stdio */
	{"lseek", SANDBOX_ALLOW, {{0}}},
	{"_llseek", SANDBOX_ALLOW, {{0}}},
	{"fstat", SANDBOX_ALLOW, {{0}}},
	{"stat", SANDBOX_ALLOW, {{0}}},                                   /* glibc looks whether they have changed */
	{"newfstatat", SANDBOX_ALLOW, {{0}}},
	{"statx", SANDBOX_ALLOW, {{0}}},
	{"fstat64", SANDBOX_ALLOW, {{0}}},
	{"stat64", SANDBOX_ALLOW, {{0}}},
	{"fstatat64", SANDBOX_ALLOW, {{0}}},
	{"uname", SANDBOX_ALLOW, {{0}}},                                  /* the host's own domain, where resolv.conf names none */

	/* name servers */
	{"socket", SANDBOX_ALLOW, {SANDBOX_IS(0, AF_INET), SANDBOX_TYPE(1, SOCK_DGRAM), SANDBOX_IS(2, 0)}},
	{"socket", SANDBOX_ALLOW, {SANDBOX_IS(0, AF_INET), SANDBOX_TYPE(1, SOCK_DGRAM), SANDBOX_IS(2, IPPROTO_UDP)}},
	{"socket", SANDBOX_ALLOW, {SANDBOX_IS(0, AF_INET), SANDBOX_TYPE(1, SOCK_STREAM), SANDBOX_IS(2, 0)}},
	{"socket", SANDBOX_ALLOW, {SANDBOX_IS(0, AF_INET), SANDBOX_TYPE(1, SOCK_STREAM), SANDBOX_IS(2, IPPROTO_TCP)}},
	{"socket", SANDBOX_ALLOW, {SANDBOX_IS(0, AF_INET6), SANDBOX_TYPE(1, SOCK_DGRAM), SANDBOX_IS(2, 0)}},
	{"socket", SANDBOX_ALLOW, {SANDBOX_IS(0, AF_INET6), SANDBOX_TYPE(1, SOCK_DGRAM), SANDBOX_IS(2, IPPROTO_UDP)}},
	{"socket", SANDBOX_ALLOW, {SANDBOX_IS(0, AF_INET6), SANDBOX_TYPE(1, SOCK_STREAM), SANDBOX_IS(2, 0)}},
	{"socket", SANDBOX_ALLOW, {SANDBOX_IS(0, AF_INET6), SANDBOX_TYPE(1, SOCK_STREAM), SANDBOX_IS(2, IPPROTO_TCP)}},
	{"socket", EACCES, {SANDBOX_IS(0, AF_UNIX)}},                     /* nscd: is it there? */
	{"socket", EAFNOSUPPORT, {SANDBOX_IS(0, AF_NETLINK)}},            /* our own addresses, for the order of the answers */
	{"connect", SANDBOX_ALLOW, {{0}}},                                /* TCP ports: Landlock */
	{"getsockname", SANDBOX_ALLOW, {{0}}},                            /* likewise for the order */
	{"getpeername", SANDBOX_ALLOW, {{0}}},
	{"sendmmsg", SANDBOX_ALLOW, {SANDBOX_WITHOUT(3, MSG_FASTOPEN)}},  /* A and AAAA at once */
	{"writev", SANDBOX_ALLOW, {{0}}},                                 /* TCP: length and question */
	{"setsockopt", SANDBOX_ALLOW, {SANDBOX_IS(1, IPPROTO_IP), SANDBOX_IS(2, IP_RECVERR)}},
	{"setsockopt", SANDBOX_ALLOW, {SANDBOX_IS(1, IPPROTO_IPV6), SANDBOX_IS(2, IPV6_RECVERR)}},
	{"getsockopt", SANDBOX_ALLOW, {SANDBOX_IS(1, SOL_SOCKET), SANDBOX_IS(2, SO_ERROR)}},
	{"ioctl", SANDBOX_ALLOW, {SANDBOX_IS(1, FIONREAD)}},              /* how long is the answer? */
	{"ioctl", SANDBOX_ALLOW, {SANDBOX_IS(1, SIOCGIFINDEX)}},          /* a name server with a scope: fe80::1%eth0 */
#ifndef __GLIBC__
	/* musl: its socket hears all servers at once, its TCP opens fast or not at all */
	{"bind", SANDBOX_ALLOW, {{0}}},
	{"setsockopt", SANDBOX_ALLOW, {SANDBOX_IS(1, IPPROTO_IPV6), SANDBOX_IS(2, IPV6_V6ONLY)}},
	{"rt_sigprocmask", SANDBOX_ALLOW, {{0}}},
#endif
	{"futex", SANDBOX_ALLOW, {{0}}},                                  /* locks of the resolver's configuration */
	{"futex_time64", SANDBOX_ALLOW, {{0}}},
	{"getrandom", SANDBOX_ALLOW, {{0}}},                              /* query numbers, glibc 2.36 */
	{"getpid", SANDBOX_ALLOW, {{0}}},                                 /* the same before */
	{0},
};

static const struct sandbox_call *const tables[] = {sandbox_basic, calls, sandbox_attacks, NULL};

const struct sandbox_policy resolver_policy = {"resolver", ENOSYS, tables};

int
resolver_confine(struct role *role)
{
	static const uint16_t port = DNS_PORT;
	struct landlock_path files[RESOLV_FILES + 1] = {0};
	struct landlock_rules rules = {
		.fs = LL_FS_ALL,
		.net = LL_NET_ALL,
		.scoped = LL_SCOPE_ALL,
		.paths = files,
		.connect = &port,
		.nports = 1,
	};

	for (int i = 0; i < RESOLV_FILES; i++)
		files[i] = (struct landlock_path){resolv_files[i], LL_READ_FILE};
	return role_confine(role, &resolver_policy, &rules);
}
