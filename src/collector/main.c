#include "build_config.h"

#include "role.h"

static link_handler *const handlers[MSG_COUNT];
static const struct role_spec spec = {.id = ROLE_COLLECTOR, .handlers = handlers};

int
main(void)
{
	return role_main(&spec, NULL);
}
