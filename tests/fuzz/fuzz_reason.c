/*
 * Why something failed, in the words of whoever says so, and its Russian.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "reason_text.h"
#include "utf8.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *clean = malloc(size + 1);
	struct strbuf english = {0}, russian = {0};

	FUZZ_CHECK(clean != NULL);
	/* As the brain keeps it. */
	utf8_clean(clean, size + 1, text, strlen(text), false);
	reason_say(&english, LANGUAGE_EN, clean);
	reason_say(&russian, LANGUAGE_RU, clean);
	FUZZ_CHECK(clean[0] == '\0' || strcmp(english.s, clean) == 0);
	FUZZ_CHECK(clean[0] == '\0' || russian.len > 0);
	fuzz_check_clean(russian.s == NULL ? "" : russian.s, 4096 + 4 * size);
	strbuf_free(&english);
	strbuf_free(&russian);
	free(clean);
	free(text);
	return 0;
}
