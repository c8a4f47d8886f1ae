/*
 * What all fuzz targets share.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "log.h"
#include "utf8.h"

#define FNV_BASE 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

int fuzz_report_fd = STDERR_FILENO;

void
fuzz_failed(const char *condition, const char *file, int line)
{
	dprintf(fuzz_report_fd, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

static void
discard(enum log_level level, const char *text)
{
	(void)level;
	fuzz_check_clean(text, LOG_LINE_MAX - 1);
}

void
fuzz_quiet_log(void)
{
	log_set(discard, LEVEL_DEBUG);
}

uint64_t
fuzz_hash(uint64_t hash, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	hash ^= FNV_BASE;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * FNV_PRIME;
	return hash;
}

char *
fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	FUZZ_CHECK(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

void
fuzz_check_clean(const char *s, size_t len)
{
	FUZZ_CHECK(strlen(s) <= len);
	FUZZ_CHECK(utf8_valid(s, strlen(s)));
	for (; *s != '\0'; s++)
		FUZZ_CHECK((unsigned char)*s >= ' ' && *s != 0x7f);
}
