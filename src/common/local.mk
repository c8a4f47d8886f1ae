# What every program links.
noinst_LIBRARIES += libcommon.a
libcommon_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(SECCOMP_CFLAGS)
libcommon_a_SOURCES = \
	%D%/checksum.c %D%/checksum.h \
	%D%/clock.c %D%/clock.h \
	%D%/config.c %D%/config.h %D%/config_keys.h \
	%D%/config_assign.c %D%/config_assign.h \
	%D%/config_bytes.c %D%/config_bytes.h \
	%D%/config_depends.c \
	%D%/config_deps.c \
	%D%/config_finish.c \
	%D%/config_host.c %D%/config_host.h \
	%D%/config_lists.c \
	%D%/config_load.c \
	%D%/config_secrets.c %D%/config_secrets.h \
	%D%/config_silent.c \
	%D%/config_texts.c \
	%D%/config_types.c %D%/config_types.h \
	%D%/config_windows.c \
	%D%/give_back.c %D%/give_back.h \
	%D%/kinds.c %D%/kinds.h \
	%D%/landlock.c %D%/landlock.h \
	%D%/link.c %D%/link.h \
	%D%/log.c %D%/log.h \
	%D%/loop.c %D%/loop.h \
	%D%/messages.c %D%/messages.h \
	%D%/nearest.c %D%/nearest.h \
	%D%/own_error.c %D%/own_error.h \
	%D%/output.c %D%/output.h \
	%D%/proc_status.c %D%/proc_status.h \
	%D%/resolv_files.c %D%/resolv_files.h \
	%D%/rfc3339.c %D%/rfc3339.h \
	%D%/role.c %D%/role.h \
	%D%/role_confine.c %D%/role_confine.h \
	%D%/roles.c %D%/roles.h \
	%D%/sandbox.c %D%/sandbox.h \
	%D%/sandbox_log.c %D%/sandbox_log.h \
	%D%/sandbox_tables.c \
	%D%/standard_fds.c %D%/standard_fds.h \
	%D%/strbuf.c %D%/strbuf.h \
	%D%/url.c %D%/url.h \
	%D%/utf8.c %D%/utf8.h \
	%D%/values.c %D%/values.h \
	%D%/wire.c %D%/wire.h

COMMON_LIBS = libconfine.a libcommon.a $(EVENT_EXTRA_LIBS) $(EVENT_LIBS) $(SECCOMP_LIBS)
