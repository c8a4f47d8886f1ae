/*
 * The types of the configuration's keys: how each is read, printed and
 * freed, and what they share.  For config.c and the types' own files:
 *     config_types.c    numbers, single words
 *     config_texts.c    texts, paths, URLs
 *     config_lists.c    lists of texts
 *     config_deps.c, config_depends.c, config_silent.c, config_windows.c
 *                       one key's each
 */
#ifndef WATCHDOG_CONFIG_TYPES_H
#define WATCHDOG_CONFIG_TYPES_H

#include "config.h"

#define CONFIG_DIGITS "0123456789"
#define CONFIG_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* A text being written into a caller's buffer; what does not fit sets failed. */
struct text {
	char *buf;
	size_t cap, len;
	bool failed;
};

struct config_row;

/* Why a value was refused, for a person.  A secret's value is never quoted. */
struct refusal {
	char *why;
	size_t len;
	const struct config_row *row;
	const char *whole; /* the key's value, of which what is quoted may be a part */
};

struct config_type {
	const char *name;
	const char *expected; /* "expected " this, and the range of a number */
	bool number;
	/* text: not empty, no white space at its ends, valid UTF-8.  On failure, -1, the member stays as it was. */
	int (*parse)(const struct config_row *row, void *member, const char *text, struct refusal *r);
	/* False if the member is unset; then nothing is printed. */
	bool (*print)(const void *member, struct text *out);
	void (*clear)(void *member); /* to unset, freeing (and wiping) what there is */
};

struct config_row {
	struct config_key key;
	const struct config_type *type;
	size_t offset;
};

/*
 * Refuse: say what was expected and what was found; that found is not what the
 * type (and for a number the row's range) expects; or words of one's own.
 * Return -1.
 */
int refuse(struct refusal *r, const char *expected, const char *found);
int refuse_value(struct refusal *r, const char *found);
int refuse_plainly(struct refusal *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Append s. */
void text_add(struct text *t, const char *s);

/* A copy, wiped when it is freed by free_text() (NULL is fine). */
char *copy_text(const char *s, size_t len);
void free_text(char *s);

/* One more place at the end of an array of n entries of that size. */
void *grow(void *v, size_t n, size_t size);

/* config_type.clear of what needs no freeing and is never unset. */
void clear_nothing(void *member);

/* --- config_texts.c --- */

/* Whether there is a control character of ASCII in it. */
bool has_control(const char *s);

/* The length of a path without slashes at its end. */
size_t path_length(const char *path);

/* config_type.parse of a struct url; schemes: a URL_SCHEME() bit for each that may be. */
int parse_url(void *member, const char *text, unsigned schemes, struct refusal *r);

/* --- config_lists.c --- */

/*
 * Calls each for every entry of text; stops with -1 where it does.
 * Separators alone are no list, save where none may be meant.
 */
int for_each_entry(const char *text, struct refusal *r, void *list,
    int (*each)(void *list, const char *entry, struct refusal *r));

extern const struct config_type
    config_type_BOOL, config_type_SECONDS, config_type_COOLDOWN, config_type_PERCENT, config_type_TICKS,
    config_type_TEXT, config_type_PATH, config_type_USER, config_type_LANGUAGE, config_type_SANDBOX,
    config_type_LEVEL, config_type_FORMAT, config_type_START, config_type_HTTP_URL, config_type_API_URL,
    config_type_PROXY_URL, config_type_PATHS, config_type_CONTAINERS, config_type_DEPS, config_type_TOKEN,
    config_type_CHATS, config_type_WINDOWS, config_type_DEPENDS, config_type_SILENT;

#endif
