/*
 * What the daemon finds itself in when it is started and has no use for.
 */
#ifndef WATCHDOG_SURROUNDINGS_H
#define WATCHDOG_SURROUNDINGS_H

#include "parent.h"

/*
 * Go to /, so that no mount is kept busy by the working directory; close
 * every descriptor but the first three, our own, and those that a service
 * manager has handed over.  Once the configuration is read, which may come
 * by such a descriptor (/dev/fd/63); a reload sees relative names of files
 * from where we were, p->folder.  Returns 0, or EX_OSERR, said in the log.
 */
int surroundings_leave(struct parent *p);

#endif
