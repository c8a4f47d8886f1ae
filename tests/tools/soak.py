#!/usr/bin/python3
"""
The real daemon beside scripted peers that keep failing and coming back in all
their ways, by default at one tick a second for an hour.  Prints memory and
open descriptors of every process over time, the slope of each with its
standard error, and what the kernel's audit told of seccomp.  --day: 24 hours
of such seconds, each as short as the daemon can make it.  Exit 1 if a process
died, if a call was refused that should not have been, or if memory or
descriptors grew.  --replay: as many hours for the brain alone, in its own
simulated time.
"""

import argparse
import collections
import math
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))
sys.path.insert(0, str(Path(__file__).parent))

# A process needs some time to reach its size, and a slope needs some to mean anything.
WARM_UP_S = 300
JUDGED_S = 300
HOUR_S = 3600
DAY_WARM_UP_S = 4 * 3600
SLOPE_MAX_KIB_PER_H = 256
DAY_SLOPE_MAX_KIB_PER_H = 8
NOISE_KIB = 64
FDS_SPARE = 8  # connections that are open at the one moment and not at the other
ERRORS_BEYOND_DOUBT = 3
LOOK_LIMIT_S = 30
RELOAD_S = 20
RELOADED_AT_S = 60  # with a change, which replaces children: before anything is judged
ORDERS = [("status",), ("health",), ("ack", "orchestrator", "soak"), ("silence", "container:app1*", "20s", "soak"), ("status", "--json"),
          ("history",), ("explain", "dep:web"), ("unsilence", "container:app1*"), ("tick",), ("history", "dep:web"), ("test",),
          ("explain", "no:such"), ("ack", "mem")]


def arguments():
    parser = argparse.ArgumentParser(prog="./dev soak", description=__doc__)
    parser.add_argument("stage", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--plain", action="store_true", help="without TLS: other programs than those that speak it")
    parser.add_argument("--day", type=float, nargs="?", const=24, metavar="HOURS",
                        help="so many hours (24) of seconds, each as short as the daemon can make it")
    parser.add_argument("--replay", type=float, nargs="?", const=24, metavar="HOURS",
                        help="so many hours (24) for the brain alone, in simulated time")
    return parser.parse_args()


# --- people, who meddle ---

class People:
    """Orders, reloads, broken files and noise on the control socket, each now and then."""

    def __init__(self, daemon, file):
        self.daemon, self.file = daemon, file
        self.running, self.ends = [], collections.Counter()

    @staticmethod
    def write(file, timeout="2", broken=False):
        file.write_text(f"WATCHDOG_MAINTENANCE={'Sun' if broken else 'Sun 03:00-03:01'}\nWATCHDOG_HTTP_TIMEOUT_S={timeout}\n")

    def turn(self, second):
        self._reap()
        if second % 7 == 3:
            self._order(ORDERS[second // 7 % len(ORDERS)])
        if second % 53 == 10:
            self._noise(second)
        if second % 37 == 5:
            self.daemon.tick()
        if second % 200 in (RELOADED_AT_S, RELOADED_AT_S + 5):
            self.write(self.file, "2.5", broken=second % 200 == RELOADED_AT_S and second > RELOADED_AT_S)
            self.daemon.reload()

    def _order(self, order):
        from support.daemon import PLAIN, WATCHDOGCTL
        self.running.append((order[0], subprocess.Popen(
            [str(WATCHDOGCTL), "-s", self.daemon.socket, *order], env=PLAIN, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)))

    def _reap(self):
        for verb, process in self.running:
            if process.poll() is not None:
                self.ends[f"{verb}={process.returncode}"] += 1
        self.running = [(v, p) for v, p in self.running if p.returncode is None]

    def _noise(self, second):
        """Some who hang up at once, some who send what is no order."""
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(1)
                s.connect(self.daemon.socket)
                s.sendall(os.urandom(second % 5 * 100))
        except OSError:
            self.ends["noise refused"] += 1

    def close(self):
        for _, process in self.running:
            process.kill()
            process.wait()


# --- figures ---

def figures_of(pid):
    from support import proc
    return {**proc.memory_kib(pid), "fds": len(proc.descriptors(pid)), "pid": pid}


def sample(daemon):
    return {name: figures_of(pid) for name, pid in daemon.all_pids().items()}


def head():
    print(f"{'minute':>8}  {'process':10} {'pid':>8} {'RSS':>8} {'PSS':>8} {'private':>8} {'anonymous':>9} {'fds':>5}    (KiB)")


def show(second, samples):
    for name, figures in samples.items():
        print(f"{second / 60:8.1f}  {name:10} {figures['pid']:8} {figures['rss']:8} {figures['pss']:8} {figures['private']:8}"
              f" {figures['anonymous']:9} {figures['fds']:5}", flush=True)


def slope(points):
    """Least squares: a unit an hour, and the standard error of that."""
    n = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    below = sum((x - mean_x) ** 2 for x, _ in points)
    if not below or n < 3:
        return 0.0, math.inf
    tilt = sum((x - mean_x) * (y - mean_y) for x, y in points) / below
    rest = sum((y - mean_y - tilt * (x - mean_x)) ** 2 for x, y in points)
    return tilt * 3600, math.sqrt(rest / (n - 2) / below) * 3600


def judge(history, warm_up, most, replaced=()):
    """Print the slopes; True if nothing grew."""
    well = True
    judged = history[-1][0] >= warm_up + JUDGED_S
    settled = [(second, samples) for second, samples in history if second >= warm_up] if judged else history
    print("" if judged else f"\nunder {(warm_up + JUDGED_S) / 60:.0f} minutes: processes are still warming up, memory is not judged")
    print(f"{'process':10} {'anonymous KiB/h':>18} {'private KiB/h':>18} {'descriptors/h':>18} {'fds least':>10} {'last':>5}")
    for name in settled[0][1]:
        points = {what: [(second, f[name][what]) for second, f in settled if name in f] for what in ("anonymous", "private", "fds")}
        slopes = {what: slope(values) for what, values in points.items()}
        low, last = min(fds for _, fds in points["fds"]), points["fds"][-1][1]
        grown = points["anonymous"][-1][1] - points["anonymous"][0][1]
        tilt, error = slopes["anonymous"]
        grows = tilt - ERRORS_BEYOND_DOUBT * error > 0 and tilt > most and grown > NOISE_KIB
        bad = judged and name not in replaced and (grows or last > low + FDS_SPARE)
        well = well and not bad
        print(f"{name:10} " + " ".join(f"{tilt:9.2f} ± {error:6.2f}" for tilt, error in slopes.values())
              + f" {low:10} {last:5}{'  GROWS' if bad else ''}{'  replaced on purpose' if name in replaced else ''}")
    return well


# --- what the kernel says ---

class Refusals:
    """The audit lines of the staged programs; says loudly if they cannot be had."""

    def __init__(self, stage):
        from support.kernel_audit import KernelAudit, NotHeard
        self.stage, self.audit, self.why = stage.resolve(), None, None
        try:
            audit = KernelAudit()
            audit.control()
            self.audit = audit
        except NotHeard as why:
            self._lose(why)

    def _lose(self, why):
        self.audit, self.why = None, why
        print(f"seccomp's refusals: NOT COUNTED: {why}", flush=True)

    def turn(self, second):
        """Once a minute it is seen that we still hear."""
        from support.kernel_audit import NotHeard
        if self.audit is None or second % 60 != 30:
            return
        try:
            self.audit.control()
            self.audit.forget_others(self.stage)
        except NotHeard as why:
            self._lose(why)

    def judge(self):
        """Print the count; True if there is none."""
        from support.kernel_audit import NotHeard
        try:
            if self.audit is not None:
                self.audit.control()
        except NotHeard as why:
            self._lose(why)
        if self.audit is None:
            print(f"seccomp's refusals: NOT COUNTED: {self.why}")
            return True
        lines = self.audit.of(self.stage)
        print(f"seccomp's refusals and kills by the kernel's audit, {self.stage}: {len(lines)}"
              f" (each of {self.audit.controls} controls was heard twice; the kernel dropped lines {self.audit.overflows} times)")
        for line in lines[:20]:
            print(f"  {line.text}")
        return not lines


# --- the run ---

def assert_staged(daemon, stage):
    """Children are started by the path that was compiled in: those of a stage that was copied are elsewhere, and would not be counted."""
    for name, pid in daemon.all_pids().items():
        exe = os.readlink(f"/proc/{pid}/exe")
        if not exe.startswith(f"{stage.resolve()}/"):
            raise SystemExit(f"the {name} is {exe}, expected a program under {stage}: configure with --prefix, a copy is not enough")


class Soak:
    def __init__(self, daemon, world, refusals, file):
        self.daemon, self.world, self.refusals = daemon, world, refusals
        self.people = People(daemon, file)
        self.history = []
        self.first, self.ended = None, False
        # Who has seen enough gets the figures until then.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        head()

    def _end(self, number, frame):
        self.ended = True

    def _sample(self, second, every):
        if second % every == 0:
            self.history.append((second, sample(self.daemon)))
        if second % (every * 10) == 0:
            show(*self.history[-1])

    def hour(self, minutes):
        second, began = 0, time.monotonic()
        while self.daemon.running and not self.ended and second < minutes * 60:
            self.world.turn(second)
            self.people.turn(second)
            self.refusals.turn(second)
            self._sample(second, 10)
            if second in (0, RELOADED_AT_S + RELOAD_S):
                self.first = self.daemon.all_pids()
            elif second == RELOADED_AT_S:
                self.first = None
            second += 1
            time.sleep(max(0, began + second - time.monotonic()))
        show(*self.history[-1])

    def day(self, hours):
        self.first = self.daemon.all_pids()
        for second in range(int(hours * HOUR_S)):
            if self.ended:
                break
            self.world.turn(second)
            self._sample(second, 300)
            self._look()
        show(*self.history[-1])

    def _look(self):
        """One more look, until its beginning; who is asked while he looks does so once more after it."""
        self.world.beacon.pinged.clear()
        self.daemon.tick()
        if not self.world.beacon.pinged.wait(LOOK_LIMIT_S):
            raise SystemExit(f"the daemon does not look any more:\n{self.daemon.log[-4000:]}")

    def lived(self, replaced):
        """True if nobody died who should not have; what was said of them else."""
        from support.daemon import DIED
        deaths = [line for line in self.daemon.log_find(DIED) if not any(f"the {name} (" in line for name in replaced)]
        now = self.daemon.all_pids() if self.daemon.running else {}
        same = all(now.get(name) == pid for name, pid in (self.first or {}).items() if name not in replaced)
        print(f"looks: {self.world.looks}; messages taken: {self.world.telegram.message_id}; deaths: {len(deaths)};"
              f" every process lived: {'yes' if same and not deaths else 'NO'}")
        print("faults: " + ", ".join(f"{f.name} {f.times}" for f in self.world.faults))
        print("orders and their exit status: " + ", ".join(f"{k} {v}" for k, v in sorted(self.people.ends.items())))
        for line in deaths[:20]:
            print(f"  {line}")
        return same and not deaths


def run(given, folder):
    from soak_world import World
    from support.daemon import Daemon
    refusals = Refusals(given.stage)
    world = World(folder, hurried=bool(given.day), plain=given.plain)
    file = folder / "watchdog.conf"
    People.write(file)
    keys = {**world.keys(), **({} if given.day else {"WATCHDOG_HTTP_TIMEOUT_S": None})}
    daemon = Daemon(keys, *(() if given.day else ("-f", file)))
    replaced = {"prober"} if world.dead else set()
    try:
        daemon.wait_roles("collector", "brain", "notifier", "resolver", "prober")
        assert_staged(daemon, given.stage)
        soak = Soak(daemon, world, refusals, file)
        if given.day:
            soak.day(given.day)
        else:
            soak.hour(given.minutes)
        soak.people.close()
        limits = (DAY_WARM_UP_S, DAY_SLOPE_MAX_KIB_PER_H) if given.day else (WARM_UP_S, SLOPE_MAX_KIB_PER_H)
        well = judge(soak.history, *limits, replaced)
        lived = soak.lived(replaced)
        world.heal()
        if daemon.running:
            daemon.stop(20)
    finally:
        daemon.kill()
        world.close()
        (given.stage.parent / f"soak{'-plain' if given.plain else ''}.log").write_text(daemon.log)
    return refusals.judge() and well and lived


def run_replay(given, folder):
    from soak_replay import replay
    history = []
    head()

    def look(second, pid):
        history.append((second, {"brain": figures_of(pid)}))
        if second % HOUR_S == 0:
            show(*history[-1])
    status, decisions, messages = replay(given.stage / "libexec" / "watchdog" / "watchdog-brain", folder, given.replay, look)
    print(f"{given.replay:g} h of 1 s looks through the brain: {decisions} decisions, {messages} messages, exit status {status}")
    return judge(history, HOUR_S, DAY_SLOPE_MAX_KIB_PER_H) and status == 0


def main():
    given = arguments()
    os.environ["WATCHDOG_STAGE"] = str(given.stage)
    with tempfile.TemporaryDirectory(prefix="wd-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        return 0 if (run_replay if given.replay else run)(given, Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
