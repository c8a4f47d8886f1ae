/*
 * Keeping the token out of what is said.
 */
#include "build_config.h"

#include <stdio.h>
#include <string.h>

#include "secret.h"
#include "unit.h"

#define TOKEN "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"

static void
the_token_is_blotted_out_wherever_it_stands(void **state)
{
	char text[200] = "Cannot POST /bot" TOKEN "/sendMessage, bot123456%3AABC-DEF1234ghIkl-zyx57W2v1u123ew11!";

	(void)state;
	secret_scrub(text, TOKEN);
	assert_null(strstr(text, "ABC-DEF"));
	assert_non_null(strstr(text, "Cannot POST /bot***"));
	assert_int_equal(text[strlen(text) - 1], '!');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_token_is_blotted_out_wherever_it_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
