#!/usr/bin/python3
"""
What containers cost: collector and brain on a scripted engine that lists so
many of them.  For each number: private memory of both, and CPU time a tick
with a full list and a tick while docker's events come.

    tests/tools/scale.py [STAGE] [NUMBER ...]
"""

import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))
if len(sys.argv) > 1:
    os.environ["WATCHDOG_STAGE"] = sys.argv[1]

from support import proc  # noqa: E402
from support.daemon import Daemon  # noqa: E402
from support.fake_engine import FakeEngine, container  # noqa: E402
from support.wait import wait_for  # noqa: E402

NUMBERS = (10, 100, 1000, 10000)
TICKS = 10
ROLES = ("collector", "brain")


def cpu_ms(pid):
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def ticks(daemon, engine, pids, count):
    """CPU ms a tick, by role."""
    before = [cpu_ms(p) for p in pids]
    for _ in range(count):
        asked = sum("/version" in r for r in engine.requests)
        daemon.tick()
        wait_for(lambda: sum("/version" in r for r in engine.requests) > asked, "a look", 60)
        settle(pids)
    return [(cpu_ms(p) - b) / count for p, b in zip(pids, before)]


def settle(pids):
    """Until neither has run for a moment."""
    before = None
    while before != (before := [cpu_ms(p) for p in pids]):
        time.sleep(0.3)


def measure(number, resync):
    with tempfile.TemporaryDirectory(prefix="wd-scale-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        engine = FakeEngine(Path(folder) / "docker.sock")
        labels = {"com.docker.compose.project": "shop", "com.docker.compose.service": "service", "other": "x" * 500}
        engine.containers = [container(f"shop-service-{i}", Labels={**labels, "com.docker.compose.container-number": str(i)})
                             for i in range(number)]
        daemon = Daemon({"WATCHDOG_DOCKER_SOCK": engine.path, "WATCHDOG_CONTROL_SOCK": "", "WATCHDOG_INTERVAL_S": "3600",
                         "WATCHDOG_HTTP_TIMEOUT_S": "60", "WATCHDOG_DOCKER_RESYNC_S": str(resync)}, quick=False)
        try:
            roles = daemon.wait_roles(*ROLES)
            pids = [roles[r] for r in ROLES]
            wait_for(lambda: any("containers/json" in r for r in engine.requests), "the first list", 60)
            settle(pids)
            cpu = ticks(daemon, engine, pids, TICKS)
            return [proc.memory_kib(p)["private"] for p in pids], cpu
        finally:
            daemon.stop(20)
            daemon.kill()
            engine.close()


def main():
    numbers = [int(n) for n in sys.argv[2:]] or NUMBERS
    print("containers   collector KiB   brain KiB   full list: collector ms   brain ms   between: collector ms   brain ms")
    for number in numbers:
        memory, full = measure(number, 0)
        _, between = measure(number, 3600)
        print(f"{number:10}   {memory[0]:13.0f}   {memory[1]:9.0f}   {full[0]:23.1f}   {full[1]:8.1f}   "
              f"{between[0]:21.2f}   {between[1]:8.2f}", flush=True)


if __name__ == "__main__":
    main()
