# One cmocka program a module.  UNIT_TESTS grows in the files included below.
UNIT_TESTS =
UNIT_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(CMOCKA_CFLAGS)
UNIT_LIBS = $(COMMON_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/unit/any_message.h tests/unit/parent_unit.h tests/unit/unit.h tests/unit/unit_limits.h tests/unit/unit_log.h

include tests/unit/common.mk
include tests/unit/config.mk
include tests/unit/net.mk
include tests/unit/brain.mk
include tests/unit/calm.mk
include tests/unit/clocks.mk
include tests/unit/containers.mk
include tests/unit/collector.mk
include tests/unit/notifier.mk
include tests/unit/parent.mk
include tests/unit/confine.mk
include tests/unit/control.mk
include tests/alloc/local.mk

if HAVE_CMOCKA
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
endif
