#!/usr/bin/python3
"""
Two hours of a bad afternoon in simulated time: what was seen goes into the
real brain (watchdog-brain --replay), and what would have left for Telegram is
printed.  Exit 0 if every incident was told and closed, and the chat stayed
calm: far fewer messages than changes.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOUR = 3600
TICK = 30
NOON = 1780315200  # 2026-06-01 12:00 UTC
CONFIG = """\
WATCHDOG_HOST_NAME=host1
WATCHDOG_METRICS_URL=http://127.0.0.1:8080/metrics
WATCHDOG_DEPS={deps}
WATCHDOG_DEPENDS={depends}
WATCHDOG_DISK_CRIT_ENABLED=true
WATCHDOG_MAINTENANCE=daily 13:30-13:40
WATCHDOG_FLAP_WINDOW_S=600
"""
BEHIND_ROUTER = [f"shop{n}" for n in range(1, 13)]


def during(t, *spans):
    """True if minute t lies in one of the spans."""
    return any(begin <= t < end for begin, end in spans)


class Afternoon:
    """What each source says at minute t.  (Each method is one strand of the story.)"""

    def mem(self, t):
        """Creeps up from 13:05, is over the mark at 13:20, let go at 13:28."""
        return 41.0 if t < 65 else min(96.0, 41.0 + (t - 65) * 3.6) if t < 88 else 47.0

    def disk(self, t):
        return min(98.0, 90.0 + t / 13) if t < 118 else 71.0

    def metrics(self, t):
        """The application restarts for half a minute (no word of it), and is down from 12:40 to 12:52."""
        if during(t, (15, 15.5), (40, 52)):
            return {"ok": False, "error": "connection refused"}
        return {"ok": True, "generated_at": NOON + 60 * t, "failed": 3 if t < 30 else 7,
                "agents": [{"run_id": "41", "name": "developer", "cpu_ticks": 1000 + 60 * t}]}

    def deps(self, t):
        """The router takes twelve shops with it; git flaps."""
        router = not during(t, (20, 33))
        git = t < 92 or t >= 106 or int(t - 92) % 2 == 0
        seen = [{"name": "router", "ok": router, "ms": 1.0}, {"name": "git", "ok": git, "ms": 2.0}]
        return seen + [{"name": name, "ok": router, "ms": 3.0} for name in BEHIND_ROUTER]

    def containers(self, t):
        api, events = self._api(t)
        web, deployed = self._web(t)
        return [api, web, {"name": "db", "id": "c" * 64, "state": "running", "health": "healthy"}], events + deployed

    def _api(self, t):
        """A crash at 12:06, and at 12:57 a crash loop of six."""
        loop = [57 + n / 2 for n in range(6)]
        events = [{"act": act, "name": "api", "id": "a" * 64, "age": age}
                  for at in [6, *loop] for act, age in (("died", 6.0), ("started", 4.0)) if t == at]
        return {"name": "api", "id": "a" * 64, "state": "running"}, events

    def _web(self, t):
        """Deployed at 12:11: stopped, removed, there again under its name."""
        old, new = "b" * 64, "d" * 64
        if t == 11:
            return self._absent(), [{"act": act, "name": "web", "id": old, "age": 1.0} for act in ("stop_asked", "died", "removed")]
        return {"name": "web", "id": old if t < 11 else new, "state": "running"}, []

    @staticmethod
    def _absent():
        return None

    def line(self, t):
        containers, events = self.containers(t)
        return {"now": 1000 + 60 * t, "wall": NOON + 60 * t, "mem_used_pct": self.mem(t),
                "disks": [{"path": "/", "used_pct": self.disk(t)}], "metrics": self.metrics(t), "deps": self.deps(t),
                "docker": True, "events": events, "containers": [c for c in containers if c]}


def play(brain):
    minutes = [n * TICK / 60 for n in range(2 * HOUR // TICK + 1)]
    trace = "".join(json.dumps(Afternoon().line(t)) + "\n" for t in minutes)
    names = ["router", "git", *BEHIND_ROUTER]
    config = CONFIG.format(deps=",".join(f"{n}=tcp://{n}:1" for n in names),
                           depends=",".join(f"dep:{n}>dep:router" for n in BEHIND_ROUTER))
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as f:
        f.write(config)
        f.flush()
        done = subprocess.run([brain, "--replay", "--messages", "-f", f.name], input=trace, text=True, check=True,
                              env={"PATH": os.environ["PATH"], "TZ": "UTC"}, stdout=subprocess.PIPE)
    return [json.loads(line) for line in done.stdout.splitlines()]


def judge(said, messages):
    """What is wrong, or None."""
    text = "\n".join(messages)
    told = ("memory", "disk /", "orchestrator", "dep router", "🌀 dep git", "container api: crash loop", "job_failed")
    missing = [s for s in told if s not in text]
    if missing:
        return f"nothing was said of {', '.join(missing)}"
    open_at_end = {s["key"] for s in said if "key" in s and s["action"] == "alert" and s["key"] != "job_failed"} - {
        s["key"] for s in said if "key" in s and s["action"] == "recovery"}
    if open_at_end:
        return f"never closed: {', '.join(sorted(open_at_end))}"
    if "container web" in text or any(f"🔴 dep {n}" in text for n in BEHIND_ROUTER):
        return "a deploy, or an effect of the router's, was told"
    return None


def main():
    top = Path(os.environ.get("TOP_BUILDDIR", Path(__file__).parents[2] / "build"))
    brain = sys.argv[1] if len(sys.argv) > 1 else str(top / "watchdog-brain")
    said = play(brain)
    messages = [s["message"] for s in said if "message" in s]
    for s in said:
        if "message" in s:
            print(time.strftime("--- %H:%M:%S", time.gmtime(NOON + s["now"] - 1000)))
            print(s["message"])
    changes = sum(1 for s in said if "key" in s)
    print(f"--- two hours: {changes} decisions, {len(messages)} messages")
    wrong = judge(said, messages)
    if wrong:
        print(f"demo: {wrong}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
