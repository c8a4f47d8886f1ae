"""Waiting by looking again and again, never by sleeping for luck."""

import os
import time

# A loaded machine or a sanitizer build asks for more patience.
PATIENCE = float(os.environ.get("WATCHDOG_TEST_PATIENCE", "1"))
LOOK_EVERY_S = 0.02
WAIT_S = 20.0


def wait_for(condition, what, timeout=WAIT_S):
    """The first true value of condition(); an AssertionError that names what was waited for."""
    deadline = time.monotonic() + timeout * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout * PATIENCE:.0f} s in vain for {what}")
        time.sleep(LOOK_EVERY_S)


def settle():
    """
    Time for the reply to a message to travel back into the snapshot.  Whoever is killed between the sending and the
    recorded reply sends again, rightly: nobody can tell that from a lost reply.
    """
    time.sleep(0.5 * PATIENCE)


def never(condition, what, during):
    """condition() stays false for so many seconds."""
    deadline = time.monotonic() + during
    while time.monotonic() < deadline:
        value = condition()
        assert not value, f"{what}: {value!r}"
        time.sleep(LOOK_EVERY_S)
