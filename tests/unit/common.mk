# Unit tests of common.
UNIT_TESTS += test_clock test_give_back test_link test_log test_messages test_rfc3339 test_strbuf test_url test_utf8 test_wire

test_clock_SOURCES = %D%/test_clock.c
test_clock_CPPFLAGS = $(UNIT_CPPFLAGS)
test_clock_LDADD = $(UNIT_LIBS)

test_give_back_SOURCES = %D%/test_give_back.c
test_give_back_CPPFLAGS = $(UNIT_CPPFLAGS)
test_give_back_LDADD = $(UNIT_LIBS)

test_link_SOURCES = %D%/test_link.c
test_link_CPPFLAGS = $(UNIT_CPPFLAGS)
test_link_LDADD = $(UNIT_LIBS)

test_log_SOURCES = %D%/test_log.c
test_log_CPPFLAGS = $(UNIT_CPPFLAGS)
test_log_LDADD = $(UNIT_LIBS)

test_messages_SOURCES = %D%/test_messages.c
test_messages_CPPFLAGS = $(UNIT_CPPFLAGS)
test_messages_LDADD = $(UNIT_LIBS)

test_rfc3339_SOURCES = %D%/test_rfc3339.c
test_rfc3339_CPPFLAGS = $(UNIT_CPPFLAGS)
test_rfc3339_LDADD = $(UNIT_LIBS)

test_strbuf_SOURCES = %D%/test_strbuf.c
test_strbuf_CPPFLAGS = $(UNIT_CPPFLAGS)
test_strbuf_LDADD = $(UNIT_LIBS)

test_url_SOURCES = %D%/test_url.c
test_url_CPPFLAGS = $(UNIT_CPPFLAGS)
test_url_LDADD = $(UNIT_LIBS)

test_utf8_SOURCES = %D%/test_utf8.c
test_utf8_CPPFLAGS = $(UNIT_CPPFLAGS)
test_utf8_LDADD = $(UNIT_LIBS)

test_wire_SOURCES = %D%/test_wire.c
test_wire_CPPFLAGS = $(UNIT_CPPFLAGS)
test_wire_LDADD = $(UNIT_LIBS)

UNIT_TESTS += test_proc_status
test_proc_status_SOURCES = %D%/test_proc_status.c
test_proc_status_CPPFLAGS = $(UNIT_CPPFLAGS)
test_proc_status_LDADD = $(UNIT_LIBS)

UNIT_TESTS += test_checksum
test_checksum_SOURCES = %D%/test_checksum.c
test_checksum_CPPFLAGS = $(UNIT_CPPFLAGS)
test_checksum_LDADD = $(UNIT_LIBS)
