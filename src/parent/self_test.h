/*
 * watchdog -T: every role, started in its sandbox, does its real work once;
 * what the kernel says of each, and what came of it, is printed as a table.
 */
#ifndef WATCHDOG_SELF_TEST_H
#define WATCHDOG_SELF_TEST_H

#include "parent.h"

/* A role is READY: have it prove itself. */
void self_test_ready(struct child *c);

/* PROVED came; after the last role's the daemon stops. */
void self_test_proved(struct child *c, const struct msg_proved *msg);

/* A role could not be started, or has died, of c->why: it gets no second try.  If it was the last, p->give_up comes at once. */
void self_test_failed(struct child *c);

/* Whether of every role it is known what came of it. */
bool self_test_settled(const struct parent *p);

/* Print the table of what is known.  Returns the exit status: 0 only if every role is confined and has proved itself. */
int self_test_print(struct parent *p);

#endif
