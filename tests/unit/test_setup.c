/*
 * What a new child is told: the largest configuration and the largest
 * snapshot, by a socket that takes little, to a child that reads late.
 */
#include "build_config.h"

#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "checksum.h"
#include "parent_unit.h"

#define LONGEST (SETUP_AHEAD + NAMES_MAX * (HOST_MAX_LEN + 32u) + MESSAGE_PAYLOAD_MAX) /* the last of all are said at once */
#define TURNS_MAX 1000000

static struct parent p;
static uint8_t snapshot[SNAPSHOT_MAX];

/* What the child has heard. */
static struct {
	struct config config;
	unsigned names;
	uint64_t generation;
	uint8_t *bytes;
	size_t len;
	bool whole, started;
} heard;

#define HEAR(name) static void name(void *ctx, struct link *link, uint32_t id, const union message *msg)

HEAR(on_config)
{
	char why[256];

	(void)ctx, (void)link, (void)id;
	assert_int_equal(config_set(&heard.config, msg->config.key, msg->config.value, why, sizeof(why)), 0);
	assert_false(heard.whole || heard.names > 0 || heard.started);
}

HEAR(on_name)
{
	(void)ctx, (void)link, (void)id, (void)msg;
	assert_false(heard.started);
	heard.names++;
}

HEAR(on_begin)
{
	(void)ctx, (void)link, (void)id;
	heard.generation = msg->snap_begin.generation;
	assert_non_null(heard.bytes = malloc(msg->snap_begin.size));
}

HEAR(on_part)
{
	(void)ctx, (void)link, (void)id;
	assert_true(msg->snap_part.bytes.len <= sizeof(snapshot) - heard.len);
	memcpy(heard.bytes + heard.len, msg->snap_part.bytes.p, msg->snap_part.bytes.len);
	heard.len += msg->snap_part.bytes.len;
}

HEAR(on_end)
{
	(void)ctx, (void)link, (void)id;
	assert_int_equal(msg->snap_end.checksum, checksum_crc32(0, heard.bytes, heard.len));
	heard.whole = true;
}

HEAR(on_start)
{
	(void)ctx, (void)link, (void)id, (void)msg;
	heard.started = true;
}

static link_handler *const hears[MSG_COUNT] = {
	[MSG_CONFIG] = on_config, [MSG_NAME] = on_name, [MSG_START] = on_start,
	[MSG_SNAP_BEGIN] = on_begin, [MSG_SNAP_PART] = on_part, [MSG_SNAP_END] = on_end,
};

static void
on_broken(void *ctx, struct link *link, const char *why)
{
	(void)ctx, (void)link;
	fail_msg("a link broke: %s", why);
}

static void
on_drained(void *ctx, struct link *link)
{
	(void)link;
	assert_int_equal(setup_go_on(ctx), 0);
}

/* An entry of len bytes, a comma the last of them: begin, with its number for each #, then end with as many of fill before it as it takes. */
static void
write_entry(char *entry, size_t len, unsigned number, const char *begin, const char *end, char fill)
{
	char *at = entry;

	memset(entry, fill, len - 1);
	for (; *begin != '\0'; begin++) {
		if (*begin != '#') {
			*at++ = *begin;
			continue;
		}
		for (unsigned digit = 100; digit > 0; digit /= 10)
			*at++ = (char)('0' + number / digit % 10);
	}
	memcpy(entry + len - 1 - strlen(end), end, strlen(end));
	entry[len - 1] = ',';
}

static void
set_list(const char *key, unsigned n, size_t len, const char *begin, const char *end, char fill)
{
	char *list = malloc(n * len), why[256];

	assert_non_null(list);
	for (unsigned i = 0; i < n; i++)
		write_entry(list + i * len, len, i, begin, end, fill);
	list[n * len - 1] = '\0';
	if (config_set(&p.config, key, list, why, sizeof(why)) == -1)
		fail_msg("%s: %s", key, why);
	free(list);
}

/* Each list has as many entries as it may have, and as many bytes. */
static void
set_the_largest_configuration(void)
{
	char url[4000], why[256];

	set_list("WATCHDOG_DISK_PATHS", 1000, 60, "/#", "", 'p');
	set_list("WATCHDOG_CONTAINERS", 1000, 60, "c#", "", 'c');
	set_list("WATCHDOG_DEPS", 1000, 60, "d#=tcp://h#", ":65535", 'h');
	set_list("WATCHDOG_DEPENDS", 200, 270, "container:#", ">container:database", 'd');
	memset(url, 'u', sizeof(url) - 1);
	url[sizeof(url) - 1] = '\0';
	memcpy(url, "http://host/", 12);
	assert_int_equal(config_set(&p.config, "WATCHDOG_METRICS_URL", url, why, sizeof(why)), 0);
}

static void
keep_the_largest_snapshot(void)
{
	struct msg_snap_begin begin = {.generation = 7, .size = sizeof(snapshot)};
	uint64_t generation;

	for (size_t i = 0; i < sizeof(snapshot); i++)
		snapshot[i] = (uint8_t)(i * 2654435761u >> 11);
	assert_int_equal(keeper_begin(p.keeper, &begin), 0);
	for (size_t at = 0, n; at < sizeof(snapshot); at += n) {
		n = sizeof(snapshot) - at < SNAP_PART_MAX ? sizeof(snapshot) - at : SNAP_PART_MAX;
		assert_int_equal(keeper_part(p.keeper, &(struct msg_snap_part){{snapshot + at, (uint32_t)n}}), 0);
	}
	assert_int_equal(keeper_end(p.keeper, &(struct msg_snap_end){checksum_crc32(0, snapshot, sizeof(snapshot))}, &generation), 0);
}

static int
setup(void **state)
{
	(void)state;
	memset(&p, 0, sizeof(p));
	memset(&heard, 0, sizeof(heard));
	log_set(unit_quiet, LEVEL_ERROR);
	config_init(&p.config);
	config_init(&heard.config);
	assert_non_null(p.base = event_base_new());
	assert_non_null(p.keeper = keeper_new());
	set_the_largest_configuration();
	assert_int_equal(dead_paths_reset(&p.dead_paths, p.config.disk_paths.n), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(heard.bytes);
	config_free(&heard.config);
	config_free(&p.config);
	dead_paths_free(&p.dead_paths);
	keeper_free(p.keeper);
	event_base_free(p.base);
	return 0;
}

/* Its end of the link is left in *its.  The kernel takes as little from us as it can. */
static void
child_new_that_does_not_read(struct child *c, enum role_id role, int *its)
{
	struct link_spec ours = {.self = ROLE_PARENT, .peer = role, .handlers = parent_handlers, .broken = on_broken, .ctx = c};
	int fd[2], least = 1;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	assert_int_equal(setsockopt(fd[0], SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)), 0);
	*c = (struct child){.parent = &p, .role = role, .state = CHILD_STARTING};
	assert_non_null(c->link = link_new(p.base, fd[0], &ours));
	link_set_phase(c->link, PHASE_SETUP);
	link_set_drained(c->link, on_drained);
	*its = fd[1];
}

/* Returns its link. */
static struct link *
child_new(struct child *c, enum role_id role)
{
	struct link_spec its = {.self = role, .peer = ROLE_PARENT, .handlers = hears, .broken = on_broken};
	struct link *l;
	int fd;

	child_new_that_does_not_read(c, role, &fd);
	assert_non_null(l = link_new(p.base, fd, &its));
	link_set_phase(l, PHASE_SETUP);
	return l;
}

static void
same_keys(enum role_id role)
{
	for (size_t i = 0; i < config_key_count(); i++) {
		const struct config_key *key = config_key_at(i);

		if ((key->roles & ROLE_BIT(role)) != 0 && (key->flags & CONFIG_SECRET) == 0 && !config_same(&p.config, &heard.config, i))
			fail_msg("%s came as another value", key->name);
	}
}

static void
count_name(void *ctx, uint16_t index, const char *host)
{
	(void)index, (void)host;
	++*(unsigned *)ctx;
}

/* All of it comes, and what waits on the way is bounded. */
static void
tell(enum role_id role)
{
	struct child c;
	struct link *l = child_new(&c, role);
	unsigned names = 0;

	assert_int_equal(setup_begin(&c), 0);
	for (unsigned turn = 0; !heard.started && turn < TURNS_MAX; turn++) {
		assert_true(link_queued(c.link) <= LONGEST);
		event_base_loop(p.base, EVLOOP_NONBLOCK);
	}
	assert_true(heard.started);
	same_keys(role);
	config_names(&p.config, role, count_name, &names);
	assert_int_equal(heard.names, names);
	link_free(l);
	link_free(c.link);
}

static void
the_largest_configuration_and_snapshot_reach_a_brain(void **state)
{
	(void)state;
	keep_the_largest_snapshot();
	tell(ROLE_BRAIN);
	assert_true(heard.whole);
	assert_int_equal(heard.generation, 7);
	assert_int_equal(heard.len, sizeof(snapshot));
	assert_memory_equal(heard.bytes, snapshot, sizeof(snapshot));
}

static void
a_brain_without_a_snapshot_is_told_of_none(void **state)
{
	(void)state;
	tell(ROLE_BRAIN);
	assert_null(heard.bytes);
}

static void
the_largest_configuration_reaches_the_others(void **state)
{
	(void)state;
	keep_the_largest_snapshot();
	tell(ROLE_COLLECTOR);
	assert_null(heard.bytes);
	assert_true(heard.names > 900);
}

/* As one that is stopped: what waits for it is little, and nobody stands still for it. */
static void
a_child_that_does_not_read_is_told_no_more_than_a_queue_holds(void **state)
{
	struct child c;
	int fd = -1;

	(void)state;
	keep_the_largest_snapshot();
	child_new_that_does_not_read(&c, ROLE_BRAIN, &fd);
	assert_int_equal(setup_begin(&c), 0);
	for (int turn = 0; turn < 100; turn++)
		event_base_loop(p.base, EVLOOP_NONBLOCK);
	assert_true(link_queued(c.link) <= LONGEST);
	assert_false(c.told.all);
	link_free(c.link);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_largest_configuration_and_snapshot_reach_a_brain, setup, teardown),
		cmocka_unit_test_setup_teardown(a_brain_without_a_snapshot_is_told_of_none, setup, teardown),
		cmocka_unit_test_setup_teardown(the_largest_configuration_reaches_the_others, setup, teardown),
		cmocka_unit_test_setup_teardown(a_child_that_does_not_read_is_told_no_more_than_a_queue_holds, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
