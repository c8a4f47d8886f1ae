"""A new process that hangs before it has become its role, as where a disk or a scanner holds up exec: nobody waits for it."""

import ctypes
import os
import signal

import pytest

from support.daemon import ROLES
from support.wait import PATIENCE, wait_for

SEIZE, CONT, DETACH, GET_EVENT_MESSAGE = 0x4206, 7, 17, 0x4201  # linux/ptrace.h
TRACE_FORK, EVENT_FORK, WALL = 2, 1, 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
libc.ptrace.restype = ctypes.c_long


def ptrace(request, pid, data=None):
    if libc.ptrace(request, pid, None, data) == -1:
        raise OSError(ctypes.get_errno(), f"ptrace {request}")


def waited(pid):
    """How pid stands, once it stands."""
    return wait_for(lambda: (found := os.waitpid(pid, os.WNOHANG | WALL))[0] and found[1], f"{pid} to stand", 20)


def hold_the_next_child(daemon, provoke):
    """After provoke() the daemon starts a process: that is held where its life begins, the daemon goes on.  Returns its pid."""
    ptrace(SEIZE, daemon.pid, TRACE_FORK)
    provoke()
    while True:
        how = waited(daemon.pid)
        if how >> 16 == EVENT_FORK:
            break
        ptrace(CONT, daemon.pid, os.WSTOPSIG(how))
    child = ctypes.c_ulong()
    ptrace(GET_EVENT_MESSAGE, daemon.pid, ctypes.addressof(child))
    waited(child.value)
    ptrace(DETACH, daemon.pid)
    return child.value


@pytest.mark.root
@pytest.mark.limit(120)
def test_a_process_that_hangs_before_its_exec_holds_up_nobody(watch, telegram, dep):
    daemon = watch(deps=f"git={dep.tcp('localhost')}")
    daemon.expect_deaths = True
    notifier = daemon.wait_roles(*ROLES)["notifier"]
    held = hold_the_next_child(daemon, lambda: os.kill(notifier, signal.SIGKILL))

    def notifier_row(status):
        return next(r for r in status["roles"] if r["role"] == "notifier")
    daemon.wait_status(lambda s: notifier_row(s)["pid"] == held, "an answer of a daemon that starts a notifier", 8)
    daemon.wait_log(rf"killing the notifier \(pid {held}\): it was not ready in time", 20 * PATIENCE)
    assert os.WTERMSIG(waited(held)) == signal.SIGKILL
    daemon.wait_new("notifier", held, 20)
    dep.down()
    telegram.wait(r"^🔴 dep git: ", timeout=20)
