#!/usr/bin/python3
"""
An incident, played to the real daemon: an application and a dependency on
loopback fail and come back.  No token, so each message is printed as it
would be sent.  Exit 0 if alert, repetition and recovery were all seen.
"""

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from support.application import Application  # noqa: E402
from support.dependency import Dependency  # noqa: E402

BOOT_GRACE_S = 300
STEP_LIMIT_S = 15


def keys(app, dep):
    return {
        "WATCHDOG_METRICS_URL": app.metrics_url(),
        "WATCHDOG_DEPS": f"git={dep.tcp()}",
        "WATCHDOG_CONTAINERS": "",
        "WATCHDOG_CONTROL_SOCK": "",
        "WATCHDOG_INTERVAL_S": "1",
        "WATCHDOG_COOLDOWN_S": "4",
        "WATCHDOG_ORCH_DOWN_TICKS": "2",
        "WATCHDOG_DEP_DOWN_TICKS": "1",
    }


class Watcher:
    """The daemon; what it says is shown and remembered."""

    def __init__(self, stage, app, dep):
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("WATCHDOG_") or k == "WATCHDOG_LANG"}
        self.process = subprocess.Popen([stage / "sbin" / "watchdog", "-v"], env={**inherited, **keys(app, dep)},
                                        stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True,
                                        errors="backslashreplace")
        self.said = ""
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            self.said += line
            print(f"    {line}", end="", flush=True)

    def wait(self, pattern, limit):
        """True if a line that matches is said within the limit."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline and self.process.poll() is None:
            if re.search(pattern, self.said):
                return True
            time.sleep(0.05)
        return False

    def end(self):
        self.process.terminate()
        return self.process.wait(10)


def say(text):
    print(f"\n--- {text}", flush=True)


def steps(app, dep):
    """(what is said, what is done, what the daemon must say)"""
    return [
        ("the daemon starts beside a healthy application and a dependency called git", lambda: None, r"disk"),
        ("the application stops answering", app.down, r"🔴 orchestrator"),
        ("the dependency dies too", dep.down, r"🔴 dep git"),
        ("nobody acts: the alert is repeated at the cooldown (4 s here, an hour by default)", lambda: None, r"🔁 orchestrator"),
        ("the application comes back", app.up, r"🟢 orchestrator"),
        ("the dependency comes back", dep.up, r"🟢 dep git"),
    ]


def grace():
    """Just after the host's boot the daemon is patient; then so are we."""
    if time.clock_gettime(time.CLOCK_BOOTTIME) > BOOT_GRACE_S:
        return 0
    print("this host was booted within the last 5 minutes: each alert takes 60 s more")
    return 60


def main():
    app, dep = Application(), Dependency()
    patience = STEP_LIMIT_S + grace()
    watcher = Watcher(Path(sys.argv[1]), app, dep)
    seen = True
    try:
        for text, act, expected in steps(app, dep):
            say(text)
            act()
            if not watcher.wait(expected, patience):
                say(f"not seen: {expected}")
                seen = False
                break
        say("the end: SIGTERM")
    except KeyboardInterrupt:
        say("interrupted")
    status = watcher.end()
    return 0 if seen and status == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
