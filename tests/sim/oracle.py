"""The contract once more, in Python, for the differential test: a tick in, (key, action) pairs out.

Written from the contract alone and on purpose in another way than the brain:
a dictionary for everything, no events, no texts, no limits.  decide() is the
old sidecar's; what surrounds it is what this program adds to it.
"""
import datetime
import fnmatch
import math

DEFAULTS = {
    "COOLDOWN_S": "3600", "ORCH_DOWN_TICKS": "3", "AGENT_STALL_S": "300", "MEM_PCT": "90", "MEM_TICKS": "2",
    "DISK_CRIT_ENABLED": "false", "DISK_CRIT_PCT": "97", "CONTAINERS": "*", "CONTAINER_DOWN_TICKS": "1",
    "DEP_DOWN_TICKS": "2", "RECOVER_TICKS": "1",
}
FROZEN_S = 300
AHEAD_S = 60
UNREAD_TICKS = 3
DOCKER_TICKS = 3


def decide(active, alerting, last, now, cooldown):
    if active and not alerting:
        return "alert"
    if active:
        return "realert" if now - last >= cooldown else None
    return "recovery" if alerting else None


def seconds(generated_at):
    """A time as a number, or None if it is none."""
    if isinstance(generated_at, str):
        try:
            return datetime.datetime.fromisoformat(generated_at.replace("Z", "+00:00")).timestamp()
        except ValueError:
            return None
    return generated_at if is_count(generated_at) else None


def is_count(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def is_percent(value):
    return is_count(value) and value <= 100


class Oracle:
    def __init__(self, settings):
        self.set = {**DEFAULTS, **{k.removeprefix("WATCHDOG_"): v for k, v in settings.items()}}
        self.looks = {}         # key -> bad looks, good looks, alerting, last alert
        self.samples = {}       # run_id -> [cpu_ticks, generated_at]
        self.failed = None
        self.generated = None
        self.frozen_since = None
        self.seen_running = set()
        self.mounted = set()    # paths where a file system of its own was seen
        self.unsettled = {}     # name -> when it came up again or was unpaused, while its health check has said nothing new
        self.stood = {}         # name -> its state at the last look that told one
        self.out = []
        self.now = 0.0

    def tick(self, t):
        self.now, self.out = t["now"], []
        if t.get("metrics") is not None:
            self.metrics(t["metrics"])
        if "mem_used_pct" in t:
            self.gauge("mem", t["mem_used_pct"], "MEM", self.count("MEM_TICKS"))
        for disk in t.get("disks") or []:
            self.disk(disk)
        if t.get("docker") is not None:
            self.look("docker", not t["docker"], DOCKER_TICKS)
        if t.get("docker") is False:  # what is found down afterwards came up again with docker itself
            self.stood = {n: s for n, s in self.stood.items() if s == "paused"}
        if t.get("docker") is not False and t.get("containers") is not None and self.set["CONTAINERS"]:
            self.containers(t["containers"])
        for dep in t.get("deps") or []:
            if dep["ok"] is not None:
                self.look("dep:" + dep["name"], not dep["ok"], self.count("DEP_DOWN_TICKS"))
        return self.out

    # --- settings ---

    def count(self, name):
        return int(self.set[name])

    def cooldown(self, key):
        value = self.set.get(f"COOLDOWN_{key.split(':')[0].upper()}_S", self.set["COOLDOWN_S"])
        return math.inf if value == "never" else float(value)

    # --- a look at a signal ---

    def state(self, key):
        return self.looks.setdefault(key, {"bad": 0, "good": 0, "alerting": False, "last": None})

    def alerting(self, key):
        return key in self.looks and self.looks[key]["alerting"]

    def look(self, key, bad, ticks=1):
        s = self.state(key)
        s["bad"], s["good"] = (s["bad"] + 1, 0) if bad else (0, s["good"] + 1)
        active = s["good"] < self.count("RECOVER_TICKS") if s["alerting"] else s["bad"] >= ticks
        action = decide(active, s["alerting"], s["last"], self.now, self.cooldown(key))
        if action:
            s["alerting"] = action != "recovery"
            s["last"] = self.now
            if action != "realert":
                s["bad"] = s["good"] = 0
            self.out.append((key, action))

    def forget(self, key):
        if self.looks.pop(key, {}).get("alerting"):
            self.out.append((key, "recovery"))

    # --- sources ---

    def unread(self, key, value_is_missing):
        self.look("source:" + key, value_is_missing, UNREAD_TICKS)

    def gauge(self, key, used, kind, ticks):
        self.unread(key, used is None)
        if used is None or not is_percent(used) or (kind == "DISK_CRIT" and self.set["DISK_CRIT_ENABLED"] != "true"):
            return
        mark = float(self.set[kind + "_PCT"])
        slack = {"MEM": 5, "DISK_CRIT": 2}[kind]
        clear = float(self.set.get(kind.removesuffix("_CRIT") + "_CLEAR_PCT", mark - slack))
        self.look(key, used >= clear if self.alerting(key) else used >= mark, ticks)

    def disk(self, disk):
        path, used = disk["path"], disk["used_pct"]
        if disk.get("mounted") is False and path in self.mounted:
            used = None
        elif disk.get("mounted") and is_percent(used):
            self.mounted.add(path)
        if is_percent(used) and is_percent(disk.get("inodes_pct")):
            used = max(used, disk["inodes_pct"])
        self.gauge("disk:" + path, used, "DISK_CRIT", 1)

    # --- the application ---

    def metrics(self, m):
        ok = m["ok"]
        generated = seconds(m.get("generated_at")) if ok else None
        if generated is not None:
            if self.frozen_since is None or generated != self.generated:
                self.frozen_since = self.now
            ok = self.now - self.frozen_since <= FROZEN_S
        self.look("orchestrator", not ok, self.count("ORCH_DOWN_TICKS"))
        if not ok:
            return
        failed = m.get("failed")
        if is_count(failed):
            if self.failed is not None and failed > self.failed:
                self.out.append(("job_failed", "alert"))
            self.failed = failed
        if generated is not None and (
                (self.generated is not None and generated < self.generated) or generated > self.now + AHEAD_S):
            self.samples = dict.fromkeys(self.samples)  # anew, whether this envelope lists agents or not
        if isinstance(m.get("agents"), list):
            self.agents(m["agents"], generated)
        if generated is not None:
            self.generated = generated

    def agents(self, agents, generated):
        present = {str(a["run_id"]): a["cpu_ticks"] for a in agents}
        for run_id in [r for r in self.samples if r not in present]:
            del self.samples[run_id]
            self.forget("agent:" + run_id)
        for run_id, ticks in present.items():
            if generated is not None and is_count(ticks):
                self.agent(run_id, ticks, generated)

    def agent(self, run_id, ticks, generated):
        key, old = "agent:" + run_id, self.samples.get(run_id)
        if old is None:  # the third: it has been seen to move
            self.samples[run_id] = [ticks, generated, False]
        elif ticks != old[0]:
            self.samples[run_id] = [ticks, generated, True]
            self.look(key, False)
        elif generated - old[1] >= float(self.set["AGENT_STALL_S"]):
            self.look(key, True)
        elif old[2] or not self.alerting(key):
            self.look(key, False)

    # --- docker ---

    def named(self, name):
        return any(fnmatch.fnmatchcase(name, g) for g in self.set["CONTAINERS"].split(",") if g != "*")

    def containers(self, items):
        discover = self.set["CONTAINERS"] == "*"
        looks = {c["name"]: c for c in items if discover or self.named(c["name"])}
        for name in [n for n in self.set["CONTAINERS"].split(",") if not set(n) & set("*?") and n not in looks]:
            looks[name] = {"name": name, "state": "missing"}
        if discover:
            for key in [k for k in self.looks if "container:" in k and k.rpartition("container:")[2] not in looks]:
                self.forget(key)
            self.seen_running &= looks.keys()
            self.stood = {n: s for n, s in self.stood.items() if n in looks}
        for name, c in looks.items():
            bad = self.bad(c, self.named(name))
            self.unread("container:" + name, bad is None and c["state"] != "running")
            if bad is not None:
                self.look("container:" + name, bad, self.count("CONTAINER_DOWN_TICKS"))

    def settled(self, c):
        """An unhealthy check is an old one for 30 s, where the container has come up again or was unpaused."""
        name, before = c["name"], self.stood.get(c["name"])
        if c["state"] == "running" and before not in (None, "running", "missing"):
            self.unsettled[name] = self.now
        if c["state"] != "running" or c.get("health") != "unhealthy":
            self.unsettled.pop(name, None)
        if c["state"] not in ("unknown",):
            self.stood[name] = c["state"]
        return self.now >= self.unsettled.get(name, -math.inf) + 30

    def bad(self, c, named):
        """Is it down?  None: cannot tell."""
        state = c["state"]
        settled = self.settled(c)
        if state in ("running", "paused", "restarting"):  # docker itself calls all three running
            self.seen_running.add(c["name"])
        if state == "running":
            return c.get("health") == "unhealthy" if settled else None
        if state in ("exited", "created"):
            return named or (c["name"] in self.seen_running and c.get("exit_code") != 0)
        if state == "restarting" and not named and c.get("exit_code") == 0:
            return False
        return {"restarting": True, "paused": True, "dead": True, "missing": True}.get(state)
