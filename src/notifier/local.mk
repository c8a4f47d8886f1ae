role_PROGRAMS += watchdog-notifier
watchdog_notifier_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
watchdog_notifier_SOURCES = %D%/main.c
watchdog_notifier_LDADD = $(COMMON_LIBS)
