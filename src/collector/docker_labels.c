/*
 * Reads a container's labels, which whoever builds or starts it may choose.
 * Trusts nothing of them; a value that is not exactly one of those allowed
 * is no value.
 */
#include "build_config.h"

#include <math.h>
#include <string.h>

#include "docker_labels.h"
#include "values.h"

typedef bool label_reader(struct docker_labels *l, const char *text);

static bool
read_enable(struct docker_labels *l, const char *text)
{
	bool truth;

	if (!value_bool(text, &truth))
		return false;
	l->enable = truth ? LABEL_TRUE : LABEL_FALSE;
	return true;
}

/* The index of text in words[1 …]; 0 if it is none of them. */
static unsigned
word_of(const char *const *words, unsigned n, const char *text)
{
	for (unsigned i = 1; i < n; i++)
		if (strcmp(text, words[i]) == 0)
			return i;
	return 0;
}

static bool
read_expect(struct docker_labels *l, const char *text)
{
	static const char *const words[EXPECT_COUNT] = {
		[EXPECT_RUNNING] = "running", [EXPECT_EXITED] = "exited", [EXPECT_ANY] = "any",
	};

	l->expect = word_of(words, EXPECT_COUNT, text);
	return l->expect != EXPECT_NOT_SAID;
}

static bool
read_severity(struct docker_labels *l, const char *text)
{
	static const char *const words[CONTAINER_SEVERITY_COUNT] = {
		[CONTAINER_WARNING] = "warning", [CONTAINER_CRITICAL] = "critical",
	};

	l->severity = word_of(words, CONTAINER_SEVERITY_COUNT, text);
	return l->severity != CONTAINER_SEVERITY_NOT_SAID;
}

static bool
read_grace(struct docker_labels *l, const char *text)
{
	double seconds;

	if (!value_seconds(text, &seconds) || seconds > CONTAINER_GRACE_MAX_S)
		return false;
	l->grace = seconds;
	return true;
}

static bool
read_shown_name(struct docker_labels *l, const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > NAME_MAX_LEN || text[0] == ' ' || text[len - 1] == ' ')
		return false;
	memcpy(l->name, text, len + 1);
	return true;
}

static const struct row {
	const char *key, *expected;
	label_reader *read;
} rows[LABEL_COUNT] = {
	[LABEL_ENABLE] = {"watchdog.enable", "true or false (or 1, 0, yes, no, on, off)", read_enable},
	[LABEL_EXPECT] = {"watchdog.expect", "running, exited or any", read_expect},
	[LABEL_SEVERITY] = {"watchdog.severity", "critical or warning", read_severity},
	[LABEL_GRACE] = {"watchdog.grace", "a time in seconds, or like 30s, 5m, at most a day", read_grace},
	[LABEL_NAME] = {"watchdog.name", "a name of 1 to 256 bytes without white space at its ends", read_shown_name},
};

static void
read_label(struct docker_labels *l, enum docker_label which, struct span value)
{
	char text[NAME_MAX_LEN + 2];

	if (value.p == NULL)
		return;
	if (json_text(value, text, sizeof(text)) && rows[which].read(l, text))
		return;
	l->bad |= 1u << which;
	json_text(value, l->found[which], sizeof(l->found[which]));
}

void
docker_labels_read(struct docker_labels *l, struct span labels)
{
	*l = (struct docker_labels){.grace = NAN};
	for (unsigned i = 0; i < LABEL_COUNT; i++)
		read_label(l, i, json_member(labels, rows[i].key));
}

void
docker_labels_complain(const struct docker_labels *l, const char *name, docker_label_cb *cb, void *ctx)
{
	for (unsigned i = 0; i < LABEL_COUNT; i++)
		if (l->bad & 1u << i)
			cb(ctx, name, rows[i].key, rows[i].expected, l->found[i]);
}
