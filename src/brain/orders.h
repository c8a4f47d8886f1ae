/*
 * What a person has ordered with watchdogctl(8): signals acknowledged, and
 * patterns silenced for a time.  Each order, and its end by a person, is told
 * once in the chats, without sound, with who gave it.
 *
 * An acknowledged signal is not told again while it alerts.  The
 * acknowledgement dies with the incident, and is named in its recovery; a
 * rise in severity breaks it.
 *
 * Nothing is told of a signal whose key or subject matches a silence, until
 * that is over; then what is still to be said is.
 */
#ifndef WATCHDOG_ORDERS_H
#define WATCHDOG_ORDERS_H

#include "alert.h"
#include "strbuf.h"

#define ACKS_MAX 256
#define SILENCES_MAX 64
#define ORDERERS_MAX 16
#define ORDER_WHO_MAX 64         /* bytes */
#define ORDER_COMMENT_MAX 200
#define ORDER_PATTERN_MAX 256
#define ORDER_ACK_KEY_MAX 1024   /* a longer key cannot be acknowledged */
#define SILENCE_LONGEST_S (30 * 86400.0)
#define ORDERS_TEXT_MAX (ORDER_WHO_MAX + ORDER_COMMENT_MAX + 64) /* bytes that orders_say() adds at most */

struct ack {
	double wall;       /* when, seconds since the epoch */
	unsigned severity; /* enum severity, of the signal then */
	bool over;         /* the incident is, but that is not told yet */
	char key[ORDER_ACK_KEY_MAX + 1], who[ORDER_WHO_MAX + 1], comment[ORDER_COMMENT_MAX + 1];
};

struct silence {
	double until;      /* boot clock */
	double wall;       /* when it was ordered, seconds since the epoch */
	char pattern[ORDER_PATTERN_MAX + 1], who[ORDER_WHO_MAX + 1], comment[ORDER_COMMENT_MAX + 1];
};

/* Somebody who orders, and how many orders are left (order_rate.h). */
struct orderer {
	char who[ORDER_WHO_MAX + 1];
	double left, at;   /* orders, and when that was, boot clock */
	bool bounded;      /* and the chats know */
};

/* All zeroes is none. */
struct orders {
	struct ack *ack[ACKS_MAX];
	struct silence *silence[SILENCES_MAX];
	size_t acks, silences;
	struct orderer orderer[ORDERERS_MAX];
};

struct brain;

/* Who orders, and why; "" = no comment.  What is too long is cut. */
struct order {
	const char *who, *comment;
};

/* Each returns NULL, or a sentence for the person: why it cannot be done. */
const char *orders_ack(struct brain *b, struct alert *a, const struct order *by);
const char *orders_silence(struct brain *b, const char *pattern, double seconds, const struct order *by);
const char *orders_unsilence(struct brain *b, const char *pattern, const struct order *by);

/* The acknowledgement of a signal that alerts, the silence that holds for one at now; NULL if there is none. */
const struct ack *orders_ack_of(const struct brain *b, const struct alert *a);
const struct silence *orders_silence_of(const struct brain *b, const struct alert *a, double now);

/* A look was taken at a, or something decided on it: an acknowledgement may be broken, or over. */
void orders_looked(struct brain *b, const struct alert *a);
void orders_decided(struct brain *b, const struct alert *a, enum action action);

/* The signal whose key was old is called otherwise now: an acknowledgement is of the incident and goes on.  A silence is of a name. */
void orders_renamed(struct brain *b, const char *old, const struct alert *a);

/* Add to the detail of a recovery who had acknowledged the trouble; nothing if nobody had.  It is then forgotten. */
void orders_say(struct brain *b, const struct alert *a, struct strbuf *out);

/* When the first silence is over, boot clock; INFINITY = there is none. */
double orders_due(const struct orders *o);

/* Forget silences that are over. */
void orders_expire(struct brain *b);

/* For a snapshot: one more, as it is.  Returns 0, or -1: there is no room, or memory is short. */
int orders_restore_ack(struct orders *o, const struct ack *k);
int orders_restore_silence(struct orders *o, const struct silence *s);

/* Free all that it keeps. */
void orders_free(struct orders *o);

#endif
