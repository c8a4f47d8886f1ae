/*
 * Text on its way to a person: what the brain's HTML becomes in the log, and
 * where a long line is broken.
 */
#include "build_config.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "plain_text.h"
#include "utf8.h"

static void
check_clean(const char *text, size_t len)
{
	char clean[300], again[300];
	size_t n = utf8_clean(clean, sizeof(clean), text, len, false);

	fuzz_check_clean(clean, sizeof(clean) - 1);
	FUZZ_CHECK(n == strlen(clean));
	utf8_clean(again, sizeof(again), clean, n, false);
	FUZZ_CHECK(strcmp(again, clean) == 0);
}

/* As the log does it: every piece is whole, and all of them are the text. */
static void
check_pieces(const char *text)
{
	size_t len;

	for (; *text != '\0'; text += len) {
		len = plain_text_break(text, 40);
		FUZZ_CHECK(len > 0 && len <= 40 && utf8_valid(text, len));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check_clean(text, size);
	if (utf8_valid(text, strlen(text))) {
		size_t before = strlen(text);

		plain_text(text);
		FUZZ_CHECK(strlen(text) <= before && utf8_valid(text, strlen(text)));
		check_pieces(text);
	}
	free(text);
	return 0;
}
