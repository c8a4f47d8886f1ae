"""
The world of a chaos run: scripted peers, and what is truly wrong with them.
A signal is made bad and well again; it stays so until the daemon has had
enough undisturbed looks at it that it must have decided.
"""

import os
import random
import re
import time

from support import application
from support import fake_engine as fake
from support import name_server
from support.application import Application
from support.dependency import Dependency
from support.fake_engine import FakeEngine, container
from support.telegram import Telegram
from support.tls import Authority

CHATS = ("100200300", "100200400")
LOOKS = 5          # ticks begun since the last disturbance; docker takes three whole looks, the others two
LOOKS_AT_MOST = 40  # who has not decided by then never will
ADDRESS = "127.0.0.1"
ZONE = {"telegram.test": [ADDRESS], "app.test": [ADDRESS], "web.test": [ADDRESS]}
CONTAINERS = ("api", "db", "worker")
SHOWN = re.compile(r"(🔴|🟢) (.+?): ")
AGAIN = re.compile(r", told late$| \(\d\d:\d\d\)$")  # what a line gets when it is composed once more
MEMINFO = "MemTotal:       1000000 kB\nMemAvailable:   {:7d} kB\n"

# Those that change what is told when are off: a ledger of each incident is kept.  Some are newer than others.
CALM = {
    "WATCHDOG_START_MESSAGE": "never",
    "WATCHDOG_FLAP_CHANGES": "0",
    "WATCHDOG_RECREATE_GRACE_S": "0",
    "WATCHDOG_LOOP_RESTARTS": "0",
    "WATCHDOG_CONTAINER_STABLE_S": "0",
}


def can_serve_names():
    """A port below 1024, and a resolv.conf that only the daemon sees."""
    return os.geteuid() == 0


def reset(peer):
    """Every connection ends by RST, those that are open already too."""
    peer.reset_at_accept = True
    peer.drop()


class Incident:
    def __init__(self, subject, mode):
        self.subject, self.mode = subject, mode
        self.began, self.ended = time.monotonic(), None


class Signal:
    """One thing that can be wrong; modes: name -> what makes it so."""

    def __init__(self, world, subject, key, modes, heal, docker=False, named=False):
        self.world, self.subject, self.key = world, subject, key
        self.modes, self.heal, self.docker, self.named = modes, heal, docker, named
        self.random = random.Random(f"{world.seed} {subject}")
        self.incidents = []
        self.bad = False
        self.undisturbed_since = 0
        self._plan()

    def _plan(self):
        self.mode = self.random.choice(sorted(self.modes))
        self.rest = self.random.uniform(0, 6)
        self.at = time.monotonic() + self.rest

    def disturb(self):
        """What was seen until now may have been forgotten."""
        self.undisturbed_since = self.world.ticks

    @property
    def looks(self):
        return self.world.ticks - self.undisturbed_since

    def begin(self):
        self.bad = True
        self.incidents.append(Incident(self.subject, self.mode))
        self.modes[self.mode]()
        self._turned()

    def end(self):
        self.bad = False
        self.heal()
        self.incidents[-1].ended = time.monotonic()
        self._turned()

    def _turned(self):
        self._plan()
        self.disturb()

    def settled(self, decided):
        """
        The daemon has decided, and kept what it decided: what leaves has been kept before; else there were looks enough.
        decided: when it logged what it must decide of the signal as it is, or None.
        """
        at = decided(self)
        if at is not None and self.world.shown.get((self.subject, self.bad), 0) >= at:
            return True
        return self.looks >= LOOKS and (at is not None or self.looks >= LOOKS_AT_MOST)


class TimedTelegram(Telegram):
    """Knows when it had answered."""

    def __init__(self, authority):
        super().__init__(authority)
        self.chats = set(CHATS)

    def respond(self, connection, request):
        before = len(self.attempts)
        try:
            super().respond(connection, request)
        finally:
            for attempt in self.attempts[before:]:
                if attempt.time == request.time:
                    attempt.answered = time.monotonic()


class World:
    def __init__(self, folder, seed):
        self.seed, self.folder = seed, folder
        for name in ("ca", "other", "proc"):
            (folder / name).mkdir()
        self.authority, self.stranger = Authority(folder / "ca"), Authority(folder / "other")
        self.telegram = TimedTelegram(self.authority)
        self.names = name_server.start_somewhere(ZONE) if can_serve_names() else None
        self.through = name_server.asking(self.names, folder / "resolv.conf") if self.names else ()
        self.app = Application()
        self.tcp, self.web, self.beacon = Dependency(), Dependency(self.authority.server_context()), Dependency()
        self.engine = FakeEngine(folder / "docker.sock")
        self.engine.containers = [container(name) for name in CONTAINERS]
        self.memory(40)
        self.signals = [*self._network(), *self._host(), *self._docker()]
        self.jobs = 0
        self.jobs_random = random.Random(f"{seed} jobs")
        self.jobs_at = time.monotonic() + 5
        self.shown, self.read, self.known = {}, 0, set()
        self.engine_faults = 0  # a passing fault holds the engine
        self.file, self.timeout = folder / "watchdog.conf", "2"
        self.configure()

    # --- the configuration ---

    def configure(self, broken=False):
        lines = ["# chaos", f"WATCHDOG_HTTP_TIMEOUT_S={self.timeout}"]
        self.file.write_text("\n".join([*lines, "WATCHDOG_MEM_PCT=9O" if broken else "WATCHDOG_MEM_PCT=90", ""]))

    @property
    def carried(self):
        """What the daemon reaches over its network, for all that it knows: the others are on the loopback, or no dependencies."""
        return {"dep web"} if self.names else set()

    def host(self, name):
        """What telegram, app and web are called in the configuration."""
        return f"{name}.test" if self.names else "localhost"

    def keys(self, interval):
        return {
            **CALM,
            "WATCHDOG_INTERVAL_S": interval, "WATCHDOG_COOLDOWN_S": "never", "WATCHDOG_HOST_NAME": "host1",
            "WATCHDOG_LANG": "en",
            "WATCHDOG_TG_BOT_TOKEN": Telegram.TOKEN, "WATCHDOG_TG_CHAT_ID": ",".join(CHATS),
            "WATCHDOG_TG_API_URL": self.telegram.url(host=self.host("telegram")), "WATCHDOG_CA_FILE": self.authority.ca_file,
            "WATCHDOG_METRICS_URL": self.app.metrics_url(self.host("app")), "WATCHDOG_ORCH_DOWN_TICKS": "2", "WATCHDOG_DEP_DOWN_TICKS": "2",
            "WATCHDOG_DEPS": f"git={self.tcp.tcp()},web={self.web.url('/', self.host('web'))},beacon={self.beacon.url('/')}",
            "WATCHDOG_PROC_PATH": self.folder / "proc", "WATCHDOG_MEM_TICKS": "2",
            "WATCHDOG_CONTAINERS": ",".join(CONTAINERS), "WATCHDOG_DOCKER_SOCK": self.engine.path,
        }

    # --- what can be wrong ---

    @property
    def ticks(self):
        """Each tick pings the beacon, which is always well; without a brain there are no ticks."""
        return self.beacon.pings

    def memory(self, used):
        path = self.folder / "proc" / "meminfo"
        with open(path, "r+" if path.exists() else "w", encoding="ascii") as f:
            f.write(MEMINFO.format((100 - used) * 10000))

    def _network(self):
        app, web, tcp = self.app, self.web, self.tcp

        def well_app():
            app.behave = None
            app.reset_at_accept = False
            if self.app_is_down:
                app.up()
            self.app_is_down = False

        def down_app():
            app.down()
            self.app_is_down = True
        self.app_is_down = False
        app_modes = {
            "refused": down_app, "hang": lambda: setattr(app, "behave", application.hang),
            "garbage": lambda: setattr(app, "behave", application.not_http),
            "500": lambda: setattr(app, "behave", application.status_500),
            "truncated": lambda: setattr(app, "behave", application.truncated),
            "reset": lambda: reset(app),
        }

        def well_web():
            web.status, web.hanging, web.reset_at_accept = "200 OK", False, False
        web_modes = {
            "503": lambda: setattr(web, "status", "503 Service Unavailable"),
            "hang": lambda: setattr(web, "hanging", True), "reset": lambda: reset(web),
        }
        return [Signal(self, "orchestrator", "orchestrator", app_modes, well_app, named=True),
                Signal(self, "dep web", "dep:web", web_modes, well_web, named=True),
                Signal(self, "dep git", "dep:git", {"refused": tcp.down}, tcp.up)]

    def _host(self):
        return [Signal(self, "memory", "mem", {"over": lambda: self.memory(95)}, lambda: self.memory(40))]

    def _docker(self):
        ways = {"exited": ("exited", {"exit_code": 137}), "paused": ("paused", {}), "restarting": ("restarting", {"exit_code": 1}),
                "unhealthy": ("running", {"health": "unhealthy"}), "dead": ("dead", {})}

        def put(name, state="running", more=None):
            others = [c for c in self.engine.containers if c["Names"] != [f"/{name}"]]
            self.engine.containers = others + ([container(name, state, **(more or {}))] if state else [])

        def signal(name):
            modes = {way: lambda state=state, more=more: put(name, state, more) for way, (state, more) in ways.items()}
            modes["removed"] = lambda: put(name, None)
            return Signal(self, f"container {name}", f"container:{name}", modes, lambda: put(name), docker=True)
        engine_modes = {kind: lambda kind=kind: self.engine_bad(kind) for kind in ENGINE_WAYS}
        return [*map(signal, CONTAINERS), Signal(self, "docker", "docker", engine_modes, self.engine_well, docker=True)]

    # --- the engine, which is a signal's subject and a fault's ---

    def engine_bad(self, kind):
        if kind == "gone":
            self.engine.gone()
        else:
            self.engine.behave = {what: ENGINE_WAYS[kind] for what in ("list", "version", "ping", "events")}

    def engine_well(self):
        self.engine.behave = {}
        if self.engine.socket.fileno() == -1:
            self.engine.back()

    @property
    def docker(self):
        return self.signals[-1]

    # --- what has left ---

    def _read_attempts(self):
        """When an alert or a recovery of each subject last left in a line that had not been seen before: one that is told again proves nothing."""
        attempts = self.telegram.attempts
        while self.read < len(attempts):
            attempt = attempts[self.read]
            self.read += 1
            for line in attempt.raw.split("\n"):
                found = SHOWN.match(line)
                same = (attempt.chat, AGAIN.sub("", line))
                if found and same not in self.known:
                    self.known.add(same)
                    self.shown[found.group(2), found.group(1) == "🔴"] = attempt.time

    # --- incidents by chance ---

    def turn(self, now, decided, beginning=True):
        """One step: what is due and may, turns.  beginning: whether new incidents may begin."""
        self._read_attempts()
        for s in self.signals:
            if now < s.at or not s.settled(decided):
                continue
            if s.bad:
                s.end()
            elif beginning and self._free(s):
                s.begin()
        if beginning and now >= self.jobs_at and not self.signals[0].bad:
            self._fail_jobs(now)
        del self.telegram.requests[:-10], self.engine.requests[:-10]
        self.engine.received = b""

    def _free(self, s):
        """An engine that does not answer hides its containers: one of both at a time."""
        if not s.docker:
            return True
        if self.engine_faults:
            return False
        if s is self.docker:
            return not any(o.bad or o.looks < LOOKS for o in self.signals if o.docker and o is not s)
        return not self.docker.bad and self.docker.looks >= LOOKS

    def _fail_jobs(self, now):
        more = self.jobs_random.randint(1, 3)
        self.jobs += more
        self.app.failed += more
        self.jobs_at = now + self.jobs_random.uniform(4, 15)

    def spoiled(self, fault):
        """The signals that the fault keeps from being seen as they are."""
        return [s for s in self.signals if fault.looking or (fault.docker and s.docker) or (fault.names and s.named)]

    def disturb(self, fault):
        for s in self.spoiled(fault):
            s.disturb()

    @property
    def quiet(self):
        return not any(s.bad for s in self.signals)

    @property
    def incidents(self):
        return [i for s in self.signals for i in s.incidents]

    def close(self):
        for peer in (self.telegram, self.app, self.tcp, self.web, self.beacon, self.engine):
            peer.close()
        if self.names:
            self.names.down()


ENGINE_WAYS = {"gone": None, "hang": fake.hang, "garbage": fake.garbage, "close": fake.close, "500": fake.status_500,
               "truncated": fake.truncated}
