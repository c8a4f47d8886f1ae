# Unit tests of what the brain thinks of containers.
EXTRA_DIST += %D%/container_unit.h

UNIT_TESTS += test_container_class test_container_life test_container_identity test_containers
test_container_class_SOURCES = %D%/test_container_class.c
test_container_class_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_container_class_LDADD = $(BRAIN_LIBS)

test_container_life_SOURCES = %D%/test_container_life.c
test_container_life_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_container_life_LDADD = $(BRAIN_LIBS)

test_container_identity_SOURCES = %D%/test_container_identity.c
test_container_identity_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_container_identity_LDADD = $(BRAIN_LIBS)

test_containers_SOURCES = %D%/test_containers.c
test_containers_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_containers_LDADD = $(BRAIN_LIBS)
