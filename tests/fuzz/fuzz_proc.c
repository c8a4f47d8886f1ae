/*
 * Files of /proc, which in a container's may show what others named: memory,
 * cgroups, mounts and a host's name, a NUL between them.
 */
#include "build_config.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "host.h"
#include "own_container.h"

#define PARTS 4

static void
check_figures(const uint8_t *data, size_t size)
{
	uint64_t v[3] = {0};
	double used, exact;

	memcpy(v, data, size < sizeof(v) ? size : sizeof(v));
	used = host_disk_used_pct(v[0], v[1], v[2]);
	exact = host_disk_exact_pct(v[0], v[1], v[2]);
	FUZZ_CHECK(isnan(used) == isnan(exact));
	FUZZ_CHECK(isnan(used) || (used >= 0 && used <= 100 && used == floor(used)));
	FUZZ_CHECK(isnan(exact) || (exact >= 0 && exact <= 100 && used - exact < 1.0001 && used - exact > -0.0001));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *part[PARTS] = {text}, id[OWN_CONTAINER_LEN + 1];
	double used = host_mem_used_pct(text);
	size_t at = 0;

	FUZZ_CHECK(isnan(used) || (used >= 0 && used <= 100));
	for (size_t i = 1; i < PARTS; i++)
		part[i] = text + (at = at + strlen(text + at) < size ? at + strlen(text + at) + 1 : size);
	own_container_find(id, part[1], part[2], part[3]);
	FUZZ_CHECK(strlen(id) == 0 || strlen(id) == 12 || strlen(id) == OWN_CONTAINER_LEN);
	for (const char *p = id; *p != '\0'; p++)
		FUZZ_CHECK(isxdigit((unsigned char)*p));
	check_figures(data, size);
	free(text);
	return 0;
}
