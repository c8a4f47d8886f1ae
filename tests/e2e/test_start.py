"""What a start that remembers nothing tells: one summary."""

import os
import re
import signal

from support.wait import never, wait_for

SUMMARY = r"^👁 watchdog started: "


def test_problems_at_start_are_one_message_and_recover_one_by_one(watch, telegram, dep, app):
    app.down()
    dep.down()
    watch(metrics_url=app.metrics_url(), deps=f"git={dep.tcp()}", orch_down_ticks="2", dep_down_ticks="3",
          start_message="problems")
    summary = telegram.wait(SUMMARY + r"2 problems; \d+ fine$")
    assert sorted(re.match(r"🔴 (\w+)", line)[1] for line in summary.lines[1:-1]) == ["dep", "orchestrator"]
    assert len(telegram.taken()) == 1
    app.up()
    telegram.wait(r"^🟢 orchestrator: recovered after ")
    dep.up()
    telegram.wait(r"^🟢 dep git: recovered after ")
    assert len(telegram.find("🔴")) == 1


def test_a_start_that_finds_all_well_is_silent(watch, telegram, dep):
    watch(deps=f"git={dep.url('/')}", start_message=None)
    wait_for(lambda: dep.pings >= 4, "four ticks")
    assert not telegram.attempts
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    never(lambda: telegram.find(SUMMARY), "a summary", 1)


def test_always_says_that_all_is_well(watch, telegram, dep):
    watch(deps=f"git={dep.tcp()}", start_message="always")
    telegram.wait(SUMMARY + r"no problems; \d+ fine$")


def test_never_means_ordinary_alerts(watch, telegram, dep):
    dep.down()
    watch(deps=f"git={dep.tcp()}", start_message="never")
    alert = telegram.wait(r"^🔴 dep git: ")
    assert alert.lines[0].startswith("🔴 dep git: ")


def test_a_brain_that_dies_before_the_summary_still_tells_it(watch, telegram, dep):
    dep.status = "500 Internal Server Error"
    daemon = watch(deps=f"git={dep.url('/')}", dep_down_ticks="3", interval_s="2", start_message="problems")
    daemon.expect_deaths = True
    wait_for(lambda: dep.pings, "a first look")
    brain = daemon.role("brain")
    os.kill(brain, signal.SIGKILL)
    daemon.wait_new("brain", brain)
    telegram.wait(SUMMARY + r"1 problem; ", timeout=40)
    assert len(telegram.find("🔴 dep git")) == 1
