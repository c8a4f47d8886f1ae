/*
 * Which files of CA certificates may be taken: real ones, cut at each byte,
 * and what is none.
 */
#include "build_config.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "ca_file.h"
#include "net_pki.h"
#include "role.h"
#include "unit.h"

#define EMPTY_BLOCK "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
#define WORDS "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n"
#define NOT_BASE64 "-----BEGIN CERTIFICATE-----\n!!!! ****\n-----END CERTIFICATE-----\n"
#define KEY "-----BEGIN PRIVATE KEY-----\nMIIBVgIBADANBgkq\n-----END PRIVATE KEY-----\n"

static struct identity first, second;
static const struct identity *const both[] = {&first, &second};
static char why[128];

static int
make_certificates(void **state)
{
	(void)state;
	pki_authority(&first, "first");
	pki_authority(&second, "second");
	return 0;
}

static int
free_certificates(void **state)
{
	(void)state;
	pki_free(&first);
	pki_free(&second);
	return 0;
}

static int
check(int fd)
{
	int rc;

	assert_int_not_equal(fd, -1);
	why[0] = '\0';
	rc = ca_file_check(fd, why, sizeof(why));
	close(fd);
	assert_true((rc == 0) == (why[0] == '\0'));
	return rc;
}

static int
file_of(const char *bytes, size_t len)
{
	int fd = pki_bundle("", NULL, 0, "");

	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static int
check_text(const char *text)
{
	return check(file_of(text, strlen(text)));
}

/* The bundle of both, as bytes. */
static char *
bundle(size_t *len)
{
	int fd = pki_bundle("# ours\n", both, 2, "");
	struct stat st;
	char *text;

	assert_int_equal(fstat(fd, &st), 0);
	*len = (size_t)st.st_size;
	assert_non_null(text = calloc(1, *len + 1));
	assert_int_equal(read(fd, text, *len), *len);
	close(fd);
	return text;
}

static void
what_openssl_writes_may_be_taken(void **state)
{
	(void)state;
	assert_int_equal(check(pki_bundle_of(&first)), 0);
	assert_int_equal(check(pki_bundle("# ours\n\n", both, 2, "the end")), 0);
	assert_int_equal(check(pki_bundle(KEY, both, 2, KEY)), 0);
}

static void
a_bad_one_beside_good_ones_does_not_keep_these_out(void **state)
{
	(void)state;
	assert_int_equal(check(pki_bundle(WORDS NOT_BASE64 EMPTY_BLOCK, both, 1, "")), 0);
}

static void
lines_may_end_as_on_windows_or_be_long(void **state)
{
	size_t len, at = 0;
	char *text = bundle(&len), *other = malloc(2 * len + 1);

	(void)state;
	assert_non_null(other);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			other[at++] = '\r';
		other[at++] = text[i];
	}
	assert_int_equal(check(file_of(other, at)), 0);
	at = 0;
	/* All base64 of a certificate in one line. */
	for (size_t i = 0; i < len; i++)
		if (text[i] != '\n' || i < 7 || text[i - 1] == '-' || text[i + 1] == '-')
			other[at++] = text[i];
	assert_int_equal(check(file_of(other, at)), 0);
	free(other);
	free(text);
}

/* Where one ends and the next has not begun nothing says that more was to come. */
static void
what_is_cut_anywhere_within_a_certificate_is_not_taken(void **state)
{
	size_t len, taken = 0;
	char *text = bundle(&len);
	const char *end = strstr(text, "-----END CERTIFICATE-----"), *next;

	(void)state;
	assert_non_null(end);
	end += strlen("-----END CERTIFICATE-----");
	next = end + strlen("\n-----BEGIN CERTIFICATE-----");
	for (size_t cut = 0; cut < len; cut++) {
		bool may_be = cut >= (size_t)(end - text) && cut < (size_t)(next - text);

		if (cut >= len - 1)
			may_be = true;
		assert_int_equal(check(file_of(text, cut)), may_be ? 0 : -1);
		taken += may_be;
	}
	assert_true(taken > 1);
	assert_int_equal(check(file_of(text, len)), 0);
	free(text);
}

static void
a_hole_within_a_certificate_is_not_taken(void **state)
{
	size_t len;
	char *text = bundle(&len), *body = strstr(text, "-----END CERTIFICATE-----") - 200;

	(void)state;
	memset(body, 0, 100);
	*strstr(body + 200, "-----BEGIN") = '#';
	assert_int_equal(check(file_of(text, len)), -1);
	free(text);
}

static void
what_is_no_certificate_is_named(void **state)
{
	static const char *const texts[] = {"", "\n", "hello", EMPTY_BLOCK, WORDS, NOT_BASE64, KEY, "-----END CERTIFICATE-----\n"};

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		assert_int_equal(check_text(texts[i]), -1);
		assert_string_equal(why, "expected certificates in PEM form, found none");
	}
	assert_int_equal(check(pki_bundle("-----BEGIN CERTIFICATE-----\nMIIB\n", both, 1, "")), -1);
	assert_string_equal(why, "a certificate in it is not complete");
}

static void
no_file_is_read_without_end(void **state)
{
	int fd = pki_bundle_of(&first);

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)ROLE_CA_MAX), 0);
	assert_int_equal(check(fd), -1);
	assert_string_equal(why, "larger than 4194304 bytes");
	assert_int_equal(check(open("/dev/zero", O_RDONLY | O_CLOEXEC)), -1);
	assert_string_equal(why, "not a regular file");
	assert_int_equal(check(open("/", O_RDONLY | O_CLOEXEC)), -1);
}

static void
a_stamp_tells_files_and_their_versions_apart(void **state)
{
	int a = pki_bundle_of(&first), b = pki_bundle_of(&first);
	struct ca_stamp none = ca_stamp(-1), of_a = ca_stamp(a), of_b = ca_stamp(b), later;

	(void)state;
	assert_false(ca_stamp_same(&of_a, &of_b));
	assert_false(ca_stamp_same(&of_a, &none));
	later = ca_stamp(a);
	assert_true(ca_stamp_same(&of_a, &later));
	assert_int_equal(ftruncate(a, 10), 0);
	later = ca_stamp(a);
	assert_false(ca_stamp_same(&of_a, &later));
	close(a);
	close(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_openssl_writes_may_be_taken),
		cmocka_unit_test(a_bad_one_beside_good_ones_does_not_keep_these_out),
		cmocka_unit_test(lines_may_end_as_on_windows_or_be_long),
		cmocka_unit_test(what_is_cut_anywhere_within_a_certificate_is_not_taken),
		cmocka_unit_test(a_hole_within_a_certificate_is_not_taken),
		cmocka_unit_test(what_is_no_certificate_is_named),
		cmocka_unit_test(no_file_is_read_without_end),
		cmocka_unit_test(a_stamp_tells_files_and_their_versions_apart),
	};

	return cmocka_run_group_tests(tests, make_certificates, free_certificates);
}
