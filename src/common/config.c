#include "build_config.h"

#include "config.h"
