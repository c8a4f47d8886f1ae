role_PROGRAMS += watchdog-brain
watchdog_brain_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(CJSON_CFLAGS)
watchdog_brain_SOURCES = %D%/main.c %D%/mind.h %D%/hear_client.c %D%/hear_collector.c %D%/hear_notifier.c
watchdog_brain_LDADD = libbrain.a $(COMMON_LIBS) $(CJSON_LIBS)

# All but main.c, so that tests link what runs.
noinst_LIBRARIES += libbrain.a
libbrain_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(CJSON_CFLAGS)
libbrain_a_SOURCES = \
	%D%/alert.c %D%/alert.h \
	%D%/brain.c %D%/brain.h \
	%D%/container_class.c %D%/container_class.h \
	%D%/container_globs.c %D%/container_globs.h \
	%D%/container_identity.c %D%/container_identity.h \
	%D%/container_judge.c \
	%D%/container_life.c %D%/container_life.h \
	%D%/container_text.c %D%/container_text.h \
	%D%/control_answer.c %D%/control_answer.h \
	%D%/control_client.c %D%/control_client.h \
	%D%/control_explain.c %D%/control_explain.h \
	%D%/control_json.c %D%/control_json.h \
	%D%/control_key.c %D%/control_key.h \
	%D%/control_order.c %D%/control_order.h \
	%D%/control_request.c %D%/control_request.h \
	%D%/control_serve.c %D%/control_serve.h \
	%D%/control_verbs.c \
	%D%/cover.c %D%/cover.h \
	%D%/decide.c %D%/decide.h \
	%D%/digest.c %D%/digest.h \
	%D%/digest_lines.c %D%/digest_parts.h \
	%D%/digest_text.c \
	%D%/glob.c %D%/glob.h \
	%D%/history.c %D%/history.h \
	%D%/docker_told.c %D%/docker_told.h \
	%D%/flap.c %D%/flap.h \
	%D%/hush.c %D%/hush.h \
	%D%/keep.c %D%/keep.h \
	%D%/look.c %D%/look.h \
	%D%/maintenance.c %D%/maintenance.h \
	%D%/message_text.c %D%/message_text.h \
	%D%/network.c %D%/network.h \
	%D%/order_rate.c %D%/order_rate.h \
	%D%/orders.c %D%/orders.h \
	%D%/outbox.c %D%/outbox.h \
	%D%/outbox_room.c \
	%D%/outbox_send.c \
	%D%/reason_text.c %D%/reason_text.h \
	%D%/recorder.c %D%/recorder.h \
	%D%/replay.c %D%/replay.h \
	%D%/replay_docker.c \
	%D%/replay_json.c %D%/replay_json.h \
	%D%/replay_orders.c \
	%D%/replay_main.c \
	%D%/report.c %D%/report.h \
	%D%/signal_text.c %D%/signal_text.h \
	%D%/signals_containers.c \
	%D%/signals_docker.c \
	%D%/signals_host.c \
	%D%/signals_metrics.c \
	%D%/snapshot_alerts.c \
	%D%/snapshot_container.c \
	%D%/snapshot_docker.c \
	%D%/snapshot.c %D%/snapshot.h \
	%D%/snapshot_flaps.c \
	%D%/snapshot_field.c %D%/snapshot_field.h \
	%D%/snapshot_history.c \
	%D%/snapshot_orders.c \
	%D%/snapshot_outbox.c %D%/snapshot_parts.h \
	%D%/start.c %D%/start.h \
	%D%/snapshot_trails.c \
	%D%/threads.c %D%/threads.h \
	%D%/trail.c %D%/trail.h \
	%D%/unseen.c
