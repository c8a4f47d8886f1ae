/*
 * Lines that watchdogctl takes for an answer of the daemon's, whose brain may
 * have been taken over: what is shown must not command the terminal.
 */
#include "build_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "gather.h"
#include "show.h"

static void
check_shown(char *text, size_t len)
{
	FUZZ_CHECK(strlen(text) == len);
	for (char *line = text, *end; *line != '\0'; line = end + 1) {
		FUZZ_CHECK((end = strchr(line, '\n')) != NULL);
		*end = '\0';
		fuzz_check_clean(line, len);
	}
}

static void
show(const cJSON *document)
{
	static void (*const forms[])(const cJSON *, FILE *, bool) = {show_status, show_explain, show_history};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);

		FUZZ_CHECK(out != NULL);
		forms[i](document, out, false);
		fclose(out);
		check_shown(text, len);
		free(text);
	}
}

static void
show_json(const cJSON *json)
{
	char *text = cJSON_PrintUnformatted(json);

	FUZZ_CHECK(text != NULL);
	fuzz_check_clean(text, strlen(text));
	cJSON_free(text);
}

/* Returns false at the end of the answer. */
static bool
take(struct gather *g, const char *line)
{
	enum gathered got = gather_line(g, line);

	if (got == GATHER_MORE)
		return true;
	if (got != GATHER_BAD && g->document != NULL) {
		show(g->document);
		show_json(g->document);
	}
	if (got == GATHER_END)
		show_json(g->end);
	if (got == GATHER_FRAME)
		gather_next(g);
	return got == GATHER_FRAME;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gather g = {0};
	char *text = fuzz_text(data, size), *rest = text, *line;
	bool goes_on = true;

	while (goes_on && (line = strsep(&rest, "\n")) != NULL)
		goes_on = take(&g, line);
	gather_free(&g);
	free(text);
	return 0;
}
