#include "build_config.h"

#include "replay.h"
#include "role.h"

static link_handler *const handlers[MSG_COUNT];
static const struct role_spec spec = {.id = ROLE_BRAIN, .handlers = handlers};

int
main(int argc, char **argv)
{
	if (argc > 1)
		return replay_main(argc, argv);
	return role_main(&spec, NULL);
}
