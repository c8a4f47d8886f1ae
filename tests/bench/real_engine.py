"""What a real docker engine spends on being asked, beside what we spend on asking it."""

import tempfile
import time

LISTED = (10, 100, 400)
TICKS = 20


class Cost:
    """CPU time of the engine's processes and of ours since a moment."""

    def __init__(self, cpu_seconds, engine_pids, our_pids):
        self.cpu_seconds, self.pids = cpu_seconds, (engine_pids, our_pids)
        self.before = self._now()

    def _now(self):
        return [self.cpu_seconds(pids) for pids in self.pids]

    def ms(self):
        return [(now - before) * 1000 for now, before in zip(self._now(), self.before)]


def engine_pids(engine):
    return [engine.process.pid, engine.containerd()]


def daemon_on(engine, interval):
    from support.daemon import Daemon
    keys = {"INTERVAL_S": interval, "HTTP_TIMEOUT_S": 60, "DOCKER_RESYNC_S": 0, "CONTROL_SOCK": "", "START_MESSAGE": "never"}
    daemon = Daemon({**engine.keys("*"), **{f"WATCHDOG_{k}": str(v) for k, v in keys.items()}}, "-v", quick=False)
    daemon.wait_roles("collector", "brain")
    return daemon


def watched(engine, cpu_seconds, minutes):
    """CPU seconds a minute: of the engine that nobody asks, of the engine that we ask every 10 s, and ours."""
    alone = Cost(cpu_seconds, engine_pids(engine), [])
    time.sleep(minutes * 60)
    alone = alone.ms()[0]
    daemon = daemon_on(engine, 10)
    time.sleep(15)
    cost = Cost(cpu_seconds, engine_pids(engine), daemon.all_pids().values())
    time.sleep(minutes * 60)
    asked, ours = cost.ms()
    daemon.stop(20)
    return [ms / 1000 / minutes for ms in (alone, asked, ours)]


def a_tick(engine, cpu_seconds):
    """CPU milliseconds of a tick with a full list: the engine's, ours."""
    daemon = daemon_on(engine, 3600)
    time.sleep(5)
    cost = Cost(cpu_seconds, engine_pids(engine), daemon.all_pids().values())
    for _ in range(TICKS):
        daemon.tick()
        time.sleep(1)
    both = [ms / TICKS for ms in cost.ms()]
    daemon.stop(20)
    return both


def chapter(args, out, cpu_seconds):
    from support import engine as real
    out("\n## A real engine's part\n")
    reason = real.why_not()
    if reason:
        out(f"Not measured: {reason}.")
        return
    engine = real.Engine(tempfile.mkdtemp(prefix="wd-bench-engine-", dir="/tmp"))
    try:
        for n in range(LISTED[0]):
            engine.run(f"c{n}")
        alone, asked, ours = watched(engine, cpu_seconds, args.minutes)
        out(f"dockerd and containerd with {LISTED[0]} containers, CPU seconds a minute: {alone:.3f} while nobody asks, {asked:.3f} while we ask every 10 s "
            f"with a full list each time; we {ours:.4f}.\n")
        out("| containers in a full list | the engine's CPU a tick | ours |\n|---|---|---|")
        for before, listed in zip((LISTED[0], *LISTED), LISTED):
            for n in range(before, listed):
                engine.docker("create", "--name", f"c{n}", "--network", "none", real.IMAGE, "sleep", "1")
            its, ours = a_tick(engine, cpu_seconds)
            out(f"| {listed} | {its:.2f} ms | {ours:.2f} ms |")
    finally:
        engine.close()
