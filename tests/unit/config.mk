# Unit tests of config.
UNIT_TESTS += test_config_docs

test_config_docs_SOURCES = %D%/test_config_docs.c
test_config_docs_CPPFLAGS = $(UNIT_CPPFLAGS)
test_config_docs_LDADD = $(UNIT_LIBS)
