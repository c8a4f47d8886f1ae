/*
 * Docker's list of containers, cut anywhere: the first byte says how long the
 * pieces are.  However it is cut, the same elements must be found.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include "docker_container.h"
#include "docker_list.h"
#include "fuzz.h"

struct found {
	uint64_t hash;
	uint32_t elements;
};

static void
complained(void *ctx, const char *name, const char *label, const char *expected, const char *found)
{
	(void)ctx;
	FUZZ_CHECK(*name != '\0' && *label != '\0' && *expected != '\0');
	fuzz_check_clean(found, LABEL_SHOWN_MAX);
}

static void
check_labels(const struct docker_labels *l, const char *name)
{
	FUZZ_CHECK(isnan(l->grace) || (l->grace >= 0 && l->grace <= CONTAINER_GRACE_MAX_S));
	fuzz_check_clean(l->name, NAME_MAX_LEN);
	docker_labels_complain(l, name, complained, NULL);
}

static void
check_container(struct span element)
{
	struct container c;
	char *patterns[] = {(char[]){"*"}, (char[]){"web-?[0-9]"}, (char[]){"api"}};
	struct config config = {.containers = {patterns, 3}};

	if (!docker_container_read(&c, element))
		return;
	FUZZ_CHECK(strlen(c.id) == CONTAINER_ID_LEN && c.name[0] != '\0' && c.state[0] != '\0');
	FUZZ_CHECK(c.exit_code >= -1 && c.exit_code <= INT16_MAX);
	FUZZ_CHECK(c.health[0] == '\0' || strcmp(c.state, "running") == 0);
	fuzz_check_clean(c.name, NAME_MAX_LEN);
	fuzz_check_clean(c.project, NAME_MAX_LEN);
	fuzz_check_clean(c.service, NAME_MAX_LEN);
	fuzz_check_clean(c.number, sizeof(c.number) - 1);
	fuzz_check_clean(c.network_of, CONTAINER_ID_LEN);
	FUZZ_CHECK(c.labels.enable == LABEL_FALSE || docker_container_watched(&config, &c) != NOT_WATCHED);
	check_labels(&c.labels, c.name);
}

static void
element(void *ctx, struct span text)
{
	struct found *f = ctx;

	FUZZ_CHECK(json_check(text) && json_is_object(text));
	f->elements++;
	f->hash = fuzz_hash(f->hash, text.p, text.len);
	check_container(text);
}

/* Returns false if the list was refused. */
static bool
feed(struct found *f, const char *bytes, size_t len, size_t piece)
{
	struct docker_list *l = docker_list_new(element, f);
	int rc = 0;

	FUZZ_CHECK(l != NULL);
	for (size_t at = 0; at < len && rc == 0; at += piece)
		rc = docker_list_feed(l, bytes + at, len - at < piece ? len - at : piece);
	f->hash = fuzz_hash(f->hash, &(uint32_t){docker_list_skipped(l)}, sizeof(uint32_t));
	f->hash = fuzz_hash(f->hash, &(char){docker_list_complete(l)}, 1);
	docker_list_free(l);
	return rc == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct found whole = {0}, pieces = {0};

	if (size == 0)
		return 0;
	FUZZ_CHECK(feed(&whole, (const char *)data + 1, size - 1, size) ==
	    feed(&pieces, (const char *)data + 1, size - 1, 1 + data[0] % 64u));
	FUZZ_CHECK(whole.elements == pieces.elements && whole.hash == pieces.hash);
	return 0;
}
