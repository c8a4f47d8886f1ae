/*
 * Certificates made at test time, by OpenSSL alone.
 */
#include "build_config.h"

#include <sys/mman.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cmocka.h>

#include "net_pki.h"

static EVP_PKEY *
make_key(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
	EVP_PKEY *key = NULL;

	assert_non_null(ctx);
	assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, NID_X9_62_prime256v1), 1);
	assert_int_equal(EVP_PKEY_keygen(ctx, &key), 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void
extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(ext);
	assert_int_equal(X509_add_ext(cert, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

static void
make_cert(struct identity *id, const char *name, int from, int to)
{
	static long serial = 1;
	X509_NAME *subject;

	id->key = make_key();
	id->cert = X509_new();
	assert_non_null(id->cert);
	X509_set_version(id->cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(id->cert), serial++);
	X509_gmtime_adj(X509_getm_notBefore(id->cert), from * 86400L);
	X509_gmtime_adj(X509_getm_notAfter(id->cert), to * 86400L);
	X509_set_pubkey(id->cert, id->key);
	subject = X509_get_subject_name(id->cert);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
}

void
pki_authority(struct identity *id, const char *name)
{
	make_cert(id, name, -1, 30);
	X509_set_issuer_name(id->cert, X509_get_subject_name(id->cert));
	extend(id->cert, id->cert, NID_basic_constraints, "critical,CA:TRUE");
	extend(id->cert, id->cert, NID_subject_key_identifier, "hash");
	assert_int_not_equal(X509_sign(id->cert, id->key, EVP_sha256()), 0);
}

void
pki_issue(struct identity *id, const struct identity *ca, const char *host, int from, int to)
{
	make_cert(id, "a server", from, to);
	if (ca == NULL)
		ca = id;
	X509_set_issuer_name(id->cert, X509_get_subject_name(ca->cert));
	extend(id->cert, ca->cert, NID_basic_constraints, "critical,CA:FALSE");
	extend(id->cert, ca->cert, NID_subject_alt_name, host);
	/* As real ones have: it tells two authorities of one name apart. */
	if (ca != id)
		extend(id->cert, ca->cert, NID_authority_key_identifier, "keyid:always");
	assert_int_not_equal(X509_sign(id->cert, ca->key, EVP_sha256()), 0);
}

void
pki_free(struct identity *id)
{
	X509_free(id->cert);
	EVP_PKEY_free(id->key);
}

int
pki_bundle(const char *before, const struct identity *const ids[], size_t n, const char *after)
{
	FILE *f = tmpfile();
	int fd;

	assert_non_null(f);
	fputs(before, f);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(PEM_write_X509(f, ids[i]->cert), 1);
	fputs(after, f);
	assert_int_equal(fflush(f), 0);
	rewind(f);
	fd = dup(fileno(f));
	fclose(f);
	assert_int_not_equal(fd, -1);
	return fd;
}

int
pki_bundle_of(const struct identity *ca)
{
	return pki_bundle("", &ca, 1, "");
}
