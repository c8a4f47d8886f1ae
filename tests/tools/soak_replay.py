"""
So many hours of 1 s looks for the brain alone (watchdog-brain --replay), in
its own simulated time: cooldowns, flapping, crash loops, digests and silences
come as they would.
"""

import json
import subprocess
from pathlib import Path

from soak_world import Fault

NOON = 1780315200
HOUR_S = 3600
SAMPLE_S = 300
NAMES = [f"app{i}" for i in range(10)]
CONFIG = """\
WATCHDOG_HOST_NAME=host1
WATCHDOG_INTERVAL_S=1
WATCHDOG_METRICS_URL=http://127.0.0.1:8080/metrics
WATCHDOG_DEPS=router=tcp://127.0.0.1:1,git=tcp://127.0.0.1:2,mail=tcp://127.0.0.1:3
WATCHDOG_DEPENDS=dep:git>dep:router
WATCHDOG_DISK_CRIT_ENABLED=true
WATCHDOG_COOLDOWN_S=600
WATCHDOG_AGENT_STALL_S=120
WATCHDOG_MAINTENANCE=daily 03:00-03:30
"""


class Seen:
    """What is seen at each second, in the form of a recording's line."""

    def __init__(self):
        self.deps = dict.fromkeys(("router", "git", "mail"), True)
        self.mem, self.disk, self.docker, self.app, self.still = 40.0, 50.0, True, True, False
        self.running = {"name": "api", "id": "a" * 64, "state": "running"}
        self.api, self.events = self.running, []
        self.faults = [
            *(Fault(name, period, bad, {"down": lambda name=name: self.deps.update({name: False})},
                    lambda name=name: self.deps.update({name: True}))
              for name, period, bad in (("router", 5000, 200), ("git", 700, 90), ("mail", 31, 9))),
            self._value("mem", 900, 100, 95.0), self._value("disk", 2000, 500, 98.0), self._value("docker", 3000, 60, False),
            self._value("app", 1300, 150, False), self._value("still", 4000, 300, True),
            Fault("api", 400, 60, {
                "crashed": lambda: self._api("exited", "died", exit_code=137), "paused": lambda: self._api("paused", "paused"),
                "ill": lambda: self._api("running", health="unhealthy")}, lambda: self._api("running", "started")),
            Fault("loop", 3600, 1, {"crash loop": lambda: self.events.extend(
                {"act": act, "name": "api", "id": "a" * 64, "age": age} for n in range(5) for act, age in (("died", 9 - n), ("started", 8.5 - n)))}),
        ]

    def _value(self, name, period, bad, wrong):
        well = getattr(self, name)
        return Fault(name, period, bad, {"bad": lambda: setattr(self, name, wrong)}, lambda: setattr(self, name, well))

    def _api(self, state, act=None, **more):
        self.api = {**self.running, "state": state, **more}
        self.events += [{"act": act, "name": "api", "id": "a" * 64, "age": 0.5}] if act else []

    def _orders(self, second):
        words = {500: ["ack", "dep:mail", "soak"], 900: ["silence", f"container:job-{second // 50}*", "90s"]}.get(second % 1000)
        return {"operator": [{"who": "root", "words": words}]} if words else {}

    def line(self, second):
        self.events = []
        for fault in self.faults:
            fault.turn(second, False)
        containers = [{"name": name, "id": f"{i:064x}", "state": "running"} for i, name in enumerate(NAMES)] + [self.api]
        if 10 <= second % 50 < 40:
            state = {"state": "running"} if second % 50 < 30 else {"state": "exited", "exit_code": second // 50 % 2}
            containers.append({"name": f"job-{second // 50}", "id": f"{second // 50 + 100:064x}", **state})
        metrics = {"ok": True, "generated_at": NOON + second, "failed": second // 200, "agents": [
            {"run_id": str(second // 60 + i), "name": "developer", "cpu_ticks": 0 if self.still else second} for i in range(5)]}
        return {"now": 1000 + second, "wall": NOON + second, "mem_used_pct": self.mem, "disks": [{"path": "/", "used_pct": self.disk}],
                "metrics": metrics if self.app else {"ok": False, "error": "connection refused"},
                "deps": [{"name": name, "ok": ok, "ms": 1.0} for name, ok in self.deps.items()], **self._orders(second),
                **({"docker": True, "events": self.events, "containers": containers} if self.docker else {"docker": False})}


def count(output):
    """Decisions and messages of what a replay has written."""
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    return sum("key" in line for line in lines), sum("message" in line for line in lines)


def replay(brain, folder, hours, sample):
    """Play it; sample(second, pid) every SAMPLE_S.  Returns the exit status, decisions, messages."""
    config, output = Path(folder) / "replay.conf", Path(folder) / "replay.out"
    config.write_text(CONFIG)
    seen = Seen()
    with open(output, "wb") as out:
        process = subprocess.Popen([str(brain), "--replay", "--messages", "-f", str(config)], stdin=subprocess.PIPE, stdout=out,
                                   env={"TZ": "UTC", "PATH": "/usr/bin:/bin"})
        for second in range(int(hours * HOUR_S)):
            process.stdin.write(json.dumps(seen.line(second)).encode() + b"\n")
            if second % SAMPLE_S == 0:
                process.stdin.flush()
                sample(second, process.pid)
        process.stdin.close()
        status = process.wait()
    return status, *count(output)
