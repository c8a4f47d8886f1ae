#!/usr/bin/python3
"""
The real daemon at one tick a second beside scripted peers that keep failing
and coming back.  Prints memory and open descriptors of every process over
time, and the slope of each.  Exit 1 if a process died, or if memory or
descriptors grew.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

# A process needs some time to reach its size, and a slope needs some to mean anything.
WARM_UP_S = 300
JUDGED_S = 300
SLOPE_MAX_KIB_PER_H = 256
NOISE_KIB = 64


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("stage", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    return parser.parse_args()


class World:
    """Every kind of source, each failing and coming back in its own rhythm."""

    def __init__(self, folder):
        from support.application import Application
        from support.dependency import Dependency
        from support.fake_engine import FakeEngine, container
        from support.telegram import Telegram
        from support.tls import Authority
        self.container = container
        authority = Authority(folder)
        self.telegram = Telegram(authority)
        self.app = Application(authority.server_context())
        self.web, self.tcp = Dependency(authority.server_context()), Dependency()
        self.engine = FakeEngine(folder / "docker.sock")
        self.keys = {
            "WATCHDOG_TG_BOT_TOKEN": Telegram.TOKEN, "WATCHDOG_TG_CHAT_ID": Telegram.CHAT.lstrip("-"),
            "WATCHDOG_TG_API_URL": self.telegram.url(host="localhost"), "WATCHDOG_CA_FILE": authority.ca_file,
            "WATCHDOG_METRICS_URL": self.app.metrics_url("localhost"),
            "WATCHDOG_DEPS": f"web={self.web.url('/', 'localhost')},tcp={self.tcp.tcp()}",
            "WATCHDOG_CONTAINERS": "*", "WATCHDOG_DOCKER_SOCK": self.engine.path, "WATCHDOG_COOLDOWN_S": "30",
            "WATCHDOG_INTERVAL_S": "1", "WATCHDOG_FLAP_CHANGES": "0",
        }
        self.telegram.chats = {self.keys["WATCHDOG_TG_CHAT_ID"]}
        self.down = set()
        self.turn(0)

    def _switch(self, name, peer, bad):
        if bad and name not in self.down:
            peer.down()
            self.down.add(name)
        elif not bad and name in self.down:
            peer.up()
            self.down.discard(name)

    def turn(self, second):
        """What is wrong at this second; called once a second."""
        from support import telegram as tg
        self._switch("app", self.app, second % 60 >= 45)
        self._switch("web", self.web, second % 90 >= 70)
        self._switch("tcp", self.tcp, second % 40 >= 30)
        self.app.agents = {str(i): second for i in range(20)}
        crashed = second % 50 >= 40
        self.engine.containers = [self.container(f"app{i}") for i in range(30)] + [
            self.container("api", "exited", exit_code=1) if crashed else self.container("api", health="healthy")]
        if second % 120 == 100:
            self.telegram.script(tg.server_error, tg.too_many(2), tg.reset)
        # The peers are not what is measured: they forget.
        del self.telegram.attempts[:-1000], self.telegram.requests[:-10], self.engine.requests[:-10]
        self.engine.received = b""


def sample(daemon):
    from support import proc
    return {name: {**proc.memory_kib(pid), "fds": len(proc.descriptors(pid)), "pid": pid} for name, pid in daemon.all_pids().items()}


def show(second, samples):
    for name, figures in samples.items():
        print(f"{second / 60:8.1f}  {name:10} {figures['pid']:8} {figures['rss']:8} {figures['pss']:8} {figures['private']:8}"
              f" {figures['fds']:5}", flush=True)


def slope(points):
    """Least squares, a unit an hour."""
    n = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    above = sum((x - mean_x) * (y - mean_y) for x, y in points)
    below = sum((x - mean_x) ** 2 for x, _ in points)
    return above / below * 3600 if below else 0.0


def judge(history):
    """Print the slopes; True if nothing grew."""
    well = True
    judged = history[-1][0] >= WARM_UP_S + JUDGED_S
    settled = [(second, samples) for second, samples in history if second >= WARM_UP_S] if judged else history
    print("" if judged else f"\nunder {(WARM_UP_S + JUDGED_S) / 60:.0f} minutes: processes are still warming up, memory is not judged")
    print(f"{'process':10} {'private KiB/h':>14} {'RSS KiB/h':>10} {'fds first':>10} {'fds last':>9}")
    for name in settled[0][1]:
        points = [(second, figures[name]) for second, figures in settled if name in figures]
        private = slope([(second, f["private"]) for second, f in points])
        rss = slope([(second, f["rss"]) for second, f in points])
        low, last = min(f["fds"] for _, f in points), points[-1][1]["fds"]
        grown = points[-1][1]["private"] - points[0][1]["private"]
        bad = judged and ((private > SLOPE_MAX_KIB_PER_H and grown > NOISE_KIB) or last > low + 4)
        well = well and not bad
        print(f"{name:10} {private:14.1f} {rss:10.1f} {points[0][1]['fds']:10} {last:9}{'  GROWS' if bad else ''}")
    return well


def soak(daemon, world, minutes):
    print(f"{'minute':>8}  {'process':10} {'pid':>8} {'RSS':>8} {'PSS':>8} {'private':>8} {'fds':>5}    (KiB)")
    history, began, every = [], time.monotonic(), max(5, minutes * 60 / 40)
    second = 0
    while daemon.running and time.monotonic() - began < minutes * 60:
        world.turn(second)
        if second % int(every) == 0:
            history.append((time.monotonic() - began, sample(daemon)))
            show(*history[-1])
        second += 1
        time.sleep(max(0, began + second - time.monotonic()))
    return history


def main():
    given = arguments()
    os.environ["WATCHDOG_STAGE"] = str(given.stage)
    from support.daemon import Daemon
    with tempfile.TemporaryDirectory(prefix="wd-") as folder:
        os.chmod(folder, 0o755)
        world = World(Path(folder))
        daemon = Daemon(world.keys)
        try:
            daemon.wait_roles("collector", "brain", "notifier")
            first = daemon.all_pids()
            history = soak(daemon, world, given.minutes)
            same = daemon.running and {k: v for k, v in daemon.all_pids().items() if k in first} == first
            well = judge(history) and same
        finally:
            if daemon.running:
                daemon.signal(signal.SIGTERM)
                daemon.wait_exit()
            daemon.kill()
    print(f"messages taken: {world.telegram.message_id}; every process lived: {'yes' if same else 'NO'}")
    if not same:
        print(daemon.log)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
