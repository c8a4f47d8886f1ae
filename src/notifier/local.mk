# All but main.c, so that tests link it.
noinst_LIBRARIES += libnotifier.a
NOTIFIER_CPPFLAGS = -I$(top_srcdir)/src/notifier $(NET_CPPFLAGS) $(CJSON_CFLAGS)
libnotifier_a_CPPFLAGS = $(AM_CPPFLAGS) $(NOTIFIER_CPPFLAGS) $(EVENT_CFLAGS)
libnotifier_a_SOURCES = \
	%D%/courier.c %D%/courier.h \
	%D%/finder.c %D%/finder.h \
	%D%/notifier.c %D%/notifier.h \
	%D%/pace.c %D%/pace.h \
	%D%/plain_text.c %D%/plain_text.h \
	%D%/secret.c %D%/secret.h \
	%D%/telegram.c %D%/telegram.h \
	%D%/trial.c %D%/trial.h \
	%D%/updates.c %D%/updates.h

# To be named before COMMON_LIBS.
NOTIFIER_LIBS = libnotifier.a $(NET_LIBS) $(CJSON_LIBS)

# The second is started where the API or the way to it asks for what only libcurl can do.
role_PROGRAMS += watchdog-notifier watchdog-notifier-https
watchdog_notifier_CPPFLAGS = $(libnotifier_a_CPPFLAGS)
watchdog_notifier_SOURCES = %D%/main.c
watchdog_notifier_LDADD = libnotifier.a $(NET_PLAIN_LIBS) $(CJSON_LIBS) $(COMMON_LIBS)
watchdog_notifier_https_CPPFLAGS = $(libnotifier_a_CPPFLAGS)
watchdog_notifier_https_SOURCES = %D%/main.c
watchdog_notifier_https_LDADD = $(NOTIFIER_LIBS) $(COMMON_LIBS)
