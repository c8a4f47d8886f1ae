/*
 * The certificates that HTTPS is verified against: read once from a PEM
 * bundle, before the sandbox, and shared by every connection of the process.
 */
#ifndef WATCHDOG_TLS_STORE_H
#define WATCHDOG_TLS_STORE_H

#include <openssl/x509_vfy.h>

/*
 * Read every certificate of the PEM bundle open at fd (read to its end,
 * closed).  Those that cannot be parsed are skipped; the log says how many.
 * Each is parsed again, and then kept so, when a connection asks for it.
 * Returns a store with at least one certificate, or NULL with the
 * reason in why.
 */
X509_STORE *tls_store_load(int fd, char *why, size_t whylen);

#endif
