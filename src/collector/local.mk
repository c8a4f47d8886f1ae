# The collector; all but main.c in a library, so that tests link it.
noinst_LIBRARIES += libcollector.a
libcollector_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/src/net $(EVENT_CFLAGS) $(CJSON_CFLAGS) $(SSL_CFLAGS)
libcollector_a_SOURCES = \
	%D%/deps.c %D%/deps.h \
	%D%/docker.c %D%/docker.h \
	%D%/docker_answer.c %D%/docker_answer.h \
	%D%/docker_check.c %D%/docker_check.h \
	%D%/docker_checks.c %D%/docker_checks.h \
	%D%/docker_container.c %D%/docker_container.h \
	%D%/docker_end.c \
	%D%/docker_event.c %D%/docker_event.h \
	%D%/docker_head.c %D%/docker_head.h \
	%D%/docker_hints.c \
	%D%/docker_labels.c %D%/docker_labels.h \
	%D%/docker_list.c %D%/docker_list.h \
	%D%/docker_look.h \
	%D%/docker_recent.c %D%/docker_recent.h \
	%D%/docker_scope.c \
	%D%/docker_stream.c %D%/docker_stream.h \
	%D%/docker_view.c %D%/docker_view.h \
	%D%/envelope.c %D%/envelope.h \
	%D%/gate_client.c %D%/gate_client.h \
	%D%/host.c %D%/host.h \
	%D%/id_set.c %D%/id_set.h \
	%D%/json_scan.c %D%/json_scan.h \
	%D%/metrics.c %D%/metrics.h \
	%D%/outlet.c %D%/outlet.h \
	%D%/own_container.c %D%/own_container.h \
	%D%/prove.c %D%/prove.h \
	%D%/tcp_ping.c %D%/tcp_ping.h \
	%D%/tick.c %D%/tick.h

# The second is started where the configuration asks for what only libcurl can do.
role_PROGRAMS += watchdog-collector watchdog-collector-https
watchdog_collector_CPPFLAGS = $(libcollector_a_CPPFLAGS)
watchdog_collector_SOURCES = %D%/main.c
watchdog_collector_LDADD = libcollector.a $(NET_PLAIN_LIBS) $(COMMON_LIBS) $(CJSON_LIBS)
watchdog_collector_https_CPPFLAGS = $(libcollector_a_CPPFLAGS)
watchdog_collector_https_SOURCES = %D%/main.c
watchdog_collector_https_LDADD = libcollector.a $(NET_LIBS) $(COMMON_LIBS) $(CJSON_LIBS)
