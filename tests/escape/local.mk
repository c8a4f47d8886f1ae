# From inside each role's real confinement: what must not be possible, and what must.
check_PROGRAMS += escape
TESTS += escape
escape_SOURCES = %D%/attempts.c %D%/escape.c %D%/escape.h
escape_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) -I$(top_srcdir)/src
escape_LDADD = $(COMMON_LIBS)
