# What every program links.
noinst_LIBRARIES += libcommon.a
libcommon_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
libcommon_a_SOURCES = \
	%D%/clock.c %D%/clock.h \
	%D%/config.c %D%/config.h %D%/config_keys.h \
	%D%/config_load.c \
	%D%/config_types.c %D%/config_types.h \
	%D%/link.c %D%/link.h \
	%D%/log.c %D%/log.h \
	%D%/messages.c %D%/messages.h \
	%D%/rfc3339.c %D%/rfc3339.h \
	%D%/role.c %D%/role.h \
	%D%/roles.c %D%/roles.h \
	%D%/url.c %D%/url.h \
	%D%/utf8.c %D%/utf8.h \
	%D%/wire.c %D%/wire.h

COMMON_LIBS = libcommon.a $(EVENT_EXTRA_LIBS) $(EVENT_LIBS)
