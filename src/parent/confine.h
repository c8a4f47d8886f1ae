/*
 * What no process of this program ever needs.  Every child inherits it.
 */
#ifndef WATCHDOG_PARENT_CONFINE_H
#define WATCHDOG_PARENT_CONFINE_H

#include "config.h"
#include "sandbox.h"

extern const struct sandbox_policy parent_policy;

struct parent_confined {
	unsigned calls;        /* that are forbidden */
	unsigned landlock_abi; /* 0: no Landlock here */
};

/*
 * Confine the parent for good, as c->sandbox says; once, before the first
 * child is started, after the control socket's folder is there.  roledir: the
 * folder of the roles' programs.  Sets NO_NEW_PRIVS.  Afterwards no file can
 * be written, made or removed save /dev/null, sockets in the control socket's
 * folder and files in the state file's, and nothing run but what lies in
 * roledir and beside the dynamic linker; a reload that moves the control
 * socket elsewhere does not get it.  Returns 0, or -1 if it does not hold in
 * mode enforce (said in the log).
 */
int parent_confine(const struct config *c, const char *roledir, struct parent_confined *done);

#endif
