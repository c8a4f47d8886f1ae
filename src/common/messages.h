/*
 * Every message of this program, in one table: its name, who may send it to
 * whom, in which phase of the receiver's or sender's life, whether a
 * descriptor travels with it, and its fields with their limits.  The enum,
 * the structs, the names for logs, the sizes, the codec and the legality
 * check all come from here.
 *
 * On the wire a message is a header of 12 bytes (version, type, two zero
 * bytes, u32 payload length, u32 id), then the fields in their order, each
 * encoded as wire.h says.  An answer carries the id of its question; where
 * nothing is asked the id is 0.
 */
#ifndef WATCHDOG_MESSAGES_H
#define WATCHDOG_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "roles.h"
#include "wire.h"

#define MESSAGE_VERSION 1
#define MESSAGE_HEADER 12
#define MESSAGE_PAYLOAD_MAX 65536

/*
 * Kinds of field.  u8 … u64: limit is the largest value allowed.  i32, i64:
 * the limit is not used.  f64 must be finite; f64n may be NaN, "not known",
 * but not infinite.  str: a NUL-terminated C string, limit in bytes; blob:
 * bytes, limit likewise.  A decoded str or blob points into the payload and
 * lives until the handler returns.
 */
#define U32 UINT32_MAX
#define U64 UINT64_MAX

/* Limits that several messages share, in bytes without the NUL. */
#define KEY_MAX_LEN 64
#define VALUE_MAX_LEN 60000
#define HOST_MAX_LEN 255
#define TEXT_MAX_LEN 1024   /* a reason, an error, a detail */
#define NAME_MAX_LEN 256    /* of a container, an agent, a dependency */
#define PATH_MAX_LEN 4096
#define MESSAGE_TEXT_MAX 32768 /* Telegram refuses more raw bytes */
#define SNAP_PART_MAX 60000
#define ADDRESS_LEN 17      /* family (4 or 6), then 16 bytes, IPv4 in the first four */
#define ADDRESSES_MAX 16
#define CHATS_MAX 16
#define NAMES_MAX 1024      /* host names of one configuration */
#define CONTAINERS_MAX 10240 /* that one list tells of; the rest is counted */

/* --- parent -> child, before the child is READY --- */
#define FIELDS_CONFIG(F, T) F(T, str, key, KEY_MAX_LEN) F(T, str, value, VALUE_MAX_LEN)
/* The host that RESOLVE's index stands for. */
#define FIELDS_NAME(F, T) F(T, u16, index, NAMES_MAX - 1) F(T, str, host, HOST_MAX_LEN)
/*
 * The configuration is complete.  once: one tick, then a report.  chats: how
 * many chats messages go to, 0 = none configured.  new_chats: they may be
 * others than those of the snapshot, so that what it says of a chat's new id
 * means nothing any more; chat_was: four bits for each, the first chat's the
 * lowest, which of those it is, and added_chats one bit each for those that it
 * does not know.  boot: a number of the host's boot, 0 = not known;
 * the boot clock of another boot is another clock.
 */
#define FIELDS_START(F, T) \
	F(T, u8, once, 1) F(T, u8, show_first_tick, 1) F(T, u16, chats, CHATS_MAX) F(T, u8, new_chats, 1) \
	F(T, u64, chat_was, U64) F(T, u16, added_chats, UINT16_MAX) F(T, u64, boot, U64)

/* --- child -> parent --- */
/* What the kernel says of the child (/proc/self/status), its Landlock ABI and rules, and its number of filtered calls (0 = none). */
#define FIELDS_READY(F, T) \
	F(T, u8, seccomp, 2) F(T, u8, no_new_privs, 1) F(T, u64, cap_eff, U64) F(T, u32, uid, U32) \
	F(T, u16, landlock_abi, UINT16_MAX) F(T, u16, landlock_rules, UINT16_MAX) F(T, u16, calls, UINT16_MAX)
#define FIELDS_LOG(F, T) F(T, u8, level, 4) F(T, str, text, 2047)
#define FIELDS_PONG(F, T) F(T, none, none, 0)
/* A blocking call on item index begins; it is over. */
#define FIELDS_BUSY(F, T) F(T, u32, index, U32)
#define FIELDS_IDLE(F, T) F(T, none, none, 0)
/* The link to peer is gone, the one that came by the LINK with this id; why is empty for a plain end of file. */
#define FIELDS_LINK_BROKEN(F, T) F(T, u8, peer, ROLE_COUNT - 1) F(T, str, why, TEXT_MAX_LEN)

/* --- parent -> child, at any time --- */
#define FIELDS_PING(F, T) F(T, none, none, 0)
#define FIELDS_STOP(F, T) F(T, none, none, 0)
/* A descriptor comes with it: this child's end of a new link with peer; an old one is replaced.  id: the link's number. */
#define FIELDS_LINK(F, T) F(T, u8, peer, ROLE_COUNT - 1)
/* collector: look now. */
#define FIELDS_TICK(F, T) F(T, none, none, 0)
/* notifier: forget every back-off. */
#define FIELDS_RETRY(F, T) F(T, none, none, 0)
/* brain: decide nothing new, answer DRAINED when nothing waits to be sent. */
#define FIELDS_DRAIN(F, T) F(T, none, none, 0)
#define FIELDS_DRAINED(F, T) F(T, none, none, 0)
/* brain: a child keeps being restarted (failing = 1), or has been well again for the window. */
#define FIELDS_ROLE_STATE(F, T) \
	F(T, u8, role, ROLE_COUNT - 1) F(T, u8, failing, 1) F(T, u32, restarts, U32) F(T, str, why, TEXT_MAX_LEN)

/* --- the gate: collector asks the parent for one of docker's answers, by number --- */
enum gate_op {
	GATE_PING,           /* GET /_ping */
	GATE_VERSION,        /* GET /version */
	GATE_LIST,           /* GET /v1.NN/containers/json?all=1 */
	GATE_LIST_NAMED,     /* the same, filtered by the configured names */
	GATE_LIST_UNHEALTHY, /* the same, filtered by health=unhealthy */
	GATE_LIST_ONE,       /* the same, filtered by the 32 bytes of an id */
	GATE_LIST_ONE_UNHEALTHY, /* the same, filtered by both */
	GATE_EVENTS,         /* GET /v1.NN/events?since=S.N, a fixed filter; stays open */
	GATE_OP_COUNT
};
/* api_minor: NN of /v1.NN.  since_*: GATE_EVENTS only.  container: 32 bytes of an id for GATE_LIST_ONE*, else empty. */
#define FIELDS_GATE_ASK(F, T) \
	F(T, u8, op, GATE_OP_COUNT - 1) F(T, u8, api_minor, 255) \
	F(T, u64, since_s, INT64_MAX) F(T, u32, since_ns, 999999999) F(T, blob, container, 32)
/*
 * A descriptor comes with it: the read end of the pipe that docker's answer
 * flows into, HTTP head and all.  activated: it is init that listens
 * (SO_PEERCRED, unix(7)), so that to connect is to start the engine.
 */
#define FIELDS_GATE_PIPE(F, T) F(T, u8, activated, 1)
enum gate_end {
	GATE_COMPLETE,  /* docker closed the connection */
	GATE_NO_SOCKET, /* no such file */
	GATE_DENIED,    /* permission: the user is not in docker's group */
	GATE_REFUSED,   /* nobody listens */
	GATE_BUSY,      /* too many requests at once, or too many a second */
	GATE_DEADLINE,  /* no complete answer in time */
	GATE_TOO_LARGE, /* more bytes than the cap */
	GATE_ABANDONED, /* the reader closed its end */
	GATE_FAILED,    /* anything else, see error */
	GATE_END_COUNT
};
/*
 * Why the request ended; comes before any GATE_PIPE if it could not be begun.
 * error: an errno or 0.  group: for GATE_DENIED the group that may use the
 * socket, "" if none may.
 */
#define FIELDS_GATE_END(F, T) F(T, u8, how, GATE_END_COUNT - 1) F(T, i32, error, 0) F(T, str, group, 64)

/* --- the snapshot: brain -> parent after changes, parent -> brain before START --- */
/* untold: by it something is to be told, so the notifier has work, or will have; to the brain always 0. */
#define FIELDS_SNAP_BEGIN(F, T) F(T, u64, generation, U64) F(T, u32, size, U32) F(T, u8, untold, 1)
#define FIELDS_SNAP_PART(F, T) F(T, blob, bytes, SNAP_PART_MAX)
#define FIELDS_SNAP_END(F, T) F(T, u32, checksum, U32)
#define FIELDS_SNAP_OK(F, T) F(T, u64, generation, U64)

/* --- brain -> parent: the table of a tick, line by line, for a person --- */
#define FIELDS_REPORT(F, T) F(T, str, line, 8192)
#define FIELDS_REPORT_END(F, T) F(T, u32, active, U32)

/* --- control: the parent hands a client of its socket to the brain, which asks it for what only the parent knows or can --- */
#define CONTROL_CLIENTS_MAX 64 /* at a time */
#define USER_MAX_LEN 64
/* What a client may do; reading comes first. */
#define CONTROL_MAY_READ 1
#define CONTROL_MAY_CHANGE 2
/*
 * A descriptor comes with it: a connected socket, of which the parent has read nothing.  id: the connection's number.
 * uid, gid, pid: the kernel's word.  user: a name for people.
 */
#define FIELDS_CONTROL_CLIENT(F, T) \
	F(T, u32, uid, U32) F(T, u32, gid, U32) F(T, u32, pid, U32) \
	F(T, u8, rights, CONTROL_MAY_READ | CONTROL_MAY_CHANGE) F(T, str, user, USER_MAX_LEN)
/* The connection with this id is closed. */
#define FIELDS_CONTROL_GONE(F, T) F(T, none, none, 0)
/* How is everybody?  ROLE_INFO for each role, the parent too, then ROLES_END. */
#define FIELDS_ROLES_ASK(F, T) F(T, none, none, 0)
enum role_life { LIFE_OFF, LIFE_STARTING, LIFE_RUNNING, LIFE_STOPPING, LIFE_KILLED, LIFE_BACKOFF, LIFE_COUNT };
/*
 * uptime: seconds since READY.  rss: bytes in memory, shared pages too, 0 =
 * not known.  answers: no heartbeat is overdue.  sandbox: enum sandbox_mode,
 * as it is in force by the kernel's word.  landlock_abi: 0 = none.
 */
#define FIELDS_ROLE_INFO(F, T) \
	F(T, u8, role, ROLE_COUNT - 1) F(T, u8, life, LIFE_COUNT - 1) F(T, u8, answers, 1) F(T, u8, failing, 1) \
	F(T, u8, sandbox, 2) F(T, u32, pid, U32) F(T, f64, uptime, 0) F(T, u64, rss, U64) F(T, u32, restarts, U32) \
	F(T, u16, calls, UINT16_MAX) F(T, u16, landlock_abi, UINT16_MAX) F(T, u16, landlock_rules, UINT16_MAX)
#define FIELDS_ROLES_END(F, T) F(T, none, none, 0)
/* Have the collector look now; have the notifier send a test message, of which CONTROL_TESTED says what came. */
#define FIELDS_CONTROL_TICK(F, T) F(T, none, none, 0)
#define FIELDS_CONTROL_TEST(F, T) F(T, none, none, 0)
#define FIELDS_CONTROL_TESTED(F, T) F(T, u8, ok, 1) F(T, str, text, TEXT_MAX_LEN)

/* --- parent <-> notifier: watchdog -t, and watchdogctl test --- */
#define FIELDS_TEST(F, T) F(T, str, text, 4096)
#define FIELDS_TEST_RESULT(F, T) F(T, u8, ok, 1) F(T, str, text, TEXT_MAX_LEN)

/* --- parent <-> notifier: watchdog --find-chat.  FOUND for each chat, then FOUND_END; ok: there is at least one. --- */
enum chat_kind { CHAT_OTHER, CHAT_PRIVATE, CHAT_GROUP, CHAT_SUPERGROUP, CHAT_CHANNEL, CHAT_KIND_COUNT };
#define FIELDS_FIND(F, T) F(T, none, none, 0)
#define FIELDS_FOUND(F, T) F(T, i64, chat_id, 0) F(T, u8, kind, CHAT_KIND_COUNT - 1) F(T, str, name, NAME_MAX_LEN)
#define FIELDS_FOUND_END(F, T) F(T, u8, ok, 1) F(T, str, text, TEXT_MAX_LEN)

/* --- parent <-> child: watchdog -T --- */
/* Do your real work once. */
#define FIELDS_PROVE(F, T) F(T, none, none, 0)
enum proof { PROOF_FAILED, PROOF_HOLDS, PROOF_SKIPPED, PROOF_COUNT };
/* PROOF_SKIPPED: what it would take is not configured. */
#define FIELDS_PROVED(F, T) F(T, u8, proof, PROOF_COUNT - 1) F(T, str, text, TEXT_MAX_LEN)

/* --- brain -> collector: look at this signal's source again, WATCHDOG_CONFIRM_S from now; kind: enum signal_kind. --- */
#define FIELDS_LOOK_AGAIN(F, T) F(T, u8, kind, 31) F(T, str, name, PATH_MAX_LEN)

/*
 * --- brain -> collector, once after LINK, before which nothing is looked at: where docker's events are to be taken up.
 *     DOCKER_TOLD for each event from then on that has been told already, then DOCKER_SINCE. ---
 */
#define FIELDS_DOCKER_TOLD(F, T) F(T, u64, event, U64)
/* since: the last DOCKER_EVENTS' heard; ago: seconds since the engine's clock said so, 0 and more. */
#define FIELDS_DOCKER_SINCE(F, T) F(T, u64, since, INT64_MAX) F(T, f64, ago, 0)

/* --- collector -> brain: what was seen.  One tick: TICK_BEGIN … TICK_END, the rest between in any order,
 *     each source once; what is not sent was not collected. --- */
/* now: the boot clock; wall: seconds since the epoch, for text. */
/* partial: some sources are looked at once more, to confirm what the last look said (LOOK_AGAIN). */
#define FIELDS_TICK_BEGIN(F, T) F(T, u64, tick, U64) F(T, f64, now, 0) F(T, f64, wall, 0) F(T, u8, partial, 1)
#define FIELDS_TICK_END(F, T) F(T, u64, tick, U64)
#define FIELDS_METRICS_FAILED(F, T) F(T, str, error, TEXT_MAX_LEN)
/*
 * The envelope: fields that are missing or unusable are NaN.  application: a
 * number for the URL, the same as long as it stays the same, 0 = not said.
 * AGENT follows for each, then METRICS_END.
 */
/* listed: the list of agents was there, so that an agent not in it is gone. */
#define FIELDS_METRICS_BEGIN(F, T) F(T, u32, application, U32) F(T, f64n, generated_at, 0) F(T, f64n, failed, 0)
#define FIELDS_AGENT(F, T) F(T, str, run_id, NAME_MAX_LEN) F(T, str, name, NAME_MAX_LEN) F(T, f64n, cpu_ticks, 0)
#define FIELDS_METRICS_END(F, T) F(T, u32, ignored, U32) F(T, u8, listed, 1)
/* NaN: could not be read, and why. */
#define FIELDS_MEM(F, T) F(T, f64n, used_pct, 0) F(T, str, error, TEXT_MAX_LEN)
/* Whether a file system of its own is mounted at a path. */
enum mount_seen { MOUNT_UNKNOWN, MOUNT_NONE, MOUNT_THERE, MOUNT_SEEN_COUNT };
/*
 * exact_pct: what used_pct is rounded up from.  inodes_pct: of its inodes,
 * NaN = it does not count them.  missing: the path does not exist.
 */
#define FIELDS_DISK(F, T) \
	F(T, str, path, PATH_MAX_LEN) F(T, f64n, used_pct, 0) F(T, f64n, exact_pct, 0) F(T, f64n, inodes_pct, 0) \
	F(T, u8, missing, 1) F(T, u8, mount, MOUNT_SEEN_COUNT - 1) F(T, str, error, TEXT_MAX_LEN)
/* Docker gave no list.  off: it is not expected to be there, so nothing is wrong. */
#define FIELDS_DOCKER_FAILED(F, T) F(T, u8, off, 1) F(T, str, error, TEXT_MAX_LEN)
/*
 * Whether docker's events flow; if not, why, for a person.  With every look.
 * heard: every event from before this time stamp has been told; nanoseconds
 * since the epoch, by the engine's clock, 0 = not known.
 */
#define FIELDS_DOCKER_EVENTS(F, T) F(T, u8, live, 1) F(T, u64, heard, INT64_MAX) F(T, str, why, TEXT_MAX_LEN)
/* What a list covers: everything that is watched; only what is named; nothing, docker just answers. */
enum list_scope { SCOPE_ALL, SCOPE_NAMED, SCOPE_NONE, SCOPE_COUNT };
/* Docker is well, and its list came: CONTAINER for each, then CONTAINERS_END.  Outside ticks too, after an event. */
#define FIELDS_CONTAINERS_BEGIN(F, T) F(T, u8, scope, SCOPE_COUNT - 1)
/* What the label watchdog.expect says of a container. */
enum container_expect { EXPECT_NOT_SAID, EXPECT_RUNNING, EXPECT_EXITED, EXPECT_ANY, EXPECT_COUNT };
/* … and watchdog.severity. */
enum container_severity { CONTAINER_SEVERITY_NOT_SAID, CONTAINER_WARNING, CONTAINER_CRITICAL, CONTAINER_SEVERITY_COUNT };
#define CONTAINER_GRACE_MAX_S 86400.0 /* of watchdog.grace */
#define EXIT_CODE_MAX INT16_MAX /* a higher one is not believed */
/*
 * state: docker's word, "missing", or "unknown".  health: "healthy",
 * "unhealthy", "starting" or "".  exit_code: from the list, -1 = not known.
 * named: it matches a configured name (a missing one is always named).
 * id: 64 hex digits, "" if missing.  expect, severity, grace (seconds, NaN =
 * not said) and label_name ("" = not said) are the container's own labels.
 */
#define FIELDS_CONTAINER(F, T) \
	F(T, str, name, NAME_MAX_LEN) F(T, str, state, 32) F(T, str, health, 32) F(T, i32, exit_code, 0) \
	F(T, u8, named, 1) F(T, str, id, 64) F(T, str, project, NAME_MAX_LEN) F(T, str, service, NAME_MAX_LEN) \
	F(T, str, number, 16) F(T, u8, oneoff, 1) F(T, u8, expect, EXPECT_COUNT - 1) \
	F(T, u8, severity, CONTAINER_SEVERITY_COUNT - 1) F(T, f64n, grace, 0) F(T, str, label_name, NAME_MAX_LEN)
#define FIELDS_CONTAINERS_END(F, T) F(T, u32, ignored, U32)
/*
 * Of one container alone, outside ticks too: CONTAINER follows if docker has
 * it, then CONTAINERS_ONE_END.  found: docker has a container of this id.  It
 * may still not be among those that are watched, then no CONTAINER comes.
 */
#define FIELDS_CONTAINERS_ONE_BEGIN(F, T) F(T, str, id, 64)
#define FIELDS_CONTAINERS_ONE_END(F, T) F(T, str, id, 64) F(T, u8, found, 1)
enum container_act {
	ACT_STARTED, ACT_DIED, ACT_OOM, ACT_STOP_ASKED, ACT_REMOVED, ACT_RENAMED, ACT_CREATED, ACT_PAUSED, ACT_UNPAUSED,
	ACT_COUNT
};
/*
 * What an event said, a hint: comes with the check that it caused, before
 * its CONTAINERS_ONE_BEGIN.  ACT_STOP_ASKED: a person's stop or kill.
 * signal: of a kill, -1 = not known.  old_name: of a rename, else "".
 * oneoff: compose's run.  age: seconds since the engine's own time stamp, 0
 * and more.  ended: of ACT_DIED the exit code and 1, 0 = not known.  A label
 * of the container can forge signal, old_name and ended.  time: that time
 * stamp, as heard above; event: a number that no other event has.
 */
#define FIELDS_CONTAINER_ACT(F, T) \
	F(T, u8, act, ACT_COUNT - 1) F(T, str, id, 64) F(T, str, name, NAME_MAX_LEN) F(T, str, old_name, NAME_MAX_LEN) \
	F(T, str, project, NAME_MAX_LEN) F(T, str, service, NAME_MAX_LEN) F(T, str, number, 16) F(T, u8, oneoff, 1) \
	F(T, i32, signal, 0) F(T, f64, age, 0) F(T, u16, ended, EXIT_CODE_MAX + 1) \
	F(T, u64, time, INT64_MAX) F(T, u64, event, U64)
/* ms: how long the ping took.  detail: the error, or what is worth saying of the answer. */
#define FIELDS_DEP(F, T) \
	F(T, str, name, NAME_MAX_LEN) F(T, u8, ok, 1) F(T, f64, ms, 0) F(T, str, detail, TEXT_MAX_LEN)
enum unseen { UNSEEN_METRICS, UNSEEN_DOCKER, UNSEEN_DEP, UNSEEN_COUNT };
/*
 * It could not be looked at for want of something of this host's own
 * (descriptors, memory, ports), so nothing is known of it.  name: of a
 * dependency, else "".
 */
#define FIELDS_UNSEEN(F, T) F(T, u8, what, UNSEEN_COUNT - 1) F(T, str, name, NAME_MAX_LEN) F(T, str, why, TEXT_MAX_LEN)

/* --- brain <-> notifier: one message at a time for each chat, by credit --- */
/* The notifier can take the next message for this chat: sent once after LINK, then after each outcome. */
#define FIELDS_CHAT_READY(F, T) F(T, u16, chat, CHATS_MAX - 1)
enum message_format { FORMAT_HTML, FORMAT_PLAIN, FORMAT_MINIMAL, FORMAT_COUNT };
/* One attempt at one message; reply_to: a Telegram message id, 0 = none. */
#define FIELDS_MESSAGE(F, T) \
	F(T, u64, seq, U64) F(T, u16, chat, CHATS_MAX - 1) F(T, u8, format, FORMAT_COUNT - 1) F(T, u8, silent, 1) \
	F(T, i64, reply_to, 0) F(T, str, text, MESSAGE_TEXT_MAX)
#define FIELDS_DELIVERED(F, T) F(T, u64, seq, U64) F(T, u16, chat, CHATS_MAX - 1) F(T, i64, message_id, 0)
enum send_failure {
	SEND_NOT_SENT, /* it said "not now", or its turn did not come: try again at the next credit */
	SEND_UNKNOWN,  /* the request went out, the reply was lost: it may have been delivered */
	SEND_POISON,   /* 400 about this very text: try a plainer format */
	SEND_CHAT,     /* 401, 403, 404, chat not found: the chat is unusable for now */
	SEND_UNREACHABLE, /* nothing reached Telegram: no name, no route, no connection, no TLS */
	SEND_FAILURE_COUNT
};
/* flood_until: the boot clock's time before which Telegram wants no request at all, past or 0 = none; a new notifier must keep to it too. */
#define FIELDS_SEND_FAILED(F, T) \
	F(T, u64, seq, U64) F(T, u16, chat, CHATS_MAX - 1) F(T, u8, why, SEND_FAILURE_COUNT - 1) F(T, f64, flood_until, 0) \
	F(T, str, text, TEXT_MAX_LEN)
/* The chat has a new id.  To the brain when Telegram says so; to a new notifier from the brain, which remembers. */
#define FIELDS_CHAT_MOVED(F, T) F(T, u16, chat, CHATS_MAX - 1) F(T, i64, new_id, 0)

/* --- collector, notifier <-> resolver --- */
#define FIELDS_RESOLVE(F, T) F(T, u16, index, NAMES_MAX - 1)
/* addresses: ADDRESS_LEN each, in the order to be tried; none = failed, error says why. */
#define FIELDS_ADDRESSES(F, T) \
	F(T, u16, index, NAMES_MAX - 1) F(T, blob, addresses, ADDRESS_LEN * ADDRESSES_MAX) F(T, str, error, TEXT_MAX_LEN)

/* --- collector <-> prober --- */
/* Begins what the parent puts, with the index behind it, in the place of a path that has swallowed a prober: PROBED says ETIMEDOUT. */
#define ABANDONED_PATH "/.abandoned/"
/* index: position in WATCHDOG_DISK_PATHS. */
#define FIELDS_PROBE(F, T) F(T, u16, index, UINT16_MAX)
/* statvfs(3)'s figures, or error: an errno. */
#define FIELDS_PROBED(F, T) \
	F(T, u16, index, UINT16_MAX) F(T, i32, error, 0) F(T, u64, blocks, U64) F(T, u64, bfree, U64) \
	F(T, u64, bavail, U64) F(T, u64, files, U64) F(T, u64, ffree, U64) F(T, u8, mount, MOUNT_SEEN_COUNT - 1)

/* Sets of roles for the table. */
#define R_PARENT ROLE_BIT(ROLE_PARENT)
#define R_COLLECTOR ROLE_BIT(ROLE_COLLECTOR)
#define R_BRAIN ROLE_BIT(ROLE_BRAIN)
#define R_NOTIFIER ROLE_BIT(ROLE_NOTIFIER)
#define R_RESOLVER ROLE_BIT(ROLE_RESOLVER)
#define R_PROBER ROLE_BIT(ROLE_PROBER)
#define R_CHILD (R_COLLECTOR | R_BRAIN | R_NOTIFIER | R_RESOLVER | R_PROBER)

/* The phases of a child's life: before and after its READY.  Links between children exist only after. */
enum phase { PHASE_SETUP = 1, PHASE_RUN = 2, PHASE_ANY = 3 };

/*        NAME             name             from                      to                        phase  fd */
#define MESSAGES(M) \
	M(CONFIG,           config,           R_PARENT,                 R_CHILD,                  SETUP, 0) \
	M(NAME,             name,             R_PARENT,                 R_CHILD,                  SETUP, 0) \
	M(START,            start,            R_PARENT,                 R_CHILD,                  SETUP, 0) \
	M(READY,            ready,            R_CHILD,                  R_PARENT,                 SETUP, 0) \
	M(LOG,              log,              R_CHILD,                  R_PARENT,                 ANY,   0) \
	M(PING,             ping,             R_PARENT,                 R_CHILD,                  RUN,   0) \
	M(PONG,             pong,             R_CHILD,                  R_PARENT,                 RUN,   0) \
	M(BUSY,             busy,             R_RESOLVER | R_PROBER,    R_PARENT,                 RUN,   0) \
	M(IDLE,             idle,             R_RESOLVER | R_PROBER,    R_PARENT,                 RUN,   0) \
	M(STOP,             stop,             R_PARENT,                 R_CHILD,                  ANY,   0) \
	M(LINK,             link,             R_PARENT,                 R_CHILD,                  RUN,   1) \
	M(LINK_BROKEN,      link_broken,      R_CHILD,                  R_PARENT,                 RUN,   0) \
	M(TICK,             tick,             R_PARENT,                 R_COLLECTOR,              RUN,   0) \
	M(RETRY,            retry,            R_PARENT,                 R_NOTIFIER,               RUN,   0) \
	M(DRAIN,            drain,            R_PARENT,                 R_BRAIN,                  RUN,   0) \
	M(DRAINED,          drained,          R_BRAIN,                  R_PARENT,                 RUN,   0) \
	M(ROLE_STATE,       role_state,       R_PARENT,                 R_BRAIN,                  RUN,   0) \
	M(GATE_ASK,         gate_ask,         R_COLLECTOR,              R_PARENT,                 RUN,   0) \
	M(GATE_PIPE,        gate_pipe,        R_PARENT,                 R_COLLECTOR,              RUN,   1) \
	M(GATE_END,         gate_end,         R_PARENT,                 R_COLLECTOR,              RUN,   0) \
	M(SNAP_BEGIN,       snap_begin,       R_PARENT | R_BRAIN,       R_PARENT | R_BRAIN,       ANY,   0) \
	M(SNAP_PART,        snap_part,        R_PARENT | R_BRAIN,       R_PARENT | R_BRAIN,       ANY,   0) \
	M(SNAP_END,         snap_end,         R_PARENT | R_BRAIN,       R_PARENT | R_BRAIN,       ANY,   0) \
	M(SNAP_OK,          snap_ok,          R_PARENT,                 R_BRAIN,                  RUN,   0) \
	M(REPORT,           report,           R_BRAIN,                  R_PARENT,                 RUN,   0) \
	M(REPORT_END,       report_end,       R_BRAIN,                  R_PARENT,                 RUN,   0) \
	M(CONTROL_CLIENT,   control_client,   R_PARENT,                 R_BRAIN,                  RUN,   1) \
	M(CONTROL_GONE,     control_gone,     R_BRAIN,                  R_PARENT,                 RUN,   0) \
	M(ROLES_ASK,        roles_ask,        R_BRAIN,                  R_PARENT,                 RUN,   0) \
	M(ROLE_INFO,        role_info,        R_PARENT,                 R_BRAIN,                  RUN,   0) \
	M(ROLES_END,        roles_end,        R_PARENT,                 R_BRAIN,                  RUN,   0) \
	M(CONTROL_TICK,     control_tick,     R_BRAIN,                  R_PARENT,                 RUN,   0) \
	M(CONTROL_TEST,     control_test,     R_BRAIN,                  R_PARENT,                 RUN,   0) \
	M(CONTROL_TESTED,   control_tested,   R_PARENT,                 R_BRAIN,                  RUN,   0) \
	M(TEST,             test,             R_PARENT,                 R_NOTIFIER,               RUN,   0) \
	M(TEST_RESULT,      test_result,      R_NOTIFIER,               R_PARENT,                 RUN,   0) \
	M(FIND,             find,             R_PARENT,                 R_NOTIFIER,               RUN,   0) \
	M(FOUND,            found,            R_NOTIFIER,               R_PARENT,                 RUN,   0) \
	M(FOUND_END,        found_end,        R_NOTIFIER,               R_PARENT,                 RUN,   0) \
	M(PROVE,            prove,            R_PARENT,                 R_CHILD,                  RUN,   0) \
	M(PROVED,           proved,           R_CHILD,                  R_PARENT,                 RUN,   0) \
	M(TICK_BEGIN,       tick_begin,       R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(TICK_END,         tick_end,         R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(LOOK_AGAIN,       look_again,       R_BRAIN,                  R_COLLECTOR,              RUN,   0) \
	M(DOCKER_TOLD,      docker_told,      R_BRAIN,                  R_COLLECTOR,              RUN,   0) \
	M(DOCKER_SINCE,     docker_since,     R_BRAIN,                  R_COLLECTOR,              RUN,   0) \
	M(METRICS_FAILED,   metrics_failed,   R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(METRICS_BEGIN,    metrics_begin,    R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(AGENT,            agent,            R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(METRICS_END,      metrics_end,      R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(MEM,              mem,              R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(DISK,             disk,             R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(DOCKER_FAILED,    docker_failed,    R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(DOCKER_EVENTS,    docker_events,    R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(CONTAINERS_BEGIN, containers_begin, R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(CONTAINER,        container,        R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(CONTAINERS_END,   containers_end,   R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(CONTAINERS_ONE_BEGIN, containers_one_begin, R_COLLECTOR,      R_BRAIN,                  RUN,   0) \
	M(CONTAINERS_ONE_END, containers_one_end, R_COLLECTOR,          R_BRAIN,                  RUN,   0) \
	M(CONTAINER_ACT,    container_act,    R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(DEP,              dep,              R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(UNSEEN,           unseen,           R_COLLECTOR,              R_BRAIN,                  RUN,   0) \
	M(CHAT_READY,       chat_ready,       R_NOTIFIER,               R_BRAIN,                  RUN,   0) \
	M(MESSAGE,          message,          R_BRAIN,                  R_NOTIFIER,               RUN,   0) \
	M(DELIVERED,        delivered,        R_NOTIFIER,               R_BRAIN,                  RUN,   0) \
	M(SEND_FAILED,      send_failed,      R_NOTIFIER,               R_BRAIN,                  RUN,   0) \
	M(CHAT_MOVED,       chat_moved,       R_BRAIN | R_NOTIFIER,     R_BRAIN | R_NOTIFIER,     RUN,   0) \
	M(RESOLVE,          resolve,          R_COLLECTOR | R_NOTIFIER, R_RESOLVER,               RUN,   0) \
	M(ADDRESSES,        addresses,        R_RESOLVER,               R_COLLECTOR | R_NOTIFIER, RUN,   0) \
	M(PROBE,            probe,            R_COLLECTOR,              R_PROBER,                 RUN,   0) \
	M(PROBED,           probed,           R_PROBER,                 R_COLLECTOR,              RUN,   0)

enum message_type {
#define M(NAME, name, from, to, phase, fd) MSG_##NAME,
	MESSAGES(M)
#undef M
	MSG_COUNT
};

#define MEMBER_none(name) char name;
#define MEMBER_u8(name) uint8_t name;
#define MEMBER_u16(name) uint16_t name;
#define MEMBER_u32(name) uint32_t name;
#define MEMBER_u64(name) uint64_t name;
#define MEMBER_i32(name) int32_t name;
#define MEMBER_i64(name) int64_t name;
#define MEMBER_f64(name) double name;
#define MEMBER_f64n(name) double name;
#define MEMBER_str(name) const char *name;
#define MEMBER_blob(name) struct blob name;
#define MEMBER(T, kind, name, limit) MEMBER_##kind(name)

/* struct msg_config, struct msg_start, … */
#define M(NAME, name, from, to, phase, fd) \
	struct msg_##name { FIELDS_##NAME(MEMBER, ) };
MESSAGES(M)
#undef M

/* Any one of them, as a handler gets it. */
union message {
#define M(NAME, name, from, to, phase, fd) struct msg_##name name;
	MESSAGES(M)
#undef M
};

/* The name of a type for logs, "?" if there is none. */
const char *message_name(unsigned type);

/* True if from may send this type to role to in this phase. */
bool message_allowed(unsigned type, enum role_id from, enum role_id to, enum phase phase);

/* True if a descriptor travels with this type. */
bool message_carries_fd(unsigned type);

/* Smallest and largest payload of a type, in bytes. */
size_t message_size_min(unsigned type);
size_t message_size_max(unsigned type);

/*
 * Encode msg, a struct msg_<type>, header included, into cap bytes at buf.
 * Returns the length, or 0 if a field is out of its limits or cap is short
 * (message_encoded_size() is always enough).
 */
size_t message_encode(void *buf, size_t cap, enum message_type type, uint32_t id, const void *msg);

/* Bytes that message_encode() would need for msg, header included. */
size_t message_encoded_size(enum message_type type, const void *msg);

struct message_header {
	uint8_t type;
	uint32_t length;
	uint32_t id;
};

/* Decode MESSAGE_HEADER bytes.  Returns 0, or -1: wrong version, unknown type, or a length outside that type's sizes. */
int message_header_decode(struct message_header *h, const void *buf);

/* Decode a payload of len bytes.  Returns 0, or -1 if any field is outside its limits or bytes are left over. */
int message_decode(union message *msg, enum message_type type, const void *payload, size_t len);

#endif
