# Unit tests of net and of the resolver.
NET_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) $(NET_CPPFLAGS)
NET_TEST_FIXTURE = \
	%D%/net_fixture.c %D%/net_fixture.h \
	%D%/net_pki.c %D%/net_pki.h \
	%D%/net_server.c %D%/net_server.h
NET_TEST_LIBS = $(NET_LIBS) $(UNIT_LIBS)

UNIT_TESTS += %D%/test_http
tests_unit_test_http_CPPFLAGS = $(NET_TEST_CPPFLAGS)
tests_unit_test_http_SOURCES = %D%/test_http.c $(NET_TEST_FIXTURE)
tests_unit_test_http_LDADD = $(NET_TEST_LIBS)
