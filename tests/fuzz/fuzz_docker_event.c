/*
 * A line of docker's event stream.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include "docker_event.h"
#include "fuzz.h"

static void
check_event(const struct docker_event *e)
{
	const struct container *c = &e->container;

	FUZZ_CHECK(e->act <= ACT_NONE && e->signal >= -1);
	FUZZ_CHECK(strlen(c->id) == CONTAINER_ID_LEN && c->name[0] != '\0');
	fuzz_check_clean(c->id, CONTAINER_ID_LEN);
	fuzz_check_clean(c->name, NAME_MAX_LEN);
	fuzz_check_clean(c->project, NAME_MAX_LEN);
	fuzz_check_clean(c->service, NAME_MAX_LEN);
	fuzz_check_clean(c->number, sizeof(c->number) - 1);
	fuzz_check_clean(e->old_name, NAME_MAX_LEN);
	FUZZ_CHECK(isnan(c->labels.grace) || (c->labels.grace >= 0 && c->labels.grace <= CONTAINER_GRACE_MAX_S));
}

/* What tells two events apart must not depend on anything but the line. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = {(const char *)data, size};
	struct docker_event e, again;

	memset(&e, 0xa5, sizeof(e));
	memset(&again, 0x5a, sizeof(again));
	if (!docker_event_read(&e, line))
		return 0;
	check_event(&e);
	FUZZ_CHECK(docker_event_read(&again, line));
	FUZZ_CHECK(e.key == again.key && e.time_ns == again.time_ns && e.act == again.act && e.signal == again.signal);
	FUZZ_CHECK(e.health == again.health && e.healthy == again.healthy);
	return 0;
}
