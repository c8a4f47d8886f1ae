role_PROGRAMS += watchdog-resolver
watchdog_resolver_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
watchdog_resolver_SOURCES = \
	%D%/main.c \
	%D%/requests.c %D%/requests.h
watchdog_resolver_LDADD = $(COMMON_LIBS)
