/*
 * The type of WATCHDOG_TG_SILENT: which messages make no sound.  The text is
 * untrusted.
 */
#include "build_config.h"

#include <string.h>
#include <strings.h>

#include "config_types.h"

static const struct {
	const char *name;
	unsigned bit;
} words[] = {
	{"recovery", SILENT_RECOVERY},
	{"warning", SILENT_WARNING},
	{"none", 0},
};

#define WORDS (sizeof(words) / sizeof(words[0]))

/* What was read so far. */
struct found {
	unsigned bits;
	bool none;
};

static int
add_word(void *list, const char *entry, struct refusal *r)
{
	struct found *found = list;

	for (size_t i = 0; i < WORDS; i++) {
		if (strcasecmp(entry, words[i].name) != 0)
			continue;
		found->bits |= words[i].bit;
		found->none = found->none || words[i].bit == 0;
		return 0;
	}
	return refuse(r, r->row->type->expected, entry);
}

static int
parse_silent(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	struct found found = {0};

	if (for_each_entry(text, r, &found, add_word) == -1)
		return -1;
	if (found.none && found.bits != 0)
		return refuse_plainly(r, "none stands alone");
	(void)row;
	*(unsigned *)member = found.bits;
	return 0;
}

static bool
print_silent(const void *member, struct text *out)
{
	unsigned bits = *(const unsigned *)member;
	bool first = true;

	for (size_t i = 0; i < WORDS; i++) {
		if ((bits & words[i].bit) == 0 && (bits != 0 || words[i].bit != 0))
			continue;
		text_add(out, first ? "" : ",");
		text_add(out, words[i].name);
		first = false;
	}
	return true;
}

const struct config_type config_type_SILENT = {
	"list of words", "recovery, warning or none", false, parse_silent, print_silent, clear_nothing,
};
