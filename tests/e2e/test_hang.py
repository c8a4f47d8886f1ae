"""Who hangs is found by its heartbeats, though the kernel tells nobody of it; who is stopped, by the kernel's word."""

import os
import signal

import pytest

from support import proc
from support import telegram as tg
from support.daemon import ROLES
from support.wait import never, settle, wait_for

STUCK_S = 60  # nobody is left to hang longer than 42 s


@pytest.fixture
def daemon(watch, dep, app):
    started = watch(deps=f"git={dep.tcp('localhost')},web={app.url('/metrics')}")
    started.expect_deaths = True
    started.wait_status(lambda s: [r["role"] for r in s["roles"] if r["sandbox"] == "enforce"] == ["parent", *ROLES], "everybody, at work")
    settle()
    return started


@pytest.mark.root
@pytest.mark.limit(150)
@pytest.mark.parametrize("role", ROLES)
def test_a_child_that_hangs_is_replaced(daemon, telegram, dep, role):
    old = daemon.role(role)
    assert proc.hang_until_killed(old, STUCK_S) == signal.SIGKILL
    daemon.wait_new(role, old)
    assert daemon.log_find(rf"killing the {role} \(pid {old}\): it does not answer")
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=30)


@pytest.mark.root
@pytest.mark.limit(150)
def test_a_notifier_that_hangs_with_a_message_in_hand_is_replaced_and_the_next_one_sends_it(daemon, telegram, dep):
    telegram.always(tg.hang)
    dep.down()
    telegram.wait_attempts(1)
    old = daemon.role("notifier")
    assert proc.hang_until_killed(old, STUCK_S) == signal.SIGKILL
    telegram.well()
    telegram.wait(r"^🔴 dep git: ", timeout=30)
    assert daemon.role("notifier") != old


@pytest.mark.limit(90)
@pytest.mark.parametrize("role", ROLES)
def test_a_stopped_child_is_replaced_because_the_kernel_says_so(daemon, role):
    old = daemon.role(role)
    os.kill(old, signal.SIGSTOP)
    daemon.wait_log(rf"killing the {role} \(pid {old}\): it was stopped, and nobody has let it go on", timeout=40)
    daemon.wait_new(role, old)


@pytest.mark.limit(90)
def test_who_is_stopped_again_and_again_but_goes_on_lives(daemon, telegram, dep):
    """Longer in all than one stop may last."""
    old = daemon.role("notifier")
    for _ in range(5):
        os.kill(old, signal.SIGSTOP)
        wait_for(lambda: proc.stopped(old), "the notifier to be stopped")
        never(lambda: daemon.roles().get("notifier") != old, "another notifier", 3)
        os.kill(old, signal.SIGCONT)
        settle()
    assert daemon.role("notifier") == old
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
