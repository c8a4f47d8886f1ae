"""What happens between the death of one collector, or brain, and the next is known: nothing is lost, nothing counts twice."""

import contextlib
import os
import signal

import pytest

from support.fake_engine import FakeEngine, container
from support.wait import never, wait_for

pytestmark = pytest.mark.limit(120)


@contextlib.contextmanager
def without(daemon, role):
    """It is killed, and as long as the parent is stopped there is no other."""
    old = daemon.role(role)
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        os.kill(old, signal.SIGKILL)
        yield
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    daemon.wait_new(role, old)


@pytest.fixture
def victim(watch, engine):
    """A daemon that has looked at a container and hears its events."""
    def begin(*options, **more):
        engine.run("victim", *options)
        daemon = watch("-v", keys=engine.keys("*"), interval_s=3600, docker_resync_s=3600, **more)
        daemon.expect_deaths = True
        daemon.wait_log(r"docker +ok", timeout=20)
        return daemon
    return begin


def crash(engine, name):
    os.kill(int(engine.docker("inspect", "-f", "{{.State.Pid}}", name)), signal.SIGKILL)


def prove_it_looks(engine, telegram):
    """The new collector's list and events have been judged: a crash after them is told."""
    engine.run("other")
    crash(engine, "other")
    telegram.wait(r"🔴 container other: ", timeout=30)


@pytest.mark.parametrize("command", [("kill",), ("rm", "-f")])
def test_what_a_person_stops_meanwhile_is_no_crash(victim, telegram, engine, command):
    daemon = victim()
    with without(daemon, "collector"):
        engine.docker(*command, "victim")
    prove_it_looks(engine, telegram)
    assert not telegram.find("container victim")


@pytest.mark.parametrize("role", ["collector", "brain"])
def test_who_is_killed_does_not_matter(victim, telegram, engine, role):
    """What a collector says while there is no brain is said again to the next."""
    daemon = victim()
    with without(daemon, role):
        engine.docker("stop", "-t", "0", "victim")
    prove_it_looks(engine, telegram)
    assert not telegram.find("container victim")


def test_a_crash_meanwhile_is_told(victim, telegram, engine):
    daemon = victim()
    with without(daemon, "collector"):
        crash(engine, "victim")
        engine.wait_state("victim", "exited")
    assert "SIGKILL" in telegram.wait(r"^🔴 container victim: exited", timeout=30).text


@pytest.mark.parametrize("role", ["collector", "brain"])
def test_a_crash_and_a_restart_meanwhile_are_told(victim, telegram, engine, role):
    daemon = victim("--restart", "always")
    with without(daemon, role):
        crash(engine, "victim")
        wait_for(lambda: engine.docker("inspect", "-f", "{{.RestartCount}}", "victim") == "1", "a restart")
        engine.wait_state("victim", "running")
    telegram.wait(r"^🔴 container victim: ", timeout=30)


# --- an engine whose history is known ---

@pytest.fixture
def scripted(tmp_path, watch):
    fake = FakeEngine(tmp_path / "docker.sock")
    fake.containers = [container("api"), container("web")]
    daemon = watch("-v", containers="*", docker_sock=fake.path, interval_s=3600, docker_resync_s=3600,
                   loop_restarts=2, loop_window_s=600, container_stable_s=1)
    daemon.expect_deaths = True
    daemon.wait_log(r"container:web ", timeout=20)
    wait_for(lambda: fake.streams, "an open event stream")
    yield fake, daemon
    fake.close()


def test_what_was_told_before_is_not_told_again(scripted, telegram):
    fake, daemon = scripted
    api, web = fake.containers
    fake.tell("die", api, exitCode="1")
    fake.tell("start", api)
    telegram.wait(r"🔴 container api: ", timeout=20)
    telegram.wait(r"🟢 container api: ", timeout=20)
    with without(daemon, "collector"):
        fake.streams.clear()
        fake.tell("die", web, exitCode="1")
        fake.tell("start", web)
    telegram.wait(r"container web: ", timeout=20)
    assert len(telegram.find(r"🔴 container api: ")) == 1
    never(lambda: telegram.find("crash loop"), "a loop of one restart", 1)

