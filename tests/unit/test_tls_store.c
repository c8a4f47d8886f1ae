/*
 * PEM bundles, good and bad.
 */
#include "build_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include <cmocka.h>

#include "log.h"
#include "net_pki.h"
#include "tls_store.h"

#define BROKEN "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n"
#define NOT_BASE64 "-----BEGIN CERTIFICATE-----\n!!!! ****\n-----END CERTIFICATE-----\n"

static struct identity first, second;
static const struct identity *const both[] = {&first, &second};
static char why[256], logged[512];

static void
keep_log(enum log_level level, const char *text)
{
	(void)level;
	snprintf(logged, sizeof(logged), "%s", text);
}

static int
setup(void **state)
{
	(void)state;
	why[0] = logged[0] = '\0';
	log_set(keep_log, LEVEL_INFO);
	return 0;
}

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

static bool
trusts(X509_STORE *store, const struct identity *server)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool good;

	assert_int_equal(X509_STORE_CTX_init(ctx, store, server->cert, NULL), 1);
	good = X509_verify_cert(ctx) == 1;
	X509_STORE_CTX_free(ctx);
	return good;
}

/* The store trusts servers of both authorities, or of the first alone, and nobody else's; asked twice. */
static void
holds(X509_STORE *store, int n)
{
	struct identity mine, yours, theirs;

	assert_non_null(store);
	assert_string_equal(why, "");
	pki_issue(&mine, &first, "DNS:a.test", -1, 1);
	pki_issue(&yours, &second, "DNS:a.test", -1, 1);
	pki_issue(&theirs, NULL, "DNS:a.test", -1, 1);
	for (int i = 0; i < 2; i++) {
		assert_true(trusts(store, &mine));
		assert_int_equal(trusts(store, &yours), n == 2);
		assert_false(trusts(store, &theirs));
	}
	assert_int_equal(sk_X509_OBJECT_num(X509_STORE_get0_objects(store)), n);
	pki_free(&mine);
	pki_free(&yours);
	pki_free(&theirs);
	X509_STORE_free(store);
}

/* An authority that renews its certificate has two of one name for a time. */
static void
test_two_of_one_name_are_both_tried(void **state)
{
	struct identity again, server;
	const struct identity *all[] = {&first, &again};
	X509_STORE *store;

	(void)state;
	pki_authority(&again, "first");
	pki_issue(&server, &again, "DNS:a.test", -1, 1);
	store = tls_store_load(pki_bundle("", all, 2, ""), why, sizeof(why));
	assert_true(trusts(store, &server));
	X509_STORE_free(store);
	pki_free(&server);
	pki_free(&again);
}

/* The system's bundle has some 140, of which a connection needs one. */
static void
test_only_what_is_asked_for_is_parsed(void **state)
{
	struct identity server;
	X509_STORE *store = tls_store_load(pki_bundle("", both, 2, ""), why, sizeof(why));

	(void)state;
	pki_issue(&server, &second, "DNS:a.test", -1, 1);
	assert_int_equal(sk_X509_OBJECT_num(X509_STORE_get0_objects(store)), 0);
	assert_true(trusts(store, &server));
	assert_int_equal(sk_X509_OBJECT_num(X509_STORE_get0_objects(store)), 1);
	X509_STORE_free(store);
	pki_free(&server);
}

static void
is_refused(int fd, const char *expected)
{
	assert_null(tls_store_load(fd, why, sizeof(why)));
	assert_string_equal(why, expected);
	assert_int_equal(close(fd), -1);
}

static void
test_all_certificates_are_read(void **state)
{
	int fd = pki_bundle("# comments\n", both, 2, "more text\n");

	(void)state;
	holds(tls_store_load(fd, why, sizeof(why)), 2);
	assert_string_equal(logged, "");
	assert_int_equal(close(fd), -1);
}

static void
test_bad_ones_are_skipped_and_counted(void **state)
{
	(void)state;
	holds(tls_store_load(pki_bundle(BROKEN NOT_BASE64, both, 2, BROKEN), why, sizeof(why)), 2);
	assert_string_equal(logged, "CA bundle: 3 of 5 certificates cannot be parsed and are skipped");
}

static void
test_truncated_last_one_is_skipped(void **state)
{
	(void)state;
	holds(tls_store_load(pki_bundle("", both, 2, "-----BEGIN CERTIFICATE-----\nMIIB"), why, sizeof(why)), 2);
}

static void
test_same_one_twice_is_one(void **state)
{
	const struct identity *twice[] = {&first, &first};

	(void)state;
	holds(tls_store_load(pki_bundle("", twice, 2, ""), why, sizeof(why)), 1);
}

static void
test_empty_bundle_is_refused(void **state)
{
	(void)state;
	is_refused(pki_bundle("", NULL, 0, ""), "CA bundle: expected certificates in PEM form, found none");
	is_refused(pki_bundle("<html>not found</html>\n", NULL, 0, ""), "CA bundle: expected certificates in PEM form, found none");
}

static void
test_bundle_of_bad_ones_is_refused(void **state)
{
	(void)state;
	is_refused(pki_bundle(BROKEN, NULL, 0, ""), "CA bundle: expected certificates in PEM form, found only ones that cannot be parsed");
}

static void
test_private_keys_are_no_certificates(void **state)
{
	(void)state;
	is_refused(pki_bundle("-----BEGIN ENCRYPTED PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n"
	    "-----END ENCRYPTED PRIVATE KEY-----\n", NULL, 0, ""), "CA bundle: expected certificates in PEM form, found none");
}

static void
test_huge_file_is_refused(void **state)
{
	char *huge = malloc((5u << 20) + 1);

	(void)state;
	memset(huge, 'A', 5u << 20);
	huge[5u << 20] = '\0';
	is_refused(pki_bundle(huge, NULL, 0, ""), "CA bundle: larger than 4194304 bytes");
	free(huge);
}

static void
test_unreadable_descriptor_is_refused(void **state)
{
	(void)state;
	is_refused(-1, "CA bundle: cannot be read: Bad file descriptor");
}

static void
test_no_error_stays_behind_in_openssl(void **state)
{
	(void)state;
	X509_STORE_free(tls_store_load(pki_bundle(BROKEN, both, 2, ""), why, sizeof(why)));
	assert_int_equal(ERR_peek_error(), 0);
}

#define T(name) cmocka_unit_test_setup(test_##name, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(all_certificates_are_read),
		T(bad_ones_are_skipped_and_counted),
		T(truncated_last_one_is_skipped),
		T(same_one_twice_is_one),
		T(two_of_one_name_are_both_tried),
		T(only_what_is_asked_for_is_parsed),
		T(empty_bundle_is_refused),
		T(bundle_of_bad_ones_is_refused),
		T(private_keys_are_no_certificates),
		T(huge_file_is_refused),
		T(unreadable_descriptor_is_refused),
		T(no_error_stays_behind_in_openssl),
	};

	return cmocka_run_group_tests(tests, make_certificates, free_certificates);
}
