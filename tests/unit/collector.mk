# Unit tests of the collector.
COLLECTOR_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/collector $(NET_CPPFLAGS) $(CJSON_CFLAGS)
COLLECTOR_TEST_LIBS = libcollector.a $(NET_LIBS) $(UNIT_LIBS) $(CJSON_LIBS)
COLLECTOR_BENCH = %D%/collector_bench.c %D%/collector_bench.h

# Pure parsers.
UNIT_TESTS += %D%/test_json_scan %D%/test_envelope %D%/test_docker_head %D%/test_docker_list \
	%D%/test_docker_container %D%/test_docker_event %D%/test_docker_labels %D%/test_own_container
tests_unit_test_json_scan_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_json_scan_LDADD = $(COLLECTOR_TEST_LIBS)
tests_unit_test_envelope_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_envelope_LDADD = $(COLLECTOR_TEST_LIBS)
tests_unit_test_docker_head_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_docker_head_LDADD = $(COLLECTOR_TEST_LIBS)
tests_unit_test_docker_list_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_docker_list_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=realloc
tests_unit_test_docker_list_LDADD = $(COLLECTOR_TEST_LIBS)
tests_unit_test_docker_container_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_docker_container_LDADD = $(COLLECTOR_TEST_LIBS)
tests_unit_test_docker_event_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_docker_event_LDADD = $(COLLECTOR_TEST_LIBS)
tests_unit_test_docker_labels_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_docker_labels_LDADD = $(COLLECTOR_TEST_LIBS)
tests_unit_test_own_container_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_own_container_LDADD = $(COLLECTOR_TEST_LIBS)

# Sources, on a bench of real links.
UNIT_TESTS += %D%/test_tick %D%/test_outlet %D%/test_host %D%/test_docker %D%/test_docker_events \
	%D%/test_tcp_ping
tests_unit_test_tick_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_tick_SOURCES = %D%/test_tick.c $(COLLECTOR_BENCH)
tests_unit_test_tick_LDADD = $(COLLECTOR_TEST_LIBS)
tests_unit_test_outlet_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_outlet_SOURCES = %D%/test_outlet.c $(COLLECTOR_BENCH)
tests_unit_test_outlet_LDADD = $(COLLECTOR_TEST_LIBS)
tests_unit_test_host_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_host_SOURCES = %D%/test_host.c $(COLLECTOR_BENCH)
tests_unit_test_host_LDADD = $(COLLECTOR_TEST_LIBS)
tests_unit_test_docker_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_docker_SOURCES = %D%/test_docker.c $(COLLECTOR_BENCH)
tests_unit_test_docker_LDADD = $(COLLECTOR_TEST_LIBS)
tests_unit_test_docker_events_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_docker_events_SOURCES = %D%/test_docker_events.c %D%/docker_bench.c %D%/docker_bench.h $(COLLECTOR_BENCH)
tests_unit_test_docker_events_LDADD = $(COLLECTOR_TEST_LIBS)
UNIT_TESTS += %D%/test_docker_resume
tests_unit_test_docker_resume_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_docker_resume_SOURCES = %D%/test_docker_resume.c %D%/docker_bench.c %D%/docker_bench.h $(COLLECTOR_BENCH)
tests_unit_test_docker_resume_LDADD = $(COLLECTOR_TEST_LIBS)
tests_unit_test_tcp_ping_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_tcp_ping_LDADD = $(COLLECTOR_TEST_LIBS)

UNIT_TESTS += %D%/test_tcp_no_ipv6
tests_unit_test_tcp_no_ipv6_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_tcp_no_ipv6_LDADD = $(COLLECTOR_TEST_LIBS)

# … and against scripted servers.
UNIT_TESTS += %D%/test_deps %D%/test_metrics
COLLECTOR_SERVER = %D%/net_server.c %D%/net_server.h %D%/net_pki.c %D%/net_pki.h
tests_unit_test_deps_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_deps_SOURCES = %D%/test_deps.c $(COLLECTOR_BENCH) $(COLLECTOR_SERVER)
tests_unit_test_deps_LDADD = $(COLLECTOR_TEST_LIBS)
tests_unit_test_metrics_CPPFLAGS = $(COLLECTOR_TEST_CPPFLAGS)
tests_unit_test_metrics_SOURCES = %D%/test_metrics.c $(COLLECTOR_BENCH) $(COLLECTOR_SERVER)
tests_unit_test_metrics_LDADD = $(COLLECTOR_TEST_LIBS)
