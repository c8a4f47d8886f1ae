role_PROGRAMS += watchdog-collector
watchdog_collector_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
watchdog_collector_SOURCES = %D%/main.c
watchdog_collector_LDADD = $(COMMON_LIBS)
