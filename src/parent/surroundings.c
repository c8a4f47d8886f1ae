/*
 * Leaving what we were started in.
 */
#include "build_config.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "descriptors.h"
#include "log.h"
#include "surroundings.h"

#define NOWHERE "/dev/null" /* a folder that was removed has no name, and nothing is found in it */
#define OURS 2              /* that are open by now, besides the service manager's */

static int
close_what_was_left_open(const struct parent *p)
{
	int keep[OURS + SERVICE_DESCRIPTORS_MAX] = {p->env_secrets, p->secret_fd};
	size_t n = OURS + service_descriptors(p->service, keep + OURS);

	if (descriptors_close_but(STDERR_FILENO + 1, keep, n) == 0)
		return 0;
	log_error("descriptors that were left open cannot be closed: %s", strerror(errno));
	return EX_OSERR;
}

int
surroundings_leave(struct parent *p)
{
	static char folder[PATH_MAX];

	p->folder = getcwd(folder, sizeof(folder)) == NULL ? NOWHERE : folder;
	if (chdir("/") == -1) {
		log_error("the folder / cannot be entered: %s", strerror(errno));
		return EX_OSERR;
	}
	return close_what_was_left_open(p);
}
