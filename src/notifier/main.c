/*
 * watchdog-notifier: speaks to Telegram.  Trusts the parent; see notifier.c.
 */
#include "build_config.h"

#include "confine.h"
#include "notifier.h"

static struct notifier notifier;
static const struct role_spec spec = {
	.id = ROLE_NOTIFIER,
	.handlers = notifier_handlers,
	.prepare = notifier_prepare,
	.confine = notifier_confine,
	.prove = notifier_prove,
	.linked = notifier_linked,
	.unlinked = notifier_unlinked,
	.stop = notifier_stop,
};

int
main(void)
{
	return role_main(&spec, &notifier);
}
