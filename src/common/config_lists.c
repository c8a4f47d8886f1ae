/*
 * The types of the configuration's keys whose values are lists of texts.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "config_types.h"

#define SEPARATORS ", \t\n"

int
for_each_entry(const char *text, struct refusal *r, void *list,
    int (*each)(void *list, const char *entry, struct refusal *r))
{
	int rc = 0;

	if (strspn(text, SEPARATORS) == strlen(text) && (r->row->key.flags & CONFIG_EMPTY_IS_NONE) == 0)
		return refuse_value(r, text);
	for (const char *at = text; rc == 0; ) {
		size_t len;
		char *entry;

		at += strspn(at, SEPARATORS);
		if ((len = strcspn(at, SEPARATORS)) == 0)
			break;
		entry = copy_text(at, len);
		rc = each(list, entry, r);
		free_text(entry);
		at += len;
	}
	return rc;
}

static void
clear_list(void *member)
{
	struct string_list *list = member;

	for (size_t i = 0; i < list->n; i++)
		free_text(list->v[i]);
	free(list->v);
	*list = (struct string_list){0};
}

/* An entry that is there already is left out. */
static int
list_add(struct string_list *list, const char *entry, size_t len, struct refusal *r)
{
	for (size_t i = 0; i < list->n; i++)
		if (strncmp(list->v[i], entry, len) == 0 && list->v[i][len] == '\0')
			return 0;
	if (list->n >= (size_t)r->row->key.max)
		return refuse_plainly(r, "expected at most %.0f entries, found more", r->row->key.max);
	list->v = grow(list->v, list->n, sizeof(*list->v));
	list->v[list->n++] = copy_text(entry, len);
	return 0;
}

static bool
print_list(const void *member, struct text *out)
{
	const struct string_list *list = member;

	for (size_t i = 0; i < list->n; i++) {
		text_add(out, i == 0 ? "" : ",");
		text_add(out, list->v[i]);
	}
	return list->n > 0;
}

static int
parse_list(void *member, const char *text, struct refusal *r,
    int (*each)(void *list, const char *entry, struct refusal *r))
{
	struct string_list list = {0};

	if (for_each_entry(text, r, &list, each) == -1) {
		clear_list(&list);
		return -1;
	}
	clear_list(member);
	*(struct string_list *)member = list;
	return 0;
}

static int
add_path(void *list, const char *entry, struct refusal *r)
{
	return *entry == '/' && strlen(entry) <= 4000 && !has_control(entry) ?
	    list_add(list, entry, path_length(entry), r) : refuse_value(r, entry);
}

static int
parse_paths(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	(void)row;
	return parse_list(member, text, r, add_path);
}

static int
add_container(void *list, const char *entry, struct refusal *r)
{
	size_t len = strlen(entry);

	if (strspn(entry, CONFIG_LETTERS CONFIG_DIGITS "_.-*?") != len)
		return refuse_value(r, entry);
	if (len > 128)
		return refuse_plainly(r, "expected names of at most 128 bytes, found %zu", len);
	return list_add(list, entry, len, r);
}

static int
parse_containers(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	(void)row;
	return parse_list(member, text, r, add_container);
}

/* True if s is an optional minus and a number that fits into 63 bits with room to spare. */
static bool
is_chat_number(const char *s, size_t len)
{
	if (len > 0 && *s == '-') {
		s++;
		len--;
	}
	return len > 0 && len <= 18 && *s != '0' && strspn(s, CONFIG_DIGITS) >= len;
}

/* :45, or nothing */
static bool
is_topic(const char *s)
{
	size_t len = strlen(s);

	return len == 0 || (len >= 2 && len <= 11 && s[1] != '0' && strspn(s + 1, CONFIG_DIGITS) == len - 1);
}

/* -100123, -100123:45, @name */
static bool
is_chat(const char *entry)
{
	size_t chat = strcspn(entry, ":");

	if (!is_topic(entry + chat))
		return false;
	if (*entry != '@')
		return is_chat_number(entry, chat);
	return chat >= 2 && chat <= 65 && strspn(entry + 1, CONFIG_LETTERS CONFIG_DIGITS "_") == chat - 1;
}

static int
add_chat(void *list, const char *entry, struct refusal *r)
{
	return is_chat(entry) ? list_add(list, entry, strlen(entry), r) : refuse_value(r, entry);
}

static int
parse_chats(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	(void)row;
	return parse_list(member, text, r, add_chat);
}

const struct config_type config_type_PATHS = {
	"list of paths", "a path that begins with /", false, parse_paths, print_list, clear_list,
};

const struct config_type config_type_CONTAINERS = {
	"list of names", "names of containers (letters, digits, _ . - * ?)", false,
	parse_containers, print_list, clear_list,
};

const struct config_type config_type_CHATS = {
	"list of chats", "chats like -100123, -100123:45 or @name", false, parse_chats, print_list, clear_list,
};
