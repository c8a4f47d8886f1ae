/*
 * The secrets: bot token, chat ids, proxy.  The parent hands them over in a
 * memfd of KEY=VALUE lines, because a message would stand in socket buffers.
 */
#ifndef WATCHDOG_SECRET_H
#define WATCHDOG_SECRET_H

#include "config.h"

#define SECRET_MAX 65536 /* bytes of the memfd */

/*
 * Set the secret keys in c from the file open at fd, from its start whatever
 * its offset; fd is closed, every buffer wiped.  Lines end in LF or CRLF, the
 * last one may lack it; blank ones are skipped.  Returns 0, or -1 with the
 * reason in why, which never holds any part of a value.
 */
int secret_read(struct config *c, int fd, char *why, size_t whylen);

/* Overwrite each occurrence of the token, or of its part after the colon, in text with asterisks. */
void secret_scrub(char *text, const char *token);

#endif
