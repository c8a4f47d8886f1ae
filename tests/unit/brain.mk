# Unit tests of the brain.
BRAIN_CPPFLAGS = $(UNIT_CPPFLAGS) $(CJSON_CFLAGS) -I$(top_srcdir)/src/brain
BRAIN_LIBS = libbrain.a $(UNIT_LIBS) $(CJSON_LIBS)
EXTRA_DIST += %D%/brain_unit.h %D%/outbox_unit.h %D%/role_unit.h

UNIT_TESTS += test_decide test_message_text test_brain_signals

test_decide_SOURCES = %D%/test_decide.c
test_decide_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_decide_LDADD = $(BRAIN_LIBS)

test_message_text_SOURCES = %D%/test_message_text.c
test_message_text_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_message_text_LDADD = $(BRAIN_LIBS)

test_brain_signals_SOURCES = %D%/test_brain_signals.c
test_brain_signals_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_brain_signals_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_hush
test_hush_SOURCES = %D%/test_hush.c
test_hush_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_hush_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_outbox test_outbox_room
test_outbox_room_SOURCES = %D%/test_outbox_room.c
test_outbox_room_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_outbox_room_LDADD = $(BRAIN_LIBS)
test_outbox_SOURCES = %D%/test_outbox.c
test_outbox_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_outbox_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_snapshot test_snapshot_old test_report
test_snapshot_SOURCES = %D%/test_snapshot.c
test_snapshot_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_snapshot_LDADD = $(BRAIN_LIBS)

test_snapshot_old_SOURCES = %D%/test_snapshot_old.c
test_snapshot_old_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_snapshot_old_LDADD = $(BRAIN_LIBS)

test_report_SOURCES = %D%/test_report.c
test_report_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_report_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_keep test_replay
test_keep_SOURCES = %D%/test_keep.c
test_keep_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_keep_LDADD = $(BRAIN_LIBS)

test_replay_SOURCES = %D%/test_replay.c
test_replay_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_replay_LDADD = $(BRAIN_LIBS)

# Runs the program itself.
UNIT_TESTS += test_brain_role
test_brain_role_SOURCES = %D%/test_brain_role.c
test_brain_role_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_brain_role_LDADD = $(UNIT_LIBS)

UNIT_TESTS += test_digest
test_digest_SOURCES = %D%/test_digest.c
test_digest_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_digest_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_threads
test_threads_SOURCES = %D%/test_threads.c
test_threads_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_threads_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_trail
test_trail_SOURCES = %D%/test_trail.c
test_trail_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_trail_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_disks
test_disks_SOURCES = %D%/test_disks.c
test_disks_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_disks_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_prune
test_prune_SOURCES = %D%/test_prune.c
test_prune_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_prune_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_alerts
test_alerts_SOURCES = %D%/test_alerts.c
test_alerts_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_alerts_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_snapshot_alerts
test_snapshot_alerts_SOURCES = %D%/test_snapshot_alerts.c
test_snapshot_alerts_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_snapshot_alerts_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_docker_told
test_docker_told_SOURCES = %D%/test_docker_told.c
test_docker_told_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_docker_told_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_application
test_application_SOURCES = %D%/test_application.c
test_application_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_application_LDADD = $(BRAIN_LIBS)

UNIT_TESTS += test_new_chats
test_new_chats_SOURCES = %D%/test_new_chats.c
test_new_chats_CPPFLAGS = $(BRAIN_CPPFLAGS)
test_new_chats_LDADD = $(BRAIN_LIBS)
