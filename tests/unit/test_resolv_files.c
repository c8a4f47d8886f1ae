/*
 * Whether name look-up's files are still the same ones.
 */
#include "build_config.h"

#include "resolv_files.h"
#include "unit.h"

static void
files_left_alone_have_the_same_stamp(void **state)
{
	struct resolv_stamp a = resolv_stamp(), b = resolv_stamp();

	(void)state;
	assert_true(resolv_stamp_same(&a, &b));
}

static void
any_file_that_is_another_one_changes_the_stamp(void **state)
{
	(void)state;
	for (int i = 0; i < RESOLV_FILES; i++) {
		struct resolv_stamp a = resolv_stamp(), b = a, c = a;

		b.file[i].ino++;
		c.file[i].dev++;
		assert_false(resolv_stamp_same(&a, &b));
		assert_false(resolv_stamp_same(&a, &c));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_left_alone_have_the_same_stamp),
		cmocka_unit_test(any_file_that_is_another_one_changes_the_stamp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
