"""Started without standard input, output or error: none of our own descriptors takes their numbers."""

import os
import subprocess

import pytest

from support.daemon import PLAIN, WATCHDOG, WATCHDOGCTL, environment

WITHOUT = {"input": "<&-", "output": ">&-", "error": "2>&-", "all": "<&- >&- 2>&-"}


def without(what):
    return ("sh", "-c", f'exec "$@" {WITHOUT[what]}', "sh")


@pytest.mark.parametrize("what", WITHOUT)
def test_a_reload_keeps_the_token_of_the_environment(watch, telegram, dep, what):
    """It is kept in a descriptor, whose number counted as none when it was 0."""
    daemon = watch(deps=f"git={dep.tcp('localhost')}", through=without(what))
    notifier = daemon.role("notifier")
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    daemon.reload()
    dep.up()
    telegram.wait(r"^🟢 dep git: ")
    assert daemon.role("notifier") == notifier, "nothing of its has changed"


@pytest.mark.root
@pytest.mark.parametrize("what", WITHOUT)
def test_the_three_numbers_stay_empty(watch, what):
    daemon = watch(through=without(what))
    daemon.wait_roles("collector", "brain", "notifier")
    closed = range(3) if what == "all" else [list(WITHOUT).index(what)]
    assert {os.readlink(f"/proc/{daemon.pid}/fd/{fd}") for fd in closed} == {"/dev/null"}


def test_what_cannot_be_printed_is_an_error():
    done = subprocess.run([*without("output"), str(WATCHDOG), "-n"], env=environment({}), stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 74, done.stderr


def test_an_answer_does_not_go_back_to_the_daemon(watch):
    """The connection's number was 1, and the table went into it."""
    daemon = watch()
    daemon.wait_status(lambda status: status, "an answer")
    done = subprocess.run([*without("output"), str(WATCHDOGCTL), "-s", daemon.socket, "status"], env=PLAIN, stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert done.returncode == 74, done.stderr
    assert "could not be written" in done.stderr
