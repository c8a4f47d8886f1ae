"""Supervision under attack: whoever is killed or stopped, in whatever order and at whatever moment, nothing is lost."""

import itertools
import os
import random
import signal
import time
from pathlib import Path

import pytest

from support import proc
from support import telegram as tg
from support.daemon import ROLES, Daemon
from support.wait import never, settle, wait_for

THINKERS = ("collector", "brain", "notifier")


@pytest.fixture
def daemon(watch, dep, app):
    """A daemon with every role at work."""
    started = watch(deps=f"git={dep.tcp('localhost')},web={app.url('/metrics')}")
    started.expect_deaths = True
    started.wait_roles(*ROLES)
    return started


def kill(daemon, role):
    pid = daemon.roles().get(role)
    if pid:
        os.kill(pid, signal.SIGKILL)


# --- kill -9 ---

@pytest.mark.parametrize("order", itertools.permutations(THINKERS), ids="-".join)
def test_kill_9_of_one_after_the_other_while_an_incident_is_decided_and_told(daemon, telegram, dep, order):
    dep.down()
    for role in order:
        time.sleep(0.15)
        kill(daemon, role)
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    dep.up()
    for role in reversed(order):
        time.sleep(0.15)
        kill(daemon, role)
    telegram.wait(r"^🟢 dep git: |was down", timeout=20)


@pytest.mark.limit(180)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kill_9_of_anybody_at_any_moment(daemon, telegram, dep, seed):
    """Each incident's alert comes before its recovery; a repetition needs somebody killed while it was on its way."""
    dice = random.Random(seed)
    for _ in range(4):
        for change, pattern in ((dep.down, r"🔴 dep git|dep git: was down"), (dep.up, r"🟢 dep git|dep git: was down")):
            before = len(telegram.find(pattern))
            change()
            for _ in range(2):
                time.sleep(dice.uniform(0, 0.6))
                kill(daemon, dice.choice(ROLES))
            wait_for(lambda: len(telegram.find(pattern)) > before, f"{pattern} (seed {seed})", 40)  # noqa: B023
    said = [line for line in telegram.lines() if "dep git" in line]
    assert "🔴" in said[0] and "🟢" in said[-1]
    assert daemon.running


def test_kill_9_while_telegram_is_away_loses_nothing(daemon, telegram, dep, app):
    telegram.always(tg.server_error)
    dep.down()
    telegram.wait_attempts(1)
    settle()
    for role in ROLES:
        old = daemon.role(role)
        os.kill(old, signal.SIGKILL)
        daemon.wait_new(role, old)
    app.down()
    daemon.wait_log("alert dep:web", timeout=20)
    settle()
    kill(daemon, "brain")
    telegram.well()
    telegram.wait(r"🔴 dep git: ", timeout=70)
    telegram.wait(r"🔴 dep web: ", timeout=70)


def test_a_brain_that_dies_twice_right_after_a_restore_starts_clean(daemon, telegram, dep):
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    daemon.wait_told()
    # the first death is of a brain that has not been restored
    for _ in range(3):
        old = daemon.role("brain")
        os.kill(old, signal.SIGKILL)
        daemon.wait_new("brain", old)
    daemon.wait_log("the brain died 2 times right after a restore: it starts without its snapshot")
    telegram.wait(r"🔴 dep git: ", count=2, timeout=20)
    dep.up()
    telegram.wait(r"^🟢 dep git: ")


# --- SIGSTOP ---

@pytest.mark.limit(120)
@pytest.mark.parametrize("role", ["resolver", "prober"])
def test_a_stopped_helper_is_stuck_and_replaced(daemon, telegram, dep, role):
    old = daemon.role(role)
    os.kill(old, signal.SIGSTOP)
    daemon.wait_new(role, old, timeout=40)
    assert not proc.alive(old)
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)


@pytest.mark.limit(120)
def test_all_children_stopped_are_all_replaced(daemon, telegram, dep):
    old = daemon.roles()
    for pid in old.values():
        os.kill(pid, signal.SIGSTOP)
    for role, pid in old.items():
        daemon.wait_new(role, pid, timeout=40)
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)


@pytest.mark.limit(120)
def test_a_child_that_is_stopped_for_a_moment_goes_on_as_it_is(daemon):
    old = daemon.role("brain")
    os.kill(old, signal.SIGSTOP)
    time.sleep(2)
    os.kill(old, signal.SIGCONT)
    never(lambda: daemon.roles().get("brain") != old, "another brain", 3)


# --- the parent ---

def assert_gone(pids):
    wait_for(lambda: not any(proc.alive(p) for p in pids), "the children's end")


@pytest.mark.parametrize("stopped", [(), *((r,) for r in ROLES), ROLES], ids=lambda v: "+".join(v) or "none")
def test_kill_9_of_the_parent_ends_everybody(daemon, stopped):
    children = daemon.roles()
    for role in stopped:
        os.kill(children[role], signal.SIGSTOP)
        wait_for(lambda: proc.stopped(children[role]), f"the {role} to be stopped")  # noqa: B023
    daemon.expect_exit = -signal.SIGKILL
    daemon.process.kill()
    assert_gone(children.values())


@pytest.mark.root
@pytest.mark.parametrize("stopped", [(), ROLES], ids=["running", "stopped"])
def test_kill_9_of_the_parent_ends_everybody_of_one_uid_too(start, telegram_keys, ordinary, dep, stopped):
    daemon = start(through=ordinary.command(), keys=ordinary.keys(telegram_keys), deps=f"git={dep.tcp('localhost')}")
    children = daemon.wait_roles(*ROLES)
    for role in stopped:
        os.kill(children[role], signal.SIGSTOP)
    daemon.expect_exit = -signal.SIGKILL
    daemon.process.kill()
    assert_gone(children.values())


@pytest.mark.limit(120)
def test_kill_9_of_the_parent_in_the_middle_of_its_start_leaves_nobody(telegram_keys, dep):
    """At any of the moments between fork, exec and the last role's being ready."""
    for n in range(20):
        daemon = Daemon({**telegram_keys, "WATCHDOG_DEPS": f"git={dep.tcp('localhost')}"})
        time.sleep(0.004 * n)
        daemon.process.kill()
        daemon.process.wait(10)
        daemon.reader.join(5)
        wait_for(lambda: not of_session(daemon.pid), "nobody left")  # noqa: B023


def of_session(session):
    """Every living process of a daemon's session, orphans too: other tests run the same programs at the same time."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] not in "ZX":
            found.add(int(pid))
    return found


# --- the alarm about oneself ---

@pytest.mark.parametrize("role", ["brain", "notifier", "resolver", "prober"])
def test_whoever_keeps_dying_is_an_alarm_of_its_own(daemon, telegram, role):
    for _ in range(3):
        old = daemon.role(role)
        os.kill(old, signal.SIGKILL)
        daemon.wait_new(role, old)
    telegram.wait(rf"🔴 watchdog.{role}: failing, restarted 3 times", timeout=20)
