# Unit tests of what the brain keeps to itself.
EXTRA_DIST += %D%/calm_unit.h

UNIT_TESTS += test_start
test_start_SOURCES = %D%/test_start.c
test_start_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_start_LDADD = $(BRAIN_LIBS)
