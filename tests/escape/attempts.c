/*
 * The attempts.  Each is one system call, or the few that lead up to it.
 */
#include "build_config.h"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "escape.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#define MPTCP 262

#define TRY(name, expression) \
	static int name(const struct scene *s) { (void)s; return (expression) == -1 ? errno : 0; }

/* --- files --- */

TRY(open_for_writing, open(s->file, O_WRONLY))
TRY(open_for_appending, open(s->file, O_WRONLY | O_APPEND))
TRY(create_a_file, open(s->moved, O_CREAT | O_EXCL | O_RDWR, 0600))
TRY(truncate_by_open, open(s->file, O_RDONLY | O_TRUNC))
TRY(unnamed_file, open(s->folder, O_TMPFILE | O_RDWR, 0600))
TRY(read_a_secret, open(s->file, O_RDONLY))
TRY(read_passwd, open("/etc/passwd", O_RDONLY))
TRY(read_environ, open("/proc/self/environ", O_RDONLY))
TRY(path_descriptor, open(s->docker, O_PATH))
TRY(list_a_folder, open(s->folder, O_RDONLY | O_DIRECTORY))
TRY(open_beside_a_descriptor, openat(s->folder_fd, "file", O_RDONLY))
TRY(truncate_a_file, truncate(s->file, 0))
TRY(unlink_a_file, unlink(s->file))
TRY(rename_a_file, rename(s->file, s->moved))
TRY(rename_by_renameat2, syscall(SYS_renameat2, AT_FDCWD, s->file, AT_FDCWD, s->moved, 0))
TRY(link_a_file, link(s->file, s->moved))
TRY(make_a_symlink, symlink(s->file, s->moved))
TRY(make_a_folder, mkdir(s->moved, 0700))
TRY(make_a_fifo, mkfifo(s->moved, 0600))
TRY(change_mode, chmod(s->file, 0777))
TRY(change_mode_by_descriptor, fchmod(s->file_fd, 0777))
TRY(change_owner, chown(s->file, (uid_t)-1, (gid_t)-1))
TRY(set_an_attribute, setxattr(s->file, "user.x", "y", 1, 0))
TRY(set_times, utimensat(AT_FDCWD, s->file, NULL, 0))
TRY(watch_a_folder, inotify_init1(0))
TRY(change_folder, chdir(s->folder))

static int
open_by_openat2(const struct scene *s)
{
	uint64_t how[3] = {O_RDONLY, 0, 0};

	return syscall(SYS_openat2, AT_FDCWD, s->file, how, sizeof(how)) == -1 ? errno : 0;
}

static int
reopen_for_writing(const struct scene *s)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", s->file_fd);
	return open(path, O_RDWR) == -1 ? errno : 0;
}

/* --- programs and processes --- */

static char *const no_strings[] = {NULL};

static int
run_a_program(const struct scene *s)
{
	char *const argv[] = {"true", NULL};

	(void)s;
	execve("/bin/true", argv, no_strings);
	return errno;
}

static int
run_a_program_by_execveat(const struct scene *s)
{
	char *const argv[] = {"true", NULL};

	(void)s;
	syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, no_strings, 0);
	return errno;
}

static int
new_process(long pid)
{
	if (pid == 0)
		_exit(0);
	return pid == -1 ? errno : 0;
}

static int
fork_a_process(const struct scene *s)
{
	(void)s;
#ifdef SYS_fork
	return new_process(syscall(SYS_fork));
#else
	return new_process(fork());
#endif
}

/* In this function itself: the child uses its stack. */
static int
vfork_a_process(const struct scene *s)
{
	pid_t pid = vfork();

	(void)s;
	if (pid == 0)
		_exit(0);
	return pid == -1 ? errno : 0;
}

static int
clone_a_process(const struct scene *s)
{
	(void)s;
	return new_process(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
}

static int
clone3_a_process(const struct scene *s)
{
	uint64_t args[11] = {[4] = SIGCHLD};

	(void)s;
	return new_process(syscall(SYS_clone3, args, sizeof(args)));
}

static int
clone_into_a_namespace(const struct scene *s)
{
	(void)s;
	return new_process(syscall(SYS_clone, SIGCHLD | CLONE_NEWUSER, NULL, NULL, NULL, NULL));
}

static int
read_a_siblings_memory(const struct scene *s)
{
	char byte, *there = (char *)(uintptr_t)no_strings; /* a forked sibling has it at the same place */
	struct iovec local = {&byte, 1}, remote = {there, 1};

	return process_vm_readv(s->sibling, &local, 1, &remote, 1, 0) == -1 ? errno : 0;
}

static int
write_a_siblings_memory(const struct scene *s)
{
	static char target;
	struct iovec local = {&target, 1}, remote = {&target, 1};

	return process_vm_writev(s->sibling, &local, 1, &remote, 1, 0) == -1 ? errno : 0;
}

static int
open_a_siblings_memory(const struct scene *s)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)s->sibling);
	return open(path, O_RDWR) == -1 ? errno : 0;
}

TRY(kill_a_sibling, kill(s->sibling, SIGCONT))
TRY(tkill_a_sibling, syscall(SYS_tkill, s->sibling, SIGCONT))
TRY(tgkill_a_sibling, syscall(SYS_tgkill, s->sibling, s->sibling, SIGCONT))
TRY(kill_everybody, kill(-1, 0))
TRY(trace_a_sibling, ptrace(PTRACE_SEIZE, s->sibling, NULL, NULL))
TRY(pidfd_of_a_sibling, syscall(SYS_pidfd_open, s->sibling, 0))
TRY(signal_by_pidfd, syscall(SYS_pidfd_send_signal, s->sibling_pidfd, SIGCONT, NULL, 0))
TRY(take_a_siblings_descriptor, syscall(SYS_pidfd_getfd, s->sibling_pidfd, 0, 0))
TRY(compare_with_a_sibling, syscall(SYS_kcmp, getppid(), s->sibling, 0, 0, 0))
TRY(limit_a_sibling, prlimit(s->sibling, RLIMIT_NOFILE, NULL, &(struct rlimit){0, 0}))
TRY(slow_a_sibling_down, setpriority(PRIO_PROCESS, (id_t)s->sibling, 19))

/* --- sockets --- */

TRY(unix_socket, socket(AF_UNIX, SOCK_STREAM, 0))
TRY(netlink_socket, socket(AF_NETLINK, SOCK_RAW, 0))
TRY(packet_socket, socket(AF_PACKET, SOCK_RAW, 0))
TRY(vsock_socket, socket(AF_VSOCK, SOCK_STREAM, 0))
TRY(crypto_socket, socket(AF_ALG, SOCK_SEQPACKET, 0))
TRY(udp_socket, socket(AF_INET, SOCK_DGRAM, 0))
TRY(udp6_socket, socket(AF_INET6, SOCK_DGRAM, 0))
TRY(tcp_socket, socket(AF_INET, SOCK_STREAM, 0))
TRY(mptcp_socket, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, MPTCP))
TRY(mptcp6_socket, socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, MPTCP))
TRY(sctp_socket, socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP))
TRY(raw_socket, socket(AF_INET, SOCK_RAW, IPPROTO_ICMP))
TRY(ping_socket, socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP))
TRY(pair_of_sockets, socketpair(AF_UNIX, SOCK_DGRAM, 0, (int[2]){-1, -1}))

static struct sockaddr_in
loopback(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* A role that may not even have a socket is told so here. */
static int
tcp(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int
connect_to(uint16_t port)
{
	struct sockaddr_in to = loopback(port);
	int fd = tcp();

	return fd == -1 || connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1 ? errno : 0;
}

static int
connect_to_another_port(const struct scene *s)
{
	return connect_to(s->other_port);
}

static int
connect_by_sendto(const struct scene *s)
{
	struct sockaddr_in to = loopback(s->other_port);
	int fd = tcp();

	return fd == -1 || sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof(to)) == -1 ? errno : 0;
}

static int
connect_by_sendmsg(const struct scene *s)
{
	struct sockaddr_in to = loopback(s->other_port);
	struct iovec iov = {"x", 1};
	struct msghdr msg = {.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1};
	int fd = tcp();

	return fd == -1 || sendmsg(fd, &msg, MSG_FASTOPEN) == -1 ? errno : 0;
}

static int
connect_by_sendmmsg(const struct scene *s)
{
	struct sockaddr_in to = loopback(s->other_port);
	struct iovec iov = {"x", 1};
	struct mmsghdr msg = {.msg_hdr = {.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1}};
	int fd = tcp();

	return fd == -1 || sendmmsg(fd, &msg, 1, MSG_FASTOPEN) == -1 ? errno : 0;
}

static int
connect_by_option(const struct scene *s)
{
	struct sockaddr_in to = loopback(s->other_port);
	int fd = tcp(), on = 1;

	if (fd == -1 || setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on)) == -1)
		return errno;
	return connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1 || write(fd, "x", 1) == -1 ? errno : 0;
}

static int
connect_to_docker(const struct scene *s)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(to.sun_path, s->docker, strlen(s->docker) + 1);
	return fd == -1 || connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1 ? errno : 0;
}

/* The only AF_UNIX socket that a role has is its link. */
static int
turn_the_link_to_docker(const struct scene *s)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	memcpy(to.sun_path, s->docker, strlen(s->docker) + 1);
	return connect(3, (struct sockaddr *)&to, sizeof(to)) == -1 ? errno : 0;
}

static int
bind_a_port(const struct scene *s)
{
	struct sockaddr_in at = loopback(0);
	int fd = tcp();

	(void)s;
	return fd == -1 || bind(fd, (struct sockaddr *)&at, sizeof(at)) == -1 ? errno : 0;
}

static int
listen_without_binding(const struct scene *s)
{
	int fd = tcp();

	(void)s;
	return fd == -1 || listen(fd, 1) == -1 ? errno : 0;
}

TRY(accept_a_connection, accept(s->listener_fd, NULL, NULL))

static int
other_protocol_on_tcp(const struct scene *s)
{
	int fd = tcp();

	(void)s;
	return fd == -1 || setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", 3) == -1 ? errno : 0;
}

static int
mark_packets(const struct scene *s)
{
	int fd = tcp(), mark = 1;

	(void)s;
	return fd == -1 || setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &mark, sizeof(mark)) == -1 ? errno : 0;
}

/* --- the kernel --- */

static char zeros[256];

TRY(ring_of_system_calls, syscall(SYS_io_uring_setup, 1, zeros))
TRY(enter_a_ring, syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0))
TRY(bpf_map, syscall(SYS_bpf, 0, zeros, sizeof(zeros)))
TRY(page_fault_handler, syscall(SYS_userfaultfd, 0))
TRY(performance_counter, syscall(SYS_perf_event_open, zeros, 0, -1, -1, 0))
TRY(key_ring, syscall(SYS_keyctl, 0, -3, 0))
TRY(add_a_key, syscall(SYS_add_key, "user", "x", "y", 1, -3))
TRY(file_by_handle, syscall(SYS_open_by_handle_at, -1, zeros, 0))
TRY(fanotify, syscall(SYS_fanotify_init, 0, 0))
TRY(mount_something, mount("none", s->folder, "tmpfs", 0, NULL))
TRY(unmount, umount2(s->folder, 0))
TRY(new_mount_api, syscall(SYS_fsopen, "tmpfs", 0))
TRY(open_a_tree, syscall(SYS_open_tree, AT_FDCWD, s->folder, 1))
TRY(pivot_root_away, syscall(SYS_pivot_root, s->folder, s->folder))
TRY(change_root, chroot(s->folder))
TRY(new_user_namespace, unshare(CLONE_NEWUSER))
TRY(new_network_namespace, unshare(CLONE_NEWNET))
TRY(join_a_namespace, setns(s->sibling_pidfd, CLONE_NEWNET))
TRY(load_a_module, syscall(SYS_finit_module, -1, "", 0))
TRY(load_a_kernel, syscall(SYS_kexec_load, 0, 0, NULL, 0))
TRY(reboot_wrongly, syscall(SYS_reboot, 0, 0, 0, NULL)) /* without its magic numbers it does nothing, were it let through */
TRY(swap, syscall(SYS_swapon, s->file, 0))
TRY(account, syscall(SYS_acct, s->file))
TRY(read_the_kernels_log, syscall(SYS_syslog, 10, NULL, 0))
TRY(set_the_clock, syscall(SYS_clock_settime, CLOCK_REALTIME, &(struct timespec){-1, -1}))
TRY(make_a_device, mknod(s->moved, S_IFCHR | 0600, 0x103))
TRY(change_personality, syscall(SYS_personality, 0x0040000))
TRY(shared_memory, shmget(IPC_PRIVATE, 4096, 0700))
TRY(message_queue, syscall(SYS_msgget, IPC_PRIVATE, 0600))
TRY(timer_signals, syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, zeros))
TRY(type_into_a_terminal, ioctl(0, TIOCSTI, "x"))

#ifdef __x86_64__
static int
call_by_32_bit_number(const struct scene *s)
{
	long rc;

	(void)s;
	__asm__ volatile("int $0x80" : "=a"(rc) : "a"(20L) : "memory", "r8", "r9", "r10", "r11"); /* getpid of i386 */
	return rc < 0 ? (int)-rc : 0;
}
TRY(call_by_x32_number, syscall(0x40000000 | SYS_getpid))
#endif

/* --- memory --- */

static int
map(int prot)
{
	return mmap(NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

static int
map_a_file(const struct scene *s)
{
	return mmap(NULL, 4096, PROT_READ, MAP_SHARED, s->file_fd, 0) == MAP_FAILED ? errno : 0;
}

static int
map_code(const struct scene *s)
{
	(void)s;
	return map(PROT_READ | PROT_EXEC);
}

static int
map_writable_code(const struct scene *s)
{
	(void)s;
	return map(PROT_READ | PROT_WRITE | PROT_EXEC);
}

static int
make_memory_code(const struct scene *s)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)s;
	return p == MAP_FAILED || mprotect(p, 4096, PROT_READ | PROT_EXEC) == -1 ? errno : 0;
}

static int
make_memory_code_by_key(const struct scene *s)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)s;
	return p == MAP_FAILED || syscall(SYS_pkey_mprotect, p, 4096, PROT_READ | PROT_EXEC, -1) == -1 ? errno : 0;
}

TRY(memory_file, memfd_create("x", 0))
TRY(secret_memory, syscall(SYS_memfd_secret, 0))

/* --- identity and limits --- */

static int
set_capabilities(const struct scene *s)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	(void)s;
	return syscall(SYS_capset, &head, data) == -1 ? errno : 0;
}

TRY(become_root, setuid(0))
TRY(become_root_for_now, setresuid((uid_t)-1, 0, (uid_t)-1))
TRY(change_group, setgid(0))
TRY(change_groups, setgroups(1, &(gid_t){0}))
TRY(become_dumpable, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
TRY(change_name, prctl(PR_SET_NAME, "sshd", 0, 0, 0))
TRY(outlive_the_parent, prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0))
TRY(lift_a_limit, setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}))
TRY(new_session, setsid())

/* --- descriptors --- */

static int
write_to_a_copy_of_the_docker_pipe(const struct scene *s)
{
	int fd = dup(s->docker_pipe);

	return fd == -1 || write(fd, "POST", 4) == -1 ? errno : 0;
}

static int
copy_over_a_descriptor(const struct scene *s)
{
	return dup2(s->docker_pipe, 100) == -1 ? errno : 0;
}

static int
reopen_the_docker_pipe(const struct scene *s)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", s->docker_pipe);
	return open(path, O_WRONLY) == -1 ? errno : 0;
}

TRY(write_to_the_docker_pipe, write(s->docker_pipe, "POST", 4))
TRY(copy_by_fcntl, fcntl(s->docker_pipe, F_DUPFD, 50))
TRY(grow_the_docker_pipe, fcntl(s->docker_pipe, F_SETPIPE_SZ, 1 << 20))
TRY(splice_into_the_docker_pipe, splice(s->other_pipe, NULL, s->docker_pipe, NULL, 1, SPLICE_F_NONBLOCK))
TRY(lock_a_file, fcntl(s->file_fd, F_SETLK, &(struct flock){.l_type = F_RDLCK}))
TRY(get_signals_of_a_descriptor, fcntl(s->docker_pipe, F_SETOWN, s->sibling))
TRY(new_pipe, pipe((int[2]){-1, -1}))
TRY(send_a_file_away, syscall(SYS_sendfile, 3, s->file_fd, NULL, 1))

/* Over the link, by the one call that could carry a descriptor. */
static int
hand_a_descriptor_over(const struct scene *s)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {zeros, 1};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &s->docker_pipe, sizeof(int));
	return sendmsg(3, &msg, 0) == -1 ? errno : 0;
}

/* --- the confinement itself --- */

static struct sock_filter let_all[] = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
static struct sock_fprog let_all_program = {1, let_all};

static int
second_landlock(const struct scene *s)
{
	uint64_t attr = 1;

	(void)s;
	return syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0) == -1 ? errno : 0;
}

TRY(second_filter, syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &let_all_program))
TRY(second_filter_by_prctl, prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &let_all_program, 0, 0))

/* Columns: brain, collector, notifier, resolver, prober. */
#define ALL(e) {e, e, e, e, e}
#define BRAIN_DIES(e) {DIES, e, e, e, e}
/* musl hears all name servers on a socket that it has bound. */
#ifdef __GLIBC__
#define RESOLVER_BINDS ENOSYS
#else
#define RESOLVER_BINDS LANDLOCK(4)
#endif

const struct attempt attempts[] = {
	/* files; where open is listed it is to answer EACCES, and the resolver's may only read */
	{"open a file for writing", open_for_writing, true, {DIES, EACCES, EACCES, ENOSYS, ENOSYS}},
	{"open a file for appending", open_for_appending, true, {DIES, EACCES, EACCES, ENOSYS, ENOSYS}},
	{"create a file", create_a_file, true, {DIES, EACCES, EACCES, ENOSYS, ENOSYS}},
	{"truncate a file by opening it", truncate_by_open, true, {DIES, EACCES, EACCES, ENOSYS, ENOSYS}},
	{"make a file without a name", unnamed_file, false, {DIES, EACCES, EACCES, ENOSYS, ENOSYS}},
	{"read a secret", read_a_secret, true, {DIES, EACCES, EACCES, LANDLOCK(1), ENOSYS}},
	{"read /etc/passwd", read_passwd, true, {DIES, EACCES, EACCES, LANDLOCK(1), ENOSYS}},
	{"read its own environment", read_environ, false, {DIES, EACCES, EACCES, NOT_HERE, ENOSYS}},
	{"O_PATH of docker's socket", path_descriptor, true, {DIES, EACCES, EACCES, ENOSYS, ENOSYS}},
	{"open a folder", list_a_folder, true, {DIES, EACCES, EACCES, LANDLOCK(1), ENOSYS}},
	{"open beside a descriptor", open_beside_a_descriptor, true, {DIES, EACCES, EACCES, LANDLOCK(1), ENOSYS}},
	{"open by openat2", open_by_openat2, true, BRAIN_DIES(ENOSYS)},
	{"open a descriptor again, for writing", reopen_for_writing, false, {DIES, EACCES, EACCES, ENOSYS, ENOSYS}},
	{"truncate", truncate_a_file, true, BRAIN_DIES(ENOSYS)},
	{"unlink", unlink_a_file, true, BRAIN_DIES(ENOSYS)},
	{"rename", rename_a_file, true, BRAIN_DIES(ENOSYS)},
	{"renameat2", rename_by_renameat2, true, BRAIN_DIES(ENOSYS)},
	{"link", link_a_file, true, BRAIN_DIES(ENOSYS)},
	{"symlink", make_a_symlink, true, BRAIN_DIES(ENOSYS)},
	{"mkdir", make_a_folder, true, BRAIN_DIES(ENOSYS)},
	{"mkfifo", make_a_fifo, true, ALL(DIES)},
	{"chmod", change_mode, true, BRAIN_DIES(ENOSYS)},
	{"fchmod of an open file", change_mode_by_descriptor, true, BRAIN_DIES(ENOSYS)},
	{"chown", change_owner, true, BRAIN_DIES(ENOSYS)},
	{"setxattr", set_an_attribute, false, BRAIN_DIES(ENOSYS)},
	{"utimensat", set_times, true, BRAIN_DIES(ENOSYS)},
	{"inotify", watch_a_folder, true, BRAIN_DIES(ENOSYS)},
	{"chdir", change_folder, true, BRAIN_DIES(ENOSYS)},

	/* programs and processes */
	{"execve", run_a_program, true, ALL(DIES)},
	{"execveat", run_a_program_by_execveat, true, ALL(DIES)},
	{"fork", fork_a_process, true, BRAIN_DIES(ENOSYS)},
	{"vfork", vfork_a_process, true, BRAIN_DIES(ENOSYS)},
	{"clone", clone_a_process, true, BRAIN_DIES(ENOSYS)},
	{"clone3", clone3_a_process, true, BRAIN_DIES(ENOSYS)},
	{"clone into a user namespace", clone_into_a_namespace, false, ALL(DIES)},
	{"kill a sibling", kill_a_sibling, true, ALL(DIES)},
	{"tkill a sibling", tkill_a_sibling, true, ALL(DIES)},
	{"tgkill a sibling", tgkill_a_sibling, true, BRAIN_DIES(ENOSYS)},
	{"kill everybody", kill_everybody, false, ALL(DIES)},
	{"ptrace a sibling", trace_a_sibling, false, ALL(DIES)},
	{"read a sibling's memory", read_a_siblings_memory, false, ALL(DIES)},
	{"write a sibling's memory", write_a_siblings_memory, false, ALL(DIES)},
	{"open /proc/<sibling>/mem", open_a_siblings_memory, false, {DIES, EACCES, EACCES, ENOSYS, ENOSYS}},
	{"pidfd_open a sibling", pidfd_of_a_sibling, true, ALL(DIES)},
	{"pidfd_send_signal a sibling", signal_by_pidfd, true, ALL(DIES)},
	{"pidfd_getfd of a sibling", take_a_siblings_descriptor, false, ALL(DIES)},
	{"kcmp", compare_with_a_sibling, false, ALL(DIES)},
	{"prlimit a sibling", limit_a_sibling, false, BRAIN_DIES(ENOSYS)},
	{"setpriority of a sibling", slow_a_sibling_down, false, BRAIN_DIES(ENOSYS)},

	/* sockets */
	{"AF_UNIX socket", unix_socket, true, {DIES, DIES, DIES, EACCES, DIES}},
	{"AF_NETLINK socket", netlink_socket, true, {DIES, DIES, DIES, EAFNOSUPPORT, DIES}},
	{"AF_PACKET socket", packet_socket, false, ALL(DIES)},
	{"AF_VSOCK socket", vsock_socket, false, ALL(DIES)},
	{"AF_ALG socket", crypto_socket, false, ALL(DIES)},
	{"TCP socket", tcp_socket, true, {DIES, NOT_HERE, NOT_HERE, NOT_HERE, ENOSYS}},
	{"UDP socket", udp_socket, true, {DIES, EACCES, EACCES, NOT_HERE, ENOSYS}},
	{"UDP socket, IPv6", udp6_socket, false, {DIES, EACCES, EACCES, NOT_HERE, ENOSYS}},
	{"MPTCP socket", mptcp_socket, false, ALL(DIES)},
	{"MPTCP socket, IPv6", mptcp6_socket, false, ALL(DIES)},
	{"SCTP socket", sctp_socket, false, BRAIN_DIES(ENOSYS)},
	{"raw socket", raw_socket, false, ALL(DIES)},
	{"ping socket", ping_socket, false, {DIES, EACCES, EACCES, ENOSYS, ENOSYS}},
	{"socketpair", pair_of_sockets, true, BRAIN_DIES(ENOSYS)},
	{"connect to docker's socket", connect_to_docker, true, {DIES, DIES, DIES, EACCES, DIES}},
	{"turn the link to docker's socket", turn_the_link_to_docker, false, {DIES, EISCONN, EISCONN, EISCONN, ENOSYS}},
	{"connect to a port not configured", connect_to_another_port, true, {DIES, LANDLOCK(4), LANDLOCK(4), LANDLOCK(4), ENOSYS}},
	{"the same by sendto, MSG_FASTOPEN", connect_by_sendto, true, {DIES, DIES, DIES, DIES, ENOSYS}},
	{"the same by sendmsg, MSG_FASTOPEN", connect_by_sendmsg, true, BRAIN_DIES(ENOSYS)},
	{"the same by sendmmsg, MSG_FASTOPEN", connect_by_sendmmsg, true, BRAIN_DIES(ENOSYS)},
	{"the same by TCP_FASTOPEN_CONNECT", connect_by_option, true, {DIES, DIES, DIES, DIES, ENOSYS}},
	{"bind", bind_a_port, true, {DIES, ENOSYS, ENOSYS, RESOLVER_BINDS, ENOSYS}},
	{"listen", listen_without_binding, true, BRAIN_DIES(ENOSYS)},
	{"accept", accept_a_connection, false, BRAIN_DIES(ENOSYS)},
	{"TCP_ULP", other_protocol_on_tcp, false, {DIES, DIES, DIES, DIES, ENOSYS}},
	{"SO_PRIORITY", mark_packets, true, BRAIN_DIES(ENOSYS)},

	/* the kernel */
	{"io_uring_setup", ring_of_system_calls, false, ALL(DIES)},
	{"io_uring_enter", enter_a_ring, false, ALL(DIES)},
	{"bpf", bpf_map, false, ALL(DIES)},
	{"userfaultfd", page_fault_handler, false, ALL(DIES)},
	{"perf_event_open", performance_counter, false, ALL(DIES)},
	{"keyctl", key_ring, false, ALL(DIES)},
	{"add_key", add_a_key, false, ALL(DIES)},
	{"open_by_handle_at", file_by_handle, false, ALL(DIES)},
	{"fanotify", fanotify, false, ALL(DIES)},
	{"mount", mount_something, false, ALL(DIES)},
	{"umount", unmount, false, ALL(DIES)},
	{"fsopen", new_mount_api, false, ALL(DIES)},
	{"open_tree", open_a_tree, false, ALL(DIES)},
	{"pivot_root", pivot_root_away, false, ALL(DIES)},
	{"chroot", change_root, false, ALL(DIES)},
	{"unshare, user", new_user_namespace, false, ALL(DIES)},
	{"unshare, network", new_network_namespace, false, ALL(DIES)},
	{"setns", join_a_namespace, false, ALL(DIES)},
	{"finit_module", load_a_module, false, ALL(DIES)},
	{"kexec_load", load_a_kernel, false, ALL(DIES)},
	{"reboot", reboot_wrongly, false, ALL(DIES)},
	{"swapon", swap, false, ALL(DIES)},
	{"acct", account, false, ALL(DIES)},
	{"syslog", read_the_kernels_log, false, ALL(DIES)},
	{"clock_settime", set_the_clock, false, ALL(DIES)},
	{"mknod", make_a_device, false, ALL(DIES)},
	{"personality", change_personality, true, ALL(DIES)},
	{"shmget", shared_memory, true, BRAIN_DIES(ENOSYS)},
	{"msgget", message_queue, true, BRAIN_DIES(ENOSYS)},
	{"timer_create", timer_signals, true, BRAIN_DIES(ENOSYS)},
	{"TIOCSTI", type_into_a_terminal, false, ALL(DIES)},
#ifdef __x86_64__
	{"a call by its 32-bit number", call_by_32_bit_number, false, ALL(DIES)},
	{"a call by its x32 number", call_by_x32_number, false, ALL(DIES)},
#endif

	/* memory */
	{"mmap of an open file", map_a_file, true, BRAIN_DIES(ENOSYS)},
	{"mmap PROT_EXEC", map_code, true, BRAIN_DIES(EACCES)},
	{"mmap PROT_WRITE and PROT_EXEC", map_writable_code, true, BRAIN_DIES(EACCES)},
	{"mprotect PROT_EXEC", make_memory_code, true, BRAIN_DIES(EACCES)},
	{"pkey_mprotect PROT_EXEC", make_memory_code_by_key, true, BRAIN_DIES(ENOSYS)},
	{"memfd_create", memory_file, true, BRAIN_DIES(ENOSYS)},
	{"memfd_secret", secret_memory, false, ALL(DIES)},

	/* identity and limits */
	{"setuid", become_root, false, ALL(DIES)},
	{"setresuid", become_root_for_now, false, ALL(DIES)},
	{"setgid", change_group, false, ALL(DIES)},
	{"setgroups", change_groups, false, ALL(DIES)},
	{"capset", set_capabilities, true, ALL(DIES)},
	{"prctl PR_SET_DUMPABLE", become_dumpable, true, BRAIN_DIES(ENOSYS)},
	{"prctl PR_SET_NAME", change_name, true, BRAIN_DIES(ENOSYS)},
	{"prctl PR_SET_PDEATHSIG", outlive_the_parent, true, BRAIN_DIES(ENOSYS)},
	{"setrlimit", lift_a_limit, true, BRAIN_DIES(ENOSYS)},
	{"setsid", new_session, true, BRAIN_DIES(ENOSYS)},

	/* descriptors */
	{"write to docker's pipe", write_to_the_docker_pipe, false, {DIES, EBADF, EBADF, ENOSYS, ENOSYS}},
	{"write to a copy of docker's pipe", write_to_a_copy_of_the_docker_pipe, false, BRAIN_DIES(ENOSYS)},
	{"open docker's pipe for writing", reopen_the_docker_pipe, false, {DIES, EACCES, EACCES, ENOSYS, ENOSYS}},
	{"dup2", copy_over_a_descriptor, true, BRAIN_DIES(ENOSYS)},
	{"F_DUPFD", copy_by_fcntl, true, BRAIN_DIES(ENOSYS)},
	{"F_SETPIPE_SZ", grow_the_docker_pipe, true, BRAIN_DIES(ENOSYS)},
	{"F_SETLK", lock_a_file, true, BRAIN_DIES(ENOSYS)},
	{"F_SETOWN", get_signals_of_a_descriptor, true, BRAIN_DIES(ENOSYS)},
	{"splice into docker's pipe", splice_into_the_docker_pipe, false, BRAIN_DIES(ENOSYS)},
	{"pipe", new_pipe, true, BRAIN_DIES(ENOSYS)},
	{"sendfile", send_a_file_away, true, BRAIN_DIES(ENOSYS)},
	{"send a descriptor over the link", hand_a_descriptor_over, true, BRAIN_DIES(ENOSYS)},

	/* the confinement itself */
	{"a second Landlock", second_landlock, false, BRAIN_DIES(ENOSYS)},
	{"a second filter", second_filter, true, BRAIN_DIES(ENOSYS)},
	{"a second filter by prctl", second_filter_by_prctl, true, BRAIN_DIES(ENOSYS)},
	{0},
};

/* --- what a role lives by --- */

static int
connect_to_the_granted_port(const struct scene *s)
{
	return connect_to(s->granted_port);
}

static int
exchange_over_tcp(const struct scene *s)
{
	struct sockaddr_in to = loopback(s->granted_port), me;
	socklen_t len = sizeof(me);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP), on = 1, error = 0;
	struct pollfd pfd = {.fd = fd, .events = POLLOUT};
	socklen_t error_len = sizeof(error);

	if (fd == -1 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1)
		return errno;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1 && errno != EINPROGRESS)
		return errno;
	if (poll(&pfd, 1, 2000) != 1 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_len) == -1 || error != 0)
		return errno;
	if (getsockname(fd, (struct sockaddr *)&me, &len) == -1 || getpeername(fd, (struct sockaddr *)&me, &len) == -1)
		return errno;
	return send(fd, "x", 1, MSG_NOSIGNAL) != 1 || close(fd) == -1 ? errno : 0;
}

static int
wait_by_epoll(const struct scene *s)
{
	struct epoll_event ev = {.events = EPOLLIN};

	if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->docker_pipe, &ev) == -1 || epoll_wait(s->epoll_fd, &ev, 1, 10) == -1)
		return errno;
	return epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, s->docker_pipe, &ev) == -1 ? errno : 0;
}

TRY(read_meminfo, pread(s->meminfo_fd, zeros, sizeof(zeros), 0))
TRY(some_random, getrandom(zeros, 32, 0))
TRY(read_resolv_conf, open("/etc/hosts", O_RDONLY))
TRY(file_system_figures, statvfs("/", &(struct statvfs){0}))

static int
tell_the_time(const struct scene *s)
{
	struct timespec ts;
	struct tm tm;
	time_t now;
	char text[64];

	(void)s;
	if (clock_gettime(CLOCK_BOOTTIME, &ts) == -1 || clock_gettime(CLOCK_REALTIME, &ts) == -1 || (now = time(NULL)) == -1)
		return errno;
	return localtime_r(&now, &tm) == NULL || strftime(text, sizeof(text), "%H:%M", &tm) == 0 || localtime(&now) == NULL ? EINVAL : 0;
}

static int
compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int
use_memory(const struct scene *s)
{
	size_t n = 1 << 20;
	int *big = malloc(n * sizeof(*big)), *bigger;

	(void)s;
	if (big == NULL)
		return errno;
	for (size_t i = 0; i < n; i++)
		big[i] = (int)(i * 7919 % n);
	qsort(big, n, sizeof(*big), compare_ints);
	if ((bigger = realloc(big, 4 * n * sizeof(*big))) == NULL)
		return errno;
	free(bigger);
	return 0;
}

static int
await_a_link(const struct scene *s)
{
	(void)s;
	return AWAIT_LINK;
}

/* As libcurl looks for IPv6, and OpenSSL for a fork. */
static int
survive_what_libraries_try(const struct scene *s)
{
	(void)s;
	if (socket(AF_INET6, SOCK_DGRAM, 0) != -1 || errno != EACCES)
		return EPROTO;
	if (open("/etc/localtime", O_RDONLY) != -1 || errno != EACCES)
		return EPROTO;
	return getpid() <= 0 || syscall(SYS_futex, zeros, FUTEX_WAKE_PRIVATE, 1) == -1 ? errno : 0;
}

const struct attempt still_works[] = {
	{"TCP to the configured port", connect_to_the_granted_port, true, {NOT_HERE, WORKS, WORKS, NOT_HERE, NOT_HERE}},
	{"an exchange over TCP", exchange_over_tcp, true, {NOT_HERE, WORKS, WORKS, NOT_HERE, NOT_HERE}},
	{"what libraries try", survive_what_libraries_try, false, {NOT_HERE, WORKS, WORKS, NOT_HERE, NOT_HERE}},
	{"epoll", wait_by_epoll, true, ALL(WORKS)},
	{"pread of an open /proc file", read_meminfo, true, ALL(WORKS)},
	{"a new link by recvmsg", await_a_link, true, ALL(WORKS)},
	{"getrandom", some_random, true, {NOT_HERE, WORKS, WORKS, WORKS, NOT_HERE}},
	{"time and its text", tell_the_time, true, ALL(WORKS)},
	{"malloc, realloc, qsort of 4 MiB", use_memory, true, ALL(WORKS)},
	{"statvfs", file_system_figures, true, {NOT_HERE, NOT_HERE, NOT_HERE, NOT_HERE, WORKS}},
	{"read /etc/hosts", read_resolv_conf, true, {NOT_HERE, NOT_HERE, NOT_HERE, WORKS, NOT_HERE}},
	{"UDP socket", udp_socket, true, {NOT_HERE, NOT_HERE, NOT_HERE, WORKS, NOT_HERE}},
	{0},
};

const struct attempt parent_attempts[] = {
	{"open a file for writing", open_for_writing, true, {LANDLOCK(1)}},
	{"create a file", create_a_file, true, {LANDLOCK(1)}},
	{"truncate a file by opening it", truncate_by_open, true, {LANDLOCK(3)}},
	{"truncate", truncate_a_file, true, {LANDLOCK(3)}},
	{"unlink", unlink_a_file, true, {LANDLOCK(1)}},
	{"rename", rename_a_file, true, {LANDLOCK(1)}},
	{"mkdir", make_a_folder, true, {LANDLOCK(1)}},
	{"symlink", make_a_symlink, true, {LANDLOCK(1)}},
	{"mkfifo", make_a_fifo, true, {DIES}},
	{"execve of what is not a role", run_a_program, true, {LANDLOCK(1)}},
	{"bind", bind_a_port, true, {LANDLOCK(4)}},
	{"clone3", clone3_a_process, true, {ENOSYS}},
	{"clone into a user namespace", clone_into_a_namespace, false, {DIES}},
	{"unshare, user", new_user_namespace, false, {DIES}},
	{"setns", join_a_namespace, false, {DIES}},
	{"mount", mount_something, false, {DIES}},
	{"fsopen", new_mount_api, false, {DIES}},
	{"pivot_root", pivot_root_away, false, {DIES}},
	{"chroot", change_root, false, {DIES}},
	{"ptrace a sibling", trace_a_sibling, false, {DIES}},
	{"read a sibling's memory", read_a_siblings_memory, false, {DIES}},
	{"pidfd_getfd of a sibling", take_a_siblings_descriptor, false, {DIES}},
	{"bpf", bpf_map, false, {DIES}},
	{"perf_event_open", performance_counter, false, {DIES}},
	{"userfaultfd", page_fault_handler, false, {DIES}},
	{"finit_module", load_a_module, false, {DIES}},
	{"kexec_load", load_a_kernel, false, {DIES}},
	{"reboot", reboot_wrongly, false, {DIES}},
	{"clock_settime", set_the_clock, false, {DIES}},
	{"personality", change_personality, true, {DIES}},
	{"TIOCSTI", type_into_a_terminal, false, {DIES}},
	{"io_uring_setup", ring_of_system_calls, false, {ENOSYS}},
	{"keyctl", key_ring, false, {ENOSYS}},
#ifdef __x86_64__
	{"a call by its 32-bit number", call_by_32_bit_number, false, {DIES}},
#endif
	/* what it lives by */
	{"fork", fork_a_process, true, {WORKS}},
	{"connect to docker's socket", connect_to_docker, true, {WORKS}},
	{"read a file", read_a_secret, true, {WORKS}},
	{"memfd_create", memory_file, true, {WORKS}},
	{"socketpair", pair_of_sockets, true, {WORKS}},
	{0},
};
