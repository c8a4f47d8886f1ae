/*
 * The names that people gave containers, and names that change, in what
 * waits to be told.
 */
#include "build_config.h"

#include "calm_unit.h"
#include "control_json.h"
#include "control_key.h"

static struct bench t;

static const char *const settings[] = {"CONTAINERS=*", "FLAP_CHANGES=2", "FLAP_WINDOW_S=600", "RECREATE_GRACE_S=0", NULL};

static int
setup(void **state)
{
	(void)state;
	bench_open(&t, settings);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	bench_close(&t);
	return 0;
}

/* A list of one container, id a1. */
static void
look(double now, const char *name, const char *state, const char *shown)
{
	bool runs = strcmp(state, "running") == 0;

	bench_tick(&t, now);
	brain_docker(&t.brain, DOCKER_ANSWERS, "");
	brain_containers_begin(&t.brain);
	brain_container(&t.brain, &(struct container_seen){
		.name = name, .state = state, .health = "", .exit_code = runs ? -1 : 1, .id = "a1", .project = "", .service = "",
		.number = "", .grace = NAN, .label_name = shown,
	});
	brain_containers_end(&t.brain, true);
	brain_tick_end(&t.brain);
}

static void
test_a_given_name_is_told_by_a_brain_that_took_over(void **state)
{
	(void)state;
	look(0, "shop", "running", "Payments");
	look(30, "shop", "exited", "Payments");
	calm_restart(&t);
	assert_string_equal(calm_told(&t), "🔴 container shop (Payments): exited (code 1)");
}

static void
test_a_foreign_name_is_cleaned(void **state)
{
	(void)state;
	look(0, "shop", "running", "a\nb\x1b[31m\xe2\x80\xae" "c");
	look(30, "shop", "exited", "a\nb\x1b[31m\xe2\x80\xae" "c");
	assert_string_equal(calm_told(&t), "🔴 container shop (a b [31m?c): exited (code 1)");
}

static void
test_the_longest_name_is_told_whole(void **state)
{
	char shown[NAME_MAX_LEN + 1], wanted[NAME_MAX_LEN + 64];

	(void)state;
	memset(shown, 'n', NAME_MAX_LEN);
	shown[NAME_MAX_LEN] = '\0';
	look(0, "shop", "running", shown);
	look(30, "shop", "exited", shown);
	calm_restart(&t);
	snprintf(wanted, sizeof(wanted), "🔴 container shop (%s): exited (code 1)", shown);
	assert_string_equal(calm_told(&t), wanted);
}

static void
test_a_signal_is_found_by_what_a_message_calls_it(void **state)
{
	struct alert *shop;

	(void)state;
	look(0, "shop", "running", "Payments");
	shop = alerts_find(&t.brain.alerts, KIND_CONTAINER, "shop");
	assert_non_null(shop);
	assert_ptr_equal(key_find(&t.brain, "container shop (Payments)"), shop);
	assert_ptr_equal(key_find(&t.brain, "container shop"), shop);
	assert_null(key_find(&t.brain, "container (Payments)"));
}

static void
test_a_status_tells_name_and_subject_apart(void **state)
{
	cJSON *o;

	(void)state;
	look(0, "shop", "running", "Payments");
	o = json_signal(&t.brain, alerts_find(&t.brain.alerts, KIND_CONTAINER, "shop"));
	assert_string_equal(cJSON_GetObjectItem(o, "subject")->valuestring, "container shop");
	assert_string_equal(cJSON_GetObjectItem(o, "name")->valuestring, "Payments");
	assert_string_equal(cJSON_GetObjectItem(o, "detail")->valuestring, "running");
	cJSON_Delete(o);
}

/* --- a rename --- */

static void
flap_until_it_is_noted(void)
{
	look(0, "old", "running", "");
	look(30, "old", "exited", "");
	look(60, "old", "running", "");
	assert_string_equal(calm_told(&t), "🟢 container old: was down 22:13:50–22:14:20");
	look(90, "old", "exited", "");
}

static void
test_a_note_of_flapping_that_waits_over_a_rename_has_the_new_name(void **state)
{
	(void)state;
	flap_until_it_is_noted();
	look(120, "new", "exited", "");
	assert_string_equal(calm_told(&t), "🌀 container new: flapping, 3 changes in 1 min; silent until it is steady for 10 min");
}

static void
test_a_note_of_flapping_has_the_new_name_after_the_brain_has_died_too(void **state)
{
	(void)state;
	flap_until_it_is_noted();
	calm_restart(&t);
	look(120, "new", "exited", "Payments");
	calm_restart(&t);
	assert_string_equal(calm_told(&t), "🌀 container new: flapping, 3 changes in 1 min; silent until it is steady for 10 min");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_given_name_is_told_by_a_brain_that_took_over),
		TEST(test_a_foreign_name_is_cleaned),
		TEST(test_the_longest_name_is_told_whole),
		TEST(test_a_signal_is_found_by_what_a_message_calls_it),
		TEST(test_a_status_tells_name_and_subject_apart),
		TEST(test_a_note_of_flapping_that_waits_over_a_rename_has_the_new_name),
		TEST(test_a_note_of_flapping_has_the_new_name_after_the_brain_has_died_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
