role_PROGRAMS += watchdog-prober
watchdog_prober_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
watchdog_prober_SOURCES = \
	%D%/main.c \
	%D%/mount.c %D%/mount.h
watchdog_prober_LDADD = $(COMMON_LIBS)
