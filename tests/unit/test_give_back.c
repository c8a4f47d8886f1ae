/*
 * What give_back() gives back: pages of libraries that are mapped and can be
 * had again, seen in /proc/self/smaps; nothing that was ever written to.
 */
#include "build_config.h"

#include <sys/mman.h>

#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "give_back.h"
#include "unit.h"

#define MUCH 100  /* pages asked for, more than what is used at every turn */
#define ONCE 31.0 /* more than the least time between two, s */

static int written_to = 1;
static const char constant[] = "as in its file";

/*
 * KiB in memory of cmocka's text; -1 = not found.  That is a library which
 * nothing uses between two calls of ours, unless one of its macros stands there.
 */
static long
text_kib(void)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	char line[512], flags[8];
	long sum = -1, kib;
	bool text = false;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%*x-%*x %7s", flags) == 1)
			text = flags[2] == 'x' && strstr(line, "libcmocka") != NULL;
		else if (text && sscanf(line, "Rss: %ld", &kib) == 1)
			sum = kib + (sum == -1 ? 0 : sum);
	}
	return f == NULL || fclose(f) == EOF ? -1 : sum;
}

static int
touch_segments(struct dl_phdr_info *object, size_t size, void *sum)
{
	const ElfW(Phdr) *s = object->dlpi_phdr;

	(void)size;
	for (int i = 0; i < object->dlpi_phnum; i++)
		if (s[i].p_type == PT_LOAD && (s[i].p_flags & PF_R) && s[i].p_filesz == s[i].p_memsz)
			for (size_t at = 0; at < s[i].p_memsz; at += 4096)
				*(unsigned *)sum += *(const volatile unsigned char *)(object->dlpi_addr + s[i].p_vaddr + at);
	return 0;
}

/* Everything of all libraries, as much as a program can use. */
static unsigned
touch_all(void)
{
	unsigned sum = 0;

	dl_iterate_phdr(touch_segments, &sum);
	return sum;
}

#ifndef WITH_SANITIZERS
/* As many faults, and nothing kept. */
static void
ask_for_pages(size_t count)
{
	size_t size = count * (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(pages != MAP_FAILED);
	memset(pages, 1, size);
	assert_int_equal(munmap(pages, size), 0);
}

static void
what_was_touched_is_given_back_and_had_again(void **state)
{
	struct give_back held = {0};
	unsigned sum = touch_all(), again;
	long before = text_kib(), after;

	(void)state;
	give_back(&held, ONCE);
	after = text_kib();
	again = touch_all();
	assert_true(before > 0);
	assert_int_equal(after, 0);
	assert_int_equal(again, sum);
}

static void
what_was_written_to_stays(void **state)
{
	struct give_back held = {0};
	char *heap = strdup("on the heap");

	(void)state;
	written_to = 4711;
	touch_all();
	give_back(&held, ONCE);
	assert_int_equal(written_to, 4711);
	assert_string_equal(heap, "on the heap");
	assert_string_equal(constant, "as in its file");
	/* What the linker has written for us is what this very call needs. */
	assert_true(getppid() > 0);
	free(heap);
}

static void
not_twice_within_half_a_minute(void **state)
{
	struct give_back held = {0};
	long early, late;

	(void)state;
	give_back(&held, ONCE);
	touch_all();
	ask_for_pages(MUCH);
	give_back(&held, ONCE + 29);
	early = text_kib();
	give_back(&held, ONCE + 30);
	late = text_kib();
	assert_true(early > 0);
	assert_int_equal(late, 0);
}

/* Half minutes, in each of which pages are asked for: a part of cmocka's text is there again at their beginning, and stays. */
static void
text_stays(size_t pages, int turns)
{
	struct give_back held = {0};
	long before, after;

	give_back(&held, ONCE);
	assert_true(text_kib() == 0);
	before = text_kib();
	for (int turn = 2; turn < 2 + turns; turn++) {
		ask_for_pages(pages);
		give_back(&held, turn * ONCE);
	}
	/* Before any macro of cmocka's. */
	after = text_kib();
	assert_true(before > 0);
	assert_int_equal(after, before);
}

static void
what_was_hardly_used_since_is_left_alone(void **state)
{
	(void)state;
	text_stays(1, 1);
}

/* As much as a process comes back to: over time that is much, and must not count as such. */
static void
what_is_used_at_every_turn_stays(void **state)
{
	(void)state;
	text_stays(40, 4);
}
#else
/* A sanitizer knows nothing of what goes behind its back. */
static void
nothing_is_given_back_under_a_sanitizer(void **state)
{
	struct give_back held = {0};
	unsigned sum = touch_all();
	long before = text_kib();

	(void)state;
	written_to = 4711;
	give_back(&held, ONCE);
	assert_true(text_kib() >= before);
	assert_int_equal(touch_all(), sum);
	assert_string_equal(constant, "as in its file");
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
#ifndef WITH_SANITIZERS
		cmocka_unit_test(what_was_touched_is_given_back_and_had_again),
		cmocka_unit_test(what_was_written_to_stays),
		cmocka_unit_test(not_twice_within_half_a_minute),
		cmocka_unit_test(what_was_hardly_used_since_is_left_alone),
		cmocka_unit_test(what_is_used_at_every_turn_stays),
#else
		cmocka_unit_test(nothing_is_given_back_under_a_sanitizer),
#endif
	};

	/* Linked into the program it has no pages of its own that could be told from those of the test. */
	if (text_kib() == -1)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
