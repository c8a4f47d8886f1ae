#!/usr/bin/python3
"""
From a crash to Telegram: the first process of a container is killed from the
host (SIGKILL), and the clock stops when the request arrives at a scripted
Telegram.  A real engine, the staged daemon, default settings.

    tests/tools/latency.py [STAGE] [ROUNDS]

Prints what the engine takes (to its "die" event), what we take, and the sum.
Exit 1 if the sum's median is 250 ms or more.
"""

import json
import os
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))
if len(sys.argv) > 1:
    os.environ["WATCHDOG_STAGE"] = sys.argv[1]

from support.daemon import Daemon  # noqa: E402
from support.engine import Engine, why_not  # noqa: E402
from support.telegram import Telegram  # noqa: E402
from support.tls import Authority  # noqa: E402
from support.wait import wait_for  # noqa: E402

ROUNDS = 20
GOAL_MS = 250
PAUSE_S = 2.5  # one chat takes a message a second
CHAT = "4242"


class Events(threading.Thread):
    """When each container's "die" came out of the engine."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(path))
        self.sock.sendall(b'GET /events?filters={"event":["die"]} HTTP/1.0\r\n\r\n')
        self.died = {}
        self.start()

    def run(self):
        for line in self.sock.makefile("rb"):
            if line.startswith(b"{"):
                self.died[json.loads(line)["Actor"]["Attributes"]["name"]] = time.monotonic()


def one_round(engine, events, telegram, name):
    pid = int(engine.docker("inspect", "-f", "{{.State.Pid}}", name))
    killed = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    told = telegram.wait(rf"container {name}: ", timeout=60).time
    wait_for(lambda: name in events.died, "the engine's own event")
    return (events.died[name] - killed) * 1000, (told - killed) * 1000


def show(what, figures):
    ordered = sorted(figures)
    print(f"{what:28} median {statistics.median(ordered):6.1f}  min {ordered[0]:6.1f}  "
          f"90 % {ordered[int(len(ordered) * 0.9) - 1]:6.1f}  max {ordered[-1]:6.1f}  ms")


def measure(engine, telegram, authority, rounds):
    names = [f"victim{i}" for i in range(rounds)]
    for name in names:
        engine.run(name)
    daemon = Daemon({"WATCHDOG_TG_BOT_TOKEN": telegram.TOKEN, "WATCHDOG_TG_CHAT_ID": CHAT, "WATCHDOG_TG_CA_FILE": authority.ca_file,
                     "WATCHDOG_TG_API_URL": telegram.url(host="localhost"), "WATCHDOG_DOCKER_SOCK": engine.sock,
                     "WATCHDOG_CONTROL_SOCK": ""}, "-v", quick=False)
    try:
        daemon.wait_log(rf"container:{names[-1]}", timeout=30)
        events = Events(engine.sock)
        figures = []
        for name in names:
            time.sleep(PAUSE_S)
            figures.append(one_round(engine, events, telegram, name))
    except AssertionError:
        print(daemon.story(), telegram.story(), sep="\n")
        raise
    finally:
        daemon.stop()
        daemon.kill()
    return figures


def measured(rounds):
    """Milliseconds of each round: to the engine's event, to the request."""
    with tempfile.TemporaryDirectory(prefix="wd-") as tls:
        authority = Authority(Path(tls))
        telegram = Telegram(authority)
        telegram.chats.add(CHAT)
        engine = Engine(tempfile.mkdtemp(prefix="wd-engine-", dir="/tmp"))
        try:
            return measure(engine, telegram, authority, rounds)
        finally:
            engine.close()
            telegram.close()


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    reason = why_not()
    if reason:
        sys.exit(f"latency: {reason}")
    figures = measured(rounds)
    print(f"{rounds} containers, SIGKILL of the first process, default settings")
    show("engine: to its event", [e for e, _ in figures])
    show("watchdog: event to Telegram", [t - e for e, t in figures])
    show("in all", [t for _, t in figures])
    sys.exit(statistics.median(t for _, t in figures) >= GOAL_MS)


if __name__ == "__main__":
    main()
