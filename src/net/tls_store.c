/*
 * One X509_STORE from a PEM bundle.  The bundle is the administrator's or the
 * system's and decides whom we trust; a certificate in it that cannot be
 * parsed is skipped and said, so that one bad line does not cost all the rest.
 */
#include "build_config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "log.h"
#include "tls_store.h"

#define BUNDLE_MAX (4u << 20) /* bytes; Debian's bundle has 220 KB */
#define READ_CHUNK 65536u

/* A certificate needs no pass phrase; without this OpenSSL would ask the terminal for the one of an encrypted block. */
static int
no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

/* Returns fd's content, or NULL with the reason in why. */
static char *
read_all(int fd, size_t *len, char *why, size_t whylen)
{
	char *all = malloc(BUNDLE_MAX);
	ssize_t n = 1;

	*len = 0;
	while (all != NULL && n > 0 && *len < BUNDLE_MAX) {
		n = read(fd, all + *len, BUNDLE_MAX - *len < READ_CHUNK ? BUNDLE_MAX - *len : READ_CHUNK);
		if (n == -1 && errno == EINTR)
			n = 1;
		else if (n > 0)
			*len += (size_t)n;
	}
	if (all != NULL && n == 0)
		return all;
	if (all == NULL || n == -1)
		snprintf(why, whylen, "CA bundle: cannot be read: %s", strerror(errno));
	else
		snprintf(why, whylen, "CA bundle: larger than %u bytes", BUNDLE_MAX);
	free(all);
	return NULL;
}

/* The next certificate of the bundle, or NULL; *end is then true if there are no more. */
static X509 *
next_certificate(BIO *bundle, bool *end)
{
	X509 *cert;

	ERR_clear_error();
	cert = PEM_read_bio_X509(bundle, NULL, no_passphrase, NULL);
	*end = cert == NULL && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	ERR_clear_error();
	return cert;
}

static void
add_certificates(X509_STORE *store, BIO *bundle, unsigned *added, unsigned *skipped)
{
	size_t left = SIZE_MAX, before;
	bool end = false;
	X509 *cert;

	*added = *skipped = 0;
	/* A bad block that takes nothing from the bundle would be met for ever. */
	while (!end && (before = BIO_ctrl_pending(bundle)) < left) {
		left = before;
		if ((cert = next_certificate(bundle, &end)) != NULL && X509_STORE_add_cert(store, cert) == 1)
			++*added;
		else if (!end)
			++*skipped;
		X509_free(cert);
	}
}

static X509_STORE *
store_of(BIO *bundle, char *why, size_t whylen)
{
	X509_STORE *store = X509_STORE_new();
	unsigned added, skipped;

	if (bundle == NULL || store == NULL) {
		snprintf(why, whylen, "CA bundle: out of memory");
		X509_STORE_free(store);
		return NULL;
	}
	/* An intermediate or a server's own certificate in the bundle is trusted as it stands, as curl's --cacert does. */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
	add_certificates(store, bundle, &added, &skipped);
	if (added == 0) {
		snprintf(why, whylen, "CA bundle: expected certificates in PEM form, found %s",
		    skipped == 0 ? "none" : "only ones that cannot be parsed");
		X509_STORE_free(store);
		return NULL;
	}
	if (skipped > 0)
		log_warning("CA bundle: %u of %u certificates cannot be parsed and are skipped", skipped, added + skipped);
	return store;
}

X509_STORE *
tls_store_load(int fd, char *why, size_t whylen)
{
	X509_STORE *store;
	BIO *bundle;
	size_t len;
	char *pem = read_all(fd, &len, why, whylen);

	close(fd);
	if (pem == NULL)
		return NULL;
	bundle = BIO_new_mem_buf(pem, (int)len);
	store = store_of(bundle, why, whylen);
	BIO_free(bundle);
	free(pem);
	return store;
}
