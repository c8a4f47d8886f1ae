"""A real engine's events: what it says is told at once, whatever the interval; what it says while it ends is not."""

import contextlib
import os
import signal

import pytest

from support.wait import never, wait_for

pytestmark = pytest.mark.limit(120)
HOUR = {"interval_s": 3600, "docker_resync_s": 3600}


@pytest.fixture
def watch_hourly(watch, engine):
    """A daemon that looks once an hour; by its return it has looked once and hears the engine's events."""
    def begin(names, **more):
        daemon = watch("-v", keys=engine.keys(names), **HOUR, **more)
        daemon.wait_log(r"docker +ok", timeout=20)
        return daemon
    return begin


@contextlib.contextmanager
def frozen(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def crash(engine, name):
    os.kill(int(engine.docker("inspect", "-f", "{{.State.Pid}}", name)), signal.SIGKILL)


@pytest.mark.parametrize("names", ["*", "vict*", "victim"])
def test_a_crash_is_told_at_once(watch_hourly, telegram, engine, names):
    engine.run("victim")
    watch_hourly(names)
    crash(engine, "victim")
    assert "SIGKILL" in telegram.wait(r"^🔴 container victim: ").text


def test_a_crash_of_one_that_removes_itself_waits_for_no_grace(watch_hourly, telegram, engine):
    engine.run("victim", "--rm")
    watch_hourly("victim", recreate_grace_s=600)
    crash(engine, "victim")
    assert "137" in telegram.wait(r"^🔴 container victim: exited", timeout=20).lines[0]


def test_health_is_told_at_once_when_it_turns(watch_hourly, telegram, engine):
    engine.run("api", "--health-cmd", "test -e /tmp/ok", "--health-interval", "1s", "--health-retries", "1")
    engine.docker("exec", "api", "touch", "/tmp/ok")
    engine.wait_state("api", "running healthy")
    watch_hourly("*")
    engine.docker("exec", "api", "rm", "/tmp/ok")
    telegram.wait(r"^🔴 container api: unhealthy", timeout=20)
    engine.docker("exec", "api", "touch", "/tmp/ok")
    telegram.wait(r"^🟢 container api: recovered after ", timeout=20)


def test_a_pause_is_told_at_once(watch_hourly, telegram, engine):
    engine.run("api")
    watch_hourly("*")
    engine.docker("pause", "api")
    telegram.wait(r"^🔴 container api: paused")
    engine.docker("unpause", "api")
    telegram.wait(r"^🟢 container api: recovered after ")


def test_many_that_die_at_once_are_all_told(watch_hourly, telegram, engine):
    names = [f"w{i}" for i in range(12)]
    for name in names:
        engine.run(name)
    watch_hourly("*")
    for name in names:
        crash(engine, name)
    for name in names:
        wait_for(lambda: telegram.find(rf"🔴.*\b{name}\b"), f"{name} to be told", 40)


def test_a_container_that_was_born_after_the_list_is_known_by_its_events(watch_hourly, telegram, engine):
    watch_hourly("*")
    engine.run("late")
    never(lambda: telegram.attempts, "a word of one that runs", 1)
    crash(engine, "late")
    telegram.wait(r"^🔴 container late: ")


def test_an_engine_that_stops_is_one_alarm_whatever_its_events_say(watch, telegram, engine):
    for i in range(5):
        engine.run(f"w{i}", "--restart", "always")
    watch("-v", keys=engine.keys("*")).wait_log(r"container:w4 ", timeout=20)
    engine.stop()
    telegram.wait(r"^🔴 docker: ", timeout=30)
    engine.restart()
    telegram.wait(r"^🟢 docker: recovered after ", timeout=40)
    never(lambda: telegram.find("container w"), "an accusation", 2)


@pytest.mark.limit(150)
def test_what_a_person_stopped_before_the_engine_s_restart_is_no_alarm_and_what_it_took_with_it_is(watch, telegram, engine):
    engine.run("web")
    engine.run("job")
    daemon = watch("-v", keys=engine.keys("*"))
    daemon.wait_log(r"container:job ", timeout=20)
    engine.docker("stop", "-t", "0", "web")
    daemon.wait_status(lambda s: any(x["key"] == "container:web" and "exited" in x["detail"] for x in s["signals"]), "a look at its end")
    engine.stop()
    telegram.wait(r"^🔴 docker: ", timeout=30)
    engine.restart()
    assert "stopped" not in telegram.wait(r"🔴 container job: exited", timeout=60).text
    never(lambda: telegram.find("container web"), "a word of what a person stopped", 3)


def test_a_frozen_containerd_is_the_engine_s_alarm_and_containers_wait(watch, telegram, engine):
    engine.run("api")
    watch("-v", keys=engine.keys("api"), http_timeout_s=1).wait_log(r"container:api ", timeout=20)
    with frozen(engine.containerd()):
        assert "containerd" in telegram.wait(r"^🔴 docker: ", timeout=40).text
        crash(engine, "api")
        never(lambda: telegram.find("container api"), "a word of what the engine cannot know", 2)
    telegram.wait(r"^🟢 docker: recovered after ", timeout=40)
    telegram.wait(r"^🔴 container api: exited", timeout=40)


def test_a_frozen_engine_is_one_alarm(watch, telegram, engine):
    engine.run("api")
    watch("-v", keys=engine.keys("api"), http_timeout_s=1).wait_log(r"container:api ", timeout=20)
    with frozen(engine.process.pid):
        telegram.wait(r"^🔴 docker: ", timeout=40)
    telegram.wait(r"^🟢 docker: recovered after ", timeout=40)
    assert not telegram.find("container api")


def test_after_an_engine_s_restart_its_events_are_heard_again(watch, telegram, engine):
    engine.run("api", "--restart", "always")
    daemon = watch("-v", keys=engine.keys("*"), docker_resync_s=3600)
    daemon.wait_log(r"container:api ", timeout=20)
    engine.stop()
    daemon.wait_log("no events", timeout=20)
    engine.restart()
    daemon.wait_log("its events come again", timeout=60)
    engine.wait_state("api", "running")
    engine.run("other")
    crash(engine, "other")
    telegram.wait(r"🔴 container other: ", timeout=30)
