sbin_PROGRAMS += watchdog
watchdog_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
watchdog_SOURCES = %D%/main.c
watchdog_LDADD = $(COMMON_LIBS)
