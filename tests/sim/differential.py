#!/usr/bin/env python3
"""Random traces through the brain and through the oracle: every decision must be the same.

    differential.py [first-seed [traces [ticks]]]

A difference is shrunk and printed with its seed, its configuration and a
trace that can be given to `watchdog-brain --replay` as it stands.
"""
import collections
import json
import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import brain  # noqa: E402
from oracle import Oracle  # noqa: E402

SHRINK_RUNS = 400
# What must have happened at least once, or the traces prove nothing.
EXPECTED = {(kind, action) for kind in ("orchestrator", "agent", "mem", "disk", "container", "docker", "dep", "source")
            for action in brain.ACTIONS} | {("job_failed", "alert")}


# --- worlds ---

class Fickle:
    """A value that mostly stays and now and then becomes another."""

    def __init__(self, rng, values, change):
        self.rng, self.values, self.change = rng, values, change
        self.value = rng.choice(values)

    def next(self):
        if self.rng.random() < self.change:
            self.value = self.rng.choice(self.values)
        return self.value


def random_settings(rng):
    pick = rng.choice
    s = {
        "COOLDOWN_S": pick(["60", "90", "300", "3600", "never"]),
        "RECOVER_TICKS": pick(["1", "1", "2", "3"]),
        "MEM_TICKS": pick(["1", "2", "3"]),
        "ORCH_DOWN_TICKS": pick(["1", "2", "3"]),
        "DEP_DOWN_TICKS": pick(["1", "2", "3"]),
        "CONTAINER_DOWN_TICKS": pick(["1", "1", "2"]),
        "AGENT_STALL_S": pick(["60", "120", "300"]),
        "DISK_CRIT_ENABLED": pick(["true", "true", "true", "false"]),
        "DISK_PATHS": "/,/data",
        "CONTAINERS": pick(["*", "*", "api", "api,web", "api,job"]),
        # What takes its own time is not the oracle's: see tests/sim/containers.
        "RECREATE_GRACE_S": "0", "CONTAINER_STABLE_S": "0", "LOOP_RESTARTS": "0", "STARTING_MAX_S": "0",
        "MEM_PCT": pick(["80", "90"]), "MEM_CLEAR_PCT": pick(["", "80", "70"]),
        "DISK_CLEAR_PCT": pick(["", "97", "90"]),
    }
    for kind in ("CONTAINER", "AGENT", "MEM", "DEP", "SOURCE", "DISK", "DOCKER", "ORCHESTRATOR"):
        s[f"COOLDOWN_{kind}_S"] = pick(["", "", "45", "120", "never"])
    return {"WATCHDOG_" + k: v for k, v in s.items() if v}


class World:
    def __init__(self, rng):
        self.rng, self.now = rng, rng.choice([0.0, 1000.0, 86400.5])
        self.offset = rng.choice([0.0, 0.0, -7.5, 30.0])
        self.app = Fickle(rng, ["up"] * 5 + ["down", "down", "frozen", "skew", "null", "absent"], 0.15)
        self.generated, self.failed, self.agents = self.now, 3, {}
        self.mem = Fickle(rng, [10, 50, 69.9, 70, 75, 79.9, 80, 84.9, 85, 89.9, 90, 95, 100, None], 0.4)
        self.disks = {p: Fickle(rng, [10, 50, 89.9, 90, 94.9, 95, 96.9, 97, 99, 100, None], 0.4) for p in ("/", "/data")}
        there, bare = {"mounted": True}, {"mounted": False}
        self.mounts = {"/": Fickle(rng, [{}, bare], 0.3), "/data": Fickle(rng, [{}, there, there, bare], 0.2)}
        counts = [{}, {}, {}, *({"inodes_pct": v} for v in (1, 94.9, 95, 96.9, 97, 100))]
        self.inodes = {p: Fickle(rng, counts, 0.2) for p in ("/", "/data")}
        self.docker = Fickle(rng, [True] * 6 + [False, False, None], 0.12)
        states = ["running"] * 5 + ["exited", "exited", "created", "restarting", "paused", "dead", "unknown", "absent"]
        self.states = {n: Fickle(rng, states, 0.2) for n in ("api", "web", "job", "db-1")}
        self.deps = {n: Fickle(rng, [True, True, True, False, False, None], 0.3) for n in ("git", "db")}

    def maybe(self, probability):
        return self.rng.random() < probability

    def tick(self):
        self.now = round(self.now + self.rng.choice([30, 30, 30, 15, 45, 12.25, 60, 1, 400 if self.maybe(0.1) else 30]), 3)
        t = {"now": self.now}
        self.envelope(t)
        if self.maybe(0.95):
            t["mem_used_pct"] = self.mem.next()
        if self.maybe(0.95):
            t["disks"] = [{"path": p, "used_pct": f.next(), **self.mounts[p].next(), **self.inodes[p].next()} for p, f in self.disks.items()]
        self.look_at_docker(t)
        if self.maybe(0.95):
            t["deps"] = [{"name": n, "ok": f.next(), "ms": 2.5} for n, f in self.deps.items() if self.maybe(0.95)]
        return t

    def look_at_docker(self, t):
        docker = self.docker.next()
        if self.maybe(0.05):
            return
        t["docker"] = docker
        if not docker:
            return
        t["containers"] = []
        for name, fickle in self.states.items():
            state = fickle.next()
            if state != "absent":
                t["containers"].append({
                    "name": name, "state": state, "exit_code": self.rng.choice([0, 1, 137]),
                    "health": self.rng.choice(["", "healthy", "starting", "unhealthy"]) if state != "running" or
                    self.maybe(0.3) else "healthy"})

    def envelope(self, t):
        app = self.app.next()
        if app == "absent":
            return
        if app in ("null", "down"):
            t["metrics"] = None if app == "null" else {"ok": False, "error": self.rng.choice(["timeout", "status 503"])}
            return
        if app != "frozen":
            self.move()
        if app == "skew":
            self.generated += self.rng.choice([-500, -90, -20, 20, 45, 100])
        m = {"ok": True, "generated_at": self.generated, "failed": self.failed,
             "agents": [{"run_id": r, "cpu_ticks": c} for r, c in self.agents.items()]}
        if self.maybe(0.03):
            del m[self.rng.choice(["generated_at", "failed", "agents"])]
        t["metrics"] = m

    def move(self):
        """The application has worked since the last look."""
        self.generated = max(0.0, self.now + self.offset)
        self.failed = self.rng.choice([self.failed] * 12 + [self.failed + 1, self.failed + 3, 0])
        for run_id in list(self.agents):
            if self.maybe(0.02):
                del self.agents[run_id]
            elif self.maybe(0.2):
                self.agents[run_id] += self.rng.choice([1, 100, -self.agents[run_id]])
        if self.maybe(0.2) and len(self.agents) < 5:
            self.agents[str(self.rng.randrange(8))] = self.rng.randrange(1000)


# --- comparing ---

def config_text(settings):
    return "".join(f"{k}={v}\n" for k, v in sorted(settings.items()))


def trace_text(ticks):
    return "".join(json.dumps(t) + "\n" for t in ticks)


def compare(settings, ticks, happened=None):
    """None if both agree, else (now, oracle's pairs, brain's pairs) of the first tick where they do not."""
    happened = collections.Counter() if happened is None else happened
    theirs = collections.defaultdict(list)
    for d in brain.decisions(trace_text(ticks).encode(), config_text(settings)):
        theirs[d["now"]].append((d["key"], d["action"]))
    oracle = Oracle(settings)
    for t in ticks:
        ours, got = sorted(oracle.tick(t)), sorted(theirs.pop(t["now"], []))
        happened.update((key.split(":")[0], action) for key, action in ours)
        if ours != got:
            return t["now"], ours, got
    return (min(theirs), [], theirs[min(theirs)]) if theirs else None


def smaller(ticks):
    """Every way to leave something out, big things first."""
    size = len(ticks) // 2
    while size:
        for i in range(0, len(ticks), size):
            yield ticks[:i] + ticks[i + size:]
        size //= 2
    for i, t in enumerate(ticks):
        for member in [m for m in t if m != "now"]:
            yield ticks[:i] + [{k: v for k, v in t.items() if k != member}] + ticks[i + 1:]
            if isinstance(t[member], list) and len(t[member]) > 1:
                for j in range(len(t[member])):
                    yield ticks[:i] + [{**t, member: t[member][:j] + t[member][j + 1:]}] + ticks[i + 1:]


def differs(settings, ticks):
    try:
        return compare(settings, ticks) is not None
    except brain.Wrong:
        return True


def shrink(settings, ticks):
    runs, again = 0, True
    while again:
        again = False
        for candidate in smaller(ticks):
            runs += 1
            if runs > SHRINK_RUNS:
                return ticks
            if candidate and differs(settings, candidate):
                ticks, again = candidate, True
                break
    return ticks


def report(seed, settings, ticks):
    found = compare(settings, ticks)
    if found:
        ticks = [t for t in ticks if t["now"] <= found[0]]
    ticks = shrink(settings, ticks)
    now, ours, got = compare(settings, ticks)
    print(f"FAIL seed {seed}: at {now} the contract decides {ours}, the brain {got}")
    print(config_text(settings) + trace_text(ticks), end="")


def trace(seed, length):
    rng = random.Random(seed)
    settings, world = random_settings(rng), World(rng)
    return settings, [world.tick() for _ in range(length)]


def main(argv):
    first, traces, length = ([int(a) for a in argv] + [1, 200, 200][len(argv):])
    happened, failed = collections.Counter(), []
    for seed in range(first, first + traces):
        settings, ticks = trace(seed, length)
        try:
            if compare(settings, ticks, happened):
                failed.append(seed)
                if len(failed) <= 3:
                    report(seed, settings, ticks)
        except brain.Wrong as e:
            failed.append(seed)
            print(f"FAIL seed {seed}: {e}")
    never = EXPECTED - happened.keys() if traces >= 200 and not failed else set()
    if never:
        print(f"FAIL these traces never make happen: {sorted(never)}")
    brain.summary(f"{traces} random traces of {length} ticks, {happened.total()} decisions, {len(failed)} traces differ")
    return 1 if failed or never or not happened else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
