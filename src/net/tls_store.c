/*
 * One X509_STORE from a PEM bundle.  The bundle is the administrator's or the
 * system's and decides whom we trust; a certificate in it that cannot be
 * parsed is skipped and said, so that one bad line does not cost all the rest.
 *
 * A parsed certificate takes five times its bytes, and of a system's 140 a
 * handshake needs one.  So the store gets them by a look-up by their subject,
 * as it would from a directory, and keeps those that were asked for.
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
#include "role.h"
#include "tls_store.h"

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
	char *all = malloc(ROLE_CA_MAX);
	ssize_t n = 1;

	*len = 0;
	while (all != NULL && n > 0 && *len < ROLE_CA_MAX) {
		n = read(fd, all + *len, ROLE_CA_MAX - *len < READ_CHUNK ? ROLE_CA_MAX - *len : READ_CHUNK);
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
		snprintf(why, whylen, "CA bundle: larger than %u bytes", ROLE_CA_MAX);
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

/* --- the certificates as bytes, found by the hash of their subject --- */

struct item {
	unsigned long subject;
	size_t at, len;
};

struct certificates {
	struct item *items;
	size_t n;
	unsigned char *der;
	size_t len;
};

static void
certificates_free(struct certificates *c)
{
	if (c == NULL)
		return;
	free(c->items);
	free(c->der);
	free(c);
}

/* The buffers grow by doubling: when a size is a power of two, it is full. */
static void *
grown(void *buffer, size_t used, size_t more, size_t size)
{
	size_t have = 1, need = used + more;

	if (used > 0)
		while (have < used)
			have *= 2;
	if (used > 0 && need <= have)
		return buffer;
	while (have < need)
		have *= 2;
	return realloc(buffer, have * size);
}

static int
certificates_add(struct certificates *c, X509 *cert)
{
	int len = i2d_X509(cert, NULL);
	struct item *items;
	unsigned char *der, *at;

	if (len <= 0 || (items = grown(c->items, c->n, 1, sizeof(*items))) == NULL)
		return -1;
	c->items = items;
	if ((der = grown(c->der, c->len, (size_t)len, 1)) == NULL)
		return -1;
	c->der = der;
	at = der + c->len;
	i2d_X509(cert, &at);
	c->items[c->n++] = (struct item){X509_subject_name_hash(cert), c->len, (size_t)len};
	c->len += (size_t)len;
	return 0;
}

static X509 *
certificate_at(const struct certificates *c, const struct item *item)
{
	const unsigned char *der = c->der + item->at;

	return d2i_X509(NULL, &der, (long)item->len);
}

/* X509_LOOKUP_get_by_subject_fn: put into the store what has this subject.  The object is lent from there, as by OpenSSL's own. */
static int
on_look_up(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name, X509_OBJECT *found)
{
	const struct certificates *c = X509_LOOKUP_get_method_data(lookup);
	X509_STORE *store = X509_LOOKUP_get_store(lookup);
	unsigned long subject = X509_NAME_hash(name);
	X509_OBJECT *kept;
	X509 *cert;

	if (type != X509_LU_X509)
		return 0;
	for (size_t i = 0; i < c->n; i++) {
		if (c->items[i].subject != subject || (cert = certificate_at(c, &c->items[i])) == NULL)
			continue;
		X509_STORE_add_cert(store, cert);
		X509_free(cert);
	}
	kept = X509_OBJECT_retrieve_by_subject(X509_STORE_get0_objects(store), X509_LU_X509, name);
	if (kept == NULL || X509_OBJECT_set1_X509(found, X509_OBJECT_get0_X509(kept)) != 1)
		return 0;
	X509_free(X509_OBJECT_get0_X509(kept));
	return 1;
}

static void
on_free(X509_LOOKUP *lookup)
{
	certificates_free(X509_LOOKUP_get_method_data(lookup));
}

/* Hand c to the store, which frees it.  Returns 0 or -1. */
static int
store_look_up_in(X509_STORE *store, struct certificates *c)
{
	static X509_LOOKUP_METHOD *method;
	X509_LOOKUP *lookup;

	if (method == NULL && ((method = X509_LOOKUP_meth_new("bundle")) == NULL ||
	    X509_LOOKUP_meth_set_get_by_subject(method, on_look_up) != 1 || X509_LOOKUP_meth_set_free(method, on_free) != 1))
		return -1;
	lookup = X509_STORE_add_lookup(store, method);
	return lookup != NULL && X509_LOOKUP_set_method_data(lookup, c) == 1 ? 0 : -1;
}

/* --- the bundle --- */

static void
take_certificates(struct certificates *c, BIO *bundle, unsigned *added, unsigned *skipped)
{
	size_t left = SIZE_MAX, before;
	bool end = false;
	X509 *cert;

	*added = *skipped = 0;
	/* A bad block that takes nothing from the bundle would be met for ever. */
	while (!end && (before = BIO_ctrl_pending(bundle)) < left) {
		left = before;
		if ((cert = next_certificate(bundle, &end)) != NULL && certificates_add(c, cert) == 0)
			++*added;
		else if (!end)
			++*skipped;
		X509_free(cert);
	}
}

static X509_STORE *
store_new(struct certificates *c)
{
	X509_STORE *store = X509_STORE_new();

	if (store == NULL || store_look_up_in(store, c) == -1) {
		X509_STORE_free(store);
		return NULL;
	}
	/* An intermediate or a server's own certificate in the bundle is trusted as it stands, as curl's --cacert does. */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
	return store;
}

static X509_STORE *
store_of(BIO *bundle, char *why, size_t whylen)
{
	struct certificates *c = calloc(1, sizeof(*c));
	X509_STORE *store = NULL;
	unsigned added = 0, skipped = 0;

	snprintf(why, whylen, "CA bundle: out of memory");
	if (bundle != NULL && c != NULL)
		take_certificates(c, bundle, &added, &skipped);
	if (added > 0)
		store = store_new(c);
	else if (bundle != NULL && c != NULL)
		snprintf(why, whylen, "CA bundle: expected certificates in PEM form, found %s",
		    skipped == 0 ? "none" : "only ones that cannot be parsed");
	if (store == NULL) {
		certificates_free(c);
		return NULL;
	}
	*why = '\0';
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
