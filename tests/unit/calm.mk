# Unit tests of what the brain keeps to itself.
EXTRA_DIST += %D%/calm_unit.h

UNIT_TESTS += test_start
test_start_SOURCES = %D%/test_start.c
test_start_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_start_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_maintenance
test_maintenance_SOURCES = %D%/test_maintenance.c
test_maintenance_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_maintenance_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_cover
test_cover_SOURCES = %D%/test_cover.c
test_cover_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_cover_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_flap
test_flap_SOURCES = %D%/test_flap.c
test_flap_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_flap_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_network
test_network_SOURCES = %D%/test_network.c
test_network_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_network_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_calm_random
test_calm_random_SOURCES = %D%/test_calm_random.c
test_calm_random_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_calm_random_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_reason_text
test_reason_text_SOURCES = %D%/test_reason_text.c
test_reason_text_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_reason_text_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_names
test_names_SOURCES = %D%/test_names.c
test_names_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_names_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_new_start
test_new_start_SOURCES = %D%/test_new_start.c
test_new_start_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_new_start_LDADD = $(BRAIN_LIBS)
