bin_PROGRAMS += watchdogctl
watchdogctl_CPPFLAGS = $(AM_CPPFLAGS) $(CJSON_CFLAGS)
watchdogctl_SOURCES = %D%/main.c
watchdogctl_LDADD = libctl.a libcommon.a $(CJSON_LIBS)

# All but main.c, so that tests link what runs.
noinst_LIBRARIES += libctl.a
libctl_a_CPPFLAGS = $(AM_CPPFLAGS) $(CJSON_CFLAGS)
libctl_a_SOURCES = \
	%D%/gather.c %D%/gather.h \
	%D%/members.c %D%/members.h \
	%D%/show.c %D%/show.h \
	%D%/show_past.c \
	%D%/table.c %D%/table.h \
	%D%/talk.c %D%/talk.h \
	%D%/words.c %D%/words.h
