/*
 * The HTTP head of docker's answers, and an answer as a whole: the first byte
 * says in what pieces it comes and whether a list is expected.
 */
#include "build_config.h"

#include <string.h>

#include "docker_answer.h"
#include "docker_head.h"
#include "fuzz.h"
#include "messages.h"

static bool
same(const struct docker_head *a, const struct docker_head *b)
{
	return a->status == b->status && a->api_major == b->api_major && a->api_minor == b->api_minor &&
	    a->podman == b->podman && a->has_length == b->has_length && a->length == b->length;
}

static void
check_head(const char *bytes, size_t len)
{
	struct docker_head h = {0}, again;
	const char *why;
	int n = docker_head_parse(&h, bytes, len, &why);

	FUZZ_CHECK((n == -1) == (why != NULL));
	if (n <= 0)
		return;
	FUZZ_CHECK((size_t)n <= len && n <= (int)DOCKER_HEAD_MAX);
	FUZZ_CHECK(h.status >= 100 && h.status <= 599);
	/* It ends exactly there. */
	FUZZ_CHECK(docker_head_parse(&again, bytes, (size_t)n, &why) == n && same(&again, &h));
	FUZZ_CHECK(docker_head_parse(&again, bytes, (size_t)n - 1, &why) == 0);
}

static void
count(void *ctx, struct span element)
{
	(void)element;
	++*(unsigned *)ctx;
}

static uint64_t
take(const char *bytes, size_t len, size_t piece, bool list)
{
	unsigned elements = 0;
	struct docker_answer *a = docker_answer_new(list ? count : NULL, &elements);
	const char *wrong;
	uint64_t hash;

	FUZZ_CHECK(a != NULL);
	for (size_t at = 0; at < len; at += piece)
		if (!docker_answer_feed(a, bytes + at, len - at < piece ? len - at : piece))
			break;
	wrong = docker_answer_wrong(a);
	if (wrong != NULL)
		fuzz_check_clean(wrong, TEXT_MAX_LEN - 1);
	hash = fuzz_hash(elements, wrong == NULL ? "" : wrong, wrong == NULL ? 0 : strlen(wrong));
	hash = fuzz_hash(hash, &docker_answer_head(a)->status, sizeof(unsigned));
	docker_answer_free(a);
	return hash;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data + 1;

	if (size < 2)
		return 0;
	check_head(bytes, size - 1);
	FUZZ_CHECK(take(bytes, size - 1, size, data[0] % 2 == 1) ==
	    take(bytes, size - 1, 1 + data[0] / 2u, data[0] % 2 == 1));
	return 0;
}
