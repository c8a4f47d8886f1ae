# Run by ./dev check, not by make check: they need the installed programs.
EXTRA_DIST += .ci/run tests/tools/demo.py tests/tools/latency.py tests/tools/scale.py tests/tools/soak.py \
	%D%/conftest.py %D%/pytest.ini \
	%D%/support/__init__.py %D%/support/application.py %D%/support/daemon.py %D%/support/dependency.py %D%/support/dns_world.py \
	%D%/support/engine.py %D%/support/fake_engine.py %D%/support/http_peer.py %D%/support/ordinary_user.py %D%/support/podman.py %D%/support/proc.py \
	%D%/support/service_manager.py %D%/support/telegram.py %D%/support/tls.py %D%/support/wait.py \
	%D%/test_command_line.py %D%/test_container.py %D%/test_delivery.py %D%/test_delivery_restart.py %D%/test_digest.py %D%/test_dns.py %D%/test_engine.py %D%/test_engine_activation.py %D%/test_engine_events.py %D%/test_engine_versions.py \
	%D%/test_hostile_docker.py %D%/test_hostile_metrics.py %D%/test_ipv6.py %D%/test_messages.py %D%/test_once.py \
	%D%/test_podman.py %D%/test_sandbox.py %D%/test_secrets.py %D%/test_self_test.py %D%/test_service_manager.py %D%/test_signals.py \
	%D%/test_sources.py %D%/test_supervision.py %D%/test_users.py %D%/test_threads.py %D%/test_world.py
EXTRA_DIST += tests/tools/coverage.py
EXTRA_DIST += %D%/test_another_application.py %D%/test_between_collectors.py %D%/test_chats_change.py %D%/test_certificates.py %D%/test_closed_standard.py
EXTRA_DIST += %D%/test_start.py
EXTRA_DIST += %D%/support/systemd_host.py %D%/support/debian.py %D%/support/from_sources.py %D%/test_systemd.py %D%/test_systemd_host.py
EXTRA_DIST += %D%/test_attacks.py %D%/test_reload.py %D%/test_state_file.py
EXTRA_DIST += %D%/test_control.py
EXTRA_DIST += tests/tools/chaos.py tests/tools/chaos_faults.py tests/tools/chaos_ledger.py tests/tools/chaos_world.py
EXTRA_DIST += %D%/test_maintenance.py %D%/test_calm.py
EXTRA_DIST += %D%/test_chaos.py %D%/test_dead_fs.py %D%/support/dead_fs.py
EXTRA_DIST += %D%/test_limits.py
EXTRA_DIST += %D%/test_hang.py
EXTRA_DIST += %D%/support/name_server.py
EXTRA_DIST += %D%/test_wall_clock.py %D%/support/wall_clock.py %D%/support/wall_clock.c
EXTRA_DIST += doc/docker.md tests/tools/docker_incidents.py %D%/test_incidents.py %D%/support/incidents.py
EXTRA_DIST += %D%/test_confirm.py
EXTRA_DIST += %D%/test_image.py
EXTRA_DIST += %D%/test_find_chat.py
EXTRA_DIST += %D%/test_documents.py
EXTRA_DIST += %D%/test_pre_commit.py
EXTRA_DIST += %D%/test_package.py
EXTRA_DIST += doc/porting.md tests/tools/cross
EXTRA_DIST += tests/tools/soak_world.py tests/tools/soak_replay.py %D%/support/kernel_audit.py
EXTRA_DIST += %D%/test_soak.py
EXTRA_DIST += %D%/support/documents.py %D%/support/docker_host.py %D%/test_docker_host.py %D%/test_documents_host.py
EXTRA_DIST += %D%/test_memory.py
EXTRA_DIST += %D%/test_hostile_roles.py %D%/support/hostile_role.py %D%/support/hostile_role.c
EXTRA_DIST += %D%/test_new_start.py
EXTRA_DIST += %D%/test_surroundings.py
EXTRA_DIST += %D%/test_mounts.py %D%/support/auto_fs.py %D%/support/small_fs.py
EXTRA_DIST += %D%/test_large_start.py
EXTRA_DIST += %D%/test_self_test_failures.py
EXTRA_DIST += %D%/test_held_start.py
