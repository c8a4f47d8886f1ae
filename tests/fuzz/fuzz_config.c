/*
 * A configuration file.  Each value that was taken must come back the same
 * through the text that the parent tells its children.
 */
#include "build_config.h"

#include <sys/mman.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "fuzz.h"

static void
report(void *ctx, bool error, const char *text)
{
	*(unsigned *)ctx += error;
	FUZZ_CHECK(text[0] != '\0');
	fuzz_check_clean(text, 1023);
}

static void
tell_again(const struct config *from, struct config *to, size_t i)
{
	static char text[CONFIG_VALUE_MAX + 1], again[CONFIG_VALUE_MAX + 1];
	char why[256];
	int rc = config_value(from, i, text, sizeof(text));

	FUZZ_CHECK(rc != -1);
	if (rc == 1)
		return;
	FUZZ_CHECK(config_set(to, config_key_at(i)->name, text, why, sizeof(why)) == 0);
	FUZZ_CHECK(config_value(to, i, again, sizeof(again)) == 0 && strcmp(text, again) == 0);
}

static void
count_names(void *ctx, uint16_t index, const char *host)
{
	FUZZ_CHECK(*host != '\0' && index < CONFIG_LIST_MAX + 2);
	++*(size_t *)ctx;
}

static void
check_taken(const struct config *c, size_t one)
{
	struct config child;
	size_t names = 0;

	config_init(&child);
	for (size_t i = 0; i < config_key_count(); i++)
		tell_again(c, &child, i);
	FUZZ_CHECK(config_same(c, &child, one));
	config_names(c, ROLE_RESOLVER, count_names, &names);
	FUZZ_CHECK(names <= c->deps.n + 2);
	config_drop_secrets(&child);
	config_free(&child);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char path[64];
	struct config_source from = {.file = path, .must_exist = true};
	struct config c;
	unsigned errors = 0;

	if (fd == -1) {
		FUZZ_CHECK((fd = memfd_create("watchdog.conf", MFD_CLOEXEC)) != -1);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	FUZZ_CHECK(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	config_init(&c);
	FUZZ_CHECK(config_load(&c, &from, report, &errors) == errors);
	check_taken(&c, size % config_key_count());
	config_free(&c);
	return 0;
}
