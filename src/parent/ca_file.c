/*
 * A file of CA certificates, looked at from outside.  It is the
 * administrator's or the system's, as the configuration is; it may be half
 * written, or something else altogether.
 */
#include "build_config.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ca_file.h"
#include "role.h"

#define HEAD_DIGITS 8  /* of base64: six bytes, more than a certificate's tag and length take */
#define MARK_MAX 64    /* bytes of a line that can begin or end a certificate */

struct ca_stamp
ca_stamp(int fd)
{
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		return (struct ca_stamp){0};
	return (struct ca_stamp){st.st_dev, st.st_ino, st.st_size, st.st_mtim};
}

bool
ca_stamp_same(const struct ca_stamp *a, const struct ca_stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

/* --- the form --- */

struct pem {
	char line[MARK_MAX];
	size_t len;      /* of the line, with what has no room in it */
	bool inside;     /* a certificate has begun and has not ended */
	bool odd;        /* in it stands what is not base64 */
	size_t digits;   /* of its base64, without the padding */
	uint8_t head[HEAD_DIGITS];
	size_t whole;    /* certificates so far */
};

static bool
is_mark(const struct pem *pem, const char *word)
{
	static const char *const names[] = {"CERTIFICATE", "X509 CERTIFICATE"};
	char mark[MARK_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = (size_t)snprintf(mark, sizeof(mark), "-----%s %s-----", word, names[i]);

		if (len == pem->len && memcmp(pem->line, mark, len) == 0)
			return true;
	}
	return false;
}

/* The bytes that a sequence takes by its first ones, 0 if it is none. */
static size_t
sequence_size(const uint8_t der[6])
{
	size_t more = der[1] < 0x80 ? 0 : der[1] - 0x80u, size = more == 0 ? der[1] : 0;

	if (der[0] != 0x30 || more > 4)
		return 0;
	for (size_t i = 0; i < more; i++)
		size = size << 8 | der[2 + i];
	return 2 + more + size;
}

static bool
is_whole(const struct pem *pem)
{
	const uint8_t *d = pem->head;
	uint8_t der[6];

	if (pem->odd || pem->digits < HEAD_DIGITS || pem->digits % 4 == 1)
		return false;
	for (int i = 0; i < 2; i++, d += 4) {
		der[3 * i] = (uint8_t)(d[0] << 2 | d[1] >> 4);
		der[3 * i + 1] = (uint8_t)(d[1] << 4 | d[2] >> 2);
		der[3 * i + 2] = (uint8_t)(d[2] << 6 | d[3]);
	}
	return sequence_size(der) == pem->digits * 3 / 4;
}

/* False: one begins before the last has ended. */
static bool
take_line(struct pem *pem)
{
	bool begins, ends;

	while (pem->len > 0 && pem->len <= MARK_MAX && pem->line[pem->len - 1] == ' ')
		pem->len--;
	begins = is_mark(pem, "BEGIN");
	ends = is_mark(pem, "END");
	pem->len = 0;
	if (begins && pem->inside)
		return false;
	if (begins)
		*pem = (struct pem){.inside = true, .whole = pem->whole};
	if (ends && pem->inside) {
		pem->whole += is_whole(pem);
		pem->inside = false;
	}
	return true;
}

static void
take_digit(struct pem *pem, char c)
{
	static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(base64, c);

	if (c == '=')
		return;
	if (at == NULL) {
		pem->odd = true;
		return;
	}
	if (pem->digits < HEAD_DIGITS)
		pem->head[pem->digits] = (uint8_t)(at - base64);
	pem->digits++;
}

static bool
take_byte(struct pem *pem, char c)
{
	if (c == '\n')
		return take_line(pem);
	if (c == '\r' || c == ' ' || c == '\t')
		c = ' ';
	if (c == ' ' && pem->len == 0)
		return true;
	if (pem->len < MARK_MAX)
		pem->line[pem->len] = c;
	pem->len++;
	if (pem->inside && pem->line[0] != '-' && c != ' ')
		take_digit(pem, c);
	return true;
}

/* --- the file --- */

static int
judge(struct pem *pem, bool in_order, char *why, size_t whylen)
{
	/* The last line may lack its end. */
	if (in_order)
		in_order = take_line(pem);
	if (in_order && !pem->inside && pem->whole > 0)
		return 0;
	snprintf(why, whylen, "%s", !in_order || pem->inside ? "a certificate in it is not complete" :
	    "expected certificates in PEM form, found none");
	return -1;
}

static int
check_form(int fd, char *why, size_t whylen)
{
	struct pem pem = {0};
	char bytes[4096];
	size_t all = 0;
	bool in_order = true;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0 || (n == -1 && errno == EINTR)) {
		for (ssize_t i = 0; i < n && in_order; i++)
			in_order = take_byte(&pem, bytes[i]);
		if (n > 0 && (all += (size_t)n) >= ROLE_CA_MAX) {
			snprintf(why, whylen, "larger than %u bytes", ROLE_CA_MAX);
			return -1;
		}
	}
	if (n == -1) {
		snprintf(why, whylen, "%s", strerror(errno));
		return -1;
	}
	return judge(&pem, in_order, why, whylen);
}

int
ca_file_check(int fd, char *why, size_t whylen)
{
	struct stat st;

	if (fstat(fd, &st) == -1) {
		snprintf(why, whylen, "%s", strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, whylen, "not a regular file");
		return -1;
	}
	return check_form(fd, why, whylen);
}
