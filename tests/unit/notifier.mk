# Unit tests of notifier.
NOTIFIER_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) $(NOTIFIER_CPPFLAGS)
NOTIFIER_TEST_LIBS = $(NOTIFIER_LIBS) $(UNIT_LIBS)

UNIT_TESTS += %D%/test_notifier %D%/test_pace %D%/test_plain_text %D%/test_secret %D%/test_telegram %D%/test_updates
# This one runs watchdog-notifier itself, and watchdog-notifier-https.
tests_unit_test_notifier_CPPFLAGS = $(NOTIFIER_TEST_CPPFLAGS)
tests_unit_test_notifier_SOURCES = %D%/test_notifier.c \
	%D%/net_pki.c %D%/net_pki.h \
	%D%/net_server.c %D%/net_server.h \
	%D%/notifier_bench.c %D%/notifier_bench.h
tests_unit_test_notifier_LDADD = $(NOTIFIER_TEST_LIBS)
tests_unit_test_pace_CPPFLAGS = $(NOTIFIER_TEST_CPPFLAGS)
tests_unit_test_pace_SOURCES = %D%/test_pace.c
tests_unit_test_pace_LDADD = $(NOTIFIER_TEST_LIBS)
tests_unit_test_plain_text_CPPFLAGS = $(NOTIFIER_TEST_CPPFLAGS)
tests_unit_test_plain_text_SOURCES = %D%/test_plain_text.c
tests_unit_test_plain_text_LDADD = $(NOTIFIER_TEST_LIBS)
tests_unit_test_secret_CPPFLAGS = $(NOTIFIER_TEST_CPPFLAGS)
tests_unit_test_secret_SOURCES = %D%/test_secret.c
tests_unit_test_secret_LDADD = $(NOTIFIER_TEST_LIBS)
tests_unit_test_telegram_CPPFLAGS = $(NOTIFIER_TEST_CPPFLAGS)
tests_unit_test_telegram_SOURCES = %D%/test_telegram.c
tests_unit_test_telegram_LDADD = $(NOTIFIER_TEST_LIBS)
tests_unit_test_updates_CPPFLAGS = $(NOTIFIER_TEST_CPPFLAGS)
tests_unit_test_updates_SOURCES = %D%/test_updates.c
tests_unit_test_updates_LDADD = $(NOTIFIER_TEST_LIBS)
