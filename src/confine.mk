# What each role may do, one file a role; a program takes from the library only its own.
noinst_LIBRARIES += libconfine.a
libconfine_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
libconfine_a_SOURCES = \
	%D%/brain/confine.c %D%/brain/confine.h \
	%D%/collector/confine.c %D%/collector/confine.h \
	%D%/notifier/confine.c %D%/notifier/confine.h \
	%D%/parent/confine.c %D%/parent/confine.h \
	%D%/prober/confine.c %D%/prober/confine.h \
	%D%/resolver/confine.c %D%/resolver/confine.h
