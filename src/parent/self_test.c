/*
 * watchdog -T.  A role's own words are believed for the work it did; how it
 * is confined is the kernel's word, which READY carries.
 */
#include "build_config.h"

#include <sys/prctl.h>

#include <linux/capability.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "self_test.h"
#include "strbuf.h"
#include "utf8.h"

static struct {
	bool ready, done, failed;
	enum proof proof;
	char text[TEXT_MAX_LEN + 1];
} proofs[ROLE_COUNT];

void
self_test_ready(struct child *c)
{
	proofs[c->role].ready = true;
	SEND(c->link, PROVE, prove, 0, 0);
}

void
self_test_proved(struct child *c, const struct msg_proved *msg)
{
	proofs[c->role].done = true;
	proofs[c->role].proof = (enum proof)msg->proof;
	utf8_clean(proofs[c->role].text, sizeof(proofs[c->role].text), msg->text, strlen(msg->text), false);
	if (self_test_settled(c->parent))
		parent_stop(c->parent, 0);
}

void
self_test_failed(struct child *c)
{
	proofs[c->role].failed = true;
	if (self_test_settled(c->parent))
		parent_give_up_in(c->parent, 0);
}

bool
self_test_settled(const struct parent *p)
{
	unsigned wanted = setup_roles(p);

	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		if ((wanted & ROLE_BIT(i)) && !proofs[i].done && !proofs[i].failed)
			return false;
	return true;
}

/* capabilities(7): those that the parent keeps by their names, others as the rest of the kernel's mask. */
static void
name_capabilities(struct strbuf *out, uint64_t caps)
{
	static const struct {
		unsigned number;
		const char *name;
	} names[] = {{CAP_KILL, "kill"}, {CAP_SETGID, "setgid"}, {CAP_SETUID, "setuid"}};

	if (caps == 0)
		strbuf_puts(out, "none");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint64_t bit = UINT64_C(1) << names[i].number;

		if ((caps & bit) != 0)
			strbuf_printf(out, "%s%s", out->len == 0 ? "" : ",", names[i].name);
		caps &= ~bit;
	}
	if (caps != 0)
		strbuf_printf(out, "%s0x%" PRIx64, out->len == 0 ? "" : ",", caps);
}

static void
print_row(const char *role, uint32_t uid, uint64_t caps, const char *filter, const char *landlock, const char *result)
{
	char bytes[64];
	struct strbuf text = STRBUF_IN(bytes);

	name_capabilities(&text, caps);
	printf("%-10s %-6" PRIu32 " %-19s %-22s %-18s %s\n", role, uid, text.s, filter, landlock, result);
}

/* What it said of itself and the kernel of it never came. */
static void
print_row_without(const char *role, const char *result)
{
	printf("%-10s %-6s %-19s %-22s %-18s %s\n", role, "-", "-", "-", "-", result);
}

/* The parent's own row: its filter forbids, a child's allows. */
static bool
print_parent(const struct parent *p)
{
	char filter[32], landlock[32];
	bool confined = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_FILTERED && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;

	snprintf(filter, sizeof(filter), confined ? "filter, %u forbidden" : "none", p->confined.calls);
	snprintf(landlock, sizeof(landlock), p->confined.landlock_abi == 0 ? "none here" : "ABI %u", p->confined.landlock_abi);
	print_row("parent", getuid(), p->identity.parent_caps, filter, landlock, confined ? "ok" : "FAILED: not confined");
	return confined;
}

/* NULL: there is a result, and it has lived so far. */
static const char *
how_far(const struct child *c)
{
	if (c->unstarted)
		return "not started";
	if (!proofs[c->role].ready)
		return "not ready";
	if (!proofs[c->role].done)
		return "no result";
	return proofs[c->role].failed ? "died after its result" : NULL;
}

static void
verdict(const struct child *c, char *text, size_t len)
{
	const char *words[PROOF_COUNT] = {[PROOF_FAILED] = "FAILED", [PROOF_HOLDS] = "ok", [PROOF_SKIPPED] = "skipped"};
	const char *missing = how_far(c);

	if (missing != NULL)
		snprintf(text, len, "FAILED: %s%s%s", missing, c->why[0] == '\0' ? "" : ": ", c->why);
	else if (!child_is_filtered(c))
		snprintf(text, len, "FAILED: no system call filter");
	else
		snprintf(text, len, "%s: %s", words[proofs[c->role].proof], proofs[c->role].text);
}

static bool
print_child(const struct child *c)
{
	const struct msg_ready *r = &c->ready;
	char filter[32], landlock[32], result[TEXT_MAX_LEN + 32];

	snprintf(filter, sizeof(filter), r->seccomp == SECCOMP_FILTERED ? "filter, %u calls" : "none", r->calls);
	snprintf(landlock, sizeof(landlock), r->landlock_abi == 0 ? "none here" : "ABI %u, %u rules", r->landlock_abi, r->landlock_rules);
	verdict(c, result, sizeof(result));
	if (proofs[c->role].ready)
		print_row(role_name(c->role), r->uid, r->cap_eff, filter, landlock, result);
	else
		print_row_without(role_name(c->role), result);
	return strncmp(result, "FAILED", 6) != 0;
}

int
self_test_print(struct parent *p)
{
	unsigned wanted = setup_roles(p);
	bool all;

	printf("%-10s %-6s %-19s %-22s %-18s %s\n", "ROLE", "UID", "CAPABILITIES", "SECCOMP", "LANDLOCK", "RESULT");
	all = print_parent(p);
	for (int i = ROLE_PARENT + 1; i < ROLE_COUNT; i++)
		if (wanted & ROLE_BIT(i))
			all = print_child(&p->child[i]) && all;
	if (p->config.sandbox != SANDBOX_ENFORCE)
		printf("WATCHDOG_SANDBOX is not enforce: nothing holds back a process that is taken over\n");
	return all && p->config.sandbox == SANDBOX_ENFORCE ? 0 : 1;
}
