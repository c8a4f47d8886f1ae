# Unit tests of notifier.
UNIT_TESTS += test_notifier test_pace test_plain_text test_secret test_telegram

NOTIFIER_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) $(NOTIFIER_CPPFLAGS)
NOTIFIER_TEST_LIBS = $(NOTIFIER_LIBS) $(UNIT_LIBS)

# This one runs watchdog-notifier itself.
test_notifier_CPPFLAGS = $(NOTIFIER_TEST_CPPFLAGS)
test_notifier_SOURCES = %D%/test_notifier.c %D%/notifier_bench.c %D%/notifier_bench.h
test_notifier_LDADD = $(NOTIFIER_TEST_LIBS)

test_pace_CPPFLAGS = $(NOTIFIER_TEST_CPPFLAGS)
test_pace_SOURCES = %D%/test_pace.c
test_pace_LDADD = $(NOTIFIER_TEST_LIBS)

test_plain_text_CPPFLAGS = $(NOTIFIER_TEST_CPPFLAGS)
test_plain_text_SOURCES = %D%/test_plain_text.c
test_plain_text_LDADD = $(NOTIFIER_TEST_LIBS)

test_secret_CPPFLAGS = $(NOTIFIER_TEST_CPPFLAGS)
test_secret_SOURCES = %D%/test_secret.c
test_secret_LDADD = $(NOTIFIER_TEST_LIBS)

test_telegram_CPPFLAGS = $(NOTIFIER_TEST_CPPFLAGS)
test_telegram_SOURCES = %D%/test_telegram.c
test_telegram_LDADD = $(NOTIFIER_TEST_LIBS)
