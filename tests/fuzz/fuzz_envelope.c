/*
 * /metrics of the watched application.
 */
#include "build_config.h"

#include <math.h>

#include "envelope.h"
#include "fuzz.h"

static void
check_number(double v)
{
	FUZZ_CHECK(isnan(v) || (v >= 0 && v <= 1e18));
}

static uint32_t
walk(struct envelope *e)
{
	struct envelope_agent a;
	uint32_t n = 0;

	while (envelope_next_agent(e, &a)) {
		n++;
		FUZZ_CHECK(a.run_id[0] != '\0');
		fuzz_check_clean(a.run_id, NAME_MAX_LEN);
		fuzz_check_clean(a.name, NAME_MAX_LEN);
		check_number(a.cpu_ticks);
	}
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct envelope e;
	const char *wrong = envelope_open(&e, (const char *)data, size);
	uint32_t n = walk(&e);

	check_number(e.generated_at);
	check_number(e.failed);
	FUZZ_CHECK(n == e.taken && n <= ENVELOPE_AGENTS_MAX);
	FUZZ_CHECK(e.listed || n + e.ignored == 0);
	if (wrong != NULL)
		FUZZ_CHECK(!e.listed && isnan(e.generated_at) && isnan(e.failed));
	return 0;
}
