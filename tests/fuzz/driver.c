/*
 * Runs a fuzz target without libFuzzer: every seed of its corpus as it is,
 * cut short, with single bits turned over, and with a few bytes changed.  The
 * same inputs each time, so that what failed once fails again.
 */
#include "build_config.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define SEED_MAX (256u << 10) /* bytes */
#define CUTS_MAX 400          /* of each kind, for one seed */
#define FLIPS_MAX 1500
#define MIXES_MAX 600
#define MIXED_BYTES 4

static unsigned long runs, seeds;
static char what[512]; /* is being run, for the report of a crash */
static char kept_in[4096]; /* the file for its bytes then, which runs by itself */
static const uint8_t *input;
static size_t input_len;

static void
say_death(void)
{
	int fd = open(kept_in, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t n = write(fuzz_report_fd, what, strlen(what));

	n = fd == -1 ? -1 : write(fd, input, input_len);
	(void)n;
}

static void
died(int number)
{
	say_death();
	signal(number, SIG_DFL);
	raise(number);
}

/* A buffer of exactly that size, so that a sanitizer sees a step behind it. */
static void
run(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);

	FUZZ_CHECK(copy != NULL);
	if (len > 0)
		memcpy(copy, bytes, len);
	input = copy;
	input_len = len;
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
	runs++;
}

static void
name_run(const char *seed, const char *change, size_t at)
{
	snprintf(what, sizeof(what), "died at %s %s %zu\n", seed, change, at);
}

/* How far from one of count places to the next if at most max are tried. */
static size_t
stride(size_t count, size_t max)
{
	return count <= max ? 1 : (count + max - 1) / max;
}

static void
run_cuts(const char *seed, const uint8_t *bytes, size_t len)
{
	for (size_t at = 0; at < len; at += stride(len, CUTS_MAX)) {
		name_run(seed, "cut at byte", at);
		run(bytes, at);
		name_run(seed, "without its first bytes,", at);
		run(bytes + at, len - at);
	}
}

static void
run_flips(const char *seed, uint8_t *bytes, size_t len)
{
	for (size_t bit = 0; bit < len * 8; bit += stride(len * 8, FLIPS_MAX)) {
		name_run(seed, "with a turned bit,", bit);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		run(bytes, len);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Several bytes at once: what one wrong byte makes refused, two may make accepted. */
static void
run_mixes(const char *seed, const uint8_t *bytes, size_t len, uint8_t *room)
{
	static const uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff, '"', '\\', '{', '}', '[', ']', ',', '\n', '0', '9', '-'};
	uint64_t state = fuzz_hash(0, bytes, len) | 1;

	for (size_t i = 0; len > 0 && i < MIXES_MAX; i++) {
		memcpy(room, bytes, len);
		for (int n = 0; n < MIXED_BYTES; n++) {
			uint64_t r = next_random(&state);

			room[r % len] = (r >> 60) < 12 ? telling[(r >> 40) % sizeof(telling)] : (uint8_t)(r >> 32);
		}
		name_run(seed, "mixed,", i);
		run(room, len);
	}
}

static void
run_seed(const char *path)
{
	static uint8_t bytes[SEED_MAX], room[SEED_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : read(fd, bytes, sizeof(bytes));

	if (n == -1 || (size_t)n == sizeof(bytes)) {
		dprintf(fuzz_report_fd, "%s: cannot be read, or is no small seed\n", path);
		exit(1);
	}
	close(fd);
	seeds++;
	name_run(path, "as it is,", 0);
	run(bytes, (size_t)n);
	run_cuts(path, bytes, (size_t)n);
	run_flips(path, bytes, (size_t)n);
	run_mixes(path, bytes, (size_t)n, room);
}

static void
run_folder(const char *top, const char *folder, const char *target)
{
	char path[4096];
	struct dirent **entries;
	int n;

	snprintf(path, sizeof(path), "%s/tests/fuzz/%s/%s", top, folder, target);
	n = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/tests/fuzz/%s/%s/%s", top, folder, target, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			run_seed(path);
		free(entries[i]);
	}
	if (n != -1)
		free(entries);
}

/* What is fuzzed may complain a million times. */
static void
silence_stderr(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	fuzz_report_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
	if (null == -1 || fuzz_report_fd == -1 || dup2(null, STDERR_FILENO) == -1)
		exit(1);
	close(null);
}

/* A sanitizer's report is no such complaint. */
void __sanitizer_set_report_fd(void *fd) __attribute__((weak));
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void
watch_for_death(void)
{
	static const int deadly[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

	if (__sanitizer_set_report_fd != NULL)
		__sanitizer_set_report_fd((void *)(intptr_t)fuzz_report_fd);
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(say_death);
	else
		for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
			signal(deadly[i], died);
}

/* fuzz_<target>, with files as arguments instead of the corpus if there are any. */
int
main(int argc, char **argv)
{
	const char *target = strrchr(argv[0], '/'), *source = getenv("TOP_SRCDIR"), *build = getenv("TOP_BUILDDIR");

	target = (target == NULL ? argv[0] : target + 1) + strlen("fuzz_");
	snprintf(kept_in, sizeof(kept_in), "%s/tests/fuzz/died-%s", build == NULL ? "." : build, target);
	silence_stderr();
	watch_for_death();
	for (int i = 1; i < argc; i++)
		run_seed(argv[i]);
	if (argc == 1) {
		run_folder(source == NULL ? "." : source, "corpus", target);
		run_folder(build == NULL ? "." : build, "seeds", target);
	}
	printf("%s: %lu seeds, %lu runs\n", target, seeds, runs);
	/* An empty corpus has tested nothing. */
	return seeds > 0 ? 0 : 1;
}
