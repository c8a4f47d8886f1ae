"""The daemon itself: started, listened to, signalled, looked into, ended."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from . import proc
from .wait import PATIENCE, WAIT_S, wait_for

STAGE = Path(os.environ.get("WATCHDOG_STAGE") or Path(__file__).parents[3] / "build" / "stage")
WATCHDOG = STAGE / "sbin" / "watchdog"
WATCHDOGCTL = STAGE / "bin" / "watchdogctl"
BRAIN = STAGE / "libexec" / "watchdog" / "watchdog-brain"
ROLES = ("collector", "brain", "notifier", "resolver", "prober")

# Quick, and deaf to the machine it runs on; a test says what it wants otherwise.  None takes a key away.
QUICK = {
    "WATCHDOG_INTERVAL_S": "0.4",
    "WATCHDOG_HTTP_TIMEOUT_S": "2",
    "WATCHDOG_HOST_NAME": "host1",
    "WATCHDOG_MEM_PCT": "100",
    "WATCHDOG_CONTAINERS": "",
    "WATCHDOG_CONTROL_SOCK": "",
    "WATCHDOG_ORCH_DOWN_TICKS": "1",
    "WATCHDOG_DEP_DOWN_TICKS": "1",
    "WATCHDOG_RECREATE_GRACE_S": "0",
    "WATCHDOG_CONTAINER_STABLE_S": "0",
    "WATCHDOG_START_MESSAGE": "never",
    "WATCHDOG_FLAP_CHANGES": "0",
}
PLAIN = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "TZ": "UTC",
         **{k: v for k, v in os.environ.items() if k in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")}}
DIED = re.compile(r"\b(" + "|".join(ROLES) + r") \(pid \d+\) (was killed|ended|died|does not)|\bkilling the\b")


def environment(keys, quick=True):
    merged = {**PLAIN, **(QUICK if quick else {}), **keys}
    return {k: str(v) for k, v in merged.items() if v is not None}


def run(*args, keys=None, quick=True, timeout=30, **more):
    """Run the program to its end, as a person at a shell would."""
    command = [str(WATCHDOG), *map(str, args)]
    try:
        return subprocess.run(command, env=environment(keys or {}, quick), timeout=timeout * PATIENCE,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **more)
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"") + (late.stderr or b"")
        raise AssertionError(f"{command} did not end within {late.timeout:.0f} s:\n{said.decode()}") from None


class Daemon:
    def __init__(self, keys, *args, quick=True, through=(), pass_fds=()):
        self.expect_deaths = False  # else a child that died spoils the test
        self.expect_exit = 0
        self.lines = []
        # A control socket of its own, in a folder where whoever it runs as can make one.
        self.folder = tempfile.mkdtemp(prefix="wd-ctl-", dir="/tmp")
        os.chmod(self.folder, 0o777)
        keys = {"WATCHDOG_CONTROL_SOCK": f"{self.folder}/w.sock", **keys}
        self.socket = keys["WATCHDOG_CONTROL_SOCK"]
        self.sandbox = keys.get("WATCHDOG_SANDBOX", "enforce")
        self.process = subprocess.Popen([*through, str(WATCHDOG), *map(str, args)], env=environment(keys, quick),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        start_new_session=True, pass_fds=pass_fds)
        self.started = time.monotonic()
        self.reader = threading.Thread(target=self._listen, daemon=True)
        self.reader.start()

    def _listen(self):
        for raw in self.process.stdout:
            self.lines.append((time.monotonic(), raw.decode("utf-8", "backslashreplace").rstrip("\n")))

    # --- the log ---

    @property
    def log(self):
        return "\n".join(line for _, line in list(self.lines))

    def log_find(self, pattern):
        return [line for _, line in list(self.lines) if re.search(pattern, line)]

    def wait_log(self, pattern, timeout=WAIT_S, count=1):
        def said():
            found = self.log_find(pattern)
            return len(found) >= count and found[count - 1]
        return wait_for(said, f"log line {pattern!r} ({count})", timeout)

    def story(self):
        lines = [f"{at:.3f} {line}" for at, line in list(self.lines)]
        return f"the daemon ({self.process.pid}, {self.process.poll()}) said:\n" + "\n".join(lines or ["nothing"])

    # --- its processes ---

    @property
    def pid(self):
        return self.process.pid

    @property
    def running(self):
        return self.process.poll() is None

    def roles(self):
        """role: pid of each living child, of two the younger: one that was left behind may live on, and numbers start anew."""
        found = {}
        for pid in sorted(proc.children_of(self.pid), key=proc.age, reverse=True):
            name = proc.argv0(pid).removeprefix("watchdog-")
            if name in ROLES and proc.alive(pid):
                found[name] = pid
        return found

    def role(self, name, timeout=WAIT_S):
        return wait_for(lambda: self.roles().get(name), f"a running {name}", timeout)

    def wait_new(self, name, old, timeout=WAIT_S):
        """The pid of the child that took the place of old."""
        def other():
            pid = self.roles().get(name)
            return pid != old and pid
        return wait_for(other, f"a new {name} in place of {old}", timeout)

    def all_pids(self):
        return {"parent": self.pid, **self.roles()}

    def wait_roles(self, *names, timeout=WAIT_S):
        return wait_for(lambda: (r := self.roles()) and all(n in r for n in names) and r, f"roles {names}", timeout)

    # --- what it says of itself ---

    def ctl(self, *args, timeout=30, env=None, **more):
        """Run watchdogctl on its socket, as a person would."""
        return subprocess.run([str(WATCHDOGCTL), "-s", self.socket, *map(str, args)], stdin=subprocess.DEVNULL,
                              env={**PLAIN, **(env or {})}, timeout=timeout * PATIENCE, capture_output=True, text=True,
                              check=False, **more)

    def status(self):
        """What status --json says, None if nobody can say it now."""
        done = self.ctl("status", "--json")
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout else None

    def wait_status(self, condition, what, timeout=WAIT_S):
        def holds():
            status = self.status()
            return status is not None and condition(status) and status
        return wait_for(holds, what, timeout)

    def wait_looked(self):
        """A first look at everything is over and decided."""
        self.wait_status(lambda s: s["status"]["last_tick"], "a whole look")

    def look(self):
        """One look at everything more, to its end; no other may be under way."""
        before = self.wait_status(lambda s: s["status"]["last_tick"], "a whole look")["status"]["last_tick"]
        self.tick()
        # Made of two clocks, it differs by microseconds from one answer to the next.
        self.wait_status(lambda s: s["status"]["last_tick"] > before + 0.001, "another whole look")

    def wait_told(self):
        """
        All that was decided is known to have been taken, to the brain, and by its snapshot to the parent: whoever dies
        now has nothing to send again.  The second answer is asked for after what the first one tells has been handed on.
        """
        for _ in range(2):
            self.wait_status(lambda s: s["status"]["queue"] == 0, "nothing that waits to be sent")

    def row(self, key):
        """The signal's part of status, None if there is none."""
        return next((s for s in (self.status() or {"signals": []})["signals"] if s["key"] == key), None)

    def _assert_confined(self):
        """Every process is in its sandbox, by the kernel's word; a disabled daemon has but one."""
        def confined(status):
            return status.get("refused") == "disabled" or (
                len(status["roles"]) > 1 and all(r["sandbox"] == self.sandbox for r in status["roles"]))
        self.wait_status(confined, f"every role in its sandbox ({self.sandbox})", 20)

    # --- signals and the end ---

    def signal(self, number):
        self.process.send_signal(number)

    def tick(self):
        self.signal(signal.SIGUSR1)

    def reload(self):
        self.signal(signal.SIGHUP)

    def wait_exit(self, timeout=WAIT_S):
        try:
            status = self.process.wait(timeout * PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the daemon did not end within {timeout * PATIENCE:.0f} s") from None
        self.reader.join(5)
        return status

    def stop(self, timeout=WAIT_S):
        self.signal(signal.SIGTERM)
        return self.wait_exit(timeout)

    def kill(self):
        """Whatever state it is in: gone, with its children."""
        pids = list(self.roles().values())
        if self.running:
            self.process.kill()
            self.process.wait(10)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                if proc.argv0(pid).startswith("watchdog-"):
                    os.kill(pid, signal.SIGKILL)
        self.reader.join(5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def end(self):
        """After each test: it must still be there, end well, and leave nobody."""
        pids = self.roles().values()
        try:
            if self.running:
                if self.socket:
                    self._assert_confined()
                status = self.stop()
                assert status == self.expect_exit, f"exit status {status} after SIGTERM"
                wait_for(lambda: not any(proc.alive(p) for p in pids), "the children's end")
            else:
                assert self.process.returncode == self.expect_exit, f"ended by itself: {self.process.returncode}"
            assert "runtime error:" not in self.log and "Sanitizer" not in self.log
            assert self.expect_deaths or not self.log_find(DIED), self.log_find(DIED)
        finally:
            self.kill()
