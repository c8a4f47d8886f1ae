/*
 * What is to be said: every transition, until each chat has it.
 *
 * A transition waits.  When a chat has credit, what waits for it becomes one
 * message (digest.h).  The message is offered to the notifier once a snapshot
 * that holds it is confirmed.  When it is delivered its transitions are done.
 *
 * Memory is bounded: past OUTBOX_MAX the changes of one signal fold into its
 * last one and a count, so that no signal is forgotten; past OUTBOX_BYTES_MAX
 * details are shortened too.  Only if signals came and went by the thousand
 * while nothing could be sent, the oldest incidents that are over are
 * dropped, counted, and that is said.
 */
#ifndef WATCHDOG_OUTBOX_H
#define WATCHDOG_OUTBOX_H

#include <sys/queue.h>

#include "alert.h"
#include "messages.h"
#include "strbuf.h"
#include "threads.h"

#define OUTBOX_MAX 10000             /* transitions; then they fold, to one a signal */
#define OUTBOX_BYTES_MAX (1u << 20)  /* of their keys and details; then details are cut at ALERT_DETAIL_SHORT */
/* Folded: every signal that there can be, and a thousand that are no more. */
#define OUTBOX_SIGNALS_MAX (ALERTS_MAX + OUTBOX_MAX / 10)
#define OUTBOX_SIGNALS_BYTES_MAX (ALERT_KEYS_BYTES_MAX + (128u << 10) + OUTBOX_SIGNALS_MAX * ALERT_DETAIL_SHORT)
#define OUTBOX_CARRIED_MAX 1310      /* transitions that one message stands for … */
#define OUTBOX_CARRIED_BYTES_MAX (48u << 10) /* … and of their keys and details */
#define MARKS 20480                  /* different incident marks; then they come again */
#define MARK_TEXT 4                  /* "k3f" with its NUL */
#define MESSAGE_MARKS_MAX 6          /* shown under one message */
#define OUTBOX_FLOOD_MAX_S 86401.0   /* a day, and the notifier's slack */
#define LATE_S 60.0                  /* a message that leaves later than that says so */

/* The boot clock, and seconds since the epoch for text. */
struct moment {
	double now, wall;
};

/* What a message's form depends on. */
struct setting {
	enum language lang;
	const char *host;
	struct moment at;
};

/* A note that is about the signal of its key, which is named before the detail as it is called when it is told. */
enum about { ABOUT_NOBODY, ABOUT_FLAPPING, ABOUT_ACKED, ABOUT_COUNT };

struct transition {
	TAILQ_ENTRY(transition) entry;
	enum signal_kind kind;
	enum severity severity;
	enum action action;
	bool apart;             /* it says more than its kind: it shares no line */
	bool again;             /* news, though the same is told already */
	uint32_t covers;        /* signals that it covers … */
	enum signal_kind covers_kind; /* … of that kind, KIND_COUNT = of several */
	enum about about;       /* a note */
	bool quiet;             /* makes no sound, whatever is configured */
	enum farewell farewell; /* a recovery because the signal is no more */
	uint32_t batch;         /* those that leave together */
	uint32_t mark;
	uint32_t folded;        /* earlier changes of the same signal that this one stands for … */
	bool opened;            /* … of which the first was an alert */
	double decided, wall;   /* when, by the boot clock and the wall clock */
	double since_wall;      /* when the trouble began */
	double lasted;          /* seconds since then */
	uint64_t amount, total; /* an edge: how many more, and in all; amount 0 = no edge */
	uint16_t waiting;       /* chats that it is still to be told to, one bit each */
	uint16_t carried;       /* of those: where it is part of the message under way */
	const char *key, *detail;
	const char *past;       /* of a gauge, how it came to that; NULL or "" = none */
	const char *shown;      /* the name that people gave it, as it came; NULL or "" = none */
};

TAILQ_HEAD(transitions, transition);

/* A message under way to one chat.  It goes in pieces if it is too long for one. */
struct parcel {
	bool present;
	bool offered;        /* the notifier has it */
	bool maybe_told;     /* a reply was lost: it may be there already, so it stays as it is */
	bool silent;         /* makes no sound */
	int64_t reply_to;    /* the message that told its first line's incident, 0 = none */
	int64_t told_as;     /* the message id of its first piece, 0 = not told yet */
	uint8_t format;      /* enum message_format */
	uint64_t seq;        /* of the piece under way */
	uint64_t generation; /* of the first snapshot that holds it as it is; 0 = none yet */
	double decided;      /* its oldest news, boot clock: it is late if told long after that */
	double wall;         /* its newest, for text */
	uint32_t marks[MESSAGE_MARKS_MAX];
	unsigned mark_count;
	char *body;          /* its lines, plain */
	char *minimal;       /* glyphs and subjects only */
	size_t at, end;      /* the piece under way, in bytes of body or minimal; end 0 = not yet cut */
};

struct chat {
	bool credit;         /* the notifier can take a message */
	bool unusable;       /* said in the log */
	bool moved;
	int64_t new_id;      /* if moved */
	double since;        /* it was added then, boot clock; NaN = it was there ever since */
	struct parcel parcel;
};

struct outbox {
	struct transitions waiting;
	size_t count, bytes;  /* of all */
	size_t carried_count, carried_bytes; /* of those that are part of a message under way; they count apart */
	struct {
		size_t count, bytes; /* of the others: when room is made next */
	} room;
	uint32_t batch;       /* the open one */
	double batch_since;   /* its first transition, boot clock; NaN = it is empty */
	uint32_t batch_mark;  /* its new alerts share an incident; MARKS = none yet */
	uint32_t next_mark;
	uint64_t next_seq;
	uint64_t confirmed;   /* the last snapshot that is safe */
	double flood_until;   /* Telegram wants no request before, boot clock */
	bool unreachable;     /* nothing of the last message reached Telegram */
	uint64_t set_aside;   /* messages that Telegram would take in no form */
	struct threads threads;
	unsigned silent;      /* SILENT_…: which messages make no sound */
	unsigned chats;
	struct chat chat[CHATS_MAX];
};

/* chats: 1 to CHATS_MAX.  first_mark: any number.  Free with outbox_free(). */
void outbox_init(struct outbox *o, unsigned chats, uint32_t first_mark);
void outbox_free(struct outbox *o);

/* True if nothing waits and nothing is under way. */
bool outbox_empty(const struct outbox *o);

/* The incident of an alert decided now: alerts of one batch are one incident. */
uint32_t outbox_mark(struct outbox *o);

/* A mark as a person sees it, without the '#': a letter, then two letters or digits. */
void outbox_mark_text(char buf[MARK_TEXT], uint32_t mark);

/* Queue a copy of t for the chats in t->waiting, 0 = for all.  Returns 0, or -1 if memory is short. */
int outbox_add(struct outbox *o, const struct transition *t);

/* The same for a transition out of a snapshot, which knows its own batch and chats. */
int outbox_restore(struct outbox *o, const struct transition *t);

/* Take a signal's alerts out of the open batch; notes stay.  Returns true if there were any. */
bool outbox_withdraw(struct outbox *o, const char *key);

/*
 * The same out of any batch, of what no chat can have been told.  What lies in
 * a message that is being sent stays.
 */
bool outbox_take_back(struct outbox *o, const char *key);

/*
 * The signal old has another key now, and what waits for it follows; a
 * message that it is part of stays as it is.  Returns 0, or -1 if memory is
 * short.
 */
int outbox_rename(struct outbox *o, const char *old, const char *key);

/* The chats that were there at that time, one bit each. */
uint16_t outbox_there(const struct outbox *o, double at);

/* Close the batch: what is in it may leave. */
void outbox_flush(struct outbox *o);

/* The notifier can take one message for chat; one that is out of range is ignored. */
void outbox_credit(struct outbox *o, unsigned chat);

/* The notifier is gone: no credit, and what it had may or may not have been told. */
void outbox_notifier_lost(struct outbox *o);

/*
 * Make a message for each chat that has credit, none under way, and something
 * waiting.  Returns how many were made, -1 if memory is short.
 */
int outbox_compose(struct outbox *o, const struct setting *s);

/* A snapshot of that generation is being taken: it holds every message as it is now. */
void outbox_snapshot(struct outbox *o, uint64_t generation);

/* That snapshot, and so every earlier one, is safe. */
void outbox_confirm(struct outbox *o, uint64_t generation);

/*
 * Offer the next message that may be sent: fills m, whose text is in *text
 * (emptied first), and takes it as handed over.  Returns 1, 0 if there is
 * none, -1 if memory is short.
 */
int outbox_offer(struct outbox *o, const struct setting *s, struct msg_message *m, struct strbuf *text);

/* Whether the notifier has a message whose outcome it has not said yet. */
bool outbox_in_flight(const struct outbox *o);

/* Message seq has that id in chat; before outbox_delivered().  Nothing happens if there is no such message. */
void outbox_told_as(struct outbox *o, uint64_t seq, unsigned chat, int64_t message_id);

/* What came of message seq in chat.  Returns 0, or -1 if there is no such message under way. */
int outbox_delivered(struct outbox *o, uint64_t seq, unsigned chat);
int outbox_failed(struct outbox *o, uint64_t seq, unsigned chat, enum send_failure why, const char *text);

/*
 * Telegram wants no request before until (boot clock, as now).  A notifier
 * that dies forgets that; nothing is offered to the next one before.  Not
 * believed beyond OUTBOX_FLOOD_MAX_S.
 */
void outbox_flooded(struct outbox *o, double until, double now);

/* Remember the new id of a chat (false: it is known, or there is no such chat); forget all of them, and the flood: other chats, or another bot. */
bool outbox_moved(struct outbox *o, unsigned chat, int64_t new_id);
void outbox_forget_moves(struct outbox *o);

/* Note that t is part of the message under way to chat, or is no longer. */
void transition_carry(struct outbox *o, struct transition *t, unsigned chat, bool carried);

/* Forget a message under way; what it carried is done, or waits again. */
void parcel_drop(struct outbox *o, unsigned chat, bool done);

/* --- for the parts of the outbox --- */

/* A copy in one block with its strings, in no list; NULL if memory is short. */
struct transition *transition_copy(const struct transition *from);
size_t transition_bytes(const struct transition *t);
/* Count t, which is in the list now. */
void transition_count(struct outbox *o, const struct transition *t);
/* Take t out and free it. */
void transition_drop(struct outbox *o, struct transition *t);
/* True if the first change that t stands for is the alert of an incident, so that no chat has heard of it. */
bool transition_opens(const struct transition *t);
void parcel_free(struct parcel *m);

/* Make room for one more, which is as old as at.  Returns 0, -1 if memory is short. */
int outbox_make_room(struct outbox *o, const struct transition *at);

#endif
