/*
 * An incremental scanner for a JSON array of objects.  It looks only for
 * where each object ends; whether the object is sound is then asked of
 * json_check().  Trusts nothing of the bytes.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "docker_list.h"

#define FIRST_SIZE 4096

enum state {
	BEFORE_ARRAY,
	FIRST_ELEMENT, /* … or the end of an empty list */
	NEXT_ELEMENT,
	IN_ELEMENT,
	AFTER_ELEMENT,
	AFTER_ARRAY
};

struct docker_list {
	docker_list_cb *cb;
	void *ctx;
	enum state state;
	size_t depth; /* of brackets inside the element */
	bool in_string, escaped;
	bool too_long;
	char *text;   /* the element so far */
	size_t len, cap;
	uint32_t skipped;
};

struct docker_list *
docker_list_new(docker_list_cb *cb, void *ctx)
{
	struct docker_list *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->cb = cb;
	l->ctx = ctx;
	return l;
}

void
docker_list_free(struct docker_list *l)
{
	if (l == NULL)
		return;
	free(l->text);
	free(l);
}

bool
docker_list_complete(const struct docker_list *l)
{
	return l->state == AFTER_ARRAY;
}

uint32_t
docker_list_skipped(const struct docker_list *l)
{
	return l->skipped;
}

static int
keep(struct docker_list *l, const char *bytes, size_t len)
{
	size_t cap = l->cap == 0 ? FIRST_SIZE : l->cap;
	char *grown;

	if (l->too_long || len > DOCKER_ELEMENT_MAX - l->len) {
		l->too_long = true;
		return 0;
	}
	while (cap < l->len + len)
		cap *= 2;
	if (cap != l->cap) {
		if ((grown = realloc(l->text, cap)) == NULL)
			return -1;
		l->text = grown;
		l->cap = cap;
	}
	memcpy(l->text + l->len, bytes, len);
	l->len += len;
	return 0;
}

static void
element_end(struct docker_list *l)
{
	struct span element = {l->text, l->len};

	if (!l->too_long && json_check(element))
		l->cb(l->ctx, element);
	else if (l->skipped < UINT32_MAX)
		l->skipped++;
	l->len = 0;
	l->too_long = false;
	l->state = AFTER_ELEMENT;
}

/* One byte inside an element.  Returns true if the element ends with it. */
static bool
element_byte(struct docker_list *l, char c)
{
	if (l->in_string) {
		if (l->escaped)
			l->escaped = false;
		else if (c == '\\')
			l->escaped = true;
		else if (c == '"')
			l->in_string = false;
		return false;
	}
	if (c == '"')
		l->in_string = true;
	else if (c == '{' || c == '[')
		l->depth++;
	else if (c == '}' || c == ']')
		return --l->depth == 0;
	return false;
}

/* As much of the element as these bytes hold.  Returns how much that was, 0 if memory is short. */
static size_t
element_bytes(struct docker_list *l, const char *bytes, size_t len)
{
	size_t n = 0;
	bool ends = false;

	while (n < len && !ends)
		ends = element_byte(l, bytes[n++]);
	if (keep(l, bytes, n) == -1)
		return 0;
	if (ends)
		element_end(l);
	return n;
}

/* One byte between elements.  Returns -1 if it has no business there. */
static int
other_byte(struct docker_list *l, char c)
{
	if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
		return 0;
	if (l->state == BEFORE_ARRAY && c == '[')
		l->state = FIRST_ELEMENT;
	else if ((l->state == FIRST_ELEMENT || l->state == AFTER_ELEMENT) && c == ']')
		l->state = AFTER_ARRAY;
	else if (l->state == AFTER_ELEMENT && c == ',')
		l->state = NEXT_ELEMENT;
	else
		return -1;
	return 0;
}

int
docker_list_feed(struct docker_list *l, const char *bytes, size_t len)
{
	size_t n;

	for (; len > 0; bytes += n, len -= n) {
		if (*bytes == '{' && (l->state == FIRST_ELEMENT || l->state == NEXT_ELEMENT))
			l->state = IN_ELEMENT;
		if (l->state == IN_ELEMENT)
			n = element_bytes(l, bytes, len);
		else
			n = other_byte(l, *bytes) == 0 ? 1 : 0;
		if (n == 0)
			return -1;
	}
	return 0;
}
