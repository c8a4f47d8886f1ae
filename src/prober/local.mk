role_PROGRAMS += watchdog-prober
watchdog_prober_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
watchdog_prober_SOURCES = %D%/main.c
watchdog_prober_LDADD = $(COMMON_LIBS)
