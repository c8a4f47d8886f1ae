/*
 * The parent starts programs, changes ids, moves docker's bytes: what it calls
 * is too much for a list, so its filter says what is forbidden.  A child's own
 * filter and rules come on top; of two outcomes the kernel takes the harder.
 *
 * What nobody tries by accident is death.  What a library may try before its
 * role is confined, to see whether it is there, is ENOSYS, as on a kernel
 * without it.
 */
#include "build_config.h"

#include <sys/auxv.h>
#include <sys/ioctl.h>

#include <elf.h>
#include <errno.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>

#include "confine.h"
#include "landlock.h"
#include "log.h"

#define WHY_MAX 256

#ifdef __LP64__
typedef Elf64_Phdr program_header;
#else
typedef Elf32_Phdr program_header;
#endif

/* Which of clone's arguments holds the flags. */
#ifdef __s390x__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

static const struct sandbox_call forbidden[] = {
	/* other processes' memory and descriptors */
	{"ptrace", SANDBOX_KILL, {{0}}},
	{"process_vm_readv", SANDBOX_KILL, {{0}}},
	{"process_vm_writev", SANDBOX_KILL, {{0}}},
	{"process_madvise", SANDBOX_KILL, {{0}}},
	{"pidfd_getfd", SANDBOX_KILL, {{0}}},
	{"kcmp", SANDBOX_KILL, {{0}}},
	/* the tree of mounts */
	{"mount", SANDBOX_KILL, {{0}}},
	{"umount", SANDBOX_KILL, {{0}}},
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
	{"quotactl", SANDBOX_KILL, {{0}}},
	{"quotactl_fd", SANDBOX_KILL, {{0}}},
	{"mknod", SANDBOX_KILL, {{0}}},
	{"mknodat", SANDBOX_KILL, {{0}}},
	{"open_by_handle_at", SANDBOX_KILL, {{0}}},
	/* namespaces; clone3 hides its flags in memory, and glibc goes back to clone on ENOSYS, on EPERM it would not */
	{"unshare", SANDBOX_KILL, {{0}}},
	{"setns", SANDBOX_KILL, {{0}}},
	{"clone", SANDBOX_KILL, {SANDBOX_WITH(CLONE_FLAGS, CLONE_NEWUSER)}},
	{"clone", SANDBOX_KILL, {SANDBOX_WITH(CLONE_FLAGS, CLONE_NEWNS)}},
	{"clone", SANDBOX_KILL, {SANDBOX_WITH(CLONE_FLAGS, CLONE_NEWNET)}},
	{"clone", SANDBOX_KILL, {SANDBOX_WITH(CLONE_FLAGS, CLONE_NEWPID)}},
	{"clone", SANDBOX_KILL, {SANDBOX_WITH(CLONE_FLAGS, CLONE_NEWIPC)}},
	{"clone", SANDBOX_KILL, {SANDBOX_WITH(CLONE_FLAGS, CLONE_NEWUTS)}},
	{"clone", SANDBOX_KILL, {SANDBOX_WITH(CLONE_FLAGS, CLONE_NEWCGROUP)}},
	{"clone3", ENOSYS, {{0}}},
	/* the kernel itself */
	{"init_module", SANDBOX_KILL, {{0}}},
	{"finit_module", SANDBOX_KILL, {{0}}},
	{"delete_module", SANDBOX_KILL, {{0}}},
	{"create_module", SANDBOX_KILL, {{0}}},
	{"kexec_load", SANDBOX_KILL, {{0}}},
	{"kexec_file_load", SANDBOX_KILL, {{0}}},
	{"reboot", SANDBOX_KILL, {{0}}},
	{"swapon", SANDBOX_KILL, {{0}}},
	{"swapoff", SANDBOX_KILL, {{0}}},
	{"acct", SANDBOX_KILL, {{0}}},
	{"syslog", SANDBOX_KILL, {{0}}},
	{"bpf", SANDBOX_KILL, {{0}}},
	{"perf_event_open", SANDBOX_KILL, {{0}}},
	{"userfaultfd", SANDBOX_KILL, {{0}}},
	{"fanotify_init", SANDBOX_KILL, {{0}}},
	{"lookup_dcookie", SANDBOX_KILL, {{0}}},
	{"nfsservctl", SANDBOX_KILL, {{0}}},
	{"vhangup", SANDBOX_KILL, {{0}}},
	{"sethostname", SANDBOX_KILL, {{0}}},
	{"setdomainname", SANDBOX_KILL, {{0}}},
	{"settimeofday", SANDBOX_KILL, {{0}}},
	{"stime", SANDBOX_KILL, {{0}}},
	{"clock_settime", SANDBOX_KILL, {{0}}},
	{"clock_settime64", SANDBOX_KILL, {{0}}},
	{"adjtimex", SANDBOX_KILL, {{0}}},
	{"clock_adjtime", SANDBOX_KILL, {{0}}},
	{"clock_adjtime64", SANDBOX_KILL, {{0}}},
	/* the processor */
	{"iopl", SANDBOX_KILL, {{0}}},
	{"ioperm", SANDBOX_KILL, {{0}}},
	{"modify_ldt", SANDBOX_KILL, {{0}}},
	{"vm86", SANDBOX_KILL, {{0}}},
	{"vm86old", SANDBOX_KILL, {{0}}},
	{"personality", SANDBOX_KILL, {{0}}},
	{"memfd_secret", SANDBOX_KILL, {{0}}},
	/* the terminal from which the daemon was started: typing into it */
	{"ioctl", SANDBOX_KILL, {SANDBOX_IS(1, TIOCSTI)}},
	{"ioctl", SANDBOX_KILL, {SANDBOX_IS(1, TIOCLINUX)}},
	/* what libraries look for and do without */
	{"io_uring_setup", ENOSYS, {{0}}},
	{"io_uring_enter", ENOSYS, {{0}}},
	{"io_uring_register", ENOSYS, {{0}}},
	{"keyctl", ENOSYS, {{0}}},
	{"add_key", ENOSYS, {{0}}},
	{"request_key", ENOSYS, {{0}}},
	{"name_to_handle_at", ENOSYS, {{0}}},
	{"mbind", ENOSYS, {{0}}},
	{"set_mempolicy", ENOSYS, {{0}}},
	{"get_mempolicy", ENOSYS, {{0}}},
	{"migrate_pages", ENOSYS, {{0}}},
	{"move_pages", ENOSYS, {{0}}},
	{0},
};

static const struct sandbox_call *const tables[] = {forbidden, NULL};

const struct sandbox_policy parent_policy = {"parent", SANDBOX_ALLOW, tables};

/* The program that the kernel runs to load a dynamic program: for this one, and so for the roles.  NULL: static. */
static const char *
interpreter(void)
{
	const program_header *ph = (const program_header *)getauxval(AT_PHDR);
	size_t n = getauxval(AT_PHNUM);
	uintptr_t base = 0;

	for (size_t i = 0; i < n; i++)
		if (ph[i].p_type == PT_PHDR)
			base = (uintptr_t)ph - ph[i].p_vaddr;
	for (size_t i = 0; i < n; i++)
		if (ph[i].p_type == PT_INTERP)
			return (const char *)(base + ph[i].p_vaddr);
	return NULL;
}

/* A folder's path, for free(), or NULL. */
static char *
folder_of(const char *path)
{
	char *folder = path == NULL ? NULL : strdup(path), *slash = folder == NULL ? NULL : strrchr(folder, '/');

	if (slash == NULL || slash == folder) {
		free(folder);
		return NULL;
	}
	*slash = '\0';
	return folder;
}

/*
 * Where that program lies, for free(); NULL: there is none.  An upgrade of
 * the C library puts another file there, and a rule for the file alone would
 * not let a child be started any more.  It opens nothing new: who may run the
 * dynamic linker may have it load any program that can be read.
 */
static char *
folder_of_interpreter(void)
{
	const char *path = interpreter();
	char *real = path == NULL ? NULL : realpath(path, NULL), *folder = folder_of(real);

	free(real);
	return folder;
}

/* Reading is free, and so are docker's socket and TCP: a child inherits the rules and needs some of each. */
static int
confine_files(const struct config *c, const char *roledir, unsigned abi)
{
	char why[WHY_MAX] = "", *control = folder_of(c->control_sock), *state = folder_of(c->state_file);
	char *loader = folder_of_interpreter();
	const struct landlock_path paths[] = {
		{roledir, LL_EXECUTE},
		{"/dev/null", LL_WRITE_FILE | LL_TRUNCATE},
		{loader != NULL ? loader : "/dev/null", loader != NULL ? LL_EXECUTE : 0},
		/* a missing one would end the list */
		{control != NULL ? control : "/dev/null", control != NULL ? LL_MAKE_SOCK | LL_REMOVE_FILE : 0},
		/* only if it is asked for; the roles' own rules and filters let none of them write */
		{state, LL_MAKE_REG | LL_WRITE_FILE | LL_REMOVE_FILE},
		{0},
	};
	struct landlock_rules rules = {
		.fs = LL_FS_ALL & ~(LL_READ_FILE | LL_READ_DIR),
		.net = LL_BIND_TCP,
		/* its children are within its own scope; systemd's notification socket may be an abstract one */
		.scoped = LL_SCOPE_SIGNAL,
		.paths = paths,
	};
	int rc;

#if defined(WITH_SANITIZERS) || defined(WITH_COVERAGE)
	rules.fs = 0; /* children inherit it: the leak check reads /proc, gcov writes files */
#endif
	if ((rc = landlock_enter(&rules, abi, why, sizeof(why))) == -1)
		log_error("sandbox: Landlock of the parent: %s", why);
	free(control);
	free(state);
	free(loader);
	return rc == -1 ? -1 : 0;
}

static int
confine(const struct config *c, const char *roledir, struct parent_confined *done)
{
	char why[WHY_MAX] = "";

	if (c->sandbox != SANDBOX_ENFORCE) {
		log_warning("sandbox: log mode, this program is not confined: what would be refused is only reported");
		return 0;
	}
	done->landlock_abi = landlock_abi(why, sizeof(why));
	if (done->landlock_abi == 0) {
		log_warning("sandbox: no Landlock (%s): only the system call filters confine this program", why);
		return 0;
	}
	return confine_files(c, roledir, done->landlock_abi);
}

int
parent_confine(const struct config *c, const char *roledir, struct parent_confined *done)
{
	char why[WHY_MAX] = "";
	int calls;

	*done = (struct parent_confined){0};
	if (c->sandbox == SANDBOX_OFF)
		return 0;
	if (sandbox_extra_rows > 0)
		log_warning("sandbox: this is a test build, whose filters are wider than a release's");
	if (confine(c, roledir, done) == -1)
		return -1;
	/* No listener, for children inherit it and can have but one; so in log mode this filter speaks by the kernel's log. */
	if ((calls = sandbox_enter(&parent_policy, c->sandbox, NULL, why, sizeof(why))) == -1) {
		log_error("sandbox: system call filter of the parent: %s", why);
		return c->sandbox == SANDBOX_ENFORCE ? -1 : 0;
	}
	done->calls = (unsigned)calls;
	return 0;
}
