/*
 * Reads the application's envelope.  Trusts nothing of it.
 */
#include "build_config.h"

#include <math.h>
#include <stdio.h>

#include "envelope.h"
#include "rfc3339.h"

#define INTEGER_MAX 9007199254740992.0 /* 2^53: beyond it a double no longer tells neighbours apart */
#define SECONDS_MAX 1e11               /* the year 5138 */
#define COUNT_MAX 1e15
#define TICKS_MAX 1e18

/* A number from 0 to max, or NaN. */
static double
sane_number(struct span value, double max)
{
	double v = json_number(value);

	return v >= 0 && v <= max ? v : NAN;
}

static double
read_time(struct span value)
{
	char text[64];
	double v;

	if (!json_is_string(value))
		return sane_number(value, SECONDS_MAX);
	if (!json_text(value, text, sizeof(text)))
		return NAN;
	v = rfc3339_parse(text);
	return v >= 0 && v <= SECONDS_MAX ? v : NAN;
}

const char *
envelope_open(struct envelope *e, const char *body, size_t len)
{
	struct span whole = {body, len}, agents;

	*e = (struct envelope){.generated_at = NAN, .failed = NAN};
	if (!json_check(whole))
		return "not JSON";
	if (!json_is_object(whole))
		return "not a JSON object";
	e->generated_at = read_time(json_member(whole, "generated_at"));
	e->failed = sane_number(json_member(json_member(json_member(whole, "queue"), "counts"), "failed"), COUNT_MAX);
	agents = json_member(whole, "agents");
	e->listed = json_is_array(agents);
	if (e->listed)
		e->agents = json_walk_of(agents);
	return NULL;
}

static bool
read_run_id(struct span value, char *dst, size_t cap)
{
	double v;

	if (json_is_string(value))
		return json_text(value, dst, cap) && *dst != '\0';
	v = sane_number(value, INTEGER_MAX);
	if (isnan(v) || v != floor(v))
		return false;
	snprintf(dst, cap, "%.0f", v);
	return true;
}

bool
envelope_next_agent(struct envelope *e, struct envelope_agent *a)
{
	struct span key, value;

	while (json_next(&e->agents, &key, &value)) {
		if (e->taken == ENVELOPE_AGENTS_MAX ||
		    !read_run_id(json_member(value, "run_id"), a->run_id, sizeof(a->run_id))) {
			e->ignored++;
			continue;
		}
		e->taken++;
		a->cpu_ticks = sane_number(json_member(value, "cpu_ticks"), TICKS_MAX);
		json_text(json_member(value, "name"), a->name, sizeof(a->name));
		return true;
	}
	return false;
}
