/*
 * WATCHDOG_DEPS: what is pinged, by name.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "config_types.h"
#include "url.h"

static void
clear_deps(void *member)
{
	struct dep_list *list = member;

	for (size_t i = 0; i < list->n; i++) {
		free(list->v[i].name);
		url_free(&list->v[i].url);
	}
	free(list->v);
	*list = (struct dep_list){0};
}

static int
check_dep_name(const struct dep_list *list, const char *entry, size_t len, struct refusal *r)
{
	if (entry[len] != '=' || len == 0 || len > 64 || strspn(entry, CONFIG_LETTERS CONFIG_DIGITS "_.-") < len)
		return refuse_value(r, entry);
	for (size_t i = 0; i < list->n; i++)
		if (strncmp(list->v[i].name, entry, len) == 0 && list->v[i].name[len] == '\0')
			return refuse_plainly(r, "expected each name once, found \"%.*s\" twice", (int)len, entry);
	if (list->n >= (size_t)r->row->key.max)
		return refuse_plainly(r, "expected at most %.0f entries, found more", r->row->key.max);
	return 0;
}

static int
add_dep(void *member, const char *entry, struct refusal *r)
{
	struct dep_list *list = member;
	size_t len = strcspn(entry, "=");
	unsigned schemes = URL_SCHEME(SCHEME_HTTP) | URL_SCHEME(SCHEME_HTTPS) | URL_SCHEME(SCHEME_TCP);
	struct dep dep = {0};

	if (check_dep_name(list, entry, len, r) == -1 || parse_url(&dep.url, entry + len + 1, schemes, r) == -1)
		return -1;
	dep.name = copy_text(entry, len);
	list->v = grow(list->v, list->n, sizeof(*list->v));
	list->v[list->n++] = dep;
	return 0;
}

static int
parse_deps(const struct config_row *row, void *member, const char *text, struct refusal *r)
{
	struct dep_list list = {0};

	(void)row;
	if (for_each_entry(text, r, &list, add_dep) == -1) {
		clear_deps(&list);
		return -1;
	}
	clear_deps(member);
	*(struct dep_list *)member = list;
	return 0;
}

static bool
print_deps(const void *member, struct text *out)
{
	const struct dep_list *list = member;

	for (size_t i = 0; i < list->n; i++) {
		text_add(out, i == 0 ? "" : ",");
		text_add(out, list->v[i].name);
		text_add(out, "=");
		text_add(out, list->v[i].url.url);
	}
	return list->n > 0;
}

const struct config_type config_type_DEPS = {
	"list of dependencies",
	"entries like name=https://host/path or name=tcp://host:port (name: letters, digits, _ . -)", false,
	parse_deps, print_deps, clear_deps,
};
