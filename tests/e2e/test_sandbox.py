"""The three modes of WATCHDOG_SANDBOX, and what is said of a role that its sandbox kills."""

import os
import signal

import pytest

from support import proc
from support.daemon import ROLES
from support.wait import settle, wait_for


@pytest.fixture
def everything(dep, app_tls):
    """A configuration that gives every role its work."""
    return {"deps": f"git={dep.tcp('localhost')}", "metrics_url": app_tls.url("/metrics")}


def filters(pid):
    return int(proc.status(pid)["Seccomp_filters"])


def test_enforce_is_the_default_and_every_role_has_filters_beyond_its_parents(watch, everything):
    daemon = watch(**everything)
    found = daemon.wait_roles(*ROLES)
    wait_for(lambda: all(filters(pid) > filters(daemon.pid) > filters(os.getpid()) for pid in found.values()), "every role to be confined")
    assert not daemon.log_find("not confined")


def test_log_mode_is_loud_and_finds_no_call_that_is_not_listed(watch, dep, telegram, everything):
    daemon = watch(sandbox="log", **everything)
    daemon.wait_roles(*ROLES)
    daemon.wait_log("WATCHDOG_SANDBOX is not enforce")
    dep.down()
    telegram.wait(r"^🔴 dep git: ")
    dep.up()
    telegram.wait(r"^🟢 dep git: ")
    settle()
    assert len(daemon.log_find("the .* is not confined: what would be refused is only reported")) == len(ROLES)
    assert not daemon.log_find(r"is not on the .*'s list"), daemon.log


def test_off_is_loud_and_confines_nobody(watch, everything):
    daemon = watch(sandbox="off", **everything)
    found = daemon.wait_roles(*ROLES)
    daemon.wait_log("WATCHDOG_SANDBOX is not enforce")
    for role in ROLES:
        daemon.wait_log(f"sandbox: off, the {role} is not confined")
    ours = filters(os.getpid())  # a container has some
    assert all(filters(pid) == ours for pid in [daemon.pid, *found.values()])


def test_a_role_killed_by_its_sandbox_is_named_with_the_way_to_the_call(watch, everything):
    daemon = watch(**everything)
    daemon.expect_deaths = True
    old = daemon.wait_roles(*ROLES)["brain"]
    settle()
    os.kill(old, signal.SIGSYS)
    daemon.wait_log(rf"the brain \(pid {old}\) was killed by SIGSYS")
    daemon.wait_log("the brain: it made a system call that its sandbox forbids; .*scmp_sys_resolver.*WATCHDOG_SANDBOX=log")
    daemon.wait_new("brain", old)
