# Unit tests of the parent.
UNIT_TESTS += test_gate test_gate_hostile test_gate_request test_keeper test_log_writer test_options

test_gate_SOURCES = %D%/test_gate.c
test_gate_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent
test_gate_LDADD = libparent.a $(UNIT_LIBS)

test_gate_hostile_SOURCES = %D%/test_gate_hostile.c
test_gate_hostile_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent
test_gate_hostile_LDADD = libparent.a $(UNIT_LIBS)

test_gate_request_SOURCES = %D%/test_gate_request.c
test_gate_request_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent
test_gate_request_LDADD = libparent.a $(UNIT_LIBS)

test_keeper_SOURCES = %D%/test_keeper.c
test_keeper_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent
test_keeper_LDADD = libparent.a $(UNIT_LIBS)

test_log_writer_SOURCES = %D%/test_log_writer.c
test_log_writer_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent
test_log_writer_LDADD = libparent.a $(UNIT_LIBS)

test_options_SOURCES = %D%/test_options.c
test_options_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent
test_options_LDADD = libparent.a $(UNIT_LIBS)

UNIT_TESTS += test_log_quota
test_log_quota_SOURCES = %D%/test_log_quota.c
test_log_quota_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent
test_log_quota_LDADD = libparent.a $(UNIT_LIBS)

UNIT_TESTS += test_manager
test_manager_SOURCES = %D%/test_manager.c
test_manager_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent $(EVENT_CFLAGS)
test_manager_LDADD = libparent.a $(UNIT_LIBS)

UNIT_TESTS += test_beat
test_beat_SOURCES = %D%/test_beat.c
test_beat_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent $(EVENT_CFLAGS)
test_beat_LDADD = libparent.a $(UNIT_LIBS)

UNIT_TESTS += test_dead_paths
test_dead_paths_SOURCES = %D%/test_dead_paths.c
test_dead_paths_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent
test_dead_paths_LDADD = libparent.a $(UNIT_LIBS)

UNIT_TESTS += test_pairs
test_pairs_SOURCES = %D%/test_pairs.c
test_pairs_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent $(EVENT_CFLAGS)
test_pairs_LDADD = libparent.a $(UNIT_LIBS)

UNIT_TESTS += test_state_file
test_state_file_SOURCES = %D%/test_state_file.c
test_state_file_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent $(EVENT_CFLAGS)
test_state_file_LDADD = libparent.a $(UNIT_LIBS)

UNIT_TESTS += test_service
test_service_SOURCES = %D%/test_service.c
test_service_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent
test_service_LDADD = libparent.a $(UNIT_LIBS)

UNIT_TESTS += test_descriptors
test_descriptors_SOURCES = %D%/test_descriptors.c
test_descriptors_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent
test_descriptors_LDADD = libparent.a $(UNIT_LIBS)
UNIT_TESTS += test_ca_file
test_ca_file_SOURCES = %D%/test_ca_file.c %D%/net_pki.c %D%/net_pki.h
test_ca_file_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent $(NET_CPPFLAGS)
test_ca_file_LDADD = libparent.a $(UNIT_LIBS) $(SSL_LIBS)

UNIT_TESTS += test_setup
test_setup_SOURCES = %D%/test_setup.c
test_setup_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent $(EVENT_CFLAGS)
test_setup_LDADD = libparent.a $(UNIT_LIBS)

UNIT_TESTS += test_seating
test_seating_SOURCES = %D%/test_seating.c
test_seating_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/src/parent
test_seating_LDADD = libparent.a $(UNIT_LIBS)
