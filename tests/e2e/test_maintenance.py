"""Maintenance windows, by a local clock that is set so that one ends soon."""

import time

import pytest

from support import daemon as daemon_module
from support.wait import PATIENCE

WINDOW_S = 12 * PATIENCE


@pytest.fixture
def window():
    """A zone in which it will be 03:00 soon, and when that is."""
    ends = int(time.time() + WINDOW_S)
    west = (ends - 3 * 3600) % 86400
    return {"TZ": f"XYZ{west // 3600}:{west // 60 % 60:02}:{west % 60:02}"}, ends


def test_in_a_window_it_is_decided_and_after_it_told_once(watch, telegram, dep, app, window):
    keys, ends = window
    daemon = watch(keys=keys, deps=f"git={dep.tcp()}", metrics_url=app.metrics_url(),
                   maintenance="Mon-Sun 02:00-03:00")
    dep.down()
    daemon.wait_log(r"alert dep:git")
    app.down()
    daemon.wait_log(r"alert orchestrator")
    app.up()
    daemon.wait_log(r"recovery orchestrator")
    assert time.time() >= ends or not telegram.attempts
    told = telegram.wait(r"^🔴 dep git: ", timeout=WINDOW_S + 10)
    assert time.time() >= ends
    assert told.lines[0].startswith("🔴 dep git: ")
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ")
    assert not telegram.find("orchestrator")
    assert len(telegram.taken()) == 2


def test_what_is_wrong_with_a_window_is_said(start):
    done = daemon_module.run("-n", keys={"WATCHDOG_MAINTENANCE": "Sun 03:00-04:00, Caturday 02:00-03:00"})
    assert done.returncode == 78
    assert "WATCHDOG_MAINTENANCE: expected daily, a day (Mon) or days (Mon-Fri)" in done.stderr
    assert '"Caturday"' in done.stderr
