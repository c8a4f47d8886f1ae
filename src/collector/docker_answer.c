/*
 * Takes in docker's answers.  Trusts nothing of the bytes; what counts as
 * the end is the list's closing bracket, since under HTTP/1.0 a crash of the
 * engine looks like an end.
 */
#include "build_config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker_answer.h"
#include "messages.h"
#include "utf8.h"

#define ERROR_BODY_MAX 4096 /* bytes of an error's body that are kept */
#define ERROR_TEXT_MAX 400  /* bytes of it that are told */

struct docker_answer {
	char *head_text;          /* until the head is complete */
	size_t head_len;
	struct docker_head head;
	struct docker_list *list; /* NULL: none is expected */
	char *error_body;
	size_t error_len;
	uint64_t body;            /* bytes of the body so far */
	char why[TEXT_MAX_LEN];   /* "" = nothing wrong so far */
};

struct docker_answer *
docker_answer_new(docker_list_cb *element, void *ctx)
{
	struct docker_answer *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->head_text = malloc(DOCKER_HEAD_MAX);
	a->error_body = malloc(ERROR_BODY_MAX);
	a->list = element == NULL ? NULL : docker_list_new(element, ctx);
	if (a->head_text == NULL || a->error_body == NULL || (element != NULL && a->list == NULL)) {
		docker_answer_free(a);
		return NULL;
	}
	return a;
}

void
docker_answer_free(struct docker_answer *a)
{
	if (a == NULL)
		return;
	free(a->head_text);
	free(a->error_body);
	docker_list_free(a->list);
	free(a);
}

const struct docker_head *
docker_answer_head(const struct docker_answer *a)
{
	return &a->head;
}

uint32_t
docker_answer_skipped(const struct docker_answer *a)
{
	return a->list == NULL ? 0 : docker_list_skipped(a->list);
}

static void
keep_error(struct docker_answer *a, const char *bytes, size_t len)
{
	size_t room = ERROR_BODY_MAX - a->error_len;

	len = len < room ? len : room;
	memcpy(a->error_body + a->error_len, bytes, len);
	a->error_len += len;
}

static bool
feed_body(struct docker_answer *a, const char *bytes, size_t len)
{
	a->body += len;
	if (a->head.status != 200)
		keep_error(a, bytes, len);
	else if (a->list != NULL && docker_list_feed(a->list, bytes, len) == -1)
		snprintf(a->why, sizeof(a->why), "its answer is not a list of objects");
	return a->why[0] == '\0';
}

bool
docker_answer_feed(struct docker_answer *a, const char *bytes, size_t len)
{
	size_t room = DOCKER_HEAD_MAX - a->head_len, taken = len < room ? len : room, before = a->head_len;
	const char *why;
	int n;

	if (a->head.status != 0)
		return feed_body(a, bytes, len);
	memcpy(a->head_text + a->head_len, bytes, taken);
	a->head_len += taken;
	n = docker_head_parse(&a->head, a->head_text, a->head_len, &why);
	if (n == -1)
		snprintf(a->why, sizeof(a->why), "its answer cannot be read: %s", why);
	if (n <= 0)
		return n == 0;
	return feed_body(a, bytes + ((size_t)n - before), len - ((size_t)n - before));
}

/* The "message" of docker's JSON, or the text itself: very old versions are refused in plain text. */
static void
describe_error(struct docker_answer *a)
{
	struct span body = {a->error_body, a->error_len};
	char text[ERROR_TEXT_MAX];

	if (!json_check(body) || !json_text(json_member(body, "message"), text, sizeof(text)))
		utf8_clean(text, sizeof(text), a->error_body, a->error_len, false);
	for (size_t n = strlen(text); n > 0 && text[n - 1] == ' '; n--)
		text[n - 1] = '\0';
	snprintf(a->why, sizeof(a->why), "status %u%s%s", a->head.status, text[0] == '\0' ? "" : ": ", text);
}

const char *
docker_answer_wrong(struct docker_answer *a)
{
	if (a->why[0] != '\0')
		return a->why;
	if (a->head.status == 0 || (a->head.has_length && a->body != a->head.length))
		snprintf(a->why, sizeof(a->why), "incomplete reply");
	else if (a->head.status != 200)
		describe_error(a);
	else if (a->list != NULL && !docker_list_complete(a->list))
		snprintf(a->why, sizeof(a->why), "incomplete reply");
	return a->why[0] == '\0' ? NULL : a->why;
}
