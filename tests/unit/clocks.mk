UNIT_TESTS += test_clocks
test_clocks_SOURCES = %D%/test_clocks.c
test_clocks_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_clocks_LDADD = $(BRAIN_LIBS)
