#!/usr/bin/env python3
"""Random histories of containers, told as the collector tells them: events with the check that follows, lists, ticks.

Three containers crash, end, fall ill, are stopped, started, restarted, removed and deployed anew, in any order and one
thing in the middle of another.  Whatever happens:

    an alert is followed by a recovery, and a recovery follows an alert;
    a crash is told within two seconds, unless its container is told to be down already;
    what a person does to a container that was only discovered is no alarm;
    in the end, when nothing has happened for a while, what is told is so.

    histories.py [FIRST_SEED [HISTORIES]]
"""
import heapq
import itertools
import json
import random
import sys

import brain

BEGIN, ACTIVE_S, CALM_S = 1000.0, 3000, 1500
TICK_S, LIST_S = 30, 60
PACE_S = 20            # between two things that happen to somebody, on average
TOLD_S = 2.0
CHECK_S = 0.2          # from an event to its check at most
ASKED_S = 92.0         # an end so soon after a stop was asked for is what was asked for, and a stop may take 10 s
STOP_S = 12.0
NAMES = ("a", "b", "c")

BY_A_PERSON = ("stop", "start", "start", "restart", "deploy", "deploy", "remove")
BY_ITSELF = ("crash", "start", "crash", "end")
ANYTHING = BY_A_PERSON + BY_ITSELF + ("sick", "well", "well", "pause", "unpause", "unpause", "slow deploy", "start")


class Container:
    def __init__(self, name, number, rng):
        self.name, self.id = name, f"{number:064x}"
        self.state, self.code, self.health = "created", 0, ""
        self.restarts, self.checked = rng.random() < 0.5, rng.random() < 0.3
        self.crashed, self.removed = False, 0

    def seen(self):
        item = {"name": self.name, "id": self.id, "state": self.state}
        if self.state in ("exited", "restarting"):
            item["exit_code"] = self.code
        if self.state == "running" and self.health:
            item["health"] = self.health
        return item


class History:
    """What happens, and the trace that a collector would make of it."""

    def __init__(self, seed, named, kinds):
        self.rng, self.named, self.kinds = random.Random(seed), named, kinds
        self.now, self.over = BEGIN, False
        self.trace, self.crashes, self.asked = [], [], []
        self.due, self.serial = [], itertools.count(1)
        self.waiting = {}       # id -> events whose check is still to come
        self.listed = -LIST_S
        self.there = {name: self.made(name) for name in NAMES}
        for c in self.there.values():
            c.state = "running"
        self.later(0, self.tick)
        self.later(40, self.happen)
        while self.due:
            self.now, _, what = heapq.heappop(self.due)
            what()

    def made(self, name):
        return Container(name, next(self.serial), self.rng)

    def later(self, seconds, what):
        heapq.heappush(self.due, (self.now + seconds, next(self.serial), what))

    def is_there(self, c):
        return self.there.get(c.name) is c

    # --- what the collector makes of it ---

    def event(self, c, act=None, **more):
        """docker tells of c; without an act, that its health has changed."""
        if c.id not in self.waiting:
            self.waiting[c.id] = []
            self.later(self.rng.choice((0.003, 0.02, 0.2)), lambda: self.check(c))
        if act:
            self.waiting[c.id].append((self.now, {"act": act, "id": c.id, "name": c.name, **more}))

    def aged(self, events):
        return [{**e, "age": round(self.now - at, 4)} for at, e in events]

    def check(self, c):
        events = self.aged(self.waiting.pop(c.id))
        found = c.seen() if self.is_there(c) else None
        self.trace.append({"now": self.now, "partial": True, "events": events, "checks": [{"id": c.id, "container": found}]})

    def tick(self):
        line = {"now": self.now, "docker": True, "docker_events": True}
        whole = self.now - self.listed >= LIST_S
        if whole or self.named:
            line["containers"] = [c.seen() for c in self.there.values()]
            # What waits for its check is told before a list.
            line["events"] = self.aged(e for events in self.waiting.values() for e in events)
            self.waiting = {i: [] for i in self.waiting}
        if whole:
            self.listed = self.now
        elif self.named:
            line["list_partial"] = True
            line["containers"] += [{"name": n, "state": "missing"} for n in NAMES if n not in self.there]
        self.trace.append(line)
        self.over = self.now >= BEGIN + ACTIVE_S
        if self.now < BEGIN + ACTIVE_S + CALM_S:
            self.later(TICK_S, self.tick)

    # --- what happens ---

    def happen(self):
        if self.over:
            return
        name, kind = self.rng.choice(NAMES), self.rng.choice(self.kinds)
        c = self.there.get(name)
        if c is None:
            self.create(name)
        else:
            getattr(self, kind.replace(" ", "_"))(c)
        self.later(self.rng.expovariate(1 / PACE_S) + 0.01, self.happen)

    def create(self, name, like=None):
        if name in self.there:
            return
        c = self.there[name] = self.made(name)
        c.restarts = like.restarts if like else c.restarts
        self.event(c, "created")
        self.later(0.1, lambda: self.begin(c))

    def begin(self, c):
        if not self.is_there(c) or c.state not in ("created", "exited", "restarting"):
            return
        c.state, c.health = "running", "starting" if c.checked else ""
        self.event(c, "started")
        if c.checked:
            self.later(3, lambda: c.health == "starting" and self.well(c))

    def die(self, c, code, crashed):
        c.state, c.code, c.health, c.crashed = "exited", code, "", crashed
        self.event(c, "died", exit_code=code)

    def crash(self, c, codes=(1, 2, 137)):
        if c.state != "running":
            return
        self.die(c, self.rng.choice(codes), codes != (0,))
        if c.crashed:
            self.crashes.append((self.now, c))
        if c.restarts:
            c.state = "restarting"
            self.later(self.rng.choice((0.1, 0.4, 1.6, 10, 30)), lambda: c.state == "restarting" and self.begin(c))

    def end(self, c):
        if not c.restarts:
            self.crash(c, codes=(0,))

    def stop(self, c, then=None):
        """It ends after a while, though something else may end it before."""
        then = then or (lambda: None)
        if c.state not in ("running", "restarting", "paused"):
            then()
            return
        self.asked.append((self.now, c.name))
        self.event(c, "stop_asked", signal=15)
        if c.state == "restarting":
            c.state, c.crashed = "exited", False
            self.later(0.05, then)
            return

        def ends():
            if self.is_there(c) and c.state in ("running", "paused"):
                self.die(c, self.rng.choice((0, 1, 137, 143)), False)
                self.event(c, "stop_asked")
            self.later(0.02, then)
        self.later(self.rng.choice((0.05, 1, 10)), ends)

    def start(self, c):
        if c.state in ("exited", "created"):
            self.begin(c)

    def restart(self, c):
        self.stop(c, lambda: self.start(c))

    def remove(self, c, then=None):
        def gone():
            if self.is_there(c):
                del self.there[c.name]
                c.removed = self.now
                self.event(c, "removed")
            if then:
                then()
        self.stop(c, gone)

    def deploy(self, c, pauses=(0.2, 3, 15)):
        self.remove(c, lambda: self.later(self.rng.choice(pauses), lambda: self.create(c.name, like=c)))

    def slow_deploy(self, c):
        self.deploy(c, pauses=(60,))

    def pause(self, c):
        if c.state == "running":
            c.state = "paused"
            self.event(c, "paused")

    def unpause(self, c):
        if c.state == "paused":
            c.state = "running"
            self.event(c, "unpaused")

    def turn(self, c, health):
        if self.is_there(c) and c.state == "running" and c.checked:
            c.health = health
            self.event(c)

    def sick(self, c):
        self.turn(c, "unhealthy")

    def well(self, c):
        self.turn(c, "healthy")

    # --- what must be told of it ---

    def is_down(self, name):
        c = self.there.get(name)
        if c is None:
            return self.named
        if c.state == "running":
            return c.health == "unhealthy"
        return c.state in ("paused", "restarting") or self.named or c.crashed

    def may_go_untold(self, at, c):
        """It was asked to stop at about that time; or it need not run, and was removed before anybody looked."""
        asked = any(n == c.name and -STOP_S <= at - asked <= ASKED_S for asked, n in self.asked)
        return asked or (not self.named and at <= c.removed <= at + CHECK_S)


def decisions(history):
    config = f"WATCHDOG_CONTAINERS={','.join(NAMES) if history.named else '*'}\nWATCHDOG_FLAP_CHANGES=0\n"
    code, out, err = brain.run("".join(json.dumps(line) + "\n" for line in history.trace).encode(), config)
    if code != 0 or err:
        raise brain.Wrong(f"exit code {code}: {err.decode()}")
    return [brain.decision(line) for line in out.splitlines()]


def faults(history, decided):
    """What is wrong with what was decided, a sentence each."""
    told = {name: [] for name in NAMES}     # (when, down)
    for d in decided:
        now, name = d["now"], d["key"].partition(":")[2]
        down = bool(told[name]) and told[name][-1][1]
        if down != (d["action"] != "alert"):
            yield f"at {now}: {d['action']} of {name}, which is told to be {'down' if down else 'well'}"
        told[name].append((now, d["action"] != "recovery"))
    if history.kinds is BY_A_PERSON and not history.named and decided:
        yield f"at {decided[0]['now']}: a person's doing is an alarm: {decided[0]['detail']}"
    for at, c in history.crashes:
        before = [down for now, down in told[c.name] if now <= at][-1:]
        news = any(down for now, down in told[c.name] if at < now <= at + TOLD_S)
        if before != [True] and not news and not history.may_go_untold(at, c):
            yield f"at {at}: a crash of {c.name} is not told"
    for name in NAMES:
        down = bool(told[name]) and told[name][-1][1]
        if down != history.is_down(name):
            yield f"in the end {name} is told to be {'down' if down else 'well'}, and is not"


def main(argv):
    first, count = ([int(a) for a in argv] + [1, 40][len(argv):])
    happened = failed = 0
    for seed in range(first, first + count):
        for kinds in (BY_A_PERSON, BY_ITSELF, ANYTHING):
            for named in (False, True):
                history = History(seed, named, kinds)
                decided = decisions(history)
                happened += len(decided)
                wrong = list(faults(history, decided))
                failed += bool(wrong)
                for what in wrong[:3]:
                    print(f"FAIL seed {seed}, {'named' if named else 'discovered'}, {' '.join(sorted(set(kinds)))}: {what}")
    brain.summary(f"{6 * count} random histories of containers, {happened} decisions, {failed} histories are told wrongly")
    return 1 if failed or not happened else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
