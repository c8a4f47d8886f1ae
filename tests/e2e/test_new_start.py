"""What is known outlives who knew it: a new collector, a new daemon, a host that comes up without docker."""

import os
import signal

import pytest

from support.fake_engine import container
from support.wait import never


@pytest.fixture
def discovering(watch, fake_engine, short_dir):
    """A daemon that was told nothing of docker, and has found it."""
    fake_engine.containers = [container("api")]

    def begin():
        daemon = watch(containers=None, docker_sock=fake_engine.path, state_file=short_dir / "alerts")
        daemon.expect_deaths = True
        return daemon
    return begin


def seen(daemon, key):
    daemon.wait_status(lambda s: any(r["key"] == key for r in s["signals"]), f"{key} in the status")


def test_docker_that_goes_is_an_alarm_though_who_looks_has_never_seen_it(discovering, telegram, fake_engine):
    daemon = discovering()
    seen(daemon, "container:api")
    old = daemon.role("collector")
    fake_engine.gone()
    os.kill(old, signal.SIGKILL)
    daemon.wait_new("collector", old)
    telegram.wait(r"^🔴 docker: not answering: no socket", timeout=20)
    assert not telegram.find("container api")


def test_docker_that_does_not_come_back_is_an_alarm_of_the_next_daemon(discovering, telegram, fake_engine):
    first = discovering()
    seen(first, "container:api")
    first.stop()
    fake_engine.gone()
    discovering().wait_log("going on from the state")
    telegram.wait(r"^🔴 docker: not answering: no socket", timeout=20)


def test_a_role_that_kept_dying_is_told_to_be_well_by_the_next_daemon(discovering, telegram):
    first = discovering()
    for _ in range(3):
        old = first.role("collector")
        os.kill(old, signal.SIGKILL)
        first.wait_new("collector", old)
    telegram.wait(r"^🔴 watchdog collector: ", timeout=20)
    first.stop()
    second = discovering()
    telegram.wait(r"^🟢 watchdog collector: recovered after .*, running$", timeout=20)
    assert "watchdog:collector" not in [r["key"] for r in second.status()["signals"] if r["state"] == "active"]
    never(lambda: telegram.find(r"watchdog (brain|notifier|resolver|prober)"), "a word of a role that was well", 1)
