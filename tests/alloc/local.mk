# The n-th allocation fails.
FAILING_WRAP = -Wl,--wrap=free,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=strdup,--wrap=strndup \
	-Wl,--wrap=asprintf,--wrap=__asprintf_chk
FAILING_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(CJSON_CFLAGS)
FAILING_SOURCES = %D%/failing.c %D%/failing.h

check_PROGRAMS += %D%/failing_brain
tests_alloc_failing_brain_CPPFLAGS = $(FAILING_CPPFLAGS) -I$(top_srcdir)/src/brain
tests_alloc_failing_brain_SOURCES = %D%/failing_brain.c $(FAILING_SOURCES)
tests_alloc_failing_brain_LDFLAGS = $(AM_LDFLAGS) $(FAILING_WRAP)
tests_alloc_failing_brain_LDADD = %D%/libbrainmain.a libbrain.a $(COMMON_LIBS) $(CJSON_LIBS)

# main() of the real program, under another name.
check_LIBRARIES += %D%/libbrainmain.a
tests_alloc_libbrainmain_a_CPPFLAGS = $(FAILING_CPPFLAGS) -Dmain=brain_main
tests_alloc_libbrainmain_a_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_alloc_libbrainmain_a_SOURCES = src/brain/main.c src/brain/hear_client.c src/brain/hear_collector.c src/brain/hear_notifier.c

UNIT_TESTS += %D%/test_alloc_brain
tests_alloc_test_alloc_brain_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/tests/unit $(CJSON_CFLAGS)
tests_alloc_test_alloc_brain_SOURCES = %D%/test_alloc_brain.c $(FAILING_SOURCES)
tests_alloc_test_alloc_brain_LDFLAGS = $(AM_LDFLAGS) $(FAILING_WRAP)
tests_alloc_test_alloc_brain_LDADD = $(UNIT_LIBS) $(CJSON_LIBS)
EXTRA_tests_alloc_test_alloc_brain_DEPENDENCIES = %D%/failing_brain

UNIT_TESTS += %D%/test_alloc_replay
tests_alloc_test_alloc_replay_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/tests/unit $(CJSON_CFLAGS)
tests_alloc_test_alloc_replay_SOURCES = %D%/test_alloc_replay.c $(FAILING_SOURCES)
tests_alloc_test_alloc_replay_LDFLAGS = $(AM_LDFLAGS) $(FAILING_WRAP)
tests_alloc_test_alloc_replay_LDADD = $(UNIT_LIBS) $(CJSON_LIBS)
EXTRA_tests_alloc_test_alloc_replay_DEPENDENCIES = %D%/failing_brain

check_PROGRAMS += %D%/failing_notifier
tests_alloc_failing_notifier_CPPFLAGS = $(FAILING_CPPFLAGS) $(NOTIFIER_CPPFLAGS)
tests_alloc_failing_notifier_SOURCES = %D%/failing_notifier.c $(FAILING_SOURCES)
tests_alloc_failing_notifier_LDFLAGS = $(AM_LDFLAGS) $(FAILING_WRAP)
tests_alloc_failing_notifier_LDADD = %D%/libnotifiermain.a $(NOTIFIER_LIBS) $(COMMON_LIBS)

check_LIBRARIES += %D%/libnotifiermain.a
tests_alloc_libnotifiermain_a_CPPFLAGS = $(FAILING_CPPFLAGS) $(NOTIFIER_CPPFLAGS) -Dmain=notifier_main
tests_alloc_libnotifiermain_a_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_alloc_libnotifiermain_a_SOURCES = src/notifier/main.c

UNIT_TESTS += %D%/test_alloc_notifier
tests_alloc_test_alloc_notifier_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/tests/unit $(CJSON_CFLAGS)
tests_alloc_test_alloc_notifier_SOURCES = %D%/test_alloc_notifier.c $(FAILING_SOURCES)
tests_alloc_test_alloc_notifier_LDFLAGS = $(AM_LDFLAGS) $(FAILING_WRAP)
tests_alloc_test_alloc_notifier_LDADD = $(UNIT_LIBS) $(CJSON_LIBS)
EXTRA_tests_alloc_test_alloc_notifier_DEPENDENCIES = %D%/failing_notifier

UNIT_TESTS += %D%/test_alloc_parent
tests_alloc_test_alloc_parent_CPPFLAGS = $(UNIT_CPPFLAGS) $(CJSON_CFLAGS) -I$(top_srcdir)/tests/unit -I$(top_srcdir)/src/parent
tests_alloc_test_alloc_parent_SOURCES = %D%/test_alloc_parent.c $(FAILING_SOURCES)
tests_alloc_test_alloc_parent_LDFLAGS = $(AM_LDFLAGS) $(FAILING_WRAP)
tests_alloc_test_alloc_parent_LDADD = libparent.a $(UNIT_LIBS) $(CJSON_LIBS)

UNIT_TESTS += %D%/test_alloc_http
tests_alloc_test_alloc_http_CPPFLAGS = $(UNIT_CPPFLAGS) $(CJSON_CFLAGS) $(NET_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_alloc_test_alloc_http_SOURCES = %D%/test_alloc_http.c $(FAILING_SOURCES)
tests_alloc_test_alloc_http_LDFLAGS = $(AM_LDFLAGS) $(FAILING_WRAP) -Wl,--wrap=role_send,--wrap=exit
tests_alloc_test_alloc_http_LDADD = $(NET_PLAIN_LIBS) $(UNIT_LIBS) $(CJSON_LIBS)
