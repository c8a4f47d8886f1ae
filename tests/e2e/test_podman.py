"""Against a real podman service: root's, and an ordinary user's."""

import tempfile

import pytest

from support import podman as podman_module
from support.podman import Podman
from support.wait import never, wait_for

pytestmark = pytest.mark.limit(120)


@pytest.fixture(scope="module", params=["rootful", "rootless"])
def _podman(request):
    reason = podman_module.why_not()
    if reason:
        pytest.skip(reason)
    service = Podman(tempfile.mkdtemp(prefix="wd-podman-", dir="/tmp"), rootless=request.param == "rootless")
    yield service
    service.close()


@pytest.fixture
def podman(_podman, tell):
    yield tell(_podman)
    _podman.clear()


@pytest.fixture
def watch(start, podman, telegram_keys, ordinary):
    """The daemon as whose podman it is."""
    def begin(names, **more):
        keys = {**telegram_keys, **podman.keys(names)}
        if podman.rootless:
            return start("-v", keys=ordinary.keys(keys), through=ordinary.command(), **more)
        return start("-v", keys=keys, **more)
    return begin


@pytest.fixture
def watch_podman(watch):
    """A daemon that has looked once and hears podman's events; it looks again after an hour."""
    def begin(names, **more):
        daemon = watch(names, **{"interval_s": 3600, "docker_resync_s": 3600, **more})
        daemon.wait_log(r"docker +ok", timeout=30)
        return daemon
    return begin


def test_a_crash_is_told_at_once_by_its_event(watch_podman, telegram, podman):
    podman.run("web")
    watch_podman("*")
    podman.crash("web")
    assert "SIGKILL" in telegram.wait(r"^🔴 container web: exited", timeout=30).text
    podman.podman("start", "web")
    telegram.wait(r"^🟢 container web: recovered", timeout=40)


def test_its_list_alone_tells_too(watch, telegram, podman):
    podman.run("web")
    watch("web", docker_resync_s=0, interval_s=1).wait_log(r"container:web +ok", timeout=30)
    podman.podman("stop", "-t", "0", "web")
    telegram.wait(r"^🔴 container web: exited", timeout=30)


def test_a_named_container_that_is_removed_is_told(watch_podman, telegram, podman):
    podman.run("web")
    watch_podman("web", interval_s=1, recreate_grace_s=0)
    podman.podman("rm", "-f", "-t", "0", "web")
    # Podman has no word for who asked: a look between its end and its removal sees the end.
    telegram.wait(r"^🔴 container web: (.*missing|exited \(code 137)", timeout=30)


def test_a_container_that_is_never_started_and_one_that_ends_well_are_no_alarm(watch_podman, telegram, podman):
    podman.podman("create", "--name", "idle", *podman_module.MODEST, podman_module.IMAGE, "sleep", "1")
    podman.run("done", command=("sleep", "4"))
    daemon = watch_podman("*")
    daemon.wait_log(r"container:idle +ok")
    wait_for(lambda: "Exited (0)" in podman.podman("ps", "-a", "--filter", "name=done", "--format", "{{.Status}}"), "its end", 30)
    never(lambda: telegram.attempts, "an alarm", 1)


def test_health_is_seen_though_the_list_does_not_tell_it(watch, telegram, podman):
    podman.run("api", "--health-cmd", "test -e /tmp/ok", "--health-interval", "disable", "--health-retries", "1")
    podman.podman("exec", "api", "touch", "/tmp/ok")
    podman.probe("api")
    watch("api", interval_s=1).wait_log(r"container:api +ok", timeout=30)
    podman.podman("exec", "api", "rm", "/tmp/ok")
    podman.probe("api")
    telegram.wait(r"^🔴 container api: unhealthy", timeout=30)
    podman.podman("exec", "api", "touch", "/tmp/ok")
    podman.probe("api")
    telegram.wait(r"^🟢 container api: recovered after ", timeout=30)


def test_health_is_told_by_the_events_of_its_probes(watch_podman, telegram, podman):
    """An event tells what podman knew before its probe, so that the second one after the turn tells."""
    podman.run("api", "--health-cmd", "test -e /tmp/ok", "--health-interval", "disable", "--health-retries", "1")
    podman.podman("exec", "api", "touch", "/tmp/ok")
    podman.probe("api")
    watch_podman("*")
    podman.podman("exec", "api", "rm", "/tmp/ok")
    podman.probe("api")
    podman.probe("api")
    telegram.wait(r"^🔴 container api: unhealthy", timeout=30)
    podman.podman("exec", "api", "touch", "/tmp/ok")
    podman.probe("api")
    podman.probe("api")
    telegram.wait(r"^🟢 container api: recovered after ", timeout=30)


def test_a_service_that_ends_is_the_docker_alarm_and_its_return_is_seen(watch, telegram, podman):
    podman.run("web")
    watch("*", docker_resync_s=3600).wait_log(r"container:web +ok", timeout=30)
    podman.stop()
    telegram.wait(r"^🔴 docker: ", timeout=30)
    podman.start()
    telegram.wait(r"^🟢 docker: recovered after ", timeout=40)
    never(lambda: telegram.find("container web"), "an accusation", 1)
    podman.crash("web")
    telegram.wait(r"🔴 container web: ", timeout=40)


def test_root_s_daemon_sees_root_s_podman_and_says_why_not_a_user_s(start, telegram, telegram_keys, podman):
    daemon = start("-v", keys={**telegram_keys, **podman.keys("web")})
    if podman.rootless:
        assert "its owner's alone" in telegram.wait(r"^🔴 docker: ", timeout=30).text
    else:
        daemon.wait_log(r"docker +ok", timeout=30)
