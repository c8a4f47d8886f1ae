# Fuzz targets.  make check replays their corpus with driver.c; configured with --enable-fuzzing, `make fuzzers` builds
# them for libFuzzer.
FUZZ_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(CJSON_CFLAGS)
FUZZ_LIBS = $(COMMON_LIBS) $(CJSON_LIBS)
FUZZ_TARGETS = %D%/fuzz_brain %D%/fuzz_config %D%/fuzz_control %D%/fuzz_ctl %D%/fuzz_docker_event %D%/fuzz_docker_list \
	%D%/fuzz_docker_stream %D%/fuzz_envelope %D%/fuzz_environment %D%/fuzz_frame %D%/fuzz_http_curl %D%/fuzz_http_event \
	%D%/fuzz_http_head %D%/fuzz_keeper %D%/fuzz_messages %D%/fuzz_plain_text %D%/fuzz_proc %D%/fuzz_reason \
	%D%/fuzz_replay %D%/fuzz_resolve %D%/fuzz_snapshot %D%/fuzz_telegram
EXTRA_DIST += %D%/corpus %D%/run

FUZZ_COMMON = %D%/fuzz.c %D%/fuzz.h
if FUZZING
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
EXTRA_PROGRAMS += $(FUZZ_TARGETS) %D%/make_seeds
fuzzers: $(FUZZ_TARGETS) %D%/seeds.stamp
.PHONY: fuzzers
else
FUZZ_LINK = $(AM_LDFLAGS)
FUZZ_COMMON += %D%/driver.c
check_PROGRAMS += $(FUZZ_TARGETS) %D%/make_seeds
check_DATA += %D%/seeds.stamp
TESTS += $(FUZZ_TARGETS)
endif

tests_fuzz_make_seeds_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(top_srcdir)/src/brain
tests_fuzz_make_seeds_LDADD = libbrain.a $(FUZZ_LIBS)
%D%/seeds.stamp: %D%/make_seeds
	$(AM_V_GEN)rm -rf %D%/seeds && %D%/make_seeds %D%/seeds && touch $@
CLEANFILES += %D%/seeds.stamp %D%/died-*
clean-local:
	rm -rf %D%/seeds

tests_fuzz_fuzz_brain_SOURCES = %D%/fuzz_brain.c src/brain/hear_collector.c $(FUZZ_COMMON)
tests_fuzz_fuzz_brain_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(top_srcdir)/src/brain
tests_fuzz_fuzz_brain_LDFLAGS = $(FUZZ_LINK) -Wl,--wrap=clock_boot
tests_fuzz_fuzz_brain_LDADD = libbrain.a $(FUZZ_LIBS)

tests_fuzz_fuzz_config_SOURCES = %D%/fuzz_config.c $(FUZZ_COMMON)
tests_fuzz_fuzz_config_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_config_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_config_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_control_SOURCES = %D%/fuzz_control.c $(FUZZ_COMMON)
tests_fuzz_fuzz_control_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(top_srcdir)/src/brain
tests_fuzz_fuzz_control_LDFLAGS = $(FUZZ_LINK) -Wl,--wrap=clock_boot
tests_fuzz_fuzz_control_LDADD = libbrain.a $(FUZZ_LIBS)

tests_fuzz_fuzz_ctl_SOURCES = %D%/fuzz_ctl.c $(FUZZ_COMMON)
tests_fuzz_fuzz_ctl_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(top_srcdir)/src/ctl
tests_fuzz_fuzz_ctl_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_ctl_LDADD = libctl.a $(FUZZ_LIBS)

tests_fuzz_fuzz_docker_event_SOURCES = %D%/fuzz_docker_event.c $(FUZZ_COMMON)
tests_fuzz_fuzz_docker_event_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(top_srcdir)/src/collector
tests_fuzz_fuzz_docker_event_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_docker_event_LDADD = libcollector.a $(FUZZ_LIBS)

tests_fuzz_fuzz_docker_list_SOURCES = %D%/fuzz_docker_list.c $(FUZZ_COMMON)
tests_fuzz_fuzz_docker_list_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(top_srcdir)/src/collector
tests_fuzz_fuzz_docker_list_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_docker_list_LDADD = libcollector.a $(FUZZ_LIBS)

tests_fuzz_fuzz_docker_stream_SOURCES = %D%/fuzz_docker_stream.c $(FUZZ_COMMON)
tests_fuzz_fuzz_docker_stream_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(top_srcdir)/src/collector
tests_fuzz_fuzz_docker_stream_LDFLAGS = $(FUZZ_LINK) -Wl,--wrap=gate_call_start,--wrap=gate_call_cancel
tests_fuzz_fuzz_docker_stream_LDADD = libcollector.a $(FUZZ_LIBS)

tests_fuzz_fuzz_envelope_SOURCES = %D%/fuzz_envelope.c $(FUZZ_COMMON)
tests_fuzz_fuzz_envelope_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(top_srcdir)/src/collector
tests_fuzz_fuzz_envelope_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_envelope_LDADD = libcollector.a $(FUZZ_LIBS)

tests_fuzz_fuzz_environment_SOURCES = %D%/fuzz_environment.c $(FUZZ_COMMON)
tests_fuzz_fuzz_environment_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_environment_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_environment_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_frame_SOURCES = %D%/fuzz_frame.c $(FUZZ_COMMON)
tests_fuzz_fuzz_frame_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_frame_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_frame_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_http_curl_SOURCES = %D%/fuzz_http.c $(FUZZ_COMMON)
tests_fuzz_fuzz_http_curl_CPPFLAGS = $(FUZZ_CPPFLAGS) $(NET_CPPFLAGS)
tests_fuzz_fuzz_http_curl_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_http_curl_LDADD = $(NET_LIBS) $(FUZZ_LIBS)

tests_fuzz_fuzz_http_event_SOURCES = %D%/fuzz_http.c $(FUZZ_COMMON)
tests_fuzz_fuzz_http_event_CPPFLAGS = $(FUZZ_CPPFLAGS) $(NET_CPPFLAGS)
tests_fuzz_fuzz_http_event_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_http_event_LDADD = $(NET_PLAIN_LIBS) $(FUZZ_LIBS)

tests_fuzz_fuzz_http_head_SOURCES = %D%/fuzz_http_head.c $(FUZZ_COMMON)
tests_fuzz_fuzz_http_head_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(top_srcdir)/src/collector
tests_fuzz_fuzz_http_head_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_http_head_LDADD = libcollector.a $(FUZZ_LIBS)

tests_fuzz_fuzz_keeper_SOURCES = %D%/fuzz_keeper.c $(FUZZ_COMMON)
tests_fuzz_fuzz_keeper_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(top_srcdir)/src/parent
tests_fuzz_fuzz_keeper_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_keeper_LDADD = libparent.a $(FUZZ_LIBS)

tests_fuzz_fuzz_messages_SOURCES = %D%/fuzz_messages.c $(FUZZ_COMMON)
tests_fuzz_fuzz_messages_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_messages_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_messages_LDADD = $(FUZZ_LIBS)

tests_fuzz_fuzz_plain_text_SOURCES = %D%/fuzz_plain_text.c $(FUZZ_COMMON)
tests_fuzz_fuzz_plain_text_CPPFLAGS = $(FUZZ_CPPFLAGS) $(NOTIFIER_CPPFLAGS)
tests_fuzz_fuzz_plain_text_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_plain_text_LDADD = $(NOTIFIER_LIBS) $(FUZZ_LIBS)

tests_fuzz_fuzz_proc_SOURCES = %D%/fuzz_proc.c $(FUZZ_COMMON)
tests_fuzz_fuzz_proc_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(top_srcdir)/src/collector
tests_fuzz_fuzz_proc_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_proc_LDADD = libcollector.a $(FUZZ_LIBS)

tests_fuzz_fuzz_reason_SOURCES = %D%/fuzz_reason.c $(FUZZ_COMMON)
tests_fuzz_fuzz_reason_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(top_srcdir)/src/brain
tests_fuzz_fuzz_reason_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_reason_LDADD = libbrain.a $(FUZZ_LIBS)

tests_fuzz_fuzz_replay_SOURCES = %D%/fuzz_replay.c $(FUZZ_COMMON)
tests_fuzz_fuzz_replay_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(top_srcdir)/src/brain
tests_fuzz_fuzz_replay_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_replay_LDADD = libbrain.a $(FUZZ_LIBS)

tests_fuzz_fuzz_resolve_SOURCES = %D%/fuzz_resolve.c $(FUZZ_COMMON)
tests_fuzz_fuzz_resolve_CPPFLAGS = $(FUZZ_CPPFLAGS) $(NET_CPPFLAGS)
tests_fuzz_fuzz_resolve_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_resolve_LDADD = libnet.a $(FUZZ_LIBS)

tests_fuzz_fuzz_snapshot_SOURCES = %D%/fuzz_snapshot.c $(FUZZ_COMMON)
tests_fuzz_fuzz_snapshot_CPPFLAGS = $(FUZZ_CPPFLAGS) -I$(top_srcdir)/src/brain
tests_fuzz_fuzz_snapshot_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_snapshot_LDADD = libbrain.a $(FUZZ_LIBS)

tests_fuzz_fuzz_telegram_SOURCES = %D%/fuzz_telegram.c $(FUZZ_COMMON)
tests_fuzz_fuzz_telegram_CPPFLAGS = $(FUZZ_CPPFLAGS) $(NOTIFIER_CPPFLAGS)
tests_fuzz_fuzz_telegram_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_telegram_LDADD = $(NOTIFIER_LIBS) $(FUZZ_LIBS)
