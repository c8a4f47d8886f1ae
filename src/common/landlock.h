/*
 * Landlock: which files may be used how, to which TCP ports a connection may
 * be made.  What is written here holds for the process and its descendants,
 * for good, whatever uid they have.
 *
 * What a kernel can hold a process to depends on its Landlock ABI:
 *     1 (Linux 5.13) files    2 (5.19) rename and link between folders
 *     3 (6.2) truncate        4 (6.7) TCP connect and bind
 *     5 (6.10) ioctl of devices    6 (6.12) abstract sockets, signals
 */
#ifndef WATCHDOG_LANDLOCK_H
#define WATCHDOG_LANDLOCK_H

#include <stddef.h>
#include <stdint.h>

/* The names are the kernel's; Debian 12's header ends before half of them. */
#define LL_EXECUTE (1ull << 0)
#define LL_WRITE_FILE (1ull << 1)
#define LL_READ_FILE (1ull << 2)
#define LL_READ_DIR (1ull << 3)
#define LL_REMOVE_DIR (1ull << 4)
#define LL_REMOVE_FILE (1ull << 5)
#define LL_MAKE_CHAR (1ull << 6)
#define LL_MAKE_DIR (1ull << 7)
#define LL_MAKE_REG (1ull << 8)
#define LL_MAKE_SOCK (1ull << 9)
#define LL_MAKE_FIFO (1ull << 10)
#define LL_MAKE_BLOCK (1ull << 11)
#define LL_MAKE_SYM (1ull << 12)
#define LL_REFER (1ull << 13)
#define LL_TRUNCATE (1ull << 14)
#define LL_IOCTL_DEV (1ull << 15)
#define LL_FS_ALL ((1ull << 16) - 1)

#define LL_BIND_TCP (1ull << 0)
#define LL_CONNECT_TCP (1ull << 1)
#define LL_NET_ALL (LL_BIND_TCP | LL_CONNECT_TCP)

#define LL_SCOPE_ABSTRACT_UNIX (1ull << 0)
#define LL_SCOPE_SIGNAL (1ull << 1)
#define LL_SCOPE_ALL (LL_SCOPE_ABSTRACT_UNIX | LL_SCOPE_SIGNAL)

/* What is granted on a file, or on all beneath a folder.  A path that does not exist is skipped. */
struct landlock_path {
	const char *path;
	uint64_t access;
};

struct landlock_rules {
	uint64_t fs, net, scoped;          /* what is forbidden but for the grants below */
	const struct landlock_path *paths; /* path == NULL at the end; may be NULL */
	const uint16_t *connect;           /* TCP ports, nports of them */
	size_t nports;
};

/* What a kernel of this ABI knows of the three. */
struct landlock_masks {
	uint64_t fs, net, scoped;
	size_t attr_size; /* of its struct landlock_ruleset_attr */
};
struct landlock_masks landlock_masks(unsigned abi);

/*
 * The running kernel's ABI.  0: there is no Landlock for us, and why says
 * whether it is not built in, off, or forbidden by a container's filter.
 */
unsigned landlock_abi(char *why, size_t whylen);

/*
 * Confine the calling thread to the rules, as far as ABI abi goes.  Sets
 * NO_NEW_PRIVS.  Returns how many grants are in force, without those whose
 * path does not exist or that this ABI has nothing to hold to; or -1 with the
 * reason in why.
 */
int landlock_enter(const struct landlock_rules *rules, unsigned abi, char *why, size_t whylen);

#endif
