"""A storm is one message, and nobody is left out of it."""

import re
import time

import pytest

from support import application
from support.wait import wait_for


def names_told(telegram):
    """Everybody that is named in a line about many."""
    told = []
    for line in telegram.lines():
        found = re.match(r"🔴 (\d+) dependencies down: (.*?)(?: … \d+ more follow)?$", line)
        if found:
            names = found.group(2).split(", ")
            assert len(names) == int(found.group(1)), line
            told += names
    return told


@pytest.mark.parametrize("count, messages", [(5, 1), (50, 1), (500, 2)])
def test_a_storm_is_told_in_as_few_messages_as_can_be(watch, telegram, dep, count, messages):
    names = [f"svc-{i}" for i in range(count)]
    daemon = watch(deps=",".join(f"{name}={dep.tcp()}" for name in names), interval_s="3600", http_timeout_s="10", group_wait_s="60")
    daemon.wait_looked()
    dep.down()
    daemon.tick()
    wait_for(lambda: len(names_told(telegram)) >= count, "all told", 30)
    assert sorted(names_told(telegram)) == sorted(names)
    assert len(telegram.taken()) == messages
    dep.up()
    daemon.tick()
    telegram.wait(r"^🟢 \d+ dependencies recovered: ")


def test_two_storms_at_once_are_two_lines_of_one_message(watch, telegram, dep, app):
    app.agents, app.generated_at = {str(i): 100 for i in range(7)}, time.time() - 30
    daemon = watch(deps=",".join(f"svc-{i}={dep.url('/')}" for i in range(6)), metrics_url=app.metrics_url(),
                   agent_stall_s="20", interval_s="3600", group_wait_s="60")
    daemon.wait_looked()
    dep.status = "500 Internal Server Error"
    app.generated_at = time.time()
    daemon.tick()
    told = telegram.wait(r"^🔴 6 dependencies down: ")
    assert told.lines[1] == "🔴 7 agents stalled: 0, 1, 2, 3, 4, 5, 6"
    assert len(told.lines) == 3


def test_what_a_slow_source_delays_leaves_when_the_wait_is_over(watch, telegram, dep, app):
    daemon = watch(deps=f"git={dep.url('/')}", metrics_url=app.metrics_url(), interval_s="3600", http_timeout_s="60",
                   group_wait_s="3")
    daemon.wait_looked()
    app.behave = application.hang
    dep.status = "500 Internal Server Error"
    asked = time.monotonic()
    daemon.tick()
    told = telegram.wait(r"^🔴 dep git: ")
    assert told.time - asked >= 2.9
    assert app.fetches == 2, "the fetch that hangs is still under way"


def test_the_end_of_the_tick_ends_the_wait(watch, telegram, dep):
    daemon = watch(deps=f"git={dep.url('/')}", interval_s="3600", group_wait_s="300")
    daemon.wait_looked()
    dep.status = "500 Internal Server Error"
    daemon.tick()
    telegram.wait(r"^🔴 dep git: ")
