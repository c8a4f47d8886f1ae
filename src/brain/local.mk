role_PROGRAMS += watchdog-brain
watchdog_brain_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
watchdog_brain_SOURCES = %D%/main.c
watchdog_brain_LDADD = $(COMMON_LIBS)
