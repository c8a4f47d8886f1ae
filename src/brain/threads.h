/*
 * Which message of a chat told an incident, so that what follows can reply
 * to it.  Bounded: the oldest give way.
 */
#ifndef WATCHDOG_THREADS_H
#define WATCHDOG_THREADS_H

#include <stddef.h>
#include <stdint.h>

#define THREADS_MAX 1024 /* of all chats together */

struct thread {
	uint32_t mark;   /* of the incident */
	uint16_t chat;
	int64_t message; /* Telegram's id there; 0 = this place is free */
};

struct threads {
	struct thread v[THREADS_MAX]; /* a ring */
	uint32_t next;
};

/* The id of the message that told the incident, 0 if it is not known. */
int64_t threads_find(const struct threads *all, unsigned chat, uint32_t mark);

/* Remember it; what is known stays: an incident is told by its first message. */
void threads_note(struct threads *all, unsigned chat, uint32_t mark, int64_t message);

/* The chat is another: its message ids mean nothing any more. */
void threads_forget(struct threads *all, unsigned chat);

#endif
