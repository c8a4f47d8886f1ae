/*
 * A certification authority that lives as long as a test.
 */
#ifndef WATCHDOG_TEST_NET_PKI_H
#define WATCHDOG_TEST_NET_PKI_H

#include <openssl/evp.h>
#include <openssl/x509.h>

struct identity {
	X509 *cert;
	EVP_PKEY *key;
};

/* A self-signed authority. */
void pki_authority(struct identity *id, const char *name);

/* A server's certificate for host ("DNS:…" or "IP:…"), valid from day from to day to, counted from now.  ca NULL: self-signed. */
void pki_issue(struct identity *id, const struct identity *ca, const char *host, int from, int to);

void pki_free(struct identity *id);

/* An open file with text, then the certificates in PEM, then text; read from its start. */
int pki_bundle(const char *before, const struct identity *const ids[], size_t n, const char *after);

/* A bundle of ca alone. */
int pki_bundle_of(const struct identity *ca);

#endif
