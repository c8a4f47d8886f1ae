"""
The wall clock of the whole daemon is set by more than a day, forwards and back, while it runs.  No decision and no delivery
goes by it: texts do, and certificates.
"""

import os
import re
import signal
import time

import pytest

from support.application import Application
from support.daemon import ROLES
from support.dependency import Dependency
from support.fake_engine import container
from support.wait import never, wait_for
from support.wall_clock import WallClock

pytestmark = [pytest.mark.root, pytest.mark.limit(120)]

HOUR_S = 3600
JUMP_S = 27 * HOUR_S          # over a day, and another time of the day, so that a text shows which of both it is
EARLY_S = 10 * HOUR_S         # the certificates are good from the true time on, for two days
LATE_S = EARLY_S + JUMP_S
TOO_EARLY_S = EARLY_S - JUMP_S
NEAR_S = 20 * 60
LOOKS = 4


class LocalApplication(Application):
    """It is on the daemon's host, and goes by the same clock."""

    def __init__(self, clock):
        self.clock = clock
        super().__init__()

    def envelope(self):
        return {**super().envelope(), "generated_at": self.clock.now()}


class Counted(Dependency):
    def __init__(self):
        self.times = []
        super().__init__()

    def respond(self, connection, request):
        self.times.append(request.time)
        super().respond(connection, request)

    def wait_looks(self, count=LOOKS):
        """As many looks more."""
        enough = len(self.times) + count
        wait_for(lambda: len(self.times) >= enough, f"{count} more looks", 30)


@pytest.fixture
def clock(short_dir):
    return WallClock(short_dir, EARLY_S)


@pytest.fixture
def app(clock, closing):
    return closing(LocalApplication(clock))


@pytest.fixture
def web(closing):
    return closing(Counted())


@pytest.fixture
def begin(watch, clock, app, web):
    def start(**more):
        daemon = watch(through=clock.through, **{"deps": f"web={web.url('/')}", "metrics_url": app.metrics_url(),
                                                 "cooldown_s": "1h", **more})
        web.wait_looks()
        assert all(map(clock.moves, daemon.all_pids().values())), "its clock is the one that the test sets"
        return daemon
    return start


def last_line(attempt):
    return re.search(r"host1 · (\d\d:\d\d:\d\d)", attempt.lines[-1]).group(1)


def kill(daemon, role):
    daemon.expect_deaths = True
    old = daemon.role(role)
    os.kill(old, signal.SIGKILL)
    daemon.wait_new(role, old)


def test_every_process_goes_by_the_clock_of_the_test(begin, clock):
    daemon = begin(disk_paths="/")
    roles = daemon.wait_roles(*ROLES)
    assert all(map(clock.moves, roles.values()))


def test_where_all_is_well_nothing_is_said(begin, clock, app, web, telegram, fake_engine):
    """An agent that stood still for a second has not stood still for a day."""
    app.agents = {"41": 7}
    fake_engine.containers = [container("api")]
    begin(agent_stall_s=300, docker_sock=fake_engine.path, containers="api")
    for ahead in (LATE_S, EARLY_S, TOO_EARLY_S, EARLY_S):
        clock.set(ahead)
        web.wait_looks()
    assert not telegram.attempts


@pytest.mark.parametrize("before, after", [(EARLY_S, LATE_S), (LATE_S, EARLY_S)])
def test_an_alert_waits_for_its_looks_and_a_repeat_for_its_time(begin, clock, web, telegram, before, after):
    clock.set(before)
    begin(dep_down_ticks=6)
    began = time.monotonic()
    web.status = "503 Service Unavailable"
    web.wait_looks(2)
    clock.set(after)
    alert = telegram.wait(r"^🔴 dep web: ", timeout=30)
    # One may have been on its way when it fell ill.
    assert len([t for t in web.times if began <= t <= alert.time]) >= 6 - 1
    assert clock.shows(last_line(alert)) < NEAR_S
    for ahead in (before, after):
        clock.set(ahead)
        web.wait_looks()
    assert len(telegram.attempts) == 1
    web.status = "200 OK"
    recovery = telegram.wait(r"^🟢 dep web: ")
    assert clock.shows(last_line(recovery)) < NEAR_S
    assert not re.search(r"\d (d|h)\b|late", recovery.text)
    assert len(telegram.attempts) == 2


def test_a_repeat_comes_though_the_clock_was_set_back(begin, clock, web, telegram):
    clock.set(LATE_S)
    begin(cooldown_s=3)
    web.status = "503 Service Unavailable"
    telegram.wait(r"^🔴 dep web: ")
    clock.set(EARLY_S)
    telegram.wait(r"^🔁 dep web: ", timeout=30, count=2)


@pytest.mark.parametrize("role", ["brain", "notifier", "collector"])
def test_who_is_started_anew_at_another_time_neither_repeats_nor_forgets(begin, clock, web, telegram, role):
    daemon = begin()
    web.status = "503 Service Unavailable"
    telegram.wait(r"^🔴 dep web: ")
    daemon.wait_told()
    for ahead in (LATE_S, EARLY_S):
        clock.set(ahead)
        kill(daemon, role)
        web.wait_looks()
    assert len(telegram.attempts) == 1
    web.status = "200 OK"
    telegram.wait(r"^🟢 dep web: ")
    assert len(telegram.attempts) == 2


@pytest.mark.parametrize("before, after", [(EARLY_S, LATE_S), (LATE_S, EARLY_S)])
def test_a_new_start_at_another_time_neither_repeats_nor_forgets(begin, clock, web, telegram, short_dir, before, after):
    folder = short_dir / "state"
    folder.mkdir(mode=0o700)
    clock.set(before)
    daemon = begin(state_file=folder / "alerts")
    web.status = "503 Service Unavailable"
    telegram.wait(r"^🔴 dep web: ")
    assert daemon.stop() == 0
    clock.set(after)
    begin(state_file=folder / "alerts")
    assert len(telegram.attempts) == 1
    web.status = "200 OK"
    recovery = telegram.wait(r"^🟢 dep web: ")
    assert clock.shows(last_line(recovery)) < NEAR_S
    assert len(telegram.attempts) == 2


def test_a_certificate_that_is_not_valid_yet_delays_a_message_until_the_clock_is_right(begin, clock, web, dep_tls, telegram, authority):
    """Nobody can tell a clock that is wrong from a certificate that is: it is told as what it is, and nothing is lost."""
    daemon = begin(deps=f"web={web.url('/')},shop={dep_tls.url('/', 'localhost')}", ca_file=authority.ca_file)
    clock.set(TOO_EARLY_S)
    telegram.drop()
    dep_tls.drop()
    web.status = "503 Service Unavailable"
    daemon.wait_log("alert dep:web")
    daemon.wait_log("alert dep:shop: .*certificate is not yet valid", timeout=20)
    daemon.wait_log("not delivered.*certificate is not yet valid", timeout=20)
    never(lambda: telegram.attempts, "a message over a connection that cannot be trusted", 1)
    clock.set(EARLY_S)
    told = telegram.wait(r"^🔴 dep web: ", timeout=90)
    assert clock.shows(last_line(told)) < NEAR_S
    telegram.wait(r"^🟢 dep shop: ", timeout=30)
    assert len(telegram.find("^🔴 dep web: ")) == 1
