/*
 * What is said of a request must not hold the token, which stands in its URL.
 */
#ifndef WATCHDOG_SECRET_H
#define WATCHDOG_SECRET_H

/* Overwrite each occurrence of the token, or of its part after the colon, in text with asterisks. */
void secret_scrub(char *text, const char *token);

#endif
