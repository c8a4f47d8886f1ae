"""
A role that was taken over says what it likes to the parent and to its neighbours: the others live on, as they are, with little
memory; the log stays small; the offender is killed, named, and replaced; and the daemon ends when it is told to.
"""

import os
import subprocess
import time
import unicodedata

import pytest

from support import proc
from support.daemon import ROLES, WATCHDOG, environment
from support.hostile_role import programs
from support.wait import PATIENCE, wait_for

pytestmark = pytest.mark.root

SANITIZED_KIB = 512 * 1024 if "ASAN_OPTIONS" in os.environ else 0
PARENT_MAX_KIB, ROLE_MAX_KIB = 48 * 1024 + SANITIZED_KIB, 160 * 1024 + SANITIZED_KIB
LOG_BURST, LOG_RATE, LOG_SLACK = 8 << 20, 16 << 10, 1 << 20
FLOOD_S = 4


@pytest.fixture
def taken_over(start, telegram_keys, dep, tmp_path):
    """taken_over(role, attack): a daemon beside one honest dependency; the innocent are those who must not change."""
    os.chmod(tmp_path, 0o755)

    def begin(role, attack, *innocent):
        daemon = start(keys=telegram_keys, through=programs(tmp_path, role, attack), deps=f"git={dep.tcp('localhost')}", disk_paths="/",
                       interval_s="0.4")
        daemon.expect_deaths = True
        daemon.began = time.monotonic()
        daemon.culprit = role
        # Whom it takes along by what is only between the two of them is not the others' loss.
        daemon.innocent = {name: daemon.role(name, timeout=30) for name in innocent or ROLES if name != role}
        return daemon
    yield begin


def log_bytes(daemon):
    return sum(len(line) + 1 for _, line in list(daemon.lines))


def assert_contained(daemon):
    """What must hold at any moment."""
    assert daemon.running
    roles = daemon.roles()
    assert {name: roles.get(name) for name in daemon.innocent} == daemon.innocent, daemon.log_find("killing|killed")
    assert proc.memory_kib(daemon.pid)["rss"] < PARENT_MAX_KIB
    for name, pid in daemon.innocent.items():
        assert proc.memory_kib(pid)["rss"] < ROLE_MAX_KIB, name
    most = LOG_BURST + LOG_SLACK + LOG_RATE * (time.monotonic() - daemon.began)
    assert log_bytes(daemon) < most * (1 + len(ROLES) - len(daemon.innocent))


def ends_well(daemon):
    assert daemon.stop(timeout=20) == 0


def contained_for(daemon, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert_contained(daemon)
        time.sleep(0.2)


@pytest.mark.limit(120)
@pytest.mark.parametrize("role", ROLES)
def test_whatever_it_may_say_with_any_values_as_fast_as_it_goes(taken_over, role):
    daemon = taken_over(role, "ANYTHING")
    contained_for(daemon, FLOOD_S)
    ends_well(daemon)


@pytest.mark.limit(120)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("attack", ["NONSENSE", "EARLY"])
def test_whoever_says_what_it_must_not_is_named_killed_and_replaced(taken_over, role, attack):
    daemon = taken_over(role, attack)
    wait_for(lambda: len(daemon.log_find(rf"the {role} \(pid \d+\) was killed by SIGKILL \(")) >= 4, "four lives of it", 40)
    assert_contained(daemon)
    ends_well(daemon)


@pytest.mark.limit(120)
@pytest.mark.parametrize("role", ROLES)
def test_a_flood_of_log_lines_fills_no_disk(taken_over, role):
    daemon = taken_over(role, "LOG")
    daemon.wait_log(f"the {role} floods the log: most of its lines are left out", timeout=60)
    contained_for(daemon, FLOOD_S)
    assert len(daemon.log_find("floods the log")) == 1
    ends_well(daemon)


@pytest.mark.limit(120)
@pytest.mark.parametrize("role", ["collector", "brain"])
def test_whoever_reads_no_answers_is_cut_off(taken_over, role):
    daemon = taken_over(role, "DEAF")
    wait_for(lambda: daemon.log_find(rf"killing the {role} \(pid \d+\): it does not (read what it is sent|answer)"), "its end", 60)
    assert_contained(daemon)
    ends_well(daemon)


@pytest.mark.limit(120)
@pytest.mark.parametrize("role", ["prober", "resolver"])
def test_accusing_a_stranger_costs_oneself(taken_over, role):
    daemon = taken_over(role, "ACCUSE")
    daemon.wait_log(rf"killing the {role} \(pid \d+\): it accuses one that it has no link with", count=3, timeout=30)
    assert_contained(daemon)
    ends_well(daemon)


@pytest.mark.limit(120)
@pytest.mark.parametrize("role", ["prober", "resolver"])
def test_being_busy_puts_off_no_end(taken_over, role):
    daemon = taken_over(role, "STUBBORN")
    contained_for(daemon, 1)
    ends_well(daemon)
    assert daemon.log_find(rf"killing the {role} \(pid \d+\): it did not stop in time")


@pytest.mark.limit(120)
def test_a_brain_that_has_drained_unasked_restarts_nobody(taken_over):
    daemon = taken_over("brain", "DRAINED")
    daemon.wait_log(r"killing the brain \(pid \d+\): it says that it has drained", count=3, timeout=30)
    assert_contained(daemon)
    ends_well(daemon)


@pytest.mark.limit(120)
def test_it_is_an_alarm_and_others_are_told_all_the_same(taken_over, telegram, dep):
    daemon = taken_over("prober", "NONSENSE")
    telegram.wait(r"🔴 watchdog.prober: failing, restarted 3 times", timeout=40)
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
    assert_contained(daemon)
    ends_well(daemon)


@pytest.mark.limit(120)
@pytest.mark.parametrize(("role", "option"), [("brain", "-1"), ("notifier", "-t"), ("prober", "-T"), ("notifier", "--find-chat")])
def test_nothing_of_it_commands_the_terminal(telegram_keys, dep, tmp_path, role, option):
    os.chmod(tmp_path, 0o755)
    keys = {**telegram_keys, "WATCHDOG_DEPS": f"git={dep.tcp()}", "WATCHDOG_CONTROL_SOCK": ""}
    command = [*programs(tmp_path, role, "ANYTHING"), WATCHDOG, option]

    def say():
        done = subprocess.run(command, env=environment(keys), stdin=subprocess.DEVNULL, capture_output=True, timeout=100 * PATIENCE,
                              check=False)
        assert done.returncode in (0, 1, 2), done.stderr
        return done.stdout + done.stderr
    # The first thing that it says may be that it has said all.
    said = wait_for(say, "a word of it", 60)
    assert not [c for c in said.decode() if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]
