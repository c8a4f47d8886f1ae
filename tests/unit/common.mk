# Unit tests of common.
UNIT_TESTS += test_link test_messages test_utf8 test_wire

test_link_SOURCES = %D%/test_link.c
test_link_CPPFLAGS = $(UNIT_CPPFLAGS)
test_link_LDADD = $(UNIT_LIBS)

test_messages_SOURCES = %D%/test_messages.c
test_messages_CPPFLAGS = $(UNIT_CPPFLAGS)
test_messages_LDADD = $(UNIT_LIBS)

test_utf8_SOURCES = %D%/test_utf8.c
test_utf8_CPPFLAGS = $(UNIT_CPPFLAGS)
test_utf8_LDADD = $(UNIT_LIBS)

test_wire_SOURCES = %D%/test_wire.c
test_wire_CPPFLAGS = $(UNIT_CPPFLAGS)
test_wire_LDADD = $(UNIT_LIBS)
