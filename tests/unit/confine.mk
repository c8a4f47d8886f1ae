# Unit tests of confinement.
UNIT_TESTS += test_sandbox test_landlock test_resolv_files

test_sandbox_SOURCES = %D%/test_sandbox.c
test_sandbox_CPPFLAGS = $(UNIT_CPPFLAGS) $(SECCOMP_CFLAGS) -I$(top_srcdir)/src
test_sandbox_LDADD = $(UNIT_LIBS)

test_landlock_SOURCES = %D%/test_landlock.c
test_landlock_CPPFLAGS = $(UNIT_CPPFLAGS)
test_landlock_LDADD = $(UNIT_LIBS)

test_resolv_files_SOURCES = %D%/test_resolv_files.c
test_resolv_files_CPPFLAGS = $(UNIT_CPPFLAGS)
test_resolv_files_LDADD = $(UNIT_LIBS)

# What the prober asks beside statvfs(3).
UNIT_TESTS += test_mount
test_mount_SOURCES = %D%/test_mount.c src/prober/mount.c
test_mount_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/prober
test_mount_LDADD = $(UNIT_LIBS)
