noinst_LIBRARIES += libparent.a
libparent_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
libparent_a_SOURCES = \
	%D%/beat.c \
	%D%/account_names.c %D%/account_names.h \
	%D%/ca_file.c %D%/ca_file.h \
	%D%/certificates.c \
	%D%/children.c \
	%D%/control.c %D%/control.h \
	%D%/dead_paths.c %D%/dead_paths.h \
	%D%/descriptors.c %D%/descriptors.h \
	%D%/gate.c %D%/gate.h \
	%D%/gate_request.c %D%/gate_request.h \
	%D%/handlers.c \
	%D%/keeper.c %D%/keeper.h \
	%D%/log_quota.c %D%/log_quota.h \
	%D%/log_writer.c %D%/log_writer.h \
	%D%/manager.c \
	%D%/options.c %D%/options.h \
	%D%/pairs.c \
	%D%/compat.h %D%/parent.h \
	%D%/privileges.c %D%/privileges.h \
	%D%/reload.c \
	%D%/roster.c \
	%D%/self_test.c %D%/self_test.h \
	%D%/seating.c %D%/seating.h \
	%D%/secrets.c %D%/secrets.h \
	%D%/service.c %D%/service.h \
	%D%/setup.c \
	%D%/spawn.c %D%/spawn.h \
	%D%/state_file.c %D%/state_file.h \
	%D%/stop.c \
	%D%/surroundings.c %D%/surroundings.h

sbin_PROGRAMS += watchdog
watchdog_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS)
watchdog_SOURCES = %D%/main.c
watchdog_LDADD = libparent.a $(COMMON_LIBS)
