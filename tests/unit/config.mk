# Unit tests of config.
UNIT_TESTS += test_config test_config_docs test_config_file test_config_load test_config_values
EXTRA_DIST += %D%/config_load_unit.h %D%/config_unit.h

test_config_SOURCES = %D%/test_config.c
test_config_CPPFLAGS = $(UNIT_CPPFLAGS)
test_config_LDADD = $(UNIT_LIBS)

test_config_docs_SOURCES = %D%/test_config_docs.c
test_config_docs_CPPFLAGS = $(UNIT_CPPFLAGS)
test_config_docs_LDADD = $(UNIT_LIBS)

test_config_file_SOURCES = %D%/test_config_file.c
test_config_file_CPPFLAGS = $(UNIT_CPPFLAGS)
test_config_file_LDADD = $(UNIT_LIBS)

test_config_load_SOURCES = %D%/test_config_load.c
test_config_load_CPPFLAGS = $(UNIT_CPPFLAGS)
test_config_load_LDADD = $(UNIT_LIBS)

test_config_values_SOURCES = %D%/test_config_values.c
test_config_values_CPPFLAGS = $(UNIT_CPPFLAGS)
test_config_values_LDADD = $(UNIT_LIBS)
