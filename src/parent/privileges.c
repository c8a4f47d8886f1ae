/*
 * Giving up privileges.  Every step is checked, and the result is read back
 * from the kernel: a child that could not become harmless is not started.
 */
#include "build_config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "privileges.h"

#define DESCRIPTORS_WANTED 16384 /* of each process; a soft limit of 1024 is common, under a hard one far above */
#define UNUSED_UID_FIRST 64900 /* above Debian's dynamic range for users, below the reserved one */
#define UNUSED_UID_LAST 64000
#define CAP_BIT(cap) (UINT64_C(1) << (cap))
#define PARENT_CAPS (CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_SETGID) | CAP_BIT(CAP_KILL))

/* libcap's two calls, without the library: what is needed is these three sets and no text. */
static int
caps_get(uint64_t *effective, uint64_t *permitted)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (syscall(SYS_capget, &head, data) == -1)
		return -1;
	*effective = data[0].effective | (uint64_t)data[1].effective << 32;
	*permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	return 0;
}

static int
caps_set(uint64_t caps)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct now[2] = {0}, data[2] = {
		{.effective = (uint32_t)caps, .permitted = (uint32_t)caps},
		{.effective = (uint32_t)(caps >> 32), .permitted = (uint32_t)(caps >> 32)},
	};

	/* A service manager's filter may forbid capset() to whom there is nothing to take from. */
	if (syscall(SYS_capget, &head, now) == 0 && memcmp(now, data, sizeof(data)) == 0)
		return 0;
	return syscall(SYS_capset, &head, data) == -1 ? -1 : 0;
}

static uid_t
unused_uid(void)
{
	for (uid_t uid = UNUSED_UID_FIRST; uid > UNUSED_UID_LAST; uid--)
		if (getpwuid(uid) == NULL && getgrgid(uid) == NULL)
			return uid;
	return UNUSED_UID_FIRST;
}

static bool
can_change_ids(void)
{
	uint64_t effective = 0, permitted = 0;

	if (geteuid() != 0)
		return false;
	if (caps_get(&effective, &permitted) == 0 && (effective & CAP_BIT(CAP_SETUID)) && (effective & CAP_BIT(CAP_SETGID)))
		return true;
	log_warning("started as root without CAP_SETUID and CAP_SETGID: all processes stay root (without capabilities); "
	    "give those two, or start as an ordinary user");
	return false;
}

/* user_namespaces(7): a line for each range, its first id inside, outside, and how many.  Without such a file all ids are there. */
static bool
is_mapped(const char *map, unsigned id)
{
	FILE *in = fopen(map, "re");
	unsigned first, count;
	bool found = in == NULL;

	while (!found && fscanf(in, "%u %*u %u", &first, &count) == 2)
		found = id >= first && id - first < count;
	if (in != NULL)
		fclose(in);
	return found;
}

static bool
may_drop_groups(void)
{
	FILE *in = fopen("/proc/self/setgroups", "re");
	char word[8] = "";
	bool denied = in != NULL && fscanf(in, "%7s", word) == 1 && strcmp(word, "deny") == 0;

	if (in != NULL)
		fclose(in);
	return !denied;
}

static bool
namespace_has(const struct identity *id)
{
	return may_drop_groups() && is_mapped("/proc/self/uid_map", id->uid) && is_mapped("/proc/self/gid_map", id->gid);
}

/* Sets the ids.  Returns 0, or -1 with why. */
static int
choose_ids(struct identity *id, const struct config *config, char *why, size_t whylen)
{
	const struct passwd *pw = getpwnam(config->user);

	if (pw == NULL && config->user_given) {
		snprintf(why, whylen, "WATCHDOG_USER: expected an existing user, found \"%s\"", config->user);
		return -1;
	}
	id->uid = pw == NULL ? unused_uid() : pw->pw_uid;
	id->gid = pw == NULL ? id->uid : pw->pw_gid;
	if (id->uid == 0) {
		snprintf(why, whylen, "WATCHDOG_USER: expected an ordinary user, found \"%s\", who is root", config->user);
		return -1;
	}
	if (!namespace_has(id)) {
		snprintf(why, whylen, "WATCHDOG_USER: expected a user that this user namespace lets us become, found \"%s\" (uid %u)",
		    config->user, (unsigned)id->uid);
		return config->user_given ? -1 : 0;
	}
	id->separate = true;
	if (pw == NULL)
		log_info("there is no user \"%s\": the children run as uid %u", config->user, (unsigned)id->uid);
	return 0;
}

/* That root cannot is said already, and who is that user anyway has what was asked for. */
static void
say_who_is_not_become(const struct config *config)
{
	const struct passwd *pw = config->user_given && getuid() != 0 ? getpwnam(config->user) : NULL;

	if (config->user_given && getuid() != 0 && (pw == NULL || pw->pw_uid != getuid()))
		log_warning("WATCHDOG_USER: only root can become \"%s\": all processes stay uid %u", config->user, (unsigned)getuid());
}

int
privileges_identity(struct identity *id, const struct config *config, char *why, size_t whylen)
{
	const struct identity ours = {.uid = getuid(), .gid = getgid()};

	*id = ours;
	if (!can_change_ids()) {
		say_who_is_not_become(config);
		return 0;
	}
	if (choose_ids(id, config, why, whylen) == -1)
		return -1;
	if (id->separate)
		return 0;
	*id = ours;
	log_warning("this user namespace has nobody else to become: all processes stay root of it (without capabilities); "
	    "map more ids into it, or start as an ordinary user");
	return 0;
}

static int
no_core_dumps(void)
{
	struct rlimit none = {0, 0};

	return setrlimit(RLIMIT_CORE, &none);
}

/* A thousand dependencies are looked at at once, with a socket for each address; what is refused is no failure. */
static void
allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur >= DESCRIPTORS_WANTED)
		return;
	limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Our own capabilities stay, but no exec of ours or of a child's can gain any. */
static void
drop_bounding_set(void)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

int
privileges_reduce_parent(struct identity *id)
{
	uint64_t effective, permitted;

	/* Where the kernel lets us (CAP_SETPCAP); elsewhere no_new_privs does the same. */
	drop_bounding_set();
	allow_descriptors();
	if (no_core_dumps() == -1 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	if (caps_get(&effective, &permitted) == -1)
		return -1;
	id->parent_caps = permitted & PARENT_CAPS;
	return caps_set(id->parent_caps);
}

static const char *
change_ids(const struct identity *id)
{
	uid_t r, e, s;

	if (setgroups(0, NULL) == -1)
		return "setgroups";
	if (setresgid(id->gid, id->gid, id->gid) == -1)
		return "setresgid";
	if (setresuid(id->uid, id->uid, id->uid) == -1)
		return "setresuid";
	errno = EPERM;
	if (getresuid(&r, &e, &s) == -1 || r != id->uid || e != id->uid || s != id->uid)
		return "getresuid";
	if (getresgid(&r, &e, &s) == -1 || r != id->gid || e != id->gid || s != id->gid)
		return "getresgid";
	return NULL;
}

const char *
privileges_drop(const struct identity *id)
{
	struct rlimit none = {0, 0};
	uint64_t effective = 1, permitted = 1;
	const char *failed;

	if (no_core_dumps() == -1 || setrlimit(RLIMIT_FSIZE, &none) == -1)
		return "setrlimit";
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); /* what is not permitted is not ambient either */
	if (id->separate && (failed = change_ids(id)) != NULL)
		return failed;
	if (caps_set(0) == -1)
		return "capset";
	if (caps_get(&effective, &permitted) == -1 || effective != 0 || permitted != 0)
		return "capget";
	return NULL;
}
