#!/usr/bin/python3
"""
The real daemon between peers that fail at random, while it is killed, stopped
and starved at random, and incidents happen at random.  At the end the ledger:
each alert and each recovery must have been told, in order, and twice only
where a reply was lost or a process was held up before it had recorded one.
The same seed makes the same plan of faults and incidents.  Exit 1 if anything
was lost, out of order, doubled without excuse, or never noticed.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import functools
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))
sys.path.insert(0, str(Path(__file__).parent))

STEP_S = 0.05
START_LIMIT_S = 30
END_LIMIT_S = 240
LASTING_S = 100
AT_ONCE = 4
SENDERS = {"notifier", "brain", "parent", "resolver"}
PACE_S = 0.8
GAP_MOST_S = 4.0


def arguments(given=None):
    parser = argparse.ArgumentParser(prog="./dev chaos", description="Random faults, random incidents, and a ledger of what was told.")
    parser.add_argument("stage", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "big"))
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--interval", default="1", help="seconds between ticks")
    parser.add_argument("--pace", type=float, default=PACE_S, help="seconds between faults, on average")
    parser.add_argument("--only", action="append", metavar="FAULT", help="these kinds only")
    parser.add_argument("--table", type=int, metavar="N", help="each kind of fault by itself, N times: the table of doc/reliability.md")
    parser.add_argument("--into", type=Path, metavar="FILE", help="put the table where this file has room for it, too")
    parser.add_argument("--jobs", type=int, default=2, help="of a table: how many worlds side by side")
    parser.add_argument("--verbose", action="store_true", help="say every 10 s what goes on")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the logs go; by default to a new folder, and only if something is wrong")
    return parser.parse_args(given)


def plan(seed, pace, kinds):
    """(gap, kind, dice) of each fault, without an end: all that chance decides."""
    from chaos_faults import FAULTS
    dice = random.Random(seed)
    weights = [FAULTS[kind][0] for kind in kinds]
    while True:
        yield min(dice.expovariate(1 / pace), GAP_MOST_S), dice.choices(kinds, weights)[0], random.Random(dice.random())


class Run:
    """One daemon in one world, for so many faults."""

    def __init__(self, folder, options, kinds=None, count=None):
        from chaos_faults import FAULTS
        from chaos_world import World
        from support.service_manager import ServiceManager
        self.options, self.folder = options, folder
        self.count = options.faults if count is None else count
        self.plan = plan(options.seed, options.pace, kinds or list(FAULTS))
        self.world = World(folder, options.seed)
        self.manager = ServiceManager(folder / "notify")
        self.daemons = []
        self.start_daemon()
        self.active, self.past = [], []
        self.ending = False
        self.began = self.shown = time.monotonic()
        self.decisions, self.decided_last = [], {}

    def start_daemon(self):
        """With what the service manager keeps of the one before."""
        from support.daemon import Daemon
        if self.daemons:
            self.read_log()
        handed = self.manager.hand_over()
        handed["through"] = (*self.world.through, *handed["through"])
        keys = {**self.world.keys(self.options.interval), **handed.pop("keys")}
        self.daemons.append(Daemon(keys, "-f", self.world.file, quick=False, **handed))
        self.seen = 0

    @property
    def daemon(self):
        return self.daemons[-1]

    @property
    def log(self):
        return "\n".join(daemon.log for daemon in self.daemons)

    def programs(self):
        """role: what it runs, of those whose file may be seen."""
        found = {}
        for role, pid in self.daemon.roles().items():
            with contextlib.suppress(OSError):
                file = os.stat(f"/proc/{pid}/exe")
                found[role] = (file.st_dev, file.st_ino, file.st_mtime_ns)
        return found

    # --- what faults ask ---

    def at_work(self, role):
        """It has taken its sandbox's filter on top of what it inherited, so it is ready."""
        from support import proc
        pid = self.daemon.roles().get(role)
        if pid is None or proc.stopped(pid):
            return False
        filters = [int(proc.status(p).get("Seccomp_filters", 0)) for p in (pid, self.daemon.pid)]
        return filters[0] > filters[1]

    def holds(self, kind):
        return any(isinstance(fault, kind) for fault in self.active)

    def served(self, role):
        """Seconds since its process was started."""
        from support import proc
        return proc.age(self.daemon.roles().get(role)) if role in self.daemon.roles() else 0.0

    def busy_roles(self):
        return {role for fault in self.active for role in fault.roles}

    # --- the log ---

    def read_log(self):
        from chaos_ledger import DECIDED
        lines = self.daemon.lines
        while self.seen < len(lines):
            at, line = lines[self.seen]
            self.seen += 1
            found = "brain: " in line and DECIDED.search(line)
            if found:
                self.decisions.append((at, *found.groups()))
                self.decided_last[found.group(2)] = (found.group(1), at)

    def decided(self, signal_):
        """When it was decided that the signal is as it is; None: it was not."""
        what, at = self.decided_last.get(signal_.key, ("recovery", 0))
        return at if what == ("alert" if signal_.bad else "recovery") else None

    # --- the run ---

    def show_progress(self, now):
        if self.options.verbose and now > self.shown + 10:
            self.shown = now
            print(f"{now - self.began:7.0f} s: {len(self.past)} faults, active {[f.kind for f in self.active]}, bad {[s.subject for s in self.world.signals if s.bad]}", flush=True)

    def turn(self, beginning):
        from support.wait import PATIENCE
        now = time.monotonic()
        self.show_progress(now)
        self.read_log()
        for fault in list(self.active):
            self.world.disturb(fault)
            if fault.over(now):
                fault.end()
                fault.ended = now
                self.world.disturb(fault)
                self.active.remove(fault)
                self.past.append(fault)
            elif now - fault.began > LASTING_S * PATIENCE and not fault.waits:
                raise AssertionError(f"{fault.kind} is not over after {LASTING_S * PATIENCE:.0f} s")
        self.world.turn(now, self.decided, beginning)
        if not self.daemon.running:
            raise AssertionError(f"the daemon ended by itself: {self.daemon.process.returncode}")
        time.sleep(STEP_S)

    def try_fault(self, kind, dice):
        from chaos_faults import FAULTS
        fault = FAULTS[kind][1](self, kind, dice)
        if len([f for f in self.active if not f.waits]) >= AT_ONCE or self.busy_roles() & set(fault.roles) or not fault.may():
            return False
        try:
            fault.begin()
        except (KeyError, ProcessLookupError, subprocess.CalledProcessError):
            return False
        self.begun(fault)
        return True

    def begun(self, fault):
        self.world.disturb(fault)
        self.active.append(fault)

    def inject(self):
        """What cannot happen now is passed over: a process that is not there cannot be killed."""
        due, begun = time.monotonic(), 0
        while begun < self.count:
            if time.monotonic() >= due:
                gap, kind, dice = next(self.plan)
                if self.try_fault(kind, dice):
                    due = time.monotonic() + gap
                    begun += 1
            self.turn(beginning=True)

    def wait(self, condition, what, limit):
        from support.wait import PATIENCE
        deadline = time.monotonic() + limit * PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {limit * PATIENCE:.0f} s in vain for {what}")
            self.turn(beginning=False)

    def settle(self):
        """All faults over, everything well and seen to be."""
        self.ending = True
        self.wait(lambda: not self.active, "the end of the faults", END_LIMIT_S)
        self.world.telegram.well()
        self.wait(lambda: self.world.quiet and all(s.settled(self.decided) for s in self.world.signals), "the end of all incidents", END_LIMIT_S)
        self.daemon.reload()
        with contextlib.suppress(AssertionError):
            self.wait(lambda: not self.ledger().faults, "all to be told", 90)

    def ledger(self):
        from chaos_ledger import Ledger
        faults, now = self.past + self.active, time.monotonic()
        troubles = [(f.kind, f.began, f.ended or now) for f in faults if f.channel or set(f.roles) & SENDERS]
        blind = [(f.began, f.ended or now, {s.subject for s in self.world.spoiled(f)}) for f in faults if f.looking or f.names]
        return Ledger(self.world, troubles, blind, self.decisions).judge()

    def go(self):
        try:
            self.wait(lambda: self.world.ticks >= 4, "the first ticks", START_LIMIT_S)
            programs = self.programs()
            self.inject()
            self.settle()
            replaced = [role for role, file in self.programs().items() if programs.get(role, file) != file]
            assert not replaced, f"somebody replaced the programs of {replaced} meanwhile: the run proves nothing"
            status = self.daemon.stop(15)
            ledger = self.ledger()
            if status != 0:
                ledger.faults.append(f"exit status {status} after SIGTERM")
        except AssertionError as wrong:
            ledger = self.ledger()
            ledger.faults.append(str(wrong))
        finally:
            for fault in self.active:
                fault.end()
            for daemon in self.daemons:
                daemon.kill()
            self.world.close()
            self.manager.close()
        if "runtime error:" in self.log or "Sanitizer" in self.log:
            ledger.faults.append("a sanitizer has something to say, see the log")
        return ledger

    def story(self):
        faults = sorted(self.past + self.active, key=lambda f: f.began)
        lines = [f"{f.began:.3f} {f.kind}, until {f.ended or 0:.3f}" for f in faults]
        lines += [f"{i.began:.3f} {i.subject} {i.mode}, until {i.ended or 0:.3f}" for i in self.world.incidents]
        return "\n".join(sorted(lines))


OUTCOMES = ("in time", "late", "doubled", "lost")


def row(cells, widths=(34, 6, 9, 9, 9, 9, 9, 9)):
    return "| " + " | ".join(f"{cell:<{w}}" if i == 0 else f"{cell:>{w}}" for i, (cell, w) in enumerate(zip(cells, widths))) + " |"


def show_table(rows, last=()):
    """rows: kind, times, outcomes, and what last names.  Returns what was printed."""
    heads = ("fault", "times", *OUTCOMES, *last)
    lines = [row(heads), row(["-" * 34, *["-----:"] * (len(heads) - 1)])]
    lines += [row([kind, times, *(count[o] for o in OUTCOMES), *more]) for kind, times, count, *more in rows]
    print("\n".join(lines), flush=True)
    return "\n".join(lines)


def put_into(file, text):
    """Between its two marks."""
    before, rest = file.read_text().split("<!-- table -->\n", 1)
    after = rest.split("<!-- end -->", 1)[1]
    file.write_text(f"{before}<!-- table -->\n{text}\n<!-- end -->{after}")


def show(run, ledger, seconds):
    from chaos_faults import FAULTS
    from chaos_ledger import LATE_S
    rows = []
    for kind in FAULTS:
        faults, total = [f for f in run.past if f.kind == kind], collections.Counter()
        for fault in faults:
            total.update(ledger.outcomes(fault.began, fault.ended))
        if faults:
            rows.append((kind, len(faults), total))
    print(f"\nDeliveries under way during a fault (one for each chat; late = over {LATE_S:.0f} s after the decision):")
    show_table(rows)
    print("\nAll deliveries, each once:")
    show_table([("", len(run.past), ledger.outcomes())])
    print(f"\n{len(run.past)} faults in {seconds:.0f} s; {len(run.world.incidents)} incidents, {run.world.jobs} failed jobs; "
          f"{len(ledger.transitions)} transitions to {len(run.world.telegram.chats)} chats in "
          f"{len(run.world.telegram.taken())} messages of {len(run.world.telegram.attempts)} requests; "
          f"{ledger.merged} told in one line after they were over; {ledger.excused} repeated with an excuse; latest after {ledger.latest:.1f} s")
    if ledger.unforeseen:
        print("also decided: " + ", ".join(f"{subject} {n}" for subject, n in sorted(ledger.unforeseen.items())))


def keep(run, options):
    folder = options.keep or Path(tempfile.mkdtemp(prefix="chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "daemon.log").write_text("\n".join(daemon.story() for daemon in run.daemons))
    (folder / "telegram.log").write_text(run.world.telegram.story())
    (folder / "faults.log").write_text(run.story())
    print(f"logs of seed {options.seed}: {folder}")


@contextlib.contextmanager
def own_folder():
    folder = Path(tempfile.mkdtemp(prefix="wd-chaos-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def chaos(options):
    print(f"seed {options.seed}: {options.faults} faults, a tick each {options.interval} s", flush=True)
    with own_folder() as folder:
        began = time.monotonic()
        run = Run(folder, options, options.only)
        ledger = run.go()
        show(run, ledger, time.monotonic() - began)
    for fault in ledger.faults:
        print(f"WRONG: {fault}")
    if ledger.faults or options.keep:
        keep(run, options)
    print("nothing lost, nothing out of order, no copy without an excuse" if not ledger.faults else f"{len(ledger.faults)} things are wrong")
    return 1 if ledger.faults else 0


def alone(options, kind):
    """One kind of fault by itself: (row, what is wrong)."""
    from chaos_faults import FAULTS
    options = argparse.Namespace(**{**vars(options), "seed": options.seed + list(FAULTS).index(kind)})
    with own_folder() as folder:
        run = Run(folder, options, [kind], options.table)
        ledger = run.go()
        if ledger.faults:
            options.keep = None
            keep(run, options)
    return (kind, sum(fault.kind == kind for fault in run.past), ledger.outcomes(), ledger.merged, f"{ledger.latest:.0f} s"), ledger.faults


def table(options):
    from chaos_faults import FAULTS
    from chaos_ledger import LATE_S
    head = (f"Seed {options.seed}: each fault {options.table} times by itself, one every {options.pace:g} s on average, a tick each "
            f"{options.interval} s; late = over {LATE_S:.0f} s after the decision.\n")
    print(head, flush=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        done = list(pool.map(functools.partial(alone, options), options.only or FAULTS))
    text = show_table([line for line, _ in done], ("merged", "latest"))
    if options.into:
        put_into(options.into, f"{head}\n{text}")
    wrong = [f"{line[0]}: {fault}" for line, faults in done for fault in faults]
    print("".join(f"\nWRONG: {fault}" for fault in wrong))
    return 1 if wrong else 0


def main():
    options = arguments()
    os.environ["WATCHDOG_STAGE"] = str(options.stage)
    if os.geteuid() != 0:
        print("without root there is no name server: faults of names are left out", flush=True)
    # A Ctrl-C ends the run with all that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    return table(options) if options.table else chaos(options)


if __name__ == "__main__":
    sys.exit(main())
