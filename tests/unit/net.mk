# Unit tests of net and of the resolver.
NET_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) $(NET_CPPFLAGS)
NET_TEST_FIXTURE = \
	%D%/net_fixture.c %D%/net_fixture.h \
	%D%/net_pki.c %D%/net_pki.h \
	%D%/net_server.c %D%/net_server.h
NET_TEST_LIBS = $(NET_LIBS) $(UNIT_LIBS)

# The same tests for both makers of http.h, but for what only libcurl can do.
UNIT_TESTS += %D%/test_http_event
tests_unit_test_http_event_CPPFLAGS = $(NET_TEST_CPPFLAGS) -DHTTP_EVENT
tests_unit_test_http_event_SOURCES = %D%/test_http.c $(NET_TEST_FIXTURE)
tests_unit_test_http_event_LDADD = $(NET_PLAIN_LIBS) $(UNIT_LIBS) $(SSL_LIBS)

# … and on a host that has no IPv6.
EXTRA_DIST += %D%/no_ipv6_unit.h
UNIT_TESTS += %D%/test_http_no_ipv6 %D%/test_http_event_no_ipv6
tests_unit_test_http_no_ipv6_CPPFLAGS = $(NET_TEST_CPPFLAGS)
tests_unit_test_http_no_ipv6_SOURCES = %D%/test_http_no_ipv6.c $(NET_TEST_FIXTURE)
tests_unit_test_http_no_ipv6_LDADD = $(NET_TEST_LIBS)
tests_unit_test_http_event_no_ipv6_CPPFLAGS = $(NET_TEST_CPPFLAGS) -DHTTP_EVENT
tests_unit_test_http_event_no_ipv6_SOURCES = %D%/test_http_no_ipv6.c $(NET_TEST_FIXTURE)
tests_unit_test_http_event_no_ipv6_LDADD = $(NET_PLAIN_LIBS) $(UNIT_LIBS) $(SSL_LIBS)

UNIT_TESTS += %D%/test_http %D%/test_http_proxy %D%/test_https %D%/test_resolve %D%/test_tls_store
tests_unit_test_http_CPPFLAGS = $(NET_TEST_CPPFLAGS)
tests_unit_test_http_SOURCES = %D%/test_http.c $(NET_TEST_FIXTURE)
tests_unit_test_http_LDADD = $(NET_TEST_LIBS)
tests_unit_test_http_proxy_CPPFLAGS = $(NET_TEST_CPPFLAGS)
tests_unit_test_http_proxy_SOURCES = %D%/test_http_proxy.c $(NET_TEST_FIXTURE)
tests_unit_test_http_proxy_LDADD = $(NET_TEST_LIBS)
tests_unit_test_https_CPPFLAGS = $(NET_TEST_CPPFLAGS) $(SECCOMP_CFLAGS)
tests_unit_test_https_SOURCES = %D%/test_https.c $(NET_TEST_FIXTURE)
tests_unit_test_https_LDADD = $(NET_TEST_LIBS) $(SECCOMP_LIBS)
tests_unit_test_resolve_CPPFLAGS = $(NET_TEST_CPPFLAGS)
tests_unit_test_resolve_SOURCES = %D%/test_resolve.c $(NET_TEST_FIXTURE)
tests_unit_test_resolve_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_boot
tests_unit_test_resolve_LDADD = $(NET_TEST_LIBS)
tests_unit_test_tls_store_CPPFLAGS = $(NET_TEST_CPPFLAGS)
tests_unit_test_tls_store_SOURCES = %D%/test_tls_store.c %D%/net_pki.c %D%/net_pki.h
tests_unit_test_tls_store_LDADD = $(NET_TEST_LIBS)

UNIT_TESTS += %D%/test_http_memory
tests_unit_test_http_memory_CPPFLAGS = $(NET_TEST_CPPFLAGS)
tests_unit_test_http_memory_SOURCES = %D%/test_http_memory.c $(NET_TEST_FIXTURE)
tests_unit_test_http_memory_LDADD = $(NET_TEST_LIBS)

UNIT_TESTS += %D%/test_requests %D%/test_resolver
tests_unit_test_requests_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/resolver
tests_unit_test_requests_SOURCES = %D%/test_requests.c src/resolver/requests.c src/resolver/requests.h
tests_unit_test_requests_LDADD = $(UNIT_LIBS)
tests_unit_test_resolver_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_resolver_SOURCES = %D%/test_resolver.c
tests_unit_test_resolver_LDADD = $(UNIT_LIBS)
EXTRA_tests_unit_test_resolver_DEPENDENCIES = watchdog-resolver
